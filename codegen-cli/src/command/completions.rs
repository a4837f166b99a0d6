//! `gpt completions`

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use crate::failure::Failure;
use crate::{Arguments, output};

/// Prints completions for a shell
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  gpt completions bash > ~/.local/share/bash-completion/completions/gpt")]
pub(crate) struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Arguments::command(), "gpt", &mut script);
        output::data(script)
    }
}

//! `gpt explain`

use clap::Args;

use crate::failure::Failure;
use crate::output;

/// Explains the code of a mistake, such as E0201
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  gpt explain E0201")]
pub(crate) struct Explain {
    /// The code that stands in square brackets in a message
    code: String,
}

impl Explain {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let code = self.code.to_uppercase();
        match gpt_codegen::explain::explain(&code) {
            Some(page) => output::data(format!("{}\n", page.trim_end())),
            None => Err(Failure::new(format!(
                "there is no mistake with the code `{}`: write it as it stands in a message, such as E0201",
                self.code
            ))),
        }
    }
}

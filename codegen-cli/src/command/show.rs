//! `gpt show`

use clap::Args;

use crate::failure::Failure;
use crate::{format, output};

/// Shows a format: levels, page sizes, and every entry bit by bit
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  gpt show x86_64\n  gpt show ./mine.yaml | less")]
pub(crate) struct Show {
    /// A name of the catalogue or a file
    format: String,
}

impl Show {
    pub(crate) fn run(self) -> Result<(), Failure> {
        output::data(gpt_codegen::backend::show::show(&format::open(&self.format)?))
    }
}

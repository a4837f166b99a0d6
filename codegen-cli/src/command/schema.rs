//! `gpt schema`

use clap::Args;

use crate::failure::Failure;
use crate::output;

/// Prints a JSON schema of descriptions, for editors
#[derive(Args, Debug)]
#[command(
    after_help = "Example:\n  gpt schema > gpt.schema.json\n  # then, as the first line of a description:\n  # yaml-language-server: $schema=gpt.schema.json"
)]
pub(crate) struct Schema {}

impl Schema {
    pub(crate) fn run(self) -> Result<(), Failure> {
        output::data(format!("{}\n", gpt_codegen::syntax::yaml::json_schema().trim_end()))
    }
}

//! `gpt new`

use clap::Args;

use crate::failure::Failure;
use crate::output;

/// Prints a commented description to start from
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  gpt new my_mmu > my_mmu.yaml && gpt check my_mmu.yaml")]
pub(crate) struct New {
    /// The name of the format: lower case, digits, underscores
    name: String,
}

const TEMPLATE: &str = include_str!("../template.yaml");

impl New {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let name = &self.name;
        let good = name.starts_with(|c: char| c.is_ascii_lowercase())
            && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_');
        if !good {
            return Err(Failure::new(format!(
                "`{name}` is no name for a format: write lower-case letters, digits and underscores, a letter first"
            )));
        }
        output::data(TEMPLATE.replace("NAME", name))
    }
}

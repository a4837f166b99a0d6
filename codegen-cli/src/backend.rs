//! The languages that driver source can be emitted in.

use clap::ValueEnum;
use gpt_codegen::Checked;
use gpt_codegen::backend::rust::{Options, emit};

/// A language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// A Rust module that depends on `gpt-runtime` only
    Rust,
}

impl Language {
    /// The ending of a file, without the dot.
    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Rust => "rs",
        }
    }

    /// Driver source for a format.
    pub(crate) fn emit(self, checked: &Checked) -> String {
        match self {
            Self::Rust => emit(checked, &Options::default()),
        }
    }
}

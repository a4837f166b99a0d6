//! Why a command failed, as it is told on standard error.

use std::fmt::Display;
use std::path::Path;

use gpt_codegen::Report;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// One sentence.
    Message(String),
    /// The mistakes of a description.
    Report(Report),
    /// Everything has been said already.
    Silent,
    /// Nobody reads standard output any more.
    ClosedPipe,
}

impl Failure {
    /// One sentence.
    pub(crate) fn new(sentence: impl Display) -> Self {
        Self::Message(sentence.to_string())
    }

    /// A file that cannot be read or written.
    pub(crate) fn file(verb: &str, path: &Path, error: &std::io::Error) -> Self {
        Self::Message(format!("cannot {verb} `{}`: {}", path.display(), gpt_codegen::text::reason(error)))
    }

    /// The text for standard error; empty where everything has been said.
    pub(crate) fn render(&self) -> String {
        match self {
            Self::Message(sentence) => format!("error: {sentence}\n"),
            Self::Report(report) => report.render(crate::output::colour()),
            Self::Silent | Self::ClosedPipe => String::new(),
        }
    }
}

impl From<Report> for Failure {
    fn from(report: Report) -> Self {
        Self::Report(report)
    }
}

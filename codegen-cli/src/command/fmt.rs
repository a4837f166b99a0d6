//! `gpt fmt`

use std::path::{Path, PathBuf};

use clap::Args;
use gpt_codegen::{Checked, Report, from_yaml, text};

use super::build::difference;
use crate::failure::Failure;
use crate::output;
use crate::rows::align;

/// Aligns the columns of the rows in descriptions; comments stay
#[derive(Args, Debug)]
#[command(after_help = "Examples:\n  gpt fmt mine.yaml\n  gpt fmt --check formats/*.yaml\n  gpt fmt - < mine.yaml")]
pub(crate) struct Fmt {
    /// Files with descriptions; `-` reads standard input and writes standard output
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Write nothing; show the difference and fail if a file is not aligned
    #[arg(long)]
    check: bool,
}

impl Fmt {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut failed = false;
        for file in &self.files {
            match self.one(file) {
                Err(Failure::ClosedPipe) => return Err(Failure::ClosedPipe),
                Err(failure) => {
                    failed = true;
                    output::message(&failure.render());
                }
                Ok(()) => {}
            }
        }
        if failed { Err(Failure::Silent) } else { Ok(()) }
    }

    fn one(&self, file: &Path) -> Result<(), Failure> {
        let text = output::read_text(file)?;
        let aligned = align(&text);
        let before = parse(file, &text)?;
        if parse(file, &aligned).ok().as_ref() != Some(&before) {
            return Err(Failure::new(format!("`{}` would mean something else: it is left as it is", file.display())));
        }
        let stream = output::is_stream(file);
        match self.check {
            true if aligned == text => Ok(()),
            true => {
                output::data(difference(file, &text, &aligned))?;
                Err(Failure::new(format!("`{}` is not aligned: run `gpt fmt` on it", file.display())))
            }
            false if aligned == text && !stream => Ok(()),
            false => output::write(file, aligned.as_bytes()),
        }
    }
}

fn parse(file: &Path, text: &str) -> Result<Checked, Report> {
    from_yaml(&file.display().to_string(), text, &|name| text::from_file(&file.with_file_name(name)))
}

//! `gpt build`

use std::path::{Path, PathBuf};

use clap::Args;
use similar::TextDiff;

use crate::backend::Language;
use crate::failure::Failure;
use crate::{format, output};

/// Emits driver source
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  gpt build x86_64 > x86_64.rs\n  gpt build formats/*.yaml -o src/generated\n  gpt build mine.yaml -o src/mine.rs --check"
)]
pub(crate) struct Build {
    /// Names of the catalogue or files
    #[arg(required = true, value_name = "FORMAT|FILE")]
    formats: Vec<String>,
    /// The language
    #[arg(long, value_enum, default_value_t = Language::Rust)]
    lang: Language,
    /// Where to write: a directory, in which every format is a file of its name, or a file for one format
    #[arg(short, long, value_name = "DIR|FILE", default_value = "-")]
    out: PathBuf,
    /// Write nothing; show the difference and fail if what is there is stale
    #[arg(long)]
    check: bool,
}

impl Build {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut outputs = Vec::new();
        let mut failed = false;
        for name in &self.formats {
            match format::open(name) {
                Ok(checked) => {
                    let place = self.place(&checked.format().name);
                    format::spare(name, &place)?;
                    outputs.push((place, self.lang.emit(&checked)));
                }
                Err(failure) => {
                    failed = true;
                    output::message(&failure.render());
                }
            }
        }
        if failed {
            return Err(Failure::Silent);
        }
        if let [(first, _), (second, _), ..] = outputs.as_slice()
            && first == second
        {
            let what =
                if output::is_stream(first) { "standard output".to_owned() } else { format!("`{}`", first.display()) };
            return Err(Failure::new(format!("{what} holds one format only: give a directory with -o DIR")));
        }
        match self.check {
            true => check(&outputs),
            false => outputs.iter().try_for_each(|(place, text)| output::write(place, text.as_bytes())),
        }
    }

    /// The file for a format.
    fn place(&self, name: &str) -> PathBuf {
        let directory = self.out.is_dir() || self.out.as_os_str().to_string_lossy().ends_with(['/', '\\']);
        if directory { self.out.join(format!("{name}.{}", self.lang.extension())) } else { self.out.clone() }
    }
}

fn check(outputs: &[(PathBuf, String)]) -> Result<(), Failure> {
    let mut stale = Vec::new();
    for (place, text) in outputs {
        if output::is_stream(place) {
            return Err(Failure::new("there is nothing to check on standard output: say where it is with -o"));
        }
        let there = match std::fs::read(place) {
            Ok(there) => String::from_utf8_lossy(&there).into_owned(),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => String::new(),
            Err(error) => return Err(Failure::file("read", place, &error)),
        };
        if there != *text {
            output::data(difference(place, &there, text))?;
            stale.push(format!("`{}`", place.display()));
        }
    }
    match stale.as_slice() {
        [] => Ok(()),
        [one] => Err(Failure::new(format!("{one} is stale: run the same command without --check"))),
        many => Err(Failure::new(format!("{} are stale: run the same command without --check", many.join(", ")))),
    }
}

/// A unified diff from what is there to what should be there.
pub(crate) fn difference(place: &Path, there: &str, wanted: &str) -> String {
    let name = place.display().to_string();
    let diff = TextDiff::from_lines(there, wanted);
    diff.unified_diff().header(&name, &format!("{name} (expected)")).to_string()
}

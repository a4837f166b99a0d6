//! `gpt check`

use clap::Args;
use gpt_codegen::Report;
use serde_json::{Value as Json, json};

use crate::failure::Failure;
use crate::{format, json, output};

/// Checks descriptions and reports every mistake
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  gpt check mine.yaml\n  gpt check --json formats/*.yaml\n  gpt new mine | gpt check -"
)]
pub(crate) struct Check {
    /// Files with descriptions, or names of the catalogue
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Print a JSON array, one object per mistake
    #[arg(long)]
    json: bool,
}

impl Check {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut mistakes = Vec::new();
        let mut failed = false;
        for file in &self.files {
            let Err(failure) = format::open(file) else { continue };
            failed = true;
            match (&failure, self.json) {
                (Failure::Report(report), true) => mistakes.extend(objects(file, report)),
                (Failure::Message(message), true) => mistakes.push(json!({
                    "file": file, "code": null, "message": message, "help": null, "places": [],
                })),
                _ => output::message(&failure.render()),
            }
        }
        if self.json {
            output::data(json::text(&Json::Array(mistakes)))?;
        }
        if failed { Err(Failure::Silent) } else { Ok(()) }
    }
}

fn objects<'a>(file: &'a str, report: &'a Report) -> impl Iterator<Item = Json> + 'a {
    report.iter().map(move |finding| {
        let places = finding.places.iter().map(|place| {
            json!({
                "file": place.file,
                "line": place.line,
                "column": place.column,
                "end_line": place.end_line,
                "end_column": place.end_column,
                "text": place.text,
            })
        });
        json!({
            "file": file,
            "code": finding.code,
            "message": finding.message,
            "help": finding.help,
            "places": places.collect::<Vec<_>>(),
        })
    })
}

//! `gpt list`

use std::collections::BTreeSet;

use clap::Args;
use gpt_codegen::Checked;
use gpt_codegen::model::{Class, Format};
use serde_json::{Value as Json, json};

use crate::failure::Failure;
use crate::{format, json, number, output};

/// Lists the catalogue
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  gpt list --json | jq -r '.[].name'")]
pub(crate) struct List {
    /// Print a JSON array, one object per format
    #[arg(long)]
    json: bool,
}

impl List {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let mut formats = Vec::new();
        let mut broken = Vec::new();
        for format in format::catalogue() {
            match format {
                Ok(format) => formats.push(format),
                Err(report) => broken.push(report),
            }
        }
        let formats: Vec<&Format> = formats.iter().map(Checked::format).collect();
        match self.json {
            true => output::data(json::text(&formats.iter().map(|format| object(format)).collect()))?,
            false => output::data(columns(&formats))?,
        }
        broken.iter().for_each(|report| output::message(&report.render(output::colour())));
        if broken.is_empty() { Ok(()) } else { Err(Failure::Silent) }
    }
}

fn object(format: &Format) -> Json {
    json!({
        "name": format.name,
        "about": format.about,
        "manual": format.manual,
        "va_bits": format.input.bits,
        "sign_extended": format.input.sign_extended,
        "pa_bits": format.output.bits,
        "levels": format.levels.iter().map(|level| level.name.as_str()).collect::<Vec<_>>(),
        "pages": page_sizes(format).into_iter().map(json::hex).collect::<Vec<_>>(),
        "checked_by": checked_by(format, |said| said),
    })
}

/// Who checked a format independently of this project: what its description says, and what the tests recorded, all of
/// it or the part that is asked for.
fn checked_by(format: &Format, part: impl Fn(&'static str) -> &'static str) -> Option<String> {
    let recorded = gpt_formats::checked_by(&format.name).map(|said| part(said).to_owned());
    let all: Vec<String> = format.checked_by.clone().into_iter().chain(recorded).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

/// The part of a record that says who checked.
fn who(said: &'static str) -> &'static str {
    said.split_once(": ").map_or(said, |(who, _)| who)
}

fn page_sizes(format: &Format) -> BTreeSet<u128> {
    let pages = format.kinds.iter().filter(|kind| kind.class == Class::Page);
    pages.flat_map(|kind| &kind.layouts).map(|layout| 1 << format.page_lg2(layout)).collect()
}

/// The sizes; of many that double from one to the next only the first two and the last.
fn sizes(sizes: &BTreeSet<u128>) -> String {
    /// Of fewer, the list is as easy to read.
    const MANY: usize = 6;
    let sizes: Vec<u128> = sizes.iter().copied().collect();
    let mut words = Vec::new();
    for doubling in sizes.chunk_by(|size, next| *next == size << 1) {
        match doubling {
            [first, second, .., last] if doubling.len() >= MANY => {
                words.extend([number::bytes(*first), number::bytes(*second), "…".to_owned(), number::bytes(*last)]);
            }
            few => words.extend(few.iter().copied().map(number::bytes)),
        }
    }
    words.join(" ")
}

fn columns(formats: &[&Format]) -> String {
    let mut rows = vec![["name", "va", "pa", "levels", "pages", "checked by", "about"].map(str::to_owned)];
    for format in formats {
        rows.push([
            format.name.clone(),
            format.input.bits.to_string(),
            format.output.bits.to_string(),
            format.levels.len().to_string(),
            sizes(&page_sizes(format)),
            checked_by(format, who).unwrap_or_else(|| "-".to_owned()),
            format.about.clone(),
        ]);
    }
    let mut widths = [0; 7];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

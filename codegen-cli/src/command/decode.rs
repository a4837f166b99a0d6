//! `gpt decode`

use clap::Args;
use gpt_codegen::Checked;
use gpt_codegen::interpreter::{Decoded, Malformed, decode};
use gpt_codegen::model::{LevelId, Role, Target};
use serde_json::{Map, Value as Json, json};

use crate::failure::Failure;
use crate::number::number;
use crate::tables::level;
use crate::{format, json, output};

/// Takes entries apart, field by field
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  gpt decode x86_64 0x8000000012345067\n  gpt decode x86_64 --level PD --json 0x200000e3"
)]
pub(crate) struct Decode {
    /// A name of the catalogue or a file
    format: String,
    /// The level of the entry; all at which the word means something if left out
    #[arg(long, value_name = "NAME")]
    level: Option<String>,
    /// Entries, as numbers
    #[arg(required = true, value_name = "WORD", value_parser = number)]
    words: Vec<u128>,
    /// Print a JSON array, one object per entry and level
    #[arg(long)]
    json: bool,
}

/// One word at one level.
struct Reading<'c> {
    level: LevelId,
    word: u128,
    result: Result<Decoded<'c>, Malformed>,
}

impl Decode {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let checked = format::open(&self.format)?;
        let levels: Vec<LevelId> = match &self.level {
            Some(name) => vec![level(&checked, name)?],
            None => (0..checked.format().levels.len()).map(LevelId).collect(),
        };
        let mut failed = false;
        let mut objects = Vec::new();
        for word in self.words {
            let read = |level: &LevelId| Reading { level: *level, word, result: decode(&checked, *level, word) };
            let mut readings: Vec<Reading<'_>> = levels.iter().map(read).collect();
            if readings.iter().any(|reading| reading.result.is_ok()) {
                readings.retain(|reading| reading.result.is_ok());
            } else {
                failed = true;
            }
            if self.json {
                objects.extend(readings.iter().map(|reading| object(&checked, reading)));
                continue;
            }
            for (names, reading) in together(&checked, &readings) {
                match &reading.result {
                    Ok(entry) => output::data(text(&checked, &names, reading, entry))?,
                    Err(why) => output::message(&format!("error: {word:#x} at {names}: {why}\n")),
                }
            }
        }
        if self.json {
            output::data(json::text(&Json::Array(objects)))?;
        }
        if failed { Err(Failure::Silent) } else { Ok(()) }
    }
}

/// Readings that say the same at several levels, under the names of those levels.
fn together<'r, 'c>(checked: &Checked, readings: &'r [Reading<'c>]) -> Vec<(String, &'r Reading<'c>)> {
    let same = |a: &Reading<'_>, b: &Reading<'_>| match (&a.result, &b.result) {
        (Ok(a), Ok(b)) => {
            a.kind.name == b.kind.name && a.layout.fields == b.layout.fields && a.layout.run == b.layout.run
        }
        _ => false,
    };
    let mut groups: Vec<(String, &Reading<'_>)> = Vec::new();
    for reading in readings {
        let name = &checked.format().level(reading.level).name;
        match groups.iter_mut().find(|(_, first)| same(first, reading)) {
            Some((names, _)) => names.push_str(&format!(", {name}")),
            None => groups.push((name.clone(), reading)),
        }
    }
    groups
}

fn object(checked: &Checked, reading: &Reading<'_>) -> Json {
    let level = &checked.format().level(reading.level).name;
    let entry = match &reading.result {
        Ok(entry) => entry,
        Err(why) => {
            return json!({ "level": level, "entry": json::hex(reading.word), "kind": null, "malformed": why.to_string() });
        }
    };
    let fields = entry.fields().map(|field| {
        json!({
            "bits": field.field.bits.to_string(),
            "name": field.field.name,
            "value": json::hex(field.raw),
            "attribute": field.attribute.map(|(name, _)| name),
        })
    });
    let tables = entry.tables().map(|(_, level, table)| (checked.format().level(level).name.clone(), json::hex(table)));
    json!({
        "level": level,
        "entry": json::hex(reading.word),
        "kind": entry.kind.name,
        "malformed": null,
        "page": entry.page().map(json::hex),
        "tables": tables.collect::<Map<_, _>>(),
        "attributes": json::attributes(&entry.attributes()),
        "fields": fields.collect::<Vec<_>>(),
    })
}

fn text(checked: &Checked, names: &str, reading: &Reading<'_>, entry: &Decoded<'_>) -> String {
    let digits = checked.format().level(reading.level).entry_bits as usize / 4 + 2;
    let mut text = format!("{:#0digits$x} at {names}: {}", reading.word, entry.kind.name);
    if let Some(page) = entry.page() {
        text.push_str(&format!(", page {page:#x}"));
    }
    for (_, level, table) in entry.tables() {
        // The name of the next level is not the same at all the levels of the heading.
        let several = names.contains(',');
        let name = if several { "next" } else { &checked.format().level(level).name };
        text.push_str(&format!(", {name} table {table:#x}"));
    }
    text.push('\n');
    let shown: Vec<_> = entry.fields().filter(|it| it.raw != 0 || !it.field.name.is_empty()).collect();
    let bits = shown.iter().map(|it| it.field.bits.to_string().len()).max().unwrap_or(0);
    let name = shown.iter().map(|it| it.field.name.chars().count()).max().unwrap_or(0);
    for it in &shown {
        let says = match (&it.attribute, &it.field.role) {
            (Some((name, value)), _) => format!("{name} = {value}"),
            (None, Role::Address { target: Target::Page, output }) => format!("page address {output}"),
            (None, Role::Address { output, .. }) => format!("table address {output}"),
            _ => String::new(),
        };
        let line = format!("  {:bits$}  {:name$}  {:#x}", it.field.bits.to_string(), it.field.name, it.raw);
        text.push_str(if says.is_empty() { line } else { format!("{line:28}  {says}") }.trim_end());
        text.push('\n');
    }
    text
}

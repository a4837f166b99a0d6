//! The record of what really ran, `formats/checked.toml`: a line for each format.

use std::collections::BTreeMap;
use std::path::Path;
use std::{env, fs};

use gpt_hardware_tests::{Error, Result, installed};

use crate::cases::{self, Case};

/// What is written at the top of the file.
const HEADER: &str = "# What independent implementations checked of each format. Written by the tests in tests/hardware with GPT_BLESS=1.\n";

/// The record of these tests: for each format the emulator, its version and what was shown.
fn lines(passed: &[Case]) -> BTreeMap<&'static str, String> {
    let mut lines: BTreeMap<&str, String> = BTreeMap::new();
    // In the order of the list, whatever the order in which tests ended.
    let ran = |case: &Case| passed.iter().any(|other| other.full_name() == case.full_name());
    for case in cases::all().into_iter().filter(|case| !case.shows.is_empty() && ran(case)) {
        let Some(version) = installed(case.emulator) else { continue };
        let line = lines.entry(case.format).or_insert_with(|| format!("QEMU {version}: "));
        if !line.split([':', ',']).any(|part| part.trim() == case.shows) {
            let comma = if line.ends_with(": ") { "" } else { ", " };
            line.push_str(comma);
            line.push_str(case.shows);
        }
    }
    lines
}

/// A line without the emulator's version.
fn shown(line: &str) -> &str {
    line.split_once(": ").map_or(line, |(_, shown)| shown)
}

/// The lines of the file.
fn parse(text: &str) -> BTreeMap<&str, String> {
    let rows = text.lines().filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    rows.map(|(format, rest)| (format, rest.trim_matches('"').to_owned())).collect()
}

/// Compares what a whole run showed with the record; with `GPT_BLESS=1`, writes the record.
///
/// Formats none of whose tests could run here keep their line.
pub(crate) fn compare(passed: &[Case]) -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../formats/checked.toml");
    let text = fs::read_to_string(&path).unwrap_or_default();
    let recorded = parse(&text);
    let now = lines(passed);
    if env::var_os("GPT_BLESS").is_some_and(|bless| bless == "1") {
        let mut all: BTreeMap<&str, String> = recorded.clone();
        all.extend(now);
        let body: String = all.iter().map(|(format, line)| format!("{format} = \"{line}\"\n")).collect();
        return Ok(fs::write(&path, format!("{HEADER}{body}"))?);
    }
    for (format, line) in &now {
        if recorded.get(format).map(|line| shown(line)) != Some(shown(line)) {
            return Err(Error::new(format!(
                "formats/checked.toml does not say what ran for {format}: {line}; run the tests with GPT_BLESS=1"
            )));
        }
    }
    Ok(())
}

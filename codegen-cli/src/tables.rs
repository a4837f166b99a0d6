//! What the commands that read and write table memory have in common.

use std::path::{Path, PathBuf};

use clap::Args;
use gpt_codegen::Checked;
use gpt_codegen::interpreter::{Attributes, Image, Root, Value, level_named};
use gpt_codegen::model::LevelId;

use crate::failure::Failure;
use crate::number::{address, number};
use crate::output;

/// An image and where a walk starts in it.
#[derive(Args, Debug)]
pub(crate) struct TableMemory {
    /// The file with the table memory
    #[arg(long, value_name = "FILE")]
    image: PathBuf,
    /// The output address of the first byte of the file
    #[arg(long, value_name = "ADDR", value_parser = address)]
    base: u64,
    /// The output address of the root table
    #[arg(long, value_name = "ADDR", value_parser = address)]
    root: u64,
    /// The level of the root table, where the format has several
    #[arg(long, value_name = "NAME")]
    root_level: Option<String>,
}

impl TableMemory {
    /// Reads the image.
    pub(crate) fn open(&self, checked: &Checked) -> Result<(Image, Root), Failure> {
        let level = root_level(checked, self.root_level.as_deref())?;
        let image = Image::from_bytes(self.base, output::read(Path::new(&self.image))?);
        Ok((image, Root { table: self.root, level }))
    }
}

/// The level with this name.
pub(crate) fn level(checked: &Checked, name: &str) -> Result<LevelId, Failure> {
    level_named(checked, name).ok_or_else(|| {
        let names: Vec<&str> = checked.format().levels.iter().map(|level| level.name.as_str()).collect();
        Failure::new(format!("{} has no level `{name}`; it has {}", checked.format().name, names.join(", ")))
    })
}

/// The level at which a walk starts: the one named, or the format's default.
pub(crate) fn root_level(checked: &Checked, name: Option<&str>) -> Result<LevelId, Failure> {
    let format = checked.format();
    let Some(name) = name else {
        let first = format.roots.first().copied();
        return first.ok_or_else(|| Failure::new(format!("{} has no root level", format.name)));
    };
    let level = level(checked, name)?;
    if format.roots.contains(&level) {
        return Ok(level);
    }
    let roots: Vec<&str> = format.roots.iter().map(|root| format.level(*root).name.as_str()).collect();
    Err(Failure::new(format!("a walk of {} cannot start at {name}; it can at {}", format.name, roots.join(", "))))
}

/// Reads `NAME` or `NAME=VALUE`; a name alone is true.
pub(crate) fn attribute(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text.split_once('=').unwrap_or((text, "true"));
    if name.is_empty() {
        return Err(format!("`{text}` has no name: write NAME or NAME=VALUE"));
    }
    let value = match value {
        "" => return Err(format!("`{text}` has no value: write NAME=VALUE")),
        "true" | "yes" | "on" => Value::Flag(true),
        "false" | "no" | "off" => Value::Flag(false),
        _ if value.starts_with(|c: char| c.is_ascii_digit()) => Value::Number(number(value)?),
        _ => Value::Code(value.to_owned()),
    };
    Ok((name.to_owned(), value))
}

/// Collects attributes; the words of the vocabulary may be written as in a description (`cache.disable`).
pub(crate) fn collect(pairs: impl IntoIterator<Item = (String, Value)>) -> Result<Attributes, String> {
    let mut all = Attributes::new();
    for (name, value) in pairs {
        let vocabulary = gpt_codegen::model::Meaning::from_name(&name).map(|meaning| meaning.identifier());
        let name = vocabulary.unwrap_or(name);
        if all.insert(name.clone(), value).is_some() {
            return Err(format!("`{name}` is given twice"));
        }
    }
    Ok(all)
}

/// Attributes on one line: flags that are set by name, other fields that are not zero with their value.
pub(crate) fn line(attributes: &Attributes) -> String {
    let words = attributes.iter().filter_map(|(name, value)| match value {
        Value::Flag(true) => Some(name.clone()),
        Value::Flag(false) | Value::Number(0) => None,
        value => Some(format!("{name}={value}")),
    });
    words.collect::<Vec<_>>().join(" ")
}

//! The known answers of the catalogue: entries that somebody else has written out in full.

use std::collections::BTreeMap;

use gpt_codegen::Checked;
use gpt_codegen::interpreter::{Attributes, Value, decode, encode};
use gpt_codegen::model::Role;
use serde::Deserialize;

use super::{catalogue, level};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Vector {
    level: String,
    kind: String,
    word: u128,
    #[serde(default)]
    fields: BTreeMap<String, u128>,
    source: String,
}

/// What is wrong with a vector, if anything is.
fn check(format: &Checked, vector: &Vector) -> Result<(), String> {
    let level = level(format, &vector.level);
    let entry = decode(format, level, vector.word).map_err(|why| why.to_string())?;
    if entry.kind.name != vector.kind {
        return Err(format!("is a {}", entry.kind.name));
    }
    // What is left out is zero: every named setting is given, so that nothing is left to a default.
    let settings = entry.layout.fields.iter().filter(|field| matches!(field.role, Role::Setting { .. }));
    let mut values: Attributes = settings.map(|field| (field.name.clone(), Value::Number(0))).collect();
    values.extend(vector.fields.iter().map(|(name, value)| (name.clone(), Value::Number(*value))));
    let encoded = encode(format, level, &vector.kind, &values).map_err(|why| why.to_string())?;
    if encoded != vector.word {
        return Err(format!("is {encoded:#x} when put together again"));
    }
    let tables = entry.tables().map(|(_, level, table)| (format.format().level(level).name.clone(), table));
    let tables: BTreeMap<String, u128> = tables.collect();
    for (name, value) in &vector.fields {
        let field = entry.fields().find(|field| field.field.name == *name).map(|field| field.raw);
        let found = match name.as_str() {
            "page" => entry.page(),
            "table" => entry.tables().next().map(|(_, _, table)| table),
            _ => tables.get(name).copied().or(field),
        };
        if found != Some(*value) {
            return Err(format!("has {found:#x?} as {name}"));
        }
    }
    Ok(())
}

#[test]
fn known_answers_are_taken_apart_and_put_together_again() {
    let directory = format!("{}/../formats/vectors", env!("CARGO_MANIFEST_DIR"));
    let (mut vectors_seen, mut wrong) = (0, Vec::new());
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let format = catalogue(path.file_stem().unwrap().to_str().unwrap());
        let vectors: Vec<Vector> = serde_saphyr::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for vector in vectors {
            assert!(!vector.source.is_empty(), "{} {:#x}", path.display(), vector.word);
            if let Err(why) = check(&format, &vector) {
                wrong.push(format!("{} {:#x}, {}, {why}", vector.level, vector.word, vector.source));
            }
            vectors_seen += 1;
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(vectors_seen > 500);
}

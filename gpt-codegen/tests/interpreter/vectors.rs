//! The known answers of the catalogue: entries that somebody else has written out in full.

use std::collections::BTreeMap;

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

#[test]
fn known_answers_are_taken_apart_and_put_together_again() {
    let directory = format!("{}/../formats/vectors", env!("CARGO_MANIFEST_DIR"));
    let mut vectors_seen = 0;
    for entry in std::fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        let format = catalogue(path.file_stem().unwrap().to_str().unwrap());
        let vectors: Vec<Vector> = serde_saphyr::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        for vector in vectors {
            let what = format!("{} {:#x} of {}", path.display(), vector.word, vector.source);
            assert!(!vector.source.is_empty(), "{what}");
            let level = level(&format, &vector.level);
            let entry = decode(&format, level, vector.word).unwrap_or_else(|why| panic!("{what}: {why}"));
            assert_eq!(entry.kind.name, vector.kind, "{what}");
            // What is left out is zero: every named setting is given, so that nothing is left to a default.
            let settings = entry.layout.fields.iter().filter(|field| matches!(field.role, Role::Setting { .. }));
            let mut values: Attributes = settings.map(|field| (field.name.clone(), Value::Number(0))).collect();
            values.extend(vector.fields.iter().map(|(name, value)| (name.clone(), Value::Number(*value))));
            assert_eq!(encode(&format, level, &vector.kind, &values), Ok(vector.word), "{what}");
            let tables = entry.tables().map(|(_, level, table)| (format.format().level(level).name.clone(), table));
            let tables: Vec<(String, u128)> = tables.collect();
            for (name, value) in &vector.fields {
                match name.as_str() {
                    "page" => assert_eq!(entry.page(), Some(*value), "{what}"),
                    "table" => assert_eq!(tables.first().map(|(_, table)| *table), Some(*value), "{what}"),
                    _ => {}
                }
                if let Some((_, table)) = tables.iter().find(|(level, _)| level == name) {
                    assert_eq!(table, value, "{what}: {name}");
                }
                if let Some(field) = entry.fields().find(|field| field.field.name == *name) {
                    assert_eq!(field.raw, *value, "{what}: {name}");
                }
            }
            vectors_seen += 1;
        }
    }
    assert!(vectors_seen > 20);
}

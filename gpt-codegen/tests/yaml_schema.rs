//! The JSON schema that editors complete from.
#![cfg(feature = "yaml")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use gpt_codegen::model::Meaning;
use gpt_codegen::syntax::yaml::json_schema;
use serde_json::{Value, json};

fn schema() -> Value {
    serde_json::from_str(&json_schema()).unwrap()
}

/// Why a value does not fit, by the few keywords of JSON schema that are used but for patterns; nothing where it fits.
fn misfit(root: &Value, schema: &Value, value: &Value, path: &str) -> Option<String> {
    if let Some(reference) = schema.get("$ref").and_then(Value::as_str) {
        return misfit(root, root.pointer(reference.trim_start_matches('#')).unwrap(), value, path);
    }
    if let Some(choices) = schema.get("anyOf").and_then(Value::as_array) {
        let misfits: Vec<String> = choices.iter().map_while(|choice| misfit(root, choice, value, path)).collect();
        return (misfits.len() == choices.len()).then(|| misfits[0].clone());
    }
    if let Some(choices) = schema.get("enum").and_then(Value::as_array) {
        return (!choices.contains(value)).then(|| format!("{path}: {value} is none of {choices:?}"));
    }
    match (schema["type"].as_str(), value) {
        (Some("string"), Value::String(_)) => None,
        (Some("array"), Value::Array(items)) => {
            items.iter().find_map(|item| misfit(root, &schema["items"], item, path))
        }
        (Some("object"), Value::Object(entries)) => entries.iter().find_map(|(key, value)| {
            let path = format!("{path}.{key}");
            match (schema["properties"].get(key), &schema["additionalProperties"]) {
                (Some(known), _) => misfit(root, known, value, &path),
                (None, other @ Value::Object(_)) => misfit(root, other, value, &path),
                (None, _) => Some(format!("{path} is not known")),
            }
        }),
        (expected, _) => Some(format!("{path}: {value} is not {expected:?}")),
    }
}

#[test]
fn the_schema_accepts_every_description_of_the_catalogue() {
    let schema = schema();
    for file in std::fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../formats")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml") {
            let value: Value = serde_saphyr::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            assert_eq!(misfit(&schema, &schema, &value, &path.display().to_string()), None);
        }
    }
}

#[test]
fn the_schema_refuses_what_reading_refuses() {
    let schema = schema();
    for wrong in [
        json!({ "formt": "toy" }),
        json!({ "tlb": { "flush": "everything" } }),
        json!({ "tlb": { "caches": ["tables"] } }),
        json!({ "entries": { "page": { "at": "TAB" } } }),
        json!({ "entries": { "page": { "wehn": "V" } } }),
    ] {
        assert!(misfit(&schema, &schema, &wrong, "").is_some(), "{wrong}");
    }
}

#[test]
fn editors_can_complete_the_vocabulary() {
    let schema = schema();
    let rows = schema["$defs"]["row"]["examples"].as_array().unwrap();
    for (word, ..) in Meaning::VOCABULARY {
        assert!(rows.iter().any(|row| row.as_str().unwrap().ends_with(&format!(" {word}"))), "{word}");
    }
}

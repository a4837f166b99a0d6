//! What editors complete from.

use serde_json::{Map, Value, json};

use super::document::{KEYS, TLB_KEYS};
use super::entries::ENTRY_KEYS;
use crate::model::Meaning;
use crate::syntax::choices::{CACHES, CLASSES, FLUSHES, REPLACES, WALKERS};

/// A JSON schema of descriptions: every key with what it is for, every choice, and a row for every word of the
/// vocabulary. It helps an editor along; whether a description is right, only reading it tells.
pub fn json_schema() -> String {
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Page-table format",
        "type": "object",
        "additionalProperties": false,
        "properties": object(&KEYS, top_level),
        "$defs": {
            "level": { "type": "string", "pattern": "^[A-Za-z][A-Za-z0-9_-]*$", "description": "the name of a level" },
            "levels": { "type": "array", "minItems": 1, "items": { "$ref": "#/$defs/level" } },
            "row": row(),
            "condition": text("which words: names of fields with `and`, `or`, `not`, `=`, `!=` and parentheses", &["R or X", "NEXT != 0"]),
        },
    });
    format!("{schema:#}\n")
}

/// The schema of the value of a top-level key.
fn top_level(key: &str) -> Value {
    match key {
        "format" => named("the name of the format", "_"),
        "about" => text("one line on what this is", &[]),
        "manual" => text("title, revision and place of the manual", &[]),
        "checked-by" => text("what, independent of this file, has checked it", &[]),
        "extends" => text("a file of the same directory from which everything else is taken", &["other.yaml"]),
        "va" => text("the address that is translated", &["48 bits, sign-extended", "32 bits"]),
        "pa" => text("the address that comes out", &["52 bits, at most", "40 bits"]),
        "entry" => {
            text("what an item is unless its level says otherwise", &["64 bits, little-endian", "32 bits, big-endian"])
        }
        "levels" => list(text(
            "the input address bits that pick the item, and the name",
            &["31:22 DIR", "21:12 TAB, table 4K, aligned 4K, entry 64 bits, big-endian"],
        )),
        "roots" => {
            json!({ "$ref": "#/$defs/levels", "description": "the levels at which a walk may start, the default first" })
        }
        "entries" => map(
            "the kinds of entries; `none` takes out a kind of the file that is extended",
            json!({ "anyOf": [fixed(&ENTRY_KEYS, entry), { "enum": ["none"] }] }),
        ),
        "codes" => map(
            "names for the values of fields",
            list(text("a value, its name, and the permissions that it grants", &["0 none", "3 all read write"])),
        ),
        _ => fixed(&TLB_KEYS, maintenance),
    }
}

/// The schema of the value of a key of a kind.
fn entry(key: &str) -> Value {
    match key {
        "at" => json!({ "$ref": "#/$defs/levels", "description": "the levels at which the kind occurs" }),
        "bits" => list(json!({ "$ref": "#/$defs/row" })),
        "is" => choice("what the entry is", &CLASSES),
        "like" => named("the kind whose rows are taken, but for those that touch a bit of the rows given here", "-"),
        "when" => json!({ "$ref": "#/$defs/condition" }),
        "run" => text("how many items make one entry", &["16 items, same address", "16 items, own addresses"]),
        "reach" => text("how wide the addresses in this entry are", &["32 bits"]),
        _ => json!({
            "type": "object",
            "description": "when each of two tables is there, by its level",
            "additionalProperties": { "$ref": "#/$defs/condition" },
        }),
    }
}

/// The schema of the value of a key under `tlb`.
fn maintenance(key: &str) -> Value {
    match key {
        "caches" => list(choice("what the walker may keep", &CACHES)),
        "flush" => choice("the smallest thing that can be invalidated", &FLUSHES),
        "replace" => choice("how a live entry is replaced by another", &REPLACES),
        "walker" => choice("whether the walker sees the processor's caches", &WALKERS),
        _ => {
            json!({ "$ref": "#/$defs/levels", "description": "levels that the hardware copies until it is told to load them again" })
        }
    }
}

/// The schema of a row, with one row for every word as an example.
fn row() -> Value {
    let fixed = [
        "0 V = 1",
        "11:9 free",
        "20:13 zero",
        "51:12 ADDR page",
        "51:12 ADDR table",
        "63 XD not execute",
        "5 A accessed [hw]",
    ];
    let words = Meaning::VOCABULARY.iter().map(|(word, ..)| format!("0 NAME {word}"));
    let examples: Vec<String> = fixed.into_iter().map(str::to_owned).chain(words).collect();
    json!({
        "type": "string",
        "pattern": "^\\s*[0-9]+(:[0-9]+)?\\s",
        "description": "a range of bits, the highest first, and what it is",
        "examples": examples,
    })
}

fn text(description: &str, examples: &[&str]) -> Value {
    json!({ "type": "string", "description": description, "examples": examples })
}

fn named(description: &str, joint: &str) -> Value {
    json!({ "type": "string", "description": description, "pattern": format!("^[a-z][a-z0-9{joint}]*$") })
}

fn choice<T>(description: &str, choices: &[(&str, T)]) -> Value {
    let names: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
    json!({ "description": description, "enum": names })
}

fn list(items: Value) -> Value {
    json!({ "type": "array", "items": items })
}

/// A map with these keys and no others.
fn fixed(keys: &[&str], value: fn(&str) -> Value) -> Value {
    json!({ "type": "object", "additionalProperties": false, "properties": object(keys, value) })
}

/// A map with names that the author chooses.
fn map(description: &str, value: Value) -> Value {
    json!({
        "type": "object",
        "description": description,
        "propertyNames": { "pattern": "^[a-z][a-z0-9-]*$" },
        "additionalProperties": value,
    })
}

fn object(keys: &[&str], value: fn(&str) -> Value) -> Value {
    Value::Object(keys.iter().map(|key| ((*key).to_owned(), value(key))).collect::<Map<_, _>>())
}

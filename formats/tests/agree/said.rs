//! What pages say, as numbers by name, read from a value of a type that only the module knows.

use std::collections::BTreeMap;
use std::fmt::Debug;

use gpt_codegen::interpreter::{Attributes, Value, attribute_name};
use gpt_codegen::model::{self, Format, Layout, Meaning, Role, Sort};

/// Numbers by name.
pub(super) type Said = BTreeMap<String, u128>;

/// The fields of a value that is printed as `Name { field: 1, flag: true, code: Code(2) }`.
pub(super) fn printed(value: &impl Debug) -> Said {
    let text = format!("{value:?}");
    let inside = text.split_once('{').map_or("", |(_, inside)| inside.trim_end_matches('}'));
    let fields = inside.split(',').filter_map(|field| field.split_once(':'));
    fields.map(|(name, value)| (name.trim().trim_start_matches("r#").to_owned(), number(value.trim()))).collect()
}

fn number(text: &str) -> u128 {
    let digits = text.split_once('(').map_or(text, |(_, inside)| inside.trim_end_matches(')'));
    match digits {
        "true" => 1,
        "false" => 0,
        _ => digits.parse().expect("a number"),
    }
}

/// The values that a layout says, with their names.
pub(super) fn rows(layout: &Layout) -> impl Iterator<Item = (String, model::Value<'_>)> {
    layout.values().into_iter().filter_map(|value| Some((attribute_name(value.field)?, value)))
}

/// What a word with this layout says of these names: what it does not speak of is not restricted, or zero.
pub(super) fn expected(format: &Format, layout: &Layout, word: u128, names: &Said) -> Said {
    let own: Said = rows(layout).map(|(name, value)| (name, raw(&value, word))).collect();
    let unrestricted = |name: &str| u128::from(is_permission(format, name));
    names.keys().map(|name| (name.clone(), own.get(name).copied().unwrap_or_else(|| unrestricted(name)))).collect()
}

/// The bits of a row with polarity resolved.
fn raw(value: &model::Value<'_>, word: u128) -> u128 {
    match value.field.role {
        Role::Setting { negative: true, .. } => value.places.get(!word),
        _ => value.places.get(word),
    }
}

/// Whether pages of the format have a flag of this name that allows something.
fn is_permission(format: &Format, name: &str) -> bool {
    let fields = format.kinds.iter().flat_map(|kind| &kind.layouts).flat_map(|layout| &layout.fields);
    let mut meanings = fields.filter_map(|field| match &field.role {
        Role::Setting { meaning, codes: None, .. } => Some(meaning),
        _ => None,
    });
    meanings.any(|meaning: &Meaning| meaning.identifier() == name && meaning.sort() == Sort::Permission)
}

/// What is said, in the interpreter's terms, for a page with this layout; `None` where it has no row for something.
pub(super) fn values(format: &Format, layout: &Layout, said: &Said) -> Option<Attributes> {
    let mut values = Attributes::new();
    for (name, value) in said {
        if rows(layout).any(|(own, _)| own == *name) {
            values.insert(name.clone(), Value::Number(*value));
        } else if *value != u128::from(is_permission(format, name)) {
            return None;
        }
    }
    Some(values)
}

//! From the bits of an entry to attributes: names are the vocabulary's, polarity is resolved, codes have names.

use std::collections::BTreeMap;

use crate::check::Checked;
use crate::model::{self, CodeTable, CodesId, Field, Format, Layout, Meaning, Role, Sort};

use super::value::{Attributes, Value};

/// The name of the attribute that a row holds, or `None` where it holds none.
pub fn attribute_name(field: &Field) -> Option<String> {
    match &field.role {
        Role::Setting { meaning, .. } => Some(meaning.identifier()),
        Role::Free { .. } if !field.name.is_empty() => {
            let lower = field.name.to_lowercase();
            Some(lower.chars().map(|c| if c.is_alphanumeric() { c } else { '_' }).collect())
        }
        _ => None,
    }
}

/// The attributes of an entry that has this layout.
///
/// A code that grants permissions gives those as attributes too; where several rows speak of one permission, all
/// must allow it.
pub fn attributes(checked: &Checked, layout: &Layout, word: u128) -> Attributes {
    of_word(checked.format(), layout, word)
}

/// The permissions that an entry with this layout speaks of, and whether it allows them.
pub fn permissions(checked: &Checked, layout: &Layout, word: u128) -> BTreeMap<String, bool> {
    permissions_of_word(checked.format(), layout, word)
}

pub(super) fn of_word(format: &Format, layout: &Layout, word: u128) -> Attributes {
    let mut all = Attributes::new();
    for value in layout.values() {
        if let Some(name) = attribute_name(value.field) {
            all.entry(name).or_insert_with(|| value_of(format, &value, word));
        }
    }
    for (name, allowed) in permissions_of_word(format, layout, word) {
        all.insert(name, Value::Flag(allowed));
    }
    all
}

pub(super) fn permissions_of_word(format: &Format, layout: &Layout, word: u128) -> BTreeMap<String, bool> {
    let mut all = BTreeMap::new();
    let mut restrict = |meaning: &Meaning, allowed: bool| {
        let entry = all.entry(meaning.identifier()).or_insert(true);
        *entry &= allowed;
    };
    for value in layout.values() {
        let Role::Setting { meaning, negative, codes, .. } = &value.field.role else { continue };
        if is_flag(&value) && meaning.sort() == Sort::Permission {
            restrict(meaning, (value.places.get(word) == 1) != *negative);
        }
        if let Some(table) = codes.and_then(|id| code_table(format, id)) {
            let raw = value.places.get(word);
            let code = table.codes.iter().find(|code| code.value == raw);
            for meaning in granted_by_any(table) {
                restrict(meaning, code.is_some_and(|code| code.grants.contains(meaning)));
            }
        }
    }
    all
}

/// What a row holds, as a value.
pub(super) fn value_of(format: &Format, value: &model::Value<'_>, word: u128) -> Value {
    let (places, width) = (&value.places, value.places.width());
    let raw = places.get(word);
    let Role::Setting { negative, codes, .. } = &value.field.role else {
        return if width == 1 { Value::Flag(raw == 1) } else { Value::Number(raw) };
    };
    if let Some(table) = codes.and_then(|id| code_table(format, id)) {
        let code = table.codes.iter().find(|code| code.value == raw);
        return code.map_or(Value::Number(raw), |code| Value::Code(code.name.clone()));
    }
    let raw = if *negative { places.get(!word) } else { raw };
    if width == 1 { Value::Flag(raw == 1) } else { Value::Number(raw) }
}

/// Whether a row is one bit that is either on or off.
pub(super) fn is_flag(value: &model::Value<'_>) -> bool {
    value.places.width() == 1 && !matches!(value.field.role, Role::Setting { codes: Some(_), .. })
}

/// The code table with this number.
pub(super) fn code_table(format: &Format, id: CodesId) -> Option<&CodeTable> {
    format.codes.get(id.0)
}

/// The permissions that at least one code of a table grants.
pub(super) fn granted_by_any(table: &CodeTable) -> impl Iterator<Item = &Meaning> {
    table.codes.iter().flat_map(|code| &code.grants)
}

/// The attributes that allow all that a layout can allow, or all but unprivileged accesses; nothing else is set.
pub(super) fn permissive(format: &Format, layout: &Layout, user_too: bool) -> Attributes {
    let wanted = |meaning: &Meaning| user_too || !meaning.name().starts_with("user");
    let mut all = Attributes::new();
    for value in layout.values() {
        let Role::Setting { meaning, codes, .. } = &value.field.role else { continue };
        if is_flag(&value) && meaning.sort() == Sort::Permission {
            all.insert(meaning.identifier(), Value::Flag(wanted(meaning)));
        }
        let Some(table) = codes.and_then(|id| code_table(format, id)) else { continue };
        let usable = table.codes.iter().filter(|code| !code.grants.is_empty() && code.grants.iter().all(wanted));
        // The first of those that grant the most, so that a description can order equals by preference.
        if let Some(code) = usable.rev().max_by_key(|code| code.grants.len()) {
            all.insert(meaning.identifier(), Value::Code(code.name.clone()));
        }
    }
    all
}

/// Takes away from the attributes of a page what a table above it does not allow.
pub(super) fn restrict(attributes: &mut Attributes, above: &BTreeMap<String, bool>) {
    for (name, allowed) in above {
        let here = !matches!(attributes.get(name), Some(Value::Flag(false)));
        attributes.insert(name.clone(), Value::Flag(here && *allowed));
    }
}

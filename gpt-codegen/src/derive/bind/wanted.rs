//! The fields that the rows of a kind ask for, by name.

use crate::model::{self, Format, Kind, Layout, Role, Target};
use crate::syntax::derive::variant_name;

/// A variant with a field for everything that a kind says.
pub(super) fn declaration(format: &Format, kind: &Kind) -> String {
    let mut fields: Vec<String> = Vec::new();
    for field in kind.layouts.iter().flat_map(|layout| layout.fields.iter().map(move |field| (layout, field))) {
        let Some(name) = name_of(format, field.0, field.1) else { continue };
        // A value in parts is asked for once, with the type for all of it.
        let whole = field.0.values().into_iter().find(|value| std::ptr::eq(value.field, field.1));
        if field.1.part().is_some() && whole.is_none() {
            continue;
        }
        let field = format!("{name}: {}", type_for(field.1));
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    let name = variant_name(&kind.name);
    if fields.is_empty() { name } else { format!("{name} {{ {} }}", fields.join(", ")) }
}

/// What a row is called where it is found by name.
pub(super) fn name_of(format: &Format, layout: &Layout, field: &model::Field) -> Option<String> {
    match &field.role {
        Role::Setting { meaning, .. } => Some(meaning.identifier()),
        Role::Free { .. } if !field.name.is_empty() => Some(snake(&field.name)),
        Role::Address { target: Target::Page, .. } => Some("page".to_owned()),
        Role::Address { target: Target::Table(_), .. } if layout.children.len() == 1 => Some("table".to_owned()),
        Role::Address { target: Target::Table(child), .. } => {
            Some(snake(&format.level(layout.children.get(*child)?.level).name))
        }
        _ => None,
    }
}

fn snake(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect()
}

/// The type that a row fits.
pub(super) fn type_for(field: &model::Field) -> String {
    let width = field.part().map_or(field.bits.width(), |part| part.high + 1);
    match &field.role {
        Role::Address { .. } => "u64".to_owned(),
        Role::Setting { codes: None, .. } | Role::Free { .. } if width == 1 => "bool".to_owned(),
        _ => format!("u{}", width.next_power_of_two().max(8)),
    }
}

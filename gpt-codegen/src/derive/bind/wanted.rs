//! The fields that the rows of a kind ask for, by name.

use crate::model::{self, Format, Kind, Layout, Role, Target};
use crate::syntax::derive::variant_name;

/// A variant with a field for everything that a kind says.
pub(super) fn declaration(format: &Format, kind: &Kind) -> String {
    let mut fields: Vec<String> = Vec::new();
    for layout in &kind.layouts {
        for field in &layout.fields {
            let Some(name) = name_of(format, layout, field) else { continue };
            // A value in parts is asked for once, with the type for all of it.
            let whole = layout.values().iter().any(|value| std::ptr::eq(value.field, field));
            if field.part().is_some() && !whole {
                continue;
            }
            let field = format!("{name}: {}", type_for(field));
            if !fields.contains(&field) {
                fields.push(field);
            }
        }
    }
    let mut variant = variant_name(&kind.name);
    for (place, field) in fields.iter().enumerate() {
        variant.push_str(if place == 0 { " { " } else { ", " });
        variant.push_str(field);
    }
    if !fields.is_empty() {
        variant.push_str(" }");
    }
    variant
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
    let mut snake = String::new();
    for character in name.chars() {
        snake.push(if character.is_ascii_alphanumeric() { character.to_ascii_lowercase() } else { '_' });
    }
    snake
}

/// How many bits the value has that a row holds all of, or a part.
pub(super) fn value_bits(field: &model::Field) -> u32 {
    match field.part() {
        Some(part) => part.high + 1,
        None => field.bits.width(),
    }
}

/// The type that a row fits.
pub(super) fn type_for(field: &model::Field) -> String {
    let width = value_bits(field);
    match &field.role {
        Role::Address { .. } => "u64".to_owned(),
        Role::Setting { codes: None, .. } | Role::Free { .. } if width == 1 => "bool".to_owned(),
        _ => number_for(width),
    }
}

/// The smallest integer with room for so many bits.
pub(super) fn number_for(width: u32) -> String {
    format!("u{}", width.next_power_of_two().max(8))
}

//! The front end for Rust types: `#[derive(PageTable)]`.
//!
//! The type is the decoded entry. An enum has a variant for each kind of entry; a struct lists its kinds. Rows are the
//! same sentences as in a file, written as tokens: those that hold something stand on the field that they fill, those
//! that do not on the variant.

mod cursor;
mod entries;
mod fields;
mod format;
mod item;
mod keys;
mod kinds;
mod names;
mod places;
mod shape;
mod value;

use proc_macro2::TokenStream;

use self::entries::ATTRIBUTES;
use self::item::{Body, Item, ItemField, item};
use self::keys::Reader;
use super::Description;
use super::description::Entry;
use crate::diagnostic::Diagnostics;
use crate::span::Span;

pub(crate) use entries::empty;
pub use format::Given;
pub use names::variant_name;
pub use places::Places;
pub use shape::{Field, Holder, RowName, Shape, Type, Variant};

/// What was read from the tokens of a type.
pub struct Reading {
    /// The description, without entries where a file has them.
    pub description: Description,
    /// What else the attributes say.
    pub given: Given,
    /// The type itself.
    pub type_: Type,
    /// What the spans in all of this stand for.
    pub places: Places,
    /// What was not understood.
    pub found: Diagnostics,
}

/// Reads the item that the derive stands on; `None` where it is no struct, enum or union.
pub fn read(tokens: TokenStream) -> Option<Reading> {
    let item = item(tokens)?;
    let mut reader = Reader::default();
    let (mut description, given) = reader.format(&item.attributes, &item.name);
    let span = reader.span(item.name.span(), &item.name.to_string());
    let mut type_ = Type {
        name: item.name.clone(),
        visibility: item.visibility.clone(),
        span,
        shape: Shape::Enum,
        variants: Vec::new(),
    };
    if !item.parameters.is_empty() {
        let span = reader.span_of(item.parameters.clone());
        let help = "take them out; a constant that differs between two machines makes two formats";
        reader.wrong("E0301", span, "a format has no parameters", help);
    }
    let mut entries = match &item.body {
        Body::Variants(variants) => {
            let _ = reader.attributes(&item.attributes, &["page_table"], &ATTRIBUTES);
            let mut entries = Vec::new();
            for variant in variants {
                let (mut entry, shape) = reader.variant(variant);
                if given.file.is_none() {
                    reader.missing(&mut entry);
                }
                type_.variants.push(shape);
                entries.push(entry);
            }
            entries
        }
        Body::Fields(fields) => structure(&mut reader, &item, fields, given.file.is_some(), &mut type_),
        Body::Union => {
            let message = "a union does not say which of its fields is there";
            reader.wrong("E0301", span, message, "write an enum with a variant for each kind of entry");
            description.unclear.push("entries");
            Vec::new()
        }
    };
    resolve_like(&mut type_, &entries);
    if given.file.is_some() {
        no_rows(&mut reader, &type_, &entries);
    } else {
        if entries.iter().any(|entry: &Entry| entry.unclear) {
            description.unclear.push("entries");
        }
        if entries.is_empty() && !description.unclear.contains(&"entries") {
            let help = "write an enum with a variant for each kind, or `#[kind(…)]` for each kind on a struct, or point at a file with `#[page_table(file = \"…\")]`";
            reader.wrong("E0006", span, "the description has no kinds of entries", help);
            description.unclear.push("entries");
        }
        if !description.unclear.contains(&"entries") || !entries.is_empty() {
            description.entries = Some(std::mem::take(&mut entries));
        }
    }
    let Reader { places, found } = reader;
    Some(Reading { description, given, type_, places, found })
}

/// The kinds of a struct.
fn structure(reader: &mut Reader, item: &Item, fields: &[ItemField], file: bool, type_: &mut Type) -> Vec<Entry> {
    if fields.is_empty() && file {
        type_.shape = Shape::Marker;
        return Vec::new();
    }
    let (mut fields, rows, clear) = reader.fields(fields);
    let Some(at) = kind_field(&fields) else {
        let name = format!("{}Kind", item.name);
        let message = "a struct needs a field that says which kind of entry it is";
        reader.wrong("E0301", type_.span, message, &format!("add `kind: {name}`; the derive declares `{name}`"));
        return Vec::new();
    };
    let kind = fields.remove(at);
    type_.shape = Shape::Struct(kind.name, kind.type_);
    let (entries, variants) = reader.kinds(&item.attributes, &fields, &rows, clear);
    type_.variants = variants;
    entries
}

/// The place of the field that says which kind of entry a struct is.
fn kind_field(fields: &[Field]) -> Option<usize> {
    for (place, field) in fields.iter().enumerate() {
        if field.rows.is_empty() && field.said() == "kind" {
            return Some(place);
        }
    }
    None
}

/// Finds the variants whose rows others take.
fn resolve_like(type_: &mut Type, entries: &[Entry]) {
    for (place, entry) in entries.iter().enumerate() {
        if let Some(like) = &entry.like
            && entry.base.is_none()
        {
            let like = type_.variants.iter().position(|variant| variant.kind == like.value);
            if let Some(variant) = type_.variants.get_mut(place) {
                variant.like = like;
            }
        }
    }
}

/// Says which rows stand beside a file that already has them.
fn no_rows(reader: &mut Reader, type_: &Type, entries: &[Entry]) {
    let mut rows = Vec::new();
    for variant in &type_.variants {
        for field in &variant.fields {
            for row in &field.rows {
                insert(&mut rows, row.span);
            }
        }
    }
    for entry in entries {
        for row in &entry.rows {
            insert(&mut rows, row.span);
        }
    }
    for row in &rows {
        reader.wrong("E0302", *row, "the rows are in the file", "take this one out; a field is found by its name");
    }
}

/// Puts a span among others by its number, once.
fn insert(spans: &mut Vec<Span>, span: Span) {
    let place = spans.partition_point(|other| other.number() < span.number());
    if spans.get(place).is_none_or(|other| other.number() != span.number()) {
        spans.insert(place, span);
    }
}

//! The front end for Rust types: `#[derive(PageTable)]`.
//!
//! The type is the decoded entry. An enum has a variant for each kind of entry; a struct lists its kinds. Rows are the
//! same sentences as in a file, written as tokens: those that hold something stand on the field that they fill, those
//! that do not on the variant.

mod entries;
mod fields;
mod format;
mod keys;
mod kinds;
mod names;
mod places;
mod shape;

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{Data, DeriveInput, Fields};

use self::entries::ATTRIBUTES;
use self::keys::Reader;
use super::Description;
use super::description::Entry;
use crate::diagnostic::{Diagnostic, Diagnostics};

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

/// Reads the item that the derive stands on.
///
/// # Errors
/// The item is no struct, enum or union at all.
pub fn read(item: TokenStream) -> syn::Result<Reading> {
    let input: DeriveInput = syn::parse2(item)?;
    let mut reader = Reader::default();
    let (mut description, given) = reader.format(&input.attrs, &input.ident);
    let span = reader.span(input.ident.span(), input.ident.to_string());
    let mut type_ = Type {
        name: input.ident.clone(),
        visibility: input.vis.to_token_stream(),
        span,
        shape: Shape::Enum,
        variants: Vec::new(),
    };
    if !input.generics.params.is_empty() {
        let text = input.generics.to_token_stream().to_string();
        let mut tokens = input.generics.to_token_stream().into_iter();
        let first = tokens.next().map_or_else(proc_macro2::Span::call_site, |token| token.span());
        let last = tokens.last().map_or(first, |token| token.span());
        let span = reader.places.add(first, last, text);
        reader.found.push(
            Diagnostic::new("E0301", span, "a format has no parameters")
                .help("take them out; a constant that differs between two machines makes two formats"),
        );
    }
    let mut entries = match &input.data {
        Data::Enum(data) => {
            let _ = reader.attributes(&input.attrs, &["page_table"], &ATTRIBUTES);
            data.variants
                .iter()
                .map(|variant| {
                    let (mut entry, shape) = reader.variant(variant);
                    if given.file.is_none() {
                        reader.missing(&mut entry);
                    }
                    type_.variants.push(shape);
                    entry
                })
                .collect()
        }
        Data::Struct(data) => structure(&mut reader, &input, &data.fields, given.file.is_some(), &mut type_),
        Data::Union(_) => {
            reader.found.push(
                Diagnostic::new("E0301", span, "a union does not say which of its fields is there")
                    .help("write an enum with a variant for each kind of entry"),
            );
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
            reader.found.push(
                Diagnostic::new("E0006", span, "the description has no kinds of entries").help(
                    "write an enum with a variant for each kind, or `#[kind(…)]` for each kind on a struct, or point at a file with `#[page_table(file = \"…\")]`",
                ),
            );
            description.unclear.push("entries");
        }
        if !description.unclear.contains(&"entries") || !entries.is_empty() {
            description.entries = Some(std::mem::take(&mut entries));
        }
    }
    let Reader { places, found } = reader;
    Ok(Reading { description, given, type_, places, found })
}

/// The kinds of a struct.
fn structure(reader: &mut Reader, input: &DeriveInput, fields: &Fields, file: bool, type_: &mut Type) -> Vec<Entry> {
    if fields.is_empty() && file {
        type_.shape = Shape::Marker;
        return Vec::new();
    }
    let (mut fields, rows, clear) = reader.fields(fields);
    let at = fields.iter().position(|field| field.said() == "kind" && field.rows.is_empty());
    let Some(at) = at else {
        let name = format!("{}Kind", input.ident);
        reader.found.push(
            Diagnostic::new("E0301", type_.span, "a struct needs a field that says which kind of entry it is")
                .help(format!("add `kind: {name}`; the derive declares `{name}`")),
        );
        return Vec::new();
    };
    let kind = fields.remove(at);
    type_.shape = Shape::Struct(kind.name, kind.type_);
    let kinds = reader.kinds(&input.attrs, &fields, &rows, clear);
    let (entries, variants) = kinds.into_iter().unzip();
    type_.variants = variants;
    entries
}

/// Finds the variants whose rows others take.
fn resolve_like(type_: &mut Type, entries: &[Entry]) {
    let kinds: Vec<String> = type_.variants.iter().map(|variant| variant.kind.clone()).collect();
    for (variant, entry) in type_.variants.iter_mut().zip(entries) {
        let like = entry.like.as_ref().filter(|_| entry.base.is_none());
        variant.like = like.and_then(|like| kinds.iter().position(|kind| *kind == like.value));
    }
}

/// Says which rows stand beside a file that already has them.
fn no_rows(reader: &mut Reader, type_: &Type, entries: &[Entry]) {
    let on_fields = type_.variants.iter().flat_map(|variant| &variant.fields).flat_map(|field| &field.rows);
    let on_kinds = entries.iter().flat_map(|entry| &entry.rows);
    let rows: std::collections::BTreeSet<u32> =
        on_fields.map(|row| row.span.number()).chain(on_kinds.map(|row| row.span.number())).collect();
    for row in rows {
        reader.found.push(
            Diagnostic::new("E0302", crate::span::Span::new(row), "the rows are in the file")
                .help("take this one out; a field is found by its name"),
        );
    }
}

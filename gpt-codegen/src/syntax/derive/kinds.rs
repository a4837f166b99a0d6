//! The kinds of entries that a struct lists, one attribute each.

use proc_macro2::Ident;

use super::entries::{ATTRIBUTES, empty, row_names};
use super::item::Attribute;
use super::keys::Reader;
use super::names::variant_name;
use super::places::{Text, halves};
use super::shape::{Field, Variant};
use crate::model::Class;
use crate::syntax::code::{bad_name, is_lower_name};
use crate::syntax::description::Entry;
use crate::syntax::row::{Role, Row};

impl Reader {
    /// `#[kind(page, at(TAB), bits(0 V = 1))]`: each kind takes the rows of the fields that its own do not touch.
    pub(super) fn kinds(
        &mut self,
        attributes: &[Attribute],
        fields: &[Field],
        rows: &[Row],
        clear: bool,
    ) -> (Vec<Entry>, Vec<Variant>) {
        let (mut entries, mut variants) = (Vec::new(), Vec::new());
        for attribute in self.attributes(attributes, &["page_table", "kind"], &ATTRIBUTES) {
            if attribute.name.value != "kind" {
                continue;
            }
            let Some((tokens, close)) = self.inside(&attribute, "page, at(TAB), bits(0 V = 1)") else { continue };
            let (name, keys) = halves(&tokens, ',');
            let place = match name.clone().into_iter().next() {
                Some(token) => token.span(),
                None => close,
            };
            let name = self.spanned(&Text::new(name, close));
            let mut entry = empty(name.clone());
            entry.unclear = !clear;
            let named = is_lower_name(&name.value, '-');
            if !named {
                self.found.push(bad_name(&name, '-'));
                entry.unclear = true;
            }
            let keys = self.keys(keys);
            self.entry(keys, &mut entry);
            variants.push(Variant {
                name: Ident::new(&if named { variant_name(&name.value) } else { "Unnamed".to_owned() }, place),
                kind: name.value.clone(),
                span: name.span,
                like: None,
                fields: fields.to_vec(),
                rows: row_names(&entry.rows),
            });
            if entry.like.is_none() {
                if entry.is.is_none() {
                    entry.is = Some(class(&entry, rows));
                }
                let mut base = empty(name.clone());
                base.rows = rows.to_vec();
                base.unclear = !clear;
                entry.base = Some(Box::new(base));
                entry.like = Some(name);
            }
            entries.push(entry);
        }
        (entries, variants)
    }
}

/// What a kind is by the address that it holds; the rows of the fields do not say it where its own replace them.
fn class(entry: &Entry, rows: &[Row]) -> Class {
    for row in &entry.rows {
        if let Some(class) = class_of(row) {
            return class;
        }
    }
    for row in rows {
        let replaced = entry.rows.iter().any(|own| own.bits.value.overlaps(row.bits.value));
        if let (Some(class), false) = (class_of(row), replaced) {
            return class;
        }
    }
    if entry.name.value == "absent" { Class::Absent } else { Class::Special }
}

/// What an entry with a row is, if the row holds an address.
fn class_of(row: &Row) -> Option<Class> {
    match row.role {
        Role::Page { .. } => Some(Class::Page),
        Role::Table { .. } => Some(Class::Table),
        _ => None,
    }
}

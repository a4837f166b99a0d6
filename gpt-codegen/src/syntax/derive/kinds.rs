//! The kinds of entries that a struct lists, one attribute each.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::Attribute;

use super::entries::{ATTRIBUTES, empty, row_name};
use super::keys::Reader;
use super::names::variant_name;
use super::places::Text;
use super::shape::{Field, Variant};
use crate::model::Class;
use crate::syntax::code::{bad_name, is_lower_name};
use crate::syntax::description::{Entry, Spanned};
use crate::syntax::row::{Role, Row};

impl Reader {
    /// `#[kind(page, at(TAB), bits(0 V = 1))]`: each kind takes the rows of the fields that its own do not touch.
    pub(super) fn kinds(
        &mut self,
        attributes: &[Attribute],
        fields: &[Field],
        rows: &[Row],
        clear: bool,
    ) -> Vec<(Entry, Variant)> {
        let mut kinds = Vec::new();
        for attribute in self.attributes(attributes, &["page_table", "kind"], &ATTRIBUTES) {
            if attribute.name.value != "kind" {
                continue;
            }
            let Some((tokens, close)) = self.inside(&attribute, "page, at(TAB), bits(0 V = 1)") else { continue };
            let mut tokens = tokens.into_iter().peekable();
            let mut name = TokenStream::new();
            while let Some(token) = tokens.next_if(|token| !is_comma(token)) {
                name.extend([token]);
            }
            tokens.next();
            let place = name.clone().into_iter().next().map_or(close, |token| token.span());
            let name = Text::new(name, close);
            let name = Spanned::new(name.as_str().to_owned(), name.span(&mut self.places));
            let mut entry = empty(name.clone());
            entry.unclear = !clear;
            let named = is_lower_name(&name.value, '-');
            if !named {
                self.found.push(bad_name(&name, '-'));
                entry.unclear = true;
            }
            let keys = self.keys(tokens.collect());
            self.entry(keys, &mut entry);
            let variant = Variant {
                name: Ident::new(&if named { variant_name(&name.value) } else { "Unnamed".to_owned() }, place),
                kind: name.value.clone(),
                span: name.span,
                like: None,
                fields: fields.to_vec(),
                rows: entry.rows.iter().map(row_name).collect(),
            };
            if entry.like.is_none() {
                entry.is = entry.is.or_else(|| class(&entry, rows));
                let mut base = empty(name.clone());
                base.rows = rows.to_vec();
                base.unclear = !clear;
                entry.base = Some(Box::new(base));
                entry.like = Some(name);
            }
            kinds.push((entry, variant));
        }
        kinds
    }
}

/// What a kind is by the address that it holds; the rows of the fields do not say it where its own replace them.
fn class(entry: &Entry, rows: &[Row]) -> Option<Class> {
    let address = |row: &Row| match row.role {
        Role::Page { .. } => Some(Class::Page),
        Role::Table { .. } => Some(Class::Table),
        _ => None,
    };
    let replaced = |row: &Row| entry.rows.iter().any(|own| own.bits.value.overlaps(row.bits.value));
    let left = rows.iter().filter(|row| !replaced(row));
    entry.rows.iter().chain(left).find_map(address).or(match entry.name.value.as_str() {
        "absent" => Some(Class::Absent),
        _ => Some(Class::Special),
    })
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')
}

//! The kinds of entries that a struct lists, one attribute each.

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::Attribute;

use super::entries::{ATTRIBUTES, empty, row_name};
use super::keys::Reader;
use super::names::variant_name;
use super::places::Text;
use super::shape::{Field, Variant};
use crate::syntax::code::{bad_name, is_lower_name};
use crate::syntax::description::{Entry, Spanned};
use crate::syntax::row::Row;

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

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')
}

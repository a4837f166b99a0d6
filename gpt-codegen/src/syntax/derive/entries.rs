//! The attributes of a variant: one for each key of a kind of entry.

use proc_macro2::TokenStream;

use super::keys::{Key, Reader};
use super::places::Text;
use super::shape::{RowName, Variant};
use crate::diagnostic::Diagnostic;
use crate::syntax::choices::CLASSES;
use crate::syntax::condition::Expression;
use crate::syntax::description::{Entry, Spanned};
use crate::syntax::grammar::Sentence;
use crate::syntax::row::Row;
use crate::syntax::width::{Quantity, Run};

/// What can stand on a variant.
pub(super) const ENTRY_KEYS: [&str; 8] = ["at", "bits", "is", "like", "when", "run", "reach", "present"];
/// Every helper attribute.
pub(super) const ATTRIBUTES: [&str; 10] =
    ["page_table", "kind", "at", "bits", "is", "like", "when", "run", "reach", "present"];

impl Reader {
    /// A variant of an enum.
    pub(super) fn variant(&mut self, variant: &syn::Variant) -> (Entry, Variant) {
        let span = self.span(variant.ident.span(), variant.ident.to_string());
        let (name, clear) = self.kind_name(&variant.ident, span);
        let keys = self.attributes(&variant.attrs, &ENTRY_KEYS, &ATTRIBUTES);
        let mut entry = empty(name);
        entry.unclear = !clear;
        self.entry(keys, &mut entry);
        let rows = entry.rows.iter().map(row_name).collect();
        let (fields, field_rows, clear) = self.fields(&variant.fields);
        entry.unclear |= !clear;
        entry.rows.extend(field_rows);
        let kind = entry.name.value.clone();
        (entry, Variant { name: variant.ident.clone(), kind, span, like: None, fields, rows })
    }

    /// Reads the keys of a kind.
    pub(super) fn entry(&mut self, keys: Vec<Key>, entry: &mut Entry) {
        for key in self.once(keys, &["bits"]) {
            if self.entry_key(&key, entry).is_none() {
                entry.unclear = true;
            }
        }
    }

    /// Reads one key of a kind; `None` where it is not understood.
    fn entry_key(&mut self, key: &Key, entry: &mut Entry) -> Option<()> {
        match key.name.value.as_str() {
            "at" => entry.at = Some(self.words(key, "DIR, TAB")?),
            "bits" => {
                let (rows, clear) = self.sentences(key, "20:13 zero; 0 P = 1", Row::parse)?;
                entry.rows.extend(rows);
                return clear.then_some(());
            }
            "is" => {
                let word = self.word(key, "absent")?;
                entry.is = Some(self.choice(&word, &CLASSES)?);
            }
            "like" => {
                let mut name = self.word(key, "Page4k")?;
                if name.value.starts_with(|c: char| c.is_ascii_uppercase()) {
                    name.value = super::names::lower(&name.value, '-', true);
                }
                entry.like = Some(name);
            }
            "when" => {
                let (tokens, close) = self.inside(key, "R or X")?;
                entry.when = Some(self.parse(&Text::new(tokens, close), condition)?);
            }
            "run" => entry.run = Some(self.sentence(key, "16 items, same address", Run::parse)?),
            "reach" => entry.reach = Some(self.sentence(key, "32 bits", Quantity::reach)?),
            "present" => return self.present(key, entry),
            _ => {
                self.unknown(&key.name, &ENTRY_KEYS);
                return None;
            }
        }
        Some(())
    }

    /// `BIG: BIG_APERTURE; SMALL: SMALL_APERTURE`
    fn present(&mut self, key: &Key, entry: &mut Entry) -> Option<()> {
        const EXAMPLE: &str = "BIG: BIG_VALID; SMALL: SMALL_VALID";
        let (tokens, close) = self.inside(key, EXAMPLE)?;
        let mut clear = Some(());
        for line in lines(tokens) {
            let parts: Vec<TokenStream> = halves(line);
            let [level, when] = parts.as_slice() else {
                let message = "each line of `present` is a level, a colon and a condition";
                let help = format!("write `present({EXAMPLE})`");
                self.found.push(Diagnostic::new("E0003", key.name.span, message).help(help));
                clear = None;
                continue;
            };
            let level = Text::new(level.clone(), close);
            let level = Spanned::new(level.as_str().to_owned(), level.span(&mut self.places));
            match self.parse(&Text::new(when.clone(), close), condition) {
                Some(when) => entry.present.push((level, when)),
                None => clear = None,
            }
        }
        clear
    }

    /// Says what a kind lacks that every kind has.
    pub(super) fn missing(&mut self, entry: &mut Entry) {
        if entry.rows.is_empty() && entry.like.is_none() && !entry.unclear {
            let message = format!("`{}` has no rows", entry.name.value);
            self.found.push(Diagnostic::new("E0006", entry.name.span, message).help(
                "write `#[bits(…)]` with a row for each range of bits, or `#[like(…)]` with the name of another kind",
            ));
            entry.unclear = true;
        }
    }
}

fn condition(mut sentence: Sentence<'_>) -> Result<Spanned<Expression>, Diagnostic> {
    let span = sentence.whole();
    Ok(Spanned::new(Expression::parse(sentence)?, span))
}

/// A kind of which nothing is known yet.
pub(super) fn empty(name: Spanned<String>) -> Entry {
    Entry {
        name,
        unclear: false,
        none: false,
        at: None,
        is: None,
        like: None,
        base: None,
        when: None,
        run: None,
        reach: None,
        present: Vec::new(),
        rows: Vec::new(),
    }
}

/// What a row is known by.
pub(super) fn row_name(row: &Row) -> RowName {
    RowName { span: row.span, name: row.name.as_ref().map(|name| name.value.clone()).unwrap_or_default() }
}

/// The lines that end with `;`.
fn lines(tokens: TokenStream) -> Vec<TokenStream> {
    parts(tokens, ';', usize::MAX)
}

/// What is before and after the first colon.
fn halves(tokens: TokenStream) -> Vec<TokenStream> {
    parts(tokens, ':', 2)
}

fn parts(tokens: TokenStream, separator: char, most: usize) -> Vec<TokenStream> {
    let mut parts = vec![TokenStream::new()];
    for token in tokens {
        match &token {
            proc_macro2::TokenTree::Punct(punct) if punct.as_char() == separator && parts.len() < most => {
                parts.push(TokenStream::new());
            }
            _ => {
                if let Some(last) = parts.last_mut() {
                    last.extend([token]);
                }
            }
        }
    }
    parts.retain(|part| !part.is_empty());
    parts
}

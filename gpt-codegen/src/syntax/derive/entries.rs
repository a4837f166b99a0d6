//! The attributes of a variant: one for each key of a kind of entry.

use proc_macro2::{TokenStream, TokenTree};
use quote::ToTokens;

use super::item::ItemVariant;
use super::keys::{Key, Reader};
use super::places::{Text, halves};
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
    pub(super) fn variant(&mut self, variant: &ItemVariant) -> (Entry, Variant) {
        let span = self.span(variant.name.span(), &variant.name.to_string());
        let (name, clear) = self.kind_name(&variant.name, span);
        let keys = self.attributes(&variant.attributes, &ENTRY_KEYS, &ATTRIBUTES);
        let mut entry = empty(name);
        entry.unclear = !clear;
        self.entry(keys, &mut entry);
        let rows = row_names(&entry.rows);
        if !variant.number.is_empty() {
            let span = self.span_of(variant.number.clone());
            let help = "take it out; what tells the kinds apart stands in their rows, as in `#[bits(0 V = 1)]`";
            self.wrong("E0301", span, "a kind of entry has no number", help);
        }
        let (fields, mut field_rows, clear) = self.fields(&variant.fields);
        entry.unclear |= !clear;
        entry.rows.append(&mut field_rows);
        let kind = entry.name.value.clone();
        (entry, Variant { name: variant.name.clone(), kind, span, like: None, fields, rows })
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
                let (mut rows, clear) = self.sentences(key, "20:13 zero; 0 P = 1", Row::parse)?;
                entry.rows.append(&mut rows);
                return clear.then_some(());
            }
            "is" => {
                let word = self.word(key, "absent")?;
                entry.is = Some(self.choice(&word, &CLASSES)?);
            }
            "like" => {
                let mut name = self.word(key, "Page4k")?;
                if name.value.as_bytes().first().is_some_and(u8::is_ascii_uppercase) {
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
        for line in &lines(tokens) {
            let (level, when) = halves(line, ':');
            if level.is_empty() || when.is_empty() {
                let message = "each line of `present` is a level, a colon and a condition";
                let help = format!("write `present({EXAMPLE})`");
                self.wrong("E0003", key.name.span, message, &help);
                clear = None;
                continue;
            }
            let level = self.spanned(&Text::new(level, close));
            match self.parse(&Text::new(when, close), condition) {
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
            let help =
                "write `#[bits(…)]` with a row for each range of bits, or `#[like(…)]` with the name of another kind";
            self.wrong("E0006", entry.name.span, &message, help);
            entry.unclear = true;
        }
    }
}

fn condition(mut sentence: Sentence<'_>) -> Result<Spanned<Expression>, Diagnostic> {
    let span = sentence.whole();
    Ok(Spanned::new(Expression::parse(sentence)?, span))
}

/// A kind of which nothing is known yet.
pub(crate) fn empty(name: Spanned<String>) -> Entry {
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

/// What rows are known by.
pub(super) fn row_names(rows: &[Row]) -> Vec<RowName> {
    let mut names = Vec::new();
    for row in rows {
        let name = match &row.name {
            Some(name) => name.value.clone(),
            None => String::new(),
        };
        names.push(RowName { span: row.span, name });
    }
    names
}

/// The lines that end with `;`, without empty ones.
fn lines(tokens: TokenStream) -> Vec<TokenStream> {
    let (mut lines, mut line) = (Vec::new(), TokenStream::new());
    for token in tokens {
        if !matches!(&token, TokenTree::Punct(punct) if punct.as_char() == ';') {
            token.to_tokens(&mut line);
        } else if !line.is_empty() {
            lines.push(std::mem::take(&mut line));
        }
    }
    if !line.is_empty() {
        lines.push(line);
    }
    lines
}

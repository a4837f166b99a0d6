//! `#[page_table(…)]`: what a description says before its entries.

use proc_macro2::{Ident, Span as Place, TokenStream};
use quote::ToTokens;

use super::cursor::Cursor;
use super::item::Attribute;
use super::keys::{Key, Reader};
use super::names;
use super::places::{Text, split};
use super::value::Value;
use crate::backend::rust;
use crate::span::Span;
use crate::syntax::choices::{CACHES, FLUSHES, REPLACES, WALKERS};
use crate::syntax::code::{CodeLine, bad_name, is_lower_name};
use crate::syntax::description::{CodeList, Description, Spanned, Tlb};
use crate::syntax::level::LevelLine;
use crate::syntax::suggest::{nearest, quote};
use crate::syntax::width::Quantity;

/// The keys of `#[page_table(…)]` that describe the format.
const KEYS: [&str; 14] = [
    "format",
    "about",
    "manual",
    "checked_by",
    "va",
    "pa",
    "entry",
    "levels",
    "roots",
    "codes",
    "tlb",
    "file",
    "module",
    "runtime",
];
/// The keys that can stand beside `file`.
const FILE_KEYS: [&str; 3] = ["file", "module", "runtime"];
/// The keys of `tlb(…)`.
const TLB_KEYS: [&str; 5] = ["caches", "flush", "replace", "walker", "reload"];

/// What `#[page_table(…)]` says beside the description.
#[derive(Default)]
pub struct Given {
    /// The name of the module; that of the format if left out.
    pub module: Option<Ident>,
    /// How the module is emitted: with the path of the runtime.
    pub options: rust::Options,
    /// The file with the description.
    pub file: Option<Spanned<String>>,
}

impl Reader {
    /// Reads `#[page_table(…)]` of a type with this name.
    pub(super) fn format(&mut self, attributes: &[Attribute], name: &Ident) -> (Description, Given) {
        let span = self.span(name.span(), &name.to_string());
        let mut description = Description { span, ..Description::default() };
        let mut given = Given::default();
        let mut keys = Vec::new();
        let mut tables = self.attributes(attributes, &["page_table"], &[]);
        for table in &tables {
            if let Some((tokens, _)) = self.inside(table, "va(48 bits), pa(52 bits), …") {
                keys.append(&mut self.keys(tokens));
            }
        }
        if let Some(table) = tables.pop() {
            description.span = table.name.span;
        }
        let keys = self.once(keys, &[]);
        let file = keys.iter().any(|key| key.name.value == "file");
        for key in keys {
            match KEYS.iter().find(|known| **known == key.name.value) {
                Some(known) if file && !FILE_KEYS.contains(known) => {
                    let message = format!("`{known}` is said by the file");
                    self.wrong("E0004", key.name.span, &message, "take it out, or describe the format here");
                }
                Some(known) => {
                    if self.key(known, &key, &mut description, &mut given).is_none() {
                        description.unclear.push(if *known == "checked_by" { "checked-by" } else { known });
                    }
                }
                None => {
                    self.unknown(&key.name, if file { &FILE_KEYS } else { &KEYS });
                    if let Some(meant) = nearest(&key.name.value, &KEYS) {
                        description.unclear.push(meant);
                    }
                }
            }
        }
        if description.format.is_none() && !file {
            let lower = names::lower(&name.to_string(), '_', false);
            let lower = Spanned::new(lower, span);
            if is_lower_name(&lower.value, '_') {
                description.format = Some(lower);
            } else {
                self.found.push(bad_name(&lower, '_').help("write the name of the format, as in `format(toy)`"));
                description.unclear.push("format");
            }
        }
        if description.about.is_none() && !description.unclear.contains(&"about") {
            description.about = self.documentation(attributes);
        }
        (description, given)
    }

    /// Reads the value of one key; `None` where it is not understood.
    fn key(&mut self, known: &str, key: &Key, description: &mut Description, given: &mut Given) -> Option<()> {
        match known {
            "format" => {
                let name = self.word(key, "toy")?;
                if !is_lower_name(&name.value, '_') {
                    self.found.push(bad_name(&name, '_'));
                    return None;
                }
                description.format = Some(name);
            }
            "about" => description.about = Some(self.string(key)?),
            "manual" => description.manual = Some(self.string(key)?),
            "checked_by" => description.checked_by = Some(self.string(key)?),
            "va" => description.va = Some(self.sentence(key, "48 bits", Quantity::input)?),
            "pa" => description.pa = Some(self.sentence(key, "52 bits, at most", Quantity::output)?),
            "entry" => description.entry = Some(self.sentence(key, "64 bits, little-endian", Quantity::entry)?),
            "levels" => {
                let (levels, clear) = self.sentences(key, "31:22 DIR; 21:12 TAB", LevelLine::parse)?;
                if levels.is_empty() && clear {
                    let help = "write one, as in `levels(31:22 DIR)`";
                    self.wrong("E0006", key.name.span, "there is no level", help);
                    return None;
                }
                description.levels = Some(levels);
                return clear.then_some(());
            }
            "roots" => description.roots = Some(self.words(key, "PML4")?),
            "codes" => {
                let (tokens, _) = self.inside(key, "pbmt(0 pma; 1 nc)")?;
                for table in self.code_tables(tokens) {
                    description.codes.push(table);
                }
            }
            "tlb" => description.tlb = self.tlb(key)?,
            "module" => given.module = Some(self.module(key)?),
            "runtime" => given.options = self.runtime(key)?,
            _ => given.file = Some(self.string(key)?),
        }
        Some(())
    }

    /// `pbmt(0 pma; 1 nc; 2 io), …`
    fn code_tables(&mut self, tokens: TokenStream) -> Vec<CodeList> {
        let mut tables = Vec::new();
        let mut tokens = tokens.into_iter().peekable();
        while tokens.peek().is_some() {
            let (mut name, mut list) = (TokenStream::new(), None);
            for token in tokens.by_ref() {
                match token {
                    proc_macro2::TokenTree::Punct(ref punct) if punct.as_char() == ',' => break,
                    proc_macro2::TokenTree::Group(group) => list = Some((group.stream(), group.span_close())),
                    other => other.to_tokens(&mut name),
                }
            }
            let name = self.spanned(&Text::new(name, Place::call_site()));
            if !is_lower_name(&name.value, '-') {
                self.found.push(bad_name(&name, '-'));
            }
            let Some((list, close)) = list else {
                let message = format!("{} has no codes", quote(&name.value));
                let help = format!("write them in parentheses, as in `{}(0 off; 1 on)`", name.value);
                self.wrong("E0003", name.span, &message, &help);
                continue;
            };
            let mut codes = Vec::new();
            for code in &split(list, ';', close) {
                if let Some(code) = self.parse(code, CodeLine::parse) {
                    codes.push(code);
                }
            }
            tables.push(CodeList { name, codes });
        }
        tables
    }

    fn tlb(&mut self, key: &Key) -> Option<Tlb> {
        let (tokens, _) = self.inside(key, "caches(table, page), flush(page)")?;
        let mut tlb = Tlb { span: key.name.span, ..Tlb::default() };
        let keys = self.keys(tokens);
        for key in self.once(keys, &[]) {
            match key.name.value.as_str() {
                "caches" => {
                    let mut classes = Vec::new();
                    for word in &self.words(&key, "table, page").unwrap_or_default() {
                        if let Some(class) = self.choice(word, &CACHES) {
                            classes.push(class);
                        }
                    }
                    tlb.caches = Some(classes);
                }
                "flush" => tlb.flush = self.one_of(&key, "page", &FLUSHES),
                "replace" => tlb.replace = self.one_of(&key, "in-place", &REPLACES),
                "walker" => tlb.walker = self.one_of(&key, "coherent", &WALKERS),
                "reload" => tlb.reload = self.words(&key, "PDPT"),
                _ => self.unknown(&key.name, &TLB_KEYS),
            }
        }
        Some(tlb)
    }

    /// The value of a key as one of a few words.
    fn one_of<T: Copy>(&mut self, key: &Key, example: &str, choices: &[(&str, T)]) -> Option<T> {
        let word = self.word(key, example)?;
        self.choice(&word, choices)
    }

    /// `module = name`
    fn module(&mut self, key: &Key) -> Option<Ident> {
        if let Value::Equals(tokens) = &key.value {
            let mut tokens = Cursor::new(tokens.clone());
            if let (Some(name), None) = (tokens.ident(), tokens.next())
                && rust::is_name(&name.to_string())
            {
                return Some(name);
            }
        }
        self.wrong_value(key, "a name", "my_format");
        None
    }

    /// `runtime = ::my::runtime`
    fn runtime(&mut self, key: &Key) -> Option<rust::Options> {
        if let Value::Equals(tokens) = &key.value
            && let Ok(options) = rust::Options::default().with_runtime_path(&tokens.to_string())
        {
            return Some(options);
        }
        self.wrong_value(key, "a path", "::gpt_runtime");
        None
    }

    /// A name of a kind that is read off the name of a variant.
    pub(super) fn kind_name(&mut self, name: &Ident, span: Span) -> (Spanned<String>, bool) {
        let written = name.to_string();
        let lower = names::lower(written.strip_prefix("r#").unwrap_or(&written), '-', true);
        let lower = Spanned::new(lower, span);
        let clear = is_lower_name(&lower.value, '-');
        if !clear {
            let help = "write a name of ASCII letters and digits, such as `Page4k`";
            self.found.push(bad_name(&lower, '-').help(help));
        }
        (lower, clear)
    }

    /// The first line of the documentation of an item, without the full stop.
    fn documentation(&mut self, attributes: &[Attribute]) -> Option<Spanned<String>> {
        for attribute in attributes {
            if attribute.name == "doc"
                && let Some((line, place)) = attribute.value.string()
                && !line.is_empty()
            {
                let line = line.strip_suffix('.').unwrap_or(&line);
                return Some(Spanned::new(line.to_owned(), self.span(place, line)));
            }
        }
        None
    }
}

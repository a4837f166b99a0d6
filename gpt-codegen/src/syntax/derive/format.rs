//! `#[page_table(…)]`: what a description says before its entries.

use proc_macro2::{Ident, Span as Place, TokenStream};
use quote::ToTokens;
use syn::{Attribute, Expr, Lit, Meta};

use super::keys::{Key, Reader, Value};
use super::names;
use super::places::{Text, split};
use crate::diagnostic::Diagnostic;
use crate::model::Class;
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
    /// The path of the runtime.
    pub runtime: Option<TokenStream>,
    /// The file with the description.
    pub file: Option<Spanned<String>>,
}

impl Reader {
    /// Reads `#[page_table(…)]` of a type with this name.
    pub(super) fn format(&mut self, attributes: &[Attribute], name: &Ident) -> (Description, Given) {
        let span = self.span(name.span(), name.to_string());
        let mut description = Description { span, ..Description::default() };
        let mut given = Given::default();
        let mut keys = Vec::new();
        let mut tables = self.attributes(attributes, &["page_table"], &[]);
        for table in &tables {
            if let Some((tokens, _)) = self.inside(table, "va(48 bits), pa(52 bits), …") {
                keys.extend(self.keys(tokens));
            }
        }
        if let Some(table) = tables.pop() {
            description.span = table.name.span;
        }
        let keys = self.once(keys, &[]);
        let file = keys.iter().any(|key| key.name.value == "file");
        for key in keys {
            let known = KEYS.into_iter().find(|known| *known == key.name.value);
            match known {
                Some(known) if file && !FILE_KEYS.contains(&known) => {
                    let message = format!("`{known}` is said by the file");
                    self.found.push(
                        Diagnostic::new("E0004", key.name.span, message)
                            .help("take it out, or describe the format here"),
                    );
                }
                Some(known) => {
                    if self.key(known, &key, &mut description, &mut given).is_none() {
                        description.unclear.push(if known == "checked_by" { "checked-by" } else { known });
                    }
                }
                None => {
                    self.unknown(&key.name, if file { &FILE_KEYS } else { &KEYS });
                    if let Some(near) = nearest(&key.name.value, &KEYS) {
                        description.unclear.push(near);
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
            description.about = documentation(attributes).map(|(text, place)| {
                let span = self.span(place, text.clone());
                Spanned::new(text, span)
            });
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
                    self.found.push(Diagnostic::new("E0006", key.name.span, "there is no level").help(help));
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
            "module" => given.module = self.identifier(key),
            "runtime" => given.runtime = self.path(key),
            _ => given.file = self.string(key),
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
                    other => name.extend([other]),
                }
            }
            let name = Text::new(name, Place::call_site());
            let name = Spanned::new(name.as_str().to_owned(), name.span(&mut self.places));
            if !is_lower_name(&name.value, '-') {
                self.found.push(bad_name(&name, '-'));
            }
            let Some((list, close)) = list else {
                let message = format!("{} has no codes", quote(&name.value));
                let help = format!("write them in parentheses, as in `{}(0 off; 1 on)`", name.value);
                self.found.push(Diagnostic::new("E0003", name.span, message).help(help));
                continue;
            };
            let codes = split(list, ';', close);
            let codes = codes.iter().filter_map(|code| self.parse(code, CodeLine::parse)).collect();
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
                    let words = self.words(&key, "table, page").unwrap_or_default();
                    let classes: Vec<Class> = words.iter().filter_map(|word| self.choice(word, &CACHES)).collect();
                    tlb.caches = Some(classes);
                }
                "flush" => tlb.flush = self.word(&key, "page").and_then(|word| self.choice(&word, &FLUSHES)),
                "replace" => tlb.replace = self.word(&key, "in-place").and_then(|word| self.choice(&word, &REPLACES)),
                "walker" => tlb.walker = self.word(&key, "coherent").and_then(|word| self.choice(&word, &WALKERS)),
                "reload" => tlb.reload = self.words(&key, "PDPT"),
                _ => self.unknown(&key.name, &TLB_KEYS),
            }
        }
        Some(tlb)
    }

    /// `module = name`
    fn identifier(&mut self, key: &Key) -> Option<Ident> {
        let ident = match &key.value {
            Value::Equals(tokens) => syn::parse2::<Ident>(tokens.clone()).ok(),
            _ => None,
        };
        if ident.is_none() {
            let message = format!("the value of `{}` is a name", key.name.value);
            let help = format!("write `{} = my_format`", key.name.value);
            self.found.push(Diagnostic::new("E0003", key.name.span, message).help(help));
        }
        ident
    }

    /// `runtime = ::my::runtime`
    fn path(&mut self, key: &Key) -> Option<TokenStream> {
        let path = match &key.value {
            Value::Equals(tokens) => syn::parse2::<syn::Path>(tokens.clone()).ok().map(ToTokens::into_token_stream),
            _ => None,
        };
        if path.is_none() {
            let message = format!("the value of `{}` is a path", key.name.value);
            let help = format!("write `{} = ::gpt_runtime`", key.name.value);
            self.found.push(Diagnostic::new("E0003", key.name.span, message).help(help));
        }
        path
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
}

/// The first line of the documentation of an item, without the full stop.
fn documentation(attributes: &[Attribute]) -> Option<(String, Place)> {
    let lines = attributes.iter().filter(|attribute| attribute.path().is_ident("doc"));
    let mut texts = lines.filter_map(|attribute| match &attribute.meta {
        Meta::NameValue(pair) => match &pair.value {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some((text.value(), text.span())),
                _ => None,
            },
            _ => None,
        },
        _ => None,
    });
    let (text, place) = texts.find(|(text, _)| !text.trim().is_empty())?;
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    Some((text.strip_suffix('.').map_or(text.clone(), str::to_owned), place))
}

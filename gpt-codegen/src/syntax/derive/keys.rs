//! Keys with values in parentheses: what attributes are made of.

use std::collections::HashMap;

use proc_macro2::{Delimiter, Span as Place, TokenStream, TokenTree};
use syn::{Attribute, Meta};

use super::places::{Places, Text, split};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::span::Span;
use crate::syntax::description::Spanned;
use crate::syntax::grammar::Sentence;
use crate::syntax::suggest::{instead, quote};

/// `at(DIR, TAB)` or `manual = "…"`.
pub(super) struct Key {
    /// The key, with its place.
    pub(super) name: Spanned<String>,
    pub(super) value: Value,
}

/// What stands after a key.
pub(super) enum Value {
    /// Nothing.
    Nothing,
    /// Parentheses and what is in them.
    Parentheses(TokenStream, Place),
    /// `=` and what follows it.
    Equals(TokenStream),
}

/// Everything that is read from the tokens of one type.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) places: Places,
    pub(super) found: Diagnostics,
}

impl Reader {
    /// The span of one token.
    pub(super) fn span(&mut self, place: Place, text: impl Into<String>) -> Span {
        self.places.add(place, place, text)
    }

    /// The helper attributes of an item as keys.
    pub(super) fn attributes(&mut self, attributes: &[Attribute], known: &[&str], elsewhere: &[&str]) -> Vec<Key> {
        let mut keys = Vec::new();
        for attribute in attributes {
            let Some(ident) = attribute.path().get_ident() else { continue };
            let name = ident.to_string();
            if elsewhere.contains(&name.as_str()) && !known.contains(&name.as_str()) {
                let span = self.span(ident.span(), name.clone());
                let list: Vec<String> = known.iter().map(|known| format!("`#[{known}(…)]`")).collect();
                let help = match list.as_slice() {
                    [] => "take it out".to_owned(),
                    [only] => format!("write {only}, or take it out"),
                    [first @ .., last] => format!("what can stand here is {} and {last}", first.join(", ")),
                };
                self.found.push(Diagnostic::new("E0004", span, format!("`#[{name}]` does not belong here")).help(help));
                continue;
            }
            if !known.contains(&name.as_str()) {
                continue;
            }
            let name = Spanned::new(name.clone(), self.span(ident.span(), name));
            let value = match &attribute.meta {
                Meta::Path(_) => Value::Nothing,
                Meta::List(list) => Value::Parentheses(list.tokens.clone(), list.delimiter.span().close()),
                Meta::NameValue(pair) => Value::Equals(quote::ToTokens::to_token_stream(&pair.value)),
            };
            keys.push(Key { name, value });
        }
        keys
    }

    /// The keys between parentheses, separated by commas.
    pub(super) fn keys(&mut self, tokens: TokenStream) -> Vec<Key> {
        let mut keys = Vec::new();
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            let TokenTree::Ident(ident) = &token else {
                let span = self.span(token.span(), token.to_string());
                let message = format!("{} is not a key", quote(&token.to_string()));
                let help = "write a key and its value in parentheses, as in `va(48 bits)`";
                self.found.push(Diagnostic::new("E0003", span, message).help(help));
                while tokens.next_if(|token| !is_comma(token)).is_some() {}
                tokens.next();
                continue;
            };
            let name = ident.to_string();
            let name = Spanned::new(name.clone(), self.span(ident.span(), name));
            let value = match tokens.peek() {
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                    let value = Value::Parentheses(group.stream(), group.span_close());
                    tokens.next();
                    value
                }
                Some(TokenTree::Punct(punct)) if punct.as_char() == '=' => {
                    tokens.next();
                    let mut value = TokenStream::new();
                    while let Some(token) = tokens.next_if(|token| !is_comma(token)) {
                        value.extend([token]);
                    }
                    Value::Equals(value)
                }
                _ => Value::Nothing,
            };
            keys.push(Key { name, value });
            let mut extra = None;
            while let Some(token) = tokens.next_if(|token| !is_comma(token)) {
                extra = extra.or(Some(token));
            }
            if let Some(token) = extra {
                let span = self.span(token.span(), token.to_string());
                let message = format!("{} does not follow a key", quote(&token.to_string()));
                let help = "write the value in parentheses, and a comma between keys";
                self.found.push(Diagnostic::new("E0003", span, message).help(help));
            }
            tokens.next();
        }
        keys
    }

    /// Says which keys are given twice, and leaves the first of each.
    pub(super) fn once(&mut self, keys: Vec<Key>, may_repeat: &[&str]) -> Vec<Key> {
        let mut first: HashMap<String, Span> = HashMap::new();
        let mut kept = Vec::new();
        for key in keys {
            match first.get(&key.name.value) {
                Some(earlier) if !may_repeat.contains(&key.name.value.as_str()) => {
                    let message = format!("{} is given twice", quote(&key.name.value));
                    let twice = Diagnostic::new("E0005", key.name.span, message).and(*earlier, "the first one");
                    self.found.push(twice.help("take one of them out"));
                }
                _ => {
                    first.entry(key.name.value.clone()).or_insert(key.name.span);
                    kept.push(key);
                }
            }
        }
        kept
    }

    /// Says that a key is not known.
    pub(super) fn unknown(&mut self, key: &Spanned<String>, known: &[&str]) {
        let message = format!("there is no key {}", quote(&key.value));
        self.found.push(Diagnostic::new("E0004", key.span, message).help(instead(&key.value, known)));
    }

    /// What is between the parentheses of a key.
    pub(super) fn inside(&mut self, key: &Key, example: &str) -> Option<(TokenStream, Place)> {
        if let Value::Parentheses(tokens, close) = &key.value {
            return Some((tokens.clone(), *close));
        }
        let message = format!("the value of `{}` stands in parentheses", key.name.value);
        let help = format!("write `{}({example})`", key.name.value);
        self.found.push(Diagnostic::new("E0003", key.name.span, message).help(help));
        None
    }

    /// The value of a key as one sentence.
    pub(super) fn sentence<T>(
        &mut self,
        key: &Key,
        example: &str,
        parse: impl FnOnce(Sentence<'_>) -> Result<T, Diagnostic>,
    ) -> Option<T> {
        let (tokens, close) = self.inside(key, example)?;
        self.parse(&Text::new(tokens, close), parse)
    }

    /// A text read as a sentence.
    pub(super) fn parse<T>(
        &mut self,
        text: &Text,
        parse: impl FnOnce(Sentence<'_>) -> Result<T, Diagnostic>,
    ) -> Option<T> {
        match text.parse(&mut self.places, parse) {
            Ok(value) => Some(value),
            Err(diagnostic) => {
                self.found.push(diagnostic);
                None
            }
        }
    }

    /// The value of a key as sentences that end with `;`, and whether all are understood.
    pub(super) fn sentences<T>(
        &mut self,
        key: &Key,
        example: &str,
        parse: impl Fn(Sentence<'_>) -> Result<T, Diagnostic>,
    ) -> Option<(Vec<T>, bool)> {
        let (tokens, close) = self.inside(key, example)?;
        let texts = split(tokens, ';', close);
        let values: Vec<T> = texts.iter().filter_map(|text| self.parse(text, &parse)).collect();
        let clear = values.len() == texts.len();
        Some((values, clear))
    }

    /// The value of a key as names with commas between.
    pub(super) fn words(&mut self, key: &Key, example: &str) -> Option<Vec<Spanned<String>>> {
        let (tokens, close) = self.inside(key, example)?;
        let texts = split(tokens, ',', close);
        if texts.is_empty() {
            let message = format!("`{}` is empty", key.name.value);
            let help = format!("write `{}({example})`", key.name.value);
            self.found.push(Diagnostic::new("E0003", key.name.span, message).help(help));
            return None;
        }
        let word = |text: &Text| Spanned::new(text.as_str().to_owned(), text.span(&mut self.places));
        Some(texts.iter().map(word).collect())
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&mut self, word: &Spanned<String>, choices: &[(&str, T)]) -> Option<T> {
        let chosen = choices.iter().find(|(name, _)| *name == word.value).map(|(_, value)| *value);
        if chosen.is_none() {
            let known: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            let message = format!("{} is not understood here", quote(&word.value));
            self.found.push(Diagnostic::new("E0020", word.span, message).help(instead(&word.value, &known)));
        }
        chosen
    }

    /// The value of a key as one word.
    pub(super) fn word(&mut self, key: &Key, example: &str) -> Option<Spanned<String>> {
        let (tokens, close) = self.inside(key, example)?;
        let text = Text::new(tokens, close);
        if text.is_empty() {
            let message = format!("`{}` is empty", key.name.value);
            let help = format!("write `{}({example})`", key.name.value);
            self.found.push(Diagnostic::new("E0003", key.name.span, message).help(help));
            return None;
        }
        Some(Spanned::new(text.as_str().to_owned(), text.span(&mut self.places)))
    }

    /// The value of a key as a string.
    pub(super) fn string(&mut self, key: &Key) -> Option<Spanned<String>> {
        let literal = match &key.value {
            Value::Equals(tokens) => syn::parse2::<syn::LitStr>(tokens.clone()).ok(),
            _ => None,
        };
        let Some(literal) = literal else {
            let message = format!("the value of `{}` is a string", key.name.value);
            let help = format!("write `{} = \"…\"`", key.name.value);
            self.found.push(Diagnostic::new("E0003", key.name.span, message).help(help));
            return None;
        };
        let text = literal.value().split_whitespace().collect::<Vec<_>>().join(" ");
        Some(Spanned::new(text.clone(), self.span(literal.span(), text)))
    }
}

fn is_comma(token: &TokenTree) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')
}

//! Keys with values in parentheses: what attributes are made of.

use proc_macro2::{Delimiter, Span as Place, TokenStream, TokenTree};
use quote::ToTokens;

use super::item::Attribute;
use super::places::{Parse, Places, Text, split};
use super::value::Value;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::span::Span;
use crate::syntax::description::Spanned;
use crate::syntax::suggest::{instead, quote};

/// `at(DIR, TAB)` or `manual = "…"`.
pub(super) struct Key {
    /// The key, with its place.
    pub(super) name: Spanned<String>,
    pub(super) value: Value,
}

/// Everything that is read from the tokens of one type.
#[derive(Default)]
pub(super) struct Reader {
    pub(super) places: Places,
    pub(super) found: Diagnostics,
}

impl Reader {
    /// The span of one token.
    pub(super) fn span(&mut self, place: Place, text: &str) -> Span {
        self.places.add(place, place, text)
    }

    /// The span of some tokens.
    pub(super) fn span_of(&mut self, tokens: TokenStream) -> Span {
        let text = tokens.to_string();
        let (mut first, mut last) = (None, Place::call_site());
        for token in tokens {
            last = token.span();
            if first.is_none() {
                first = Some(last);
            }
        }
        self.places.add(first.unwrap_or(last), last, &text)
    }

    /// Says that something is wrong, and what to write instead.
    pub(super) fn wrong(&mut self, code: &'static str, span: Span, message: &str, help: &str) {
        self.found.push(Diagnostic::new(code, span, message).help(help));
    }

    /// A text with its place.
    pub(super) fn spanned(&mut self, text: &Text) -> Spanned<String> {
        Spanned::new(text.as_str().to_owned(), text.span(&mut self.places))
    }

    /// The helper attributes of an item as keys.
    pub(super) fn attributes(&mut self, attributes: &[Attribute], known: &[&str], elsewhere: &[&str]) -> Vec<Key> {
        let mut keys = Vec::new();
        for attribute in attributes {
            let name = attribute.name.to_string();
            if elsewhere.contains(&name.as_str()) && !known.contains(&name.as_str()) {
                let span = self.span(attribute.name.span(), &name);
                let mut list = String::new();
                for (place, attribute) in known.iter().enumerate() {
                    list.push_str(match place {
                        0 => "",
                        _ if place + 1 == known.len() => " and ",
                        _ => ", ",
                    });
                    list.push_str(&format!("`#[{attribute}(…)]`"));
                }
                let help = match known {
                    [] => "take it out".to_owned(),
                    [_] => format!("write {list}, or take it out"),
                    _ => format!("what can stand here is {list}"),
                };
                self.wrong("E0004", span, &format!("`#[{name}]` does not belong here"), &help);
                continue;
            }
            if !known.contains(&name.as_str()) {
                continue;
            }
            let span = self.span(attribute.name.span(), &name);
            keys.push(Key { name: Spanned::new(name, span), value: attribute.value.clone() });
        }
        keys
    }

    /// The keys between parentheses, separated by commas.
    pub(super) fn keys(&mut self, tokens: TokenStream) -> Vec<Key> {
        let mut keys = Vec::new();
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            let TokenTree::Ident(ident) = &token else {
                let text = token.to_string();
                let span = self.span(token.span(), &text);
                let message = format!("{} is not a key", quote(&text));
                let help = "write a key and its value in parentheses, as in `va(48 bits)`";
                self.wrong("E0003", span, &message, help);
                while tokens.next_if(is_no_comma).is_some() {}
                tokens.next();
                continue;
            };
            let name = ident.to_string();
            let span = self.span(ident.span(), &name);
            let name = Spanned::new(name, span);
            let value = match tokens.peek() {
                Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Parenthesis => {
                    let value = Value::Parentheses(group.stream(), group.span_close());
                    tokens.next();
                    value
                }
                Some(TokenTree::Punct(punct)) if punct.as_char() == '=' => {
                    tokens.next();
                    let mut value = TokenStream::new();
                    while let Some(token) = tokens.next_if(is_no_comma) {
                        token.to_tokens(&mut value);
                    }
                    Value::Equals(value)
                }
                _ => Value::Nothing,
            };
            keys.push(Key { name, value });
            let mut extra = None;
            while let Some(token) = tokens.next_if(is_no_comma) {
                extra = extra.or(Some(token));
            }
            if let Some(token) = extra {
                let text = token.to_string();
                let span = self.span(token.span(), &text);
                let message = format!("{} does not follow a key", quote(&text));
                let help = "write the value in parentheses, and a comma between keys";
                self.wrong("E0003", span, &message, help);
            }
            tokens.next();
        }
        keys
    }

    /// Says which keys are given twice, and leaves the first of each.
    pub(super) fn once(&mut self, keys: Vec<Key>, may_repeat: &[&str]) -> Vec<Key> {
        let mut kept: Vec<Key> = Vec::new();
        for key in keys {
            match kept.iter().find(|first| first.name.value == key.name.value) {
                Some(first) if !may_repeat.contains(&key.name.value.as_str()) => {
                    let message = format!("{} is given twice", quote(&key.name.value));
                    let twice = Diagnostic::new("E0005", key.name.span, message).and(first.name.span, "the first one");
                    self.found.push(twice.help("take one of them out"));
                }
                _ => kept.push(key),
            }
        }
        kept
    }

    /// Says that a key is not known.
    pub(super) fn unknown(&mut self, key: &Spanned<String>, known: &[&str]) {
        let message = format!("there is no key {}", quote(&key.value));
        self.wrong("E0004", key.span, &message, &instead(&key.value, known));
    }

    /// What is between the parentheses of a key.
    pub(super) fn inside(&mut self, key: &Key, example: &str) -> Option<(TokenStream, Place)> {
        if let Value::Parentheses(tokens, close) = &key.value {
            return Some((tokens.clone(), *close));
        }
        let message = format!("the value of `{}` stands in parentheses", key.name.value);
        let help = format!("write `{}({example})`", key.name.value);
        self.wrong("E0003", key.name.span, &message, &help);
        None
    }

    /// The value of a key as one sentence.
    pub(super) fn sentence<T>(&mut self, key: &Key, example: &str, parse: Parse<T>) -> Option<T> {
        let (tokens, close) = self.inside(key, example)?;
        self.parse(&Text::new(tokens, close), parse)
    }

    /// A text read as a sentence.
    pub(super) fn parse<T>(&mut self, text: &Text, parse: Parse<T>) -> Option<T> {
        match text.parse(&mut self.places, parse) {
            Ok(value) => Some(value),
            Err(diagnostic) => {
                self.found.push(diagnostic);
                None
            }
        }
    }

    /// The value of a key as sentences that end with `;`, and whether all are understood.
    pub(super) fn sentences<T>(&mut self, key: &Key, example: &str, parse: Parse<T>) -> Option<(Vec<T>, bool)> {
        let (tokens, close) = self.inside(key, example)?;
        let (mut values, mut clear) = (Vec::new(), true);
        for text in &split(tokens, ';', close) {
            match self.parse(text, parse) {
                Some(value) => values.push(value),
                None => clear = false,
            }
        }
        Some((values, clear))
    }

    /// The value of a key as names with commas between.
    pub(super) fn words(&mut self, key: &Key, example: &str) -> Option<Vec<Spanned<String>>> {
        let (tokens, close) = self.inside(key, example)?;
        let texts = split(tokens, ',', close);
        if texts.is_empty() {
            self.empty(key, example);
            return None;
        }
        let mut words = Vec::new();
        for text in &texts {
            words.push(self.spanned(text));
        }
        Some(words)
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&mut self, word: &Spanned<String>, choices: &[(&str, T)]) -> Option<T> {
        let mut known = Vec::new();
        for (name, value) in choices {
            if *name == word.value {
                return Some(*value);
            }
            known.push(*name);
        }
        self.no_choice(word, &known);
        None
    }

    fn no_choice(&mut self, word: &Spanned<String>, known: &[&str]) {
        let message = format!("{} is not understood here", quote(&word.value));
        self.wrong("E0020", word.span, &message, &instead(&word.value, known));
    }

    /// Says that nothing stands between the parentheses of a key.
    fn empty(&mut self, key: &Key, example: &str) {
        let message = format!("`{}` is empty", key.name.value);
        let help = format!("write `{}({example})`", key.name.value);
        self.wrong("E0003", key.name.span, &message, &help);
    }

    /// The value of a key as one word.
    pub(super) fn word(&mut self, key: &Key, example: &str) -> Option<Spanned<String>> {
        let (tokens, close) = self.inside(key, example)?;
        let text = Text::new(tokens, close);
        if text.is_empty() {
            self.empty(key, example);
            return None;
        }
        Some(self.spanned(&text))
    }

    /// The value of a key as a string.
    pub(super) fn string(&mut self, key: &Key) -> Option<Spanned<String>> {
        let Some((text, place)) = key.value.string() else {
            self.wrong_value(key, "a string", "\"…\"");
            return None;
        };
        let span = self.span(place, &text);
        Some(Spanned::new(text, span))
    }

    /// Says what stands after `=`; at what does, if there is something.
    pub(super) fn wrong_value(&mut self, key: &Key, what: &str, example: &str) {
        let span = match &key.value {
            Value::Equals(tokens) if !tokens.is_empty() => self.span_of(tokens.clone()),
            _ => key.name.span,
        };
        let message = format!("the value of `{}` is {what}", key.name.value);
        let help = format!("write `{} = {example}`", key.name.value);
        self.wrong("E0003", span, &message, &help);
    }
}

fn is_no_comma(token: &TokenTree) -> bool {
    !matches!(token, TokenTree::Punct(punct) if punct.as_char() == ',')
}

//! Mistakes as errors of the compiler, in the words that all front ends share.

use std::fmt;

use proc_macro2::{Span as Place, TokenStream};
use quote::{ToTokens, quote_spanned};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::span::Span;
use crate::syntax::derive::Places;

/// The keys that stand on a variant; others stand in `#[page_table(…)]`.
const ON_VARIANTS: [&str; 8] = ["at", "bits", "is", "like", "when", "run", "reach", "present"];
const IN_PAGE_TABLE: [&str; 11] =
    ["format", "about", "manual", "va", "pa", "entry", "levels", "roots", "codes", "caches", "reload"];
/// Choices of `tlb(…)`.
const IN_TLB: [&str; 3] = ["flush", "replace", "walker"];

/// What is wrong with a type, each mistake at its tokens.
#[derive(Debug, Default)]
pub struct CompileErrors {
    errors: Vec<CompileError>,
}

#[derive(Debug)]
struct CompileError {
    /// The first and the last of the tokens.
    place: (Place, Place),
    message: String,
}

impl CompileErrors {
    /// A single mistake, of the whole type.
    pub(super) fn of_all(message: &str) -> Self {
        let mut errors = Self::default();
        errors.push(Span::NOWHERE, &Places::default(), message.to_owned());
        errors
    }

    /// Adds a mistake at the tokens that a span stands for.
    pub(super) fn push(&mut self, span: Span, places: &Places, message: String) {
        let place = match places.get(span) {
            Some(tokens) => (tokens.first, tokens.last),
            None => (Place::call_site(), Place::call_site()),
        };
        self.errors.push(CompileError { place, message });
    }

    /// At least one mistake: what has failed does not stay unsaid.
    pub(super) fn or_unknown(self) -> Self {
        if self.errors.is_empty() { Self::of_all("this format is not understood") } else { self }
    }
}

/// As errors of the compiler.
impl ToTokens for CompileErrors {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for CompileError { place: (first, last), message } in &self.errors {
            // The compiler points from the first token of the call to the last.
            quote_spanned!(*first=> ::core::compile_error!).to_tokens(tokens);
            quote_spanned!(*last=> { #message }).to_tokens(tokens);
        }
    }
}

impl fmt::Display for CompileErrors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, error) in self.errors.iter().enumerate() {
            let between = if place == 0 { "" } else { "\n" };
            write!(formatter, "{between}{}", error.message)?;
        }
        Ok(())
    }
}

impl std::error::Error for CompileErrors {}

/// Every mistake as an error at its tokens.
pub(super) fn compile_errors(found: &Diagnostics, places: &Places) -> CompileErrors {
    let mut errors = CompileErrors::default();
    for diagnostic in found.iter() {
        add(&mut errors, diagnostic, places);
    }
    errors.or_unknown()
}

fn add(errors: &mut CompileErrors, diagnostic: &Diagnostic, places: &Places) {
    let mut message = attributes(&diagnostic.message);
    let (main, labels) = match diagnostic.labels.as_slice() {
        [main, labels @ ..] => (main.span, labels),
        [] => (Span::NOWHERE, [].as_slice()),
    };
    if let Some(label) = diagnostic.labels.first()
        && !label.text.is_empty()
    {
        message.push_str(&format!(": {}", attributes(&label.text)));
    }
    message.push_str(&format!(" (gpt explain {})", diagnostic.code));
    let own = text_at(main, places);
    for label in labels {
        // What reads the same as the main place says nothing more.
        let text = text_at(label.span, places);
        let text = if text == own { "" } else { text };
        match (label.text.is_empty(), text.is_empty()) {
            (_, true) => {}
            (true, false) => message.push_str(&format!("\nnote: `{text}`")),
            (false, false) => message.push_str(&format!("\nnote: {}: `{text}`", attributes(&label.text))),
        }
    }
    if let Some(help) = &diagnostic.help {
        message.push_str(&format!("\nhelp: {}", attributes(help)));
    }
    errors.push(main, places, message);
}

/// The text of the tokens that a span stands for.
fn text_at(span: Span, places: &Places) -> &str {
    match places.get(span) {
        Some(tokens) => &tokens.text,
        None => "",
    }
}

/// A sentence with what it quotes from files written as attributes: `` `at:` `` is `` `#[at(…)]` `` here.
fn attributes(sentence: &str) -> String {
    let mut text = String::new();
    for (number, part) in sentence.split('`').enumerate() {
        if number > 0 {
            text.push('`');
        }
        // What stands between two backquotes is every other part.
        if number % 2 == 1 { text.push_str(&attribute(part)) } else { text.push_str(part) }
    }
    text
}

/// A key with its value, as an attribute.
fn attribute(quoted: &str) -> String {
    let quoted = quoted.strip_prefix("- ").unwrap_or(quoted);
    let Some((key, value)) = quoted.split_once(':') else { return quoted.to_owned() };
    if !value.is_empty() && !value.starts_with(' ') {
        return quoted.to_owned();
    }
    let value = value.trim();
    let value = value.strip_prefix('[').and_then(|list| list.strip_suffix(']')).unwrap_or(value);
    let value = if value.is_empty() { "…" } else { value };
    match key {
        _ if ON_VARIANTS.contains(&key) => format!("#[{key}({value})]"),
        "about" | "manual" => format!("{key} = \"{value}\""),
        _ if IN_PAGE_TABLE.contains(&key) || IN_TLB.contains(&key) => format!("{key}({value})"),
        _ => quoted.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::attributes;

    #[test]
    fn keys_of_files_read_as_attributes() {
        assert_eq!(attributes("as in `at: [DIR, TAB]`"), "as in `#[at(DIR, TAB)]`");
        assert_eq!(attributes("correct `when:` or `is:`"), "correct `#[when(…)]` or `#[is(…)]`");
        assert_eq!(attributes("write `va: 39 bits`, or less"), "write `va(39 bits)`, or less");
        assert_eq!(attributes("write `replace: in-place`"), "write `replace(in-place)`");
        assert_eq!(attributes("write `51:12` or `31:22 DIR`"), "write `51:12` or `31:22 DIR`");
        assert_eq!(attributes("write `- 31:22 DIR`"), "write `31:22 DIR`");
    }
}

//! Mistakes as errors of the compiler, in the words that all front ends share.

use quote::{quote, quote_spanned};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::span::Span;
use crate::syntax::derive::Places;

/// The keys that stand on a variant; others stand in `#[page_table(…)]`.
const ON_VARIANTS: [&str; 8] = ["at", "bits", "is", "like", "when", "run", "reach", "present"];
const IN_PAGE_TABLE: [&str; 11] =
    ["format", "about", "manual", "va", "pa", "entry", "levels", "roots", "codes", "caches", "reload"];
/// Choices of `tlb(…)`.
const IN_TLB: [&str; 3] = ["flush", "replace", "walker"];

/// Every mistake as an error at its tokens.
pub(super) fn compile_errors(found: &Diagnostics, places: &Places) -> syn::Error {
    let mut errors: Option<syn::Error> = None;
    for diagnostic in found.iter() {
        let error = error(diagnostic, places);
        match &mut errors {
            Some(errors) => errors.combine(error),
            None => errors = Some(error),
        }
    }
    errors.unwrap_or_else(|| syn::Error::new(proc_macro2::Span::call_site(), "this format is not understood"))
}

fn error(diagnostic: &Diagnostic, places: &Places) -> syn::Error {
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
    at(main, places, &message)
}

/// The text of the tokens that a span stands for.
fn text_at(span: Span, places: &Places) -> &str {
    match places.get(span) {
        Some(tokens) => &tokens.text,
        None => "",
    }
}

/// An error at the tokens that a span stands for.
pub(super) fn at(span: Span, places: &Places, message: &str) -> syn::Error {
    match places.get(span) {
        Some(tokens) => {
            let (first, last) = (tokens.first, tokens.last);
            let (first, last) = (quote_spanned!(first=> first), quote_spanned!(last=> last));
            syn::Error::new_spanned(quote!(#first #last), message)
        }
        None => syn::Error::new(proc_macro2::Span::call_site(), message),
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

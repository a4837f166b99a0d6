//! Mistakes as errors of the compiler, in the words that all front ends share.

use quote::quote_spanned;

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
    let mut labels = diagnostic.labels.iter();
    let main = labels.next();
    if let Some(label) = main.filter(|label| !label.text.is_empty()) {
        message.push_str(&format!(": {}", attributes(&label.text)));
    }
    message.push_str(&format!(" (gpt explain {})", diagnostic.code));
    let own = main.and_then(|label| places.get(label.span)).map_or("", |tokens| tokens.text.as_str());
    for label in labels {
        // What reads the same as the main place says nothing more.
        let text = places.get(label.span).map_or("", |tokens| tokens.text.as_str());
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
    at(main.map_or(Span::NOWHERE, |label| label.span), places, &message)
}

/// An error at the tokens that a span stands for.
pub(super) fn at(span: Span, places: &Places, message: &str) -> syn::Error {
    match places.get(span) {
        Some(tokens) => {
            let (first, last) = (tokens.first, tokens.last);
            let mut range = quote_spanned!(first=> first);
            range.extend(quote_spanned!(last=> last));
            syn::Error::new_spanned(range, message)
        }
        None => syn::Error::new(proc_macro2::Span::call_site(), message),
    }
}

/// A sentence with what it quotes from files written as attributes: `` `at:` `` is `` `#[at(…)]` `` here.
fn attributes(sentence: &str) -> String {
    let mut parts = sentence.split('`');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for (number, part) in parts.enumerate() {
        text.push('`');
        // What stands between two backquotes is every other part.
        if number % 2 == 0 { text.push_str(&attribute(part)) } else { text.push_str(part) }
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

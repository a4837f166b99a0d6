//! Names of a description as identifiers of Rust.

use std::collections::BTreeSet;

use proc_macro2::{Ident, Span, TokenStream, TokenTree};

/// Names that may not be given again.
pub(super) struct Names(BTreeSet<String>);

impl Names {
    /// What an emitted module uses or defines whatever the format.
    pub(super) fn of_module() -> Self {
        Self::reserve(&[
            "Self",
            "Option",
            "Some",
            "None",
            "Default",
            "Clone",
            "Copy",
            "Debug",
            "PartialEq",
            "Eq",
            "Hash",
            "AddressRange",
            "Caches",
            "Class",
            "Epochs",
            "Format",
            "InputAddress",
            "Level",
            "NoSpecial",
            "PageShape",
            "TableShape",
            "Visitor",
            "PageTable",
            "Va",
            "VaRange",
            "Attributes",
            "Change",
            "Special",
            "NoTableAttributes",
            "TableAttributes",
        ])
    }

    /// Nothing but these.
    pub(super) fn reserve(taken: &[&str]) -> Self {
        Self(taken.iter().map(|&name| name.to_owned()).collect())
    }

    /// The name, with a number behind it where it was given before.
    pub(super) fn distinct(&mut self, wanted: String) -> String {
        let mut name = wanted.clone();
        let mut number = 2;
        while !self.0.insert(name.clone()) {
            name = format!("{wanted}_{number}");
            number += 1;
        }
        name
    }
}

/// The words of a name: runs of letters and digits of the alphabet.
fn words(name: &str) -> impl Iterator<Item = &str> {
    name.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty())
}

/// A name of a type: `page-4k` is `Page4k`, `x86_64` is `X86_64`.
pub(super) fn camel(name: &str) -> String {
    let mut camel = String::new();
    for word in words(name) {
        // Two numbers would run together.
        if camel.ends_with(|c: char| c.is_ascii_digit()) && word.starts_with(|c: char| c.is_ascii_digit()) {
            camel.push('_');
        }
        let (first, rest) = word.split_at(1);
        camel.push_str(&first.to_ascii_uppercase());
        camel.push_str(&rest.to_ascii_lowercase());
    }
    start_with_letter(camel, "N")
}

/// A name of a value or function: `page-4k` is `page_4k`.
pub(super) fn snake(name: &str) -> String {
    let snake = words(name).collect::<Vec<_>>().join("_").to_ascii_lowercase();
    start_with_letter(snake, "n")
}

/// A name of a constant: `non-cacheable` is `NON_CACHEABLE`.
pub(super) fn upper(name: &str) -> String {
    snake(name).to_ascii_uppercase()
}

fn start_with_letter(name: String, letter: &str) -> String {
    if name.starts_with(|c: char| c.is_ascii_alphabetic()) { name } else { format!("{letter}{name}") }
}

/// Keywords that no identifier can be, not even a raw one.
const NEVER: [&str; 4] = ["self", "Self", "super", "crate"];

/// The other keywords of all editions up to 2024, used and reserved (Rust Reference, "Keywords").
const KEYWORDS: [&str; 48] = [
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "do", "dyn", "else", "enum",
    "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop", "macro", "match", "mod", "move",
    "mut", "override", "priv", "pub", "ref", "return", "static", "struct", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

/// The identifier; a raw one for a keyword.
pub(super) fn ident(name: &str) -> Ident {
    if NEVER.contains(&name) {
        Ident::new(&format!("{name}_"), Span::call_site())
    } else if KEYWORDS.contains(&name) {
        Ident::new_raw(name, Span::call_site())
    } else {
        Ident::new(name, Span::call_site())
    }
}

/// Whether `text` is the path of a crate or module: identifiers with `::` between them, and before them if need be.
pub(super) fn is_path(text: &str) -> bool {
    text.strip_prefix("::").unwrap_or(text).split("::").all(|segment| {
        let Ok(tokens) = segment.parse::<TokenStream>() else { return false };
        let mut tokens = tokens.into_iter();
        let first = matches!(tokens.next(), Some(TokenTree::Ident(name)) if name != "_");
        first && tokens.next().is_none() && !KEYWORDS.contains(&segment.trim())
    })
}

#[cfg(test)]
mod tests {
    use super::{Names, camel, ident, is_path, snake, upper};

    #[test]
    fn names_keep_numbers_apart_and_begin_with_a_letter() {
        assert_eq!(camel("x86_64"), "X86_64");
        assert_eq!(camel("page-4k"), "Page4k");
        assert_eq!(camel("PML4"), "Pml4");
        assert_eq!(camel("4k"), "N4k");
        assert_eq!(snake("U/S"), "u_s");
        assert_eq!(upper("non-cacheable"), "NON_CACHEABLE");
    }

    #[test]
    fn keywords_become_raw_and_repetitions_numbered() {
        assert_eq!(ident("type").to_string(), "r#type");
        assert_eq!(ident("self").to_string(), "self_");
        assert_eq!(ident("Self").to_string(), "Self_");
        let mut names = Names::reserve(&["word"]);
        assert_eq!(names.distinct("word".to_owned()), "word_2");
        assert_eq!(names.distinct("word".to_owned()), "word_3");
    }

    #[test]
    fn a_path_is_identifiers_and_nothing_else() {
        for path in ["::gpt_runtime", "crate::tables", " self::a :: r#type", "runtime"] {
            assert!(is_path(path), "{path}");
        }
        for text in ["", "::", "a::", "not a path", "a::<b>", "a-b", "a::type", "\"a\"", "a::{b, c}", "(a"] {
            assert!(!is_path(text), "{text}");
        }
    }
}

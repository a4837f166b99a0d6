//! Names of a description as identifiers of Rust.

use proc_macro2::{Ident, Spacing, Span, TokenStream, TokenTree};

/// Names that may not be given again, sorted.
pub(super) struct Names(Vec<String>);

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
        let mut names = Self(Vec::new());
        for name in taken {
            names.insert(name);
        }
        names
    }

    /// Takes a name, unless it was taken before.
    fn insert(&mut self, name: &str) -> bool {
        match self.0.binary_search_by(|taken| taken.as_str().cmp(name)) {
            Ok(_) => false,
            Err(place) => {
                self.0.insert(place, name.to_owned());
                true
            }
        }
    }

    /// The name, with a number behind it where it was given before.
    pub(super) fn distinct(&mut self, wanted: String) -> String {
        let mut name = wanted.clone();
        let mut number = 2;
        while !self.insert(&name) {
            name = format!("{wanted}_{number}");
            number += 1;
        }
        name
    }
}

/// A name of a type: `page-4k` is `Page4k`, `x86_64` is `X86_64`.
pub(super) fn camel(name: &str) -> String {
    let (mut camel, mut last, mut starts) = (String::new(), '_', true);
    for character in name.chars() {
        if !character.is_ascii_alphanumeric() {
            starts = true;
            continue;
        }
        // Two numbers would run together.
        if starts && character.is_ascii_digit() && last.is_ascii_digit() {
            camel.push('_');
        }
        camel.push(if starts { character.to_ascii_uppercase() } else { character.to_ascii_lowercase() });
        (last, starts) = (character, false);
    }
    start_with_letter(camel, "N")
}

/// A name of a value or function: `page-4k` is `page_4k`.
pub(super) fn snake(name: &str) -> String {
    let (mut snake, mut starts) = (String::new(), false);
    for character in name.chars() {
        if !character.is_ascii_alphanumeric() {
            starts = true;
            continue;
        }
        if starts && !snake.is_empty() {
            snake.push('_');
        }
        snake.push(character.to_ascii_lowercase());
        starts = false;
    }
    start_with_letter(snake, "n")
}

/// A name of a constant: `non-cacheable` is `NON_CACHEABLE`.
pub(super) fn upper(name: &str) -> String {
    snake(name).to_ascii_uppercase()
}

fn start_with_letter(name: String, letter: &str) -> String {
    match name.as_bytes().first() {
        Some(first) if first.is_ascii_alphabetic() => name,
        _ => format!("{letter}{name}"),
    }
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

/// Whether an item can be called so: it is no keyword, or a raw one.
pub fn is_name(ident: &str) -> bool {
    ident != "_" && !NEVER.contains(&ident) && !KEYWORDS.contains(&ident)
}

/// The identifier; a raw one for a keyword.
pub fn ident(name: &str) -> Ident {
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
    let Ok(tokens) = text.parse::<TokenStream>() else { return false };
    let (mut named, mut colons) = (false, 0);
    for token in tokens {
        match token {
            TokenTree::Ident(name) if colons == 2 || colons == 0 && !named => {
                let name = name.to_string();
                if name == "_" || KEYWORDS.contains(&name.as_str()) {
                    return false;
                }
                (named, colons) = (true, 0);
            }
            TokenTree::Punct(colon) if colon.as_char() == ':' && colons < 2 => {
                if colons == 0 && colon.spacing() == Spacing::Alone {
                    return false;
                }
                colons += 1;
            }
            _ => return false,
        }
    }
    named && colons == 0
}

#[cfg(test)]
mod tests {
    use super::{Names, camel, ident, is_name, is_path, snake, upper};

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
    fn an_item_is_called_like_no_keyword() {
        for (name, is) in [("tables", true), ("r#type", true), ("type", false), ("self", false), ("_", false)] {
            assert_eq!(is_name(name), is, "{name}");
        }
    }

    #[test]
    fn a_path_is_identifiers_and_nothing_else() {
        for path in ["::gpt_runtime", "crate::tables", " self::a :: r#type", "runtime"] {
            assert!(is_path(path), "{path}");
        }
        for text in [
            "",
            "::",
            "a::",
            "not a path",
            "a::<b>",
            "a-b",
            "a::type",
            "\"a\"",
            "a::{b, c}",
            "(a",
            "a: :b",
            "a b",
            "a:b",
            "a::::b",
        ] {
            assert!(!is_path(text), "{text}");
        }
    }
}

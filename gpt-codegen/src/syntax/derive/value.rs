//! What stands after a key, or after the name of an attribute.

use proc_macro2::{Span as Place, TokenStream, TokenTree};
use rustc_literal_escaper::unescape_str;

use super::cursor::Cursor;

/// What stands after a key.
#[derive(Clone)]
pub(super) enum Value {
    /// Nothing.
    Nothing,
    /// Parentheses and what is in them.
    Parentheses(TokenStream, Place),
    /// `=` and what follows it.
    Equals(TokenStream),
}

impl Value {
    /// The string after `=`, on one line, and its place.
    pub(super) fn string(&self) -> Option<(String, Place)> {
        let Self::Equals(tokens) = self else { return None };
        let mut tokens = Cursor::new(tokens.clone());
        let (Some(TokenTree::Literal(literal)), None) = (tokens.next(), tokens.next()) else { return None };
        Some((one_line(&string_value(&literal.to_string())?), literal.span()))
    }
}

/// The value of a string as it is written, raw or with escapes; `None` for another literal.
fn string_value(literal: &str) -> Option<String> {
    if let Some(raw) = literal.strip_prefix('r') {
        return Some(raw.trim_matches('#').strip_prefix('"')?.strip_suffix('"')?.to_owned());
    }
    let escaped = literal.strip_prefix('"')?.strip_suffix('"')?;
    let (mut value, mut clear) = (String::new(), true);
    unescape_str(escaped, |_, character| match character {
        Ok(character) => value.push(character),
        Err(error) => clear &= !error.is_fatal(),
    });
    clear.then_some(value)
}

/// The text with one space for each run of spaces and line breaks, and none at its ends.
fn one_line(text: &str) -> String {
    let mut line = String::new();
    for word in text.split_whitespace() {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

#[cfg(test)]
mod tests {
    use super::string_value;

    #[test]
    fn strings_have_the_values_that_the_compiler_gives_them() {
        for (literal, value) in [
            (r#""a \"b\" \u{2013} \x41""#, Some("a \"b\" \u{2013} A")),
            ("\"a \\\n    b\"", Some("a b")),
            ("r\"a\\n\"", Some("a\\n")),
            ("r##\"a \"# b#\"##", Some("a \"# b#")),
            ("r\"\"", Some("")),
            ("\"\\q\"", None),
            ("b\"a\"", None),
            ("c\"a\"", None),
            ("'a'", None),
            ("12", None),
            ("\"a\"u8", None),
        ] {
            assert_eq!(string_value(literal).as_deref(), value, "{literal}");
        }
    }
}

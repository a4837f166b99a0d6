//! One code: a value, its name and what it grants; and the names that descriptions give.

use super::description::Spanned;
use super::grammar::{Rule, Sentence};
use super::suggest::quote;
use crate::diagnostic::Diagnostic;
use crate::span::Span;

/// `3 all read write execute`: one code.
#[derive(Clone, Debug)]
pub struct CodeLine {
    /// The value of the field.
    pub value: Spanned<u128>,
    /// The name.
    pub name: Spanned<String>,
    /// The permissions that it grants.
    pub grants: Vec<Spanned<String>>,
    /// The whole line.
    pub span: Span,
}

impl CodeLine {
    /// Reads a code.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(mut sentence: Sentence<'_>) -> Result<Self, Diagnostic> {
        let (mut value, mut name, mut grants) = (None, None, Vec::new());
        for piece in sentence.read(Rule::code)?.inner() {
            match piece.as_rule() {
                Rule::number => value = Some(sentence.number(piece)?),
                Rule::word if name.is_none() => name = Some(sentence.word(piece)),
                Rule::word => grants.push(sentence.word(piece)),
                _ => {
                    let word = sentence.first_word(piece);
                    return Err(Diagnostic::new("E0018", word.span, "the words of a code are separated by spaces"));
                }
            }
        }
        let (Some(value), Some(name)) = (value, name) else {
            return Err(Diagnostic::new("E0018", sentence.whole(), "a code has a value and a name")
                .help("write a code as `1 non-cacheable`"));
        };
        if !is_lower_name(&name.value, '-') {
            return Err(bad_name(&name, '-'));
        }
        Ok(Self { value, name, grants, span: sentence.whole() })
    }
}

/// Whether a name is a lower-case letter, and then lower-case letters, digits and `joint`.
pub fn is_lower_name(name: &str, joint: char) -> bool {
    for (number, char) in name.chars().enumerate() {
        let fits = match char {
            'a'..='z' => true,
            '0'..='9' => number > 0,
            _ => number > 0 && char == joint,
        };
        if !fits {
            return false;
        }
    }
    matches!(name.len(), 1..=64)
}

/// What to say of a name that is not [`is_lower_name`].
pub fn bad_name(name: &Spanned<String>, joint: char) -> Diagnostic {
    let mut better = String::new();
    for char in name.value.to_lowercase().chars() {
        better.push(if matches!(char, '_' | '-' | ' ' | '.' | '/') { joint } else { char });
    }
    let help = if better != name.value && is_lower_name(&better, joint) {
        format!("write `{better}`")
    } else {
        format!("a name is a lower-case letter, and then lower-case letters, digits and `{joint}`, 64 at most")
    };
    Diagnostic::new("E0019", name.span, format!("{} cannot be a name here", quote(&name.value))).help(help)
}

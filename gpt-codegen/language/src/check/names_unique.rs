//! Levels, kinds and code tables have names that stay different when they become types of a program.

use super::Lowered;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Format;
use crate::seen::Seen;
use crate::span::Span;

/// Finds names that another level, kind or code table has already, but for capitals and punctuation.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    let named = named(&lowered.format);
    let mut seen = Seen::default();
    for (number, one) in named.iter().enumerate() {
        let Some(other) = named.get(seen.first(plain(one.name), number)) else { continue };
        if other.place.number() != one.place.number() || other.what != one.what || other.name != one.name {
            let message =
                format!("the {} `{}` and the {} `{}` are called the same", one.what, one.name, other.what, other.name);
            found.push(
                Diagnostic::new("E0213", one.place, message)
                    .label("in generated code, this one")
                    .and(other.place, "and this one")
                    .help("choose names that differ in more than capitals, dashes and underscores"),
            );
        }
    }
}

/// Something with a name.
struct Named<'f> {
    what: &'static str,
    name: &'f str,
    place: Span,
}

/// All that becomes a type of a program.
fn named(format: &Format) -> Vec<Named<'_>> {
    let mut named = Vec::new();
    for level in &format.levels {
        named.push(Named { what: "level", name: &level.name, place: level.span });
    }
    for kind in &format.kinds {
        named.push(Named { what: "kind", name: &kind.name, place: kind.span });
    }
    for codes in &format.codes {
        named.push(Named { what: "code table", name: &codes.name, place: codes.span });
    }
    named
}

/// A name without capitals and punctuation.
fn plain(name: &str) -> String {
    let mut plain = String::new();
    for char in name.chars() {
        if char.is_ascii_alphanumeric() {
            plain.push(char.to_ascii_lowercase());
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{codes, kind, toy};

    #[test]
    fn capitals_and_punctuation_do_not_tell_names_apart() {
        let mut format = toy();
        format.levels[1].name = "D-I_R".to_owned();
        kind(&mut format, "page").name = "dir".to_owned();
        assert_eq!(codes(format), ["E0213", "E0213"]);
    }
}

//! Levels, kinds and code tables have names that stay different when they become types of a program.

use std::collections::HashMap;

use super::Lowered;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::span::Span;

/// Finds names that another level, kind or code table has already, but for capitals and punctuation.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    let format = &lowered.format;
    let levels = format.levels.iter().map(|level| ("level", &level.name, level.span));
    let kinds = format.kinds.iter().map(|kind| ("kind", &kind.name, kind.span));
    let codes = format.codes.iter().map(|codes| ("code table", &codes.name, codes.span));
    let mut taken: HashMap<String, (&str, &String, Span)> = HashMap::new();
    for (what, name, span) in levels.chain(kinds).chain(codes) {
        let plain = name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect();
        let (other, first, place) = *taken.entry(plain).or_insert((what, name, span));
        if place.number() != span.number() || other != what || first != name {
            found.push(
                Diagnostic::new(
                    "E0213",
                    span,
                    format!("the {what} `{name}` and the {other} `{first}` are called the same"),
                )
                .label("in generated code, this one")
                .and(place, "and this one")
                .help("choose names that differ in more than capitals, dashes and underscores"),
            );
        }
    }
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

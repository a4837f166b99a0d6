//! What all pages say in one word they say in one type: a flag everywhere or a number everywhere, with the same codes.
//! The same holds among tables.

use super::Lowered;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Class, CodesId, Format, Role};
use crate::seen::Seen;
use crate::span::Span;

/// The type that a meaning has in generated code.
#[derive(Clone, Copy, PartialEq)]
enum Type {
    Flag,
    Number,
    Codes(CodesId),
}

/// Finds meanings that have one type in one kind and another type in another kind of the same class.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    let mut seen = Seen::default();
    let mut first_types: Vec<(Type, Span)> = Vec::new();
    for (kind, layout) in lowered.layouts() {
        let class = match kind.class {
            Class::Page => "page",
            Class::Table => "table",
            Class::Absent | Class::Special => continue,
        };
        for value in &layout.values() {
            let row = value.field;
            let Role::Setting { meaning, codes, .. } = &row.role else { continue };
            let own = match codes {
                Some(codes) => Type::Codes(*codes),
                None if value.places.width() == 1 => Type::Flag,
                None => Type::Number,
            };
            let first = seen.first(format!("{class} {meaning}"), first_types.len());
            let Some((first, place)) = first_types.get(first).copied() else {
                first_types.push((own, row.span));
                continue;
            };
            if first != own {
                found.push(
                    Diagnostic::new("E0212", row.span, format!("`{meaning}` is not the same thing in all entries"))
                        .label(format!("is {} here", spell(own, &lowered.format)))
                        .and(place, format!("is {} here", spell(first, &lowered.format)))
                        .help("give both rows the same width or the same codes, or one of them another word"),
                );
            }
        }
    }
}

fn spell(of: Type, format: &Format) -> String {
    match of {
        Type::Flag => "a single bit".to_owned(),
        Type::Number => "a number".to_owned(),
        Type::Codes(codes) => match format.codes.get(codes.0) {
            Some(codes) => format!("a code of `{}`", codes.name),
            None => "a code".to_owned(),
        },
    }
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{codes, kind, setting, split_page, toy};

    #[test]
    fn a_flag_of_one_page_is_a_flag_of_all() {
        let mut format = split_page(toy());
        assert!(codes(format.clone()).is_empty());
        kind(&mut format, "page").layouts[0].fields[1].role = setting("key", false);
        kind(&mut format, "page-4m").layouts[0].fields[4].role = setting("key", false);
        assert_eq!(codes(format), ["E0212"]);
    }
}

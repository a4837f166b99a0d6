//! What all pages say in one word they say in one type: a flag everywhere or a number everywhere, with the same codes.
//! The same holds among tables.

use std::collections::HashMap;

use super::Lowered;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Class, CodesId, Format, Meaning, Role};
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
    let mut known: HashMap<(Class, &Meaning), (Type, Span)> = HashMap::new();
    for (kind, layout) in lowered.layouts() {
        if !matches!(kind.class, Class::Page | Class::Table) {
            continue;
        }
        for value in layout.values() {
            let row = value.field;
            let Role::Setting { meaning, codes, .. } = &row.role else { continue };
            let own = match codes {
                Some(codes) => Type::Codes(*codes),
                None if value.places.width() == 1 => Type::Flag,
                None => Type::Number,
            };
            let (first, place) = *known.entry((kind.class, meaning)).or_insert((own, row.span));
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
        Type::Codes(codes) => {
            format.codes.get(codes.0).map_or("a code".to_owned(), |codes| format!("a code of `{}`", codes.name))
        }
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

//! Some well-formed word is of each kind: its constants and its `when:` do not contradict each other or the rows that
//! are reserved.

use super::Lowered;
use super::constants_fit;
use super::findings::ByLevel;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Condition, Cube, Kind, Layout, Role};
use crate::span::Span;

/// What is wrong with a condition.
#[derive(PartialEq)]
enum Finding {
    /// No word fulfils it.
    Contradiction,
    /// Each word that fulfils it has one of these reserved bits set.
    Reserved(u128),
}

/// Finds kinds that no well-formed word is of.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    for kind in lowered.whole_kinds() {
        for (finding, clause) in ByLevel::of(kind, look).into_clauses(&lowered.format, kind) {
            let name = &kind.name;
            let diagnostic = match finding {
                Finding::Contradiction => {
                    Diagnostic::new("E0217", kind.span, format!("no word{clause} can be `{name}`"))
                        .help("its constants and its `when:` contradict each other: correct one of them")
                }
                Finding::Reserved(bits) => {
                    let message = format!("every word that is `{name}`{clause} has a reserved bit set");
                    let diagnostic = Diagnostic::new("E0217", kind.span, message)
                        .help("give the reserved bits that `when:` asks for a name and a meaning, or correct `when:`");
                    rows(kind, bits)
                        .into_iter()
                        .fold(diagnostic, |diagnostic, span| diagnostic.and(span, "is reserved"))
                }
            };
            found.push(diagnostic);
        }
    }
}

fn look(layout: &Layout) -> Option<Finding> {
    let named_twice = layout
        .fields
        .iter()
        .enumerate()
        .any(|(number, row)| layout.fields.iter().take(number).any(|other| other.bits.overlaps(row.bits)));
    if named_twice || constants_fit::doubtful(layout) {
        return None;
    }
    let reserved = layout.zero_mask();
    let well_formed = Condition(vec![Cube { mask: reserved, value: 0 }]);
    if layout.matches.0.is_empty() {
        Some(Finding::Contradiction)
    } else if layout.matches.witness(&well_formed).is_none() {
        Some(Finding::Reserved(layout.matches.0.iter().fold(0, |bits, cube| bits | cube.value) & reserved))
    } else {
        None
    }
}

/// The places of the reserved rows with one of these bits.
fn rows(kind: &Kind, bits: u128) -> Vec<Span> {
    let rows = kind.layouts.iter().flat_map(|layout| &layout.fields);
    let mut places: Vec<Span> = Vec::new();
    for row in rows.filter(|row| matches!(row.role, Role::Zero) && row.bits.mask() & bits != 0) {
        if !places.iter().any(|place| place.number() == row.span.number()) {
            places.push(row.span);
        }
    }
    places
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{check_all, codes, kind, toy};
    use crate::model::{Condition, Cube};

    #[test]
    fn a_contradiction_is_found_once_for_all_levels() {
        let mut format = toy();
        kind(&mut format, "page").layouts[0].matches = Condition(Vec::new());
        assert_eq!(codes(format), ["E0217"]);
    }

    #[test]
    fn a_condition_on_a_reserved_bit_is_no_use() {
        let mut format = toy();
        let page = kind(&mut format, "page");
        page.layouts[0].matches = Condition(vec![Cube { mask: 0x11, value: 0x11 }]);
        let reserved = page.layouts[0].fields[1].span.number();
        let found = check_all(format);
        assert_eq!((found.len(), found[0].code), (1, "E0217"));
        assert_eq!(found[0].labels[1].span.number(), reserved);
    }
}

//! Some well-formed word is of each kind: its constants and its `when:` do not contradict each other or the rows that
//! are reserved.

use super::Lowered;
use super::constants_fit;
use super::findings::{ByLevel, clause};
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
    for kind in &lowered.whole_kinds() {
        let mut findings = ByLevel::new();
        for layout in &kind.layouts {
            if let Some(finding) = look(layout) {
                findings.add(finding, layout.level);
            }
        }
        for (finding, levels) in &findings.0 {
            let (name, clause) = (&kind.name, clause(&lowered.format, kind.layouts.len(), levels));
            let diagnostic = match finding {
                Finding::Contradiction => {
                    Diagnostic::new("E0217", kind.span, format!("no word{clause} can be `{name}`"))
                        .help("its constants and its `when:` contradict each other: correct one of them")
                }
                Finding::Reserved(bits) => {
                    let message = format!("every word that is `{name}`{clause} has a reserved bit set");
                    let mut diagnostic = Diagnostic::new("E0217", kind.span, message)
                        .help("give the reserved bits that `when:` asks for a name and a meaning, or correct `when:`");
                    for place in &rows(kind, *bits) {
                        diagnostic = diagnostic.and(*place, "is reserved");
                    }
                    diagnostic
                }
            };
            found.push(diagnostic);
        }
    }
}

fn look(layout: &Layout) -> Option<Finding> {
    let mut named = 0;
    for row in &layout.fields {
        if named & row.bits.mask() != 0 {
            return None;
        }
        named |= row.bits.mask();
    }
    if constants_fit::doubtful(layout) {
        return None;
    }
    let reserved = layout.zero_mask();
    let well_formed = Condition(vec![Cube { mask: reserved, value: 0 }]);
    if layout.matches.0.is_empty() {
        return Some(Finding::Contradiction);
    }
    if layout.matches.witness(&well_formed).is_some() {
        return None;
    }
    let mut set = 0;
    for cube in &layout.matches.0 {
        set |= cube.value;
    }
    Some(Finding::Reserved(set & reserved))
}

/// The places of the reserved rows with one of these bits.
fn rows(kind: &Kind, bits: u128) -> Vec<Span> {
    let mut places: Vec<Span> = Vec::new();
    for layout in &kind.layouts {
        for row in &layout.fields {
            let wanted = matches!(row.role, Role::Zero) && row.bits.mask() & bits != 0;
            if wanted && !places.iter().any(|place| place.number() == row.span.number()) {
                places.push(row.span);
            }
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

//! At a level no word is of two kinds.

use super::Lowered;
use super::constants_fit;
use super::findings::clause;
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Condition, Cube, Kind, Layout, Role};

/// Finds pairs of kinds that one word could both be.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    let kinds = lowered.whole_kinds();
    for (number, second) in kinds.iter().enumerate() {
        for first in kinds.iter().take(number) {
            found.extend(compare(lowered, first, second));
        }
    }
}

fn compare(lowered: &Lowered, first: &Kind, second: &Kind) -> Option<Diagnostic> {
    let mut clash: Option<(u128, &Layout, &Layout)> = None;
    let (mut levels, mut shared_levels) = (Vec::new(), 0);
    for left in &first.layouts {
        for right in &second.layouts {
            if right.level != left.level {
                continue;
            }
            shared_levels += 1;
            if constants_fit::doubtful(left) || constants_fit::doubtful(right) {
                continue;
            }
            if let Some(word) = left.matches.witness(&right.matches) {
                levels.push(left.level);
                clash = clash.or(Some((word, left, right)));
            }
        }
    }
    let (word, left, right) = clash?;
    let clause = clause(&lowered.format, shared_levels, &levels);
    let message = format!("the word {word:#x}{clause} is both `{}` and `{}`", first.name, second.name);
    Some(
        Diagnostic::new("E0218", second.span, message)
            .label(describe(right))
            .and(first.span, describe(left))
            .help(advice(first, left, second, right)),
    )
}

/// What an entry of this layout is known by.
fn describe(layout: &Layout) -> String {
    let mut constants = Cube::ANY;
    let mut parts = Vec::new();
    for row in &layout.fields {
        if let Role::Constant(value) = row.role {
            let name = if row.name.is_empty() { row.bits.to_string() } else { row.name.clone() };
            if row.extent.is_none() {
                parts.push(format!("{name} = {}", wording::value(value)));
            }
            let cube = Cube { mask: row.bits.mask(), value: row.bits.set(0, value) };
            constants = constants.and(cube).unwrap_or(constants);
        }
    }
    if layout.matches != Condition(vec![constants]) {
        parts.push("its `when:`".to_owned());
    }
    if parts.is_empty() {
        "any word is of this kind".to_owned()
    } else {
        format!("is known by {}", wording::list(&parts))
    }
}

/// What to write so that the kinds differ.
fn advice(first: &Kind, left: &Layout, second: &Kind, right: &Layout) -> String {
    let (kind, row) = match (difference(left, right), difference(right, left)) {
        (Some(row), _) => (second, row),
        (None, Some(row)) => (first, row),
        (None, None) => return "write a constant in each that differs, or tell them apart with `when:`".to_owned(),
    };
    format!("if that is what tells them apart, write `{row}` in `{}`", kind.name)
}

/// A row for `to` that sets it apart from `from`: where one has a constant bit, and the other leaves the bit reserved
/// or free.
fn difference(from: &Layout, to: &Layout) -> Option<String> {
    for row in &from.fields {
        let (Role::Constant(value), None, 1) = (&row.role, row.extent, row.bits.width()) else { continue };
        for other in &to.fields {
            if other.bits.overlaps(row.bits) && matches!(other.role, Role::Zero | Role::Free { .. }) {
                let name = if row.name.is_empty() { "KIND" } else { &row.name };
                return Some(format!("{} {name} = {}", row.bits, 1 - (value & 1)));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::check::toy::{check_all, codes, kind, row, split_page, toy, zero};
    use crate::model::{Condition, Cube, Role};

    #[test]
    fn the_word_and_the_row_that_is_missing_are_shown() {
        let mut format = split_page(toy());
        let table = kind(&mut format, "table");
        table.layouts[0].fields[1] = row(7, 1, "", zero());
        table.layouts[0].fields.remove(2);
        table.layouts[0].matches = Condition(vec![Cube { mask: 1, value: 1 }]);
        let found = check_all(format);
        assert_eq!((found.len(), found[0].code), (1, "E0218"));
        assert_eq!(found[0].message, "the word 0x81 is both `table` and `page-4m`");
        assert_eq!(found[0].labels[0].text, "is known by PS = 1 and V = 1");
        assert_eq!(found[0].help.as_deref(), Some("if that is what tells them apart, write `7 PS = 0` in `table`"));
    }

    #[test]
    fn kinds_at_different_levels_may_look_alike() {
        let mut format = toy();
        let table = kind(&mut format, "table").layouts[0].matches.clone();
        kind(&mut format, "page").layouts[0].matches = table;
        assert!(codes(format).is_empty());
    }

    /// Patterns over the low four bits.
    fn condition() -> impl Strategy<Value = Condition> {
        prop::collection::vec((0u128..16, 0u128..16), 0..4).prop_map(|cubes| {
            Condition(cubes.into_iter().map(|(mask, value)| Cube { mask, value: value & mask }).collect())
        })
    }

    proptest! {
        /// Against trying every word.
        #[test]
        fn exclusion_agrees_with_trying_every_word(left in condition(), right in condition()) {
            let mut format = toy();
            let mut other = kind(&mut format, "page").clone();
            other.name = "other".to_owned();
            kind(&mut format, "absent").layouts.truncate(1);
            kind(&mut format, "page").layouts[0].matches = left.clone();
            other.layouts[0].matches = right.clone();
            format.kinds.push(other);
            for kind in &mut format.kinds {
                for row in kind.layouts.iter_mut().flat_map(|layout| &mut layout.fields) {
                    if matches!(row.role, Role::Constant(_)) {
                        row.role = zero();
                    }
                }
            }
            let both = (0..16).find(|word| {
                let fits = |condition: &Condition| condition.0.iter().any(|cube| word & cube.mask == cube.value);
                fits(&left) && fits(&right)
            });
            let found = check_all(format);
            prop_assert_eq!(found.iter().filter(|diagnostic| diagnostic.code == "E0218").count(), usize::from(both.is_some()));
        }
    }
}

//! A constant, and what an empty word holds in a free row, fit the row.

use super::Lowered;
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Field, Layout, Role};

/// Finds values with more bits than their row.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    for (_, layout) in lowered.layouts() {
        for row in &layout.fields {
            let Some(value) = misfit(row) else { continue };
            let largest = row.bits.mask() >> row.bits.low;
            let needed = 128 - value.leading_zeros();
            let message = format!("{} does not fit {}", wording::value(value), wording::name(row));
            found.push(
                Diagnostic::new("E0205", row.span, message)
                    .label(format!("has {}; the value needs {needed}", wording::count(row.bits.width(), "bit")))
                    .help(format!("write a value up to {}, or more bits", wording::value(largest))),
            );
        }
    }
}

/// Whether what a layout is known by is not to be relied on, because a constant does not fit.
pub(super) fn doubtful(layout: &Layout) -> bool {
    for row in &layout.fields {
        if misfit(row).is_some() {
            return true;
        }
    }
    false
}

/// The value of a row, if it does not fit.
fn misfit(row: &Field) -> Option<u128> {
    match row.role {
        Role::Constant(value) | Role::Free { fill: value } if value > row.bits.mask() >> row.bits.low => Some(value),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{codes, kind, toy};
    use crate::model::Role;

    #[test]
    fn a_fill_fits_its_row() {
        let mut format = toy();
        kind(&mut format, "absent").layouts[0].fields[0].role = Role::Free { fill: 0x7fff_ffff };
        assert!(codes(format.clone()).is_empty());
        kind(&mut format, "absent").layouts[0].fields[0].role = Role::Free { fill: 0x8000_0000 };
        assert_eq!(codes(format), ["E0205"]);
    }
}

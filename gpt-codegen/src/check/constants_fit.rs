//! A constant, and what an empty word holds in a free row, fit the row.

use super::Lowered;
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{BitRange, Role};

/// Finds values with more bits than their row.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    for (_, layout) in lowered.layouts() {
        for row in &layout.fields {
            let (Role::Constant(value) | Role::Free { fill: value }) = row.role else { continue };
            let largest = BitRange { high: row.bits.width() - 1, low: 0 }.mask();
            if value > largest {
                let needed = 128 - value.leading_zeros();
                found.push(
                    Diagnostic::new("E0205", row.span, format!("{value:#x} does not fit {}", wording::name(row)))
                        .label(format!("has {}; the value needs {needed}", wording::count(row.bits.width(), "bit")))
                        .help(format!("write a value up to {largest:#x}, or more bits")),
                );
            }
        }
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

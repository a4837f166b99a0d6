//! The hardware writes settings only: a bit that it may change cannot be what an entry is known by, nor an address.

use super::Lowered;
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Role;

/// Finds `[hw]` on anything but a setting.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    for (_, layout) in lowered.layouts() {
        for row in &layout.fields {
            if row.hardware && !matches!(row.role, Role::Setting { .. }) {
                found.push(
                    Diagnostic::new("E0206", row.span, "the hardware writes settings only")
                        .label(format!("is {}", wording::role(&row.role)))
                        .help("take `[hw]` out, or say what the hardware records here, such as `accessed [hw]`"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{codes, kind, toy};

    #[test]
    fn a_constant_stays_as_it_is() {
        let mut format = toy();
        for row in &mut kind(&mut format, "table").layouts[0].fields {
            row.hardware = true;
        }
        assert_eq!(codes(format), ["E0206", "E0206", "E0206"]);
    }
}

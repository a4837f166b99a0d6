//! A setting has at most 64 bits, so that drivers can hold its value in one number.

use super::Lowered;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Role;

/// The widest setting.
const MOST_BITS: u32 = 64;

/// Finds settings that are too wide.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    for (_, layout) in lowered.layouts() {
        for row in &layout.fields {
            if matches!(row.role, Role::Setting { .. }) && row.bits.width() > MOST_BITS {
                let cut = row.bits.low + MOST_BITS;
                found.push(
                    Diagnostic::new("E0208", row.span, format!("a setting has at most {MOST_BITS} bits"))
                        .label(format!("has {} bits", row.bits.width()))
                        .help(format!(
                            "write two rows with a meaning each, `{}:{cut}` and `{}:{}`",
                            row.bits.high,
                            cut - 1,
                            row.bits.low
                        )),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{codes, kind, row, setting, toy, wide};

    #[test]
    fn sixty_four_bits_are_the_limit() {
        for (low, expected) in [(64, &[][..]), (63, &["E0208"][..])] {
            let mut format = wide(toy());
            let fields = &mut kind(&mut format, "absent").layouts[0].fields;
            fields.retain(|field| field.bits.high == 0);
            fields.push(row(127, low, "DATA", setting("payload", false)));
            fields.push(row(low - 1, 1, "", crate::check::toy::zero()));
            assert_eq!(codes(format), expected);
        }
    }
}

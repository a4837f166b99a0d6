//! Every code of a table fits every row that uses the table.

use std::collections::HashMap;

use super::Lowered;
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{BitRange, CodesId, Field, Role};

/// Finds codes that need more bits than the narrowest row that uses their table.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    let mut narrowest: HashMap<CodesId, (&Field, u32)> = HashMap::new();
    for value in lowered.layouts().flat_map(|(_, layout)| layout.values()) {
        if let Role::Setting { codes: Some(codes), .. } = value.field.role {
            let own = (value.field, value.places.width().min(128));
            let known = narrowest.entry(codes).or_insert(own);
            if own.1 < known.1 {
                *known = own;
            }
        }
    }
    for (number, table) in lowered.format.codes.iter().enumerate() {
        let Some((row, width)) = narrowest.get(&CodesId(number)) else { continue };
        let largest = BitRange { high: width - 1, low: 0 }.mask();
        for code in table.codes.iter().filter(|code| code.value > largest) {
            let needed = 128 - code.value.leading_zeros();
            let message = format!("the code {} of `{}` does not fit {}", code.value, table.name, wording::name(row));
            found.push(
                Diagnostic::new("E0215", code.span, message)
                    .label(format!("needs {}", wording::count(needed, "bit")))
                    .and(row.span, format!("has {}", wording::count(*width, "bit")))
                    .help("correct the value, or let the row use a table of its own"),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{code, code_table, coded, codes, kind, toy};

    #[test]
    fn a_code_that_needs_one_bit_more_is_found() {
        for (value, expected) in [(15, &[][..]), (16, &["E0215"][..])] {
            let mut format = toy();
            let smaller = (0..15).map(|value| code(value, &format!("c{value}"), &[]));
            format.codes = vec![code_table("type", smaller.chain([code(value, "a", &[])]).collect())];
            kind(&mut format, "page").layouts[0].fields[1].role = coded("memory-type", 0);
            assert_eq!(codes(format), expected);
        }
    }
}

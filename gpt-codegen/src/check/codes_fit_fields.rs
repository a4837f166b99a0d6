//! Every code of a table fits every row that uses the table.

use std::collections::HashMap;

use super::Lowered;
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{BitRange, CodesId, Field, Role};

/// Finds codes that need more bits than the narrowest row that uses their table.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    let mut narrowest: HashMap<CodesId, &Field> = HashMap::new();
    for row in lowered.layouts().flat_map(|(_, layout)| &layout.fields) {
        if let Role::Setting { codes: Some(codes), .. } = row.role {
            let known = narrowest.entry(codes).or_insert(row);
            if row.bits.width() < known.bits.width() {
                *known = row;
            }
        }
    }
    for (number, table) in lowered.format.codes.iter().enumerate() {
        let Some(row) = narrowest.get(&CodesId(number)) else { continue };
        let largest = BitRange { high: row.bits.width() - 1, low: 0 }.mask();
        for code in table.codes.iter().filter(|code| code.value > largest) {
            let needed = 128 - code.value.leading_zeros();
            let message = format!("the code {} of `{}` does not fit {}", code.value, table.name, wording::name(row));
            found.push(
                Diagnostic::new("E0215", code.span, message)
                    .label(format!("needs {}", wording::count(needed, "bit")))
                    .and(row.span, format!("has {}", wording::count(row.bits.width(), "bit")))
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

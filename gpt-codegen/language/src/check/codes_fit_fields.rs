//! Every code of a table fits every row that uses the table.

use super::Lowered;
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{CodesId, Field, Role};

/// Finds codes that need more bits than the narrowest row that uses their table.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    let narrowest = narrowest_rows(lowered);
    for (number, table) in lowered.format.codes.iter().enumerate() {
        let Some(Some((row, width))) = narrowest.get(number) else { continue };
        for code in &table.codes {
            let needed = 128 - code.value.leading_zeros();
            if needed <= *width {
                continue;
            }
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

/// The narrowest row that uses each table of codes, with its width.
fn narrowest_rows(lowered: &Lowered) -> Vec<Option<(&Field, u32)>> {
    let mut narrowest: Vec<Option<(&Field, u32)>> = Vec::new();
    for _ in &lowered.format.codes {
        narrowest.push(None);
    }
    for (_, layout) in lowered.layouts() {
        for value in &layout.values() {
            let Role::Setting { codes: Some(CodesId(table)), .. } = value.field.role else { continue };
            let Some(known) = narrowest.get_mut(table) else { continue };
            let width = value.places.width();
            match known {
                Some((_, least)) if *least <= width => {}
                _ => *known = Some((value.field, width)),
            }
        }
    }
    narrowest
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

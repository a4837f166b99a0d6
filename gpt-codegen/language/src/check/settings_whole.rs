//! The rows that hold a value in parts hold all of it: every bit once, from bit 0 up, with the same codes.

use super::Lowered;
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{BitRange, Field, Layout, Meaning, Role};

/// Finds parts that overlap or leave a bit out, and parts that differ in more than their place.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    for (kind, layout) in lowered.whole_layouts() {
        for (first, parts) in settings(layout) {
            let Role::Setting { meaning, .. } = &first.role else { continue };
            let wrong = |row: &Field, message: String| Diagnostic::new("E0235", row.span, message);
            if let Some((row, _)) =
                parts.iter().find(|(row, _)| matches!(row.role, Role::Setting { negative: true, .. }))
            {
                let message = format!("`not {meaning}` cannot be in parts");
                found.push(
                    wrong(row, message).help(format!("write `{meaning}`: a value in parts is a number or a code")),
                );
                continue;
            }
            if let Some((row, _)) = parts.iter().find(|(row, _)| differs(row, first)) {
                let message = format!("two parts of `{meaning}` are not of the same value");
                let help =
                    "write the same table of codes after `as` in every part, and `[hw]` in all of them or in none";
                found.push(wrong(row, message).and(first.span, "the other part").help(help));
                continue;
            }
            let covered = |bit: u32| parts.iter().filter(|(_, part)| part.low <= bit && bit <= part.high).count();
            let top = parts.iter().map(|(_, part)| part.high).max().unwrap_or(0);
            if let Some(bit) = (0..=top).find(|bit| covered(*bit) > 1) {
                let mut holding = parts.iter().filter(|(_, part)| part.low <= bit && bit <= part.high);
                if let (Some((one, _)), Some((other, _))) = (holding.next(), holding.next()) {
                    let message = format!("bit {bit} of `{meaning}` is held twice");
                    let help = "give each bit of the value to one row, the lowest is bit 0";
                    found.push(wrong(other, message).and(one.span, "holds it too").help(help));
                }
            } else if let Some(bit) = (0..=top).find(|bit| covered(*bit) == 0) {
                let message = format!("no row holds bit {bit} of `{meaning}`");
                let level = &lowered.format.level(layout.level).name;
                found.push(
                    wrong(first, message)
                        .and(kind.span, format!("in `{}` at {level}", kind.name))
                        .help(format!("add a row `BIT NAME {meaning}[{bit}]`, or number the bits from 0 on")),
                );
            } else if top >= MOST_BITS {
                let message = format!("a setting has at most {MOST_BITS} bits, and {} has more", wording::name(first));
                found.push(wrong(first, message).help("make two settings of it"));
            }
        }
    }
}

/// The widest setting.
const MOST_BITS: u32 = 64;

/// Whether two parts differ in more than where they are.
fn differs(row: &Field, first: &Field) -> bool {
    let codes = |row: &Field| match row.role {
        Role::Setting { codes, .. } => codes,
        _ => None,
    };
    codes(row) != codes(first) || row.hardware != first.hardware
}

/// The parts of a setting, each with its row.
type Parts<'l> = Vec<(&'l Field, BitRange)>;

/// The settings in parts, each with its first row and all of its parts.
fn settings(layout: &Layout) -> Vec<(&Field, Parts<'_>)> {
    let mut settings: Vec<(&Meaning, &Field, Parts<'_>)> = Vec::new();
    for row in &layout.fields {
        let Role::Setting { meaning, part: Some(part), .. } = &row.role else { continue };
        match settings.iter_mut().find(|(other, ..)| *other == meaning) {
            Some((_, _, parts)) => parts.push((row, *part)),
            None => settings.push((meaning, row, vec![(row, *part)])),
        }
    }
    settings.into_iter().map(|(_, first, parts)| (first, parts)).collect()
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{codes, kind, setting, toy};
    use crate::model::{BitRange, Role};

    fn part(high: u32, low: u32) -> Role {
        match setting("key", false) {
            Role::Setting { meaning, negative, codes, .. } => {
                Role::Setting { meaning, negative, codes, part: BitRange::new(high, low) }
            }
            other => other,
        }
    }

    #[test]
    fn every_bit_of_a_value_is_in_one_part() {
        for (low, expected) in [(0, &["E0235"][..]), (3, &["E0235"]), (4, &[])] {
            let mut format = toy();
            let fields = &mut kind(&mut format, "page").layouts[0].fields;
            let wide = fields[1].bits;
            fields[1].role = part(wide.width() - 1, 0);
            fields[4].role = part(low, low);
            let width = wide.width();
            assert_eq!((width, codes(format)), (4, expected.to_vec()));
        }
    }
}

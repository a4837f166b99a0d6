//! The rows that hold a value in parts hold all of it: every bit once, from bit 0 up, with the same codes.

use super::Lowered;
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{BitRange, CodesId, Field, Kind, Layout, Meaning, Role};

/// Finds parts that overlap or leave a bit out, and parts that differ in more than their place.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    for (kind, layout) in lowered.whole_layouts() {
        let level = &lowered.format.level(layout.level).name;
        for setting in &settings(layout) {
            let unlike = setting.negative().or_else(|| setting.different());
            found.extend(unlike.or_else(|| setting.torn(kind, level)));
        }
    }
}

/// The widest setting.
const MOST_BITS: u32 = 64;

/// A setting in parts.
struct Setting<'l> {
    meaning: &'l Meaning,
    /// The row that was met first.
    first: &'l Field,
    /// Every part with its row, that one too.
    parts: Vec<(&'l Field, BitRange)>,
}

/// The settings of a layout that are in parts.
fn settings(layout: &Layout) -> Vec<Setting<'_>> {
    let mut settings: Vec<Setting<'_>> = Vec::new();
    'rows: for row in &layout.fields {
        let Role::Setting { meaning, part: Some(part), .. } = &row.role else { continue };
        for setting in &mut settings {
            if setting.meaning == meaning {
                setting.parts.push((row, *part));
                continue 'rows;
            }
        }
        settings.push(Setting { meaning, first: row, parts: vec![(row, *part)] });
    }
    settings
}

fn wrong(row: &Field, message: String) -> Diagnostic {
    Diagnostic::new("E0235", row.span, message)
}

impl Setting<'_> {
    fn negative(&self) -> Option<Diagnostic> {
        let meaning = self.meaning;
        for (row, _) in &self.parts {
            if matches!(row.role, Role::Setting { negative: true, .. }) {
                let help = format!("write `{meaning}`: a value in parts is a number or a code");
                return Some(wrong(row, format!("`not {meaning}` cannot be in parts")).help(help));
            }
        }
        None
    }

    fn different(&self) -> Option<Diagnostic> {
        for (row, _) in &self.parts {
            if codes(row) != codes(self.first) || row.hardware != self.first.hardware {
                let message = format!("two parts of `{}` are not of the same value", self.meaning);
                let help =
                    "write the same table of codes after `as` in every part, and `[hw]` in all of them or in none";
                return Some(wrong(row, message).and(self.first.span, "the other part").help(help));
            }
        }
        None
    }

    /// What is wrong with the bits of the value of a setting in `kind` at `level`.
    fn torn(&self, kind: &Kind, level: &str) -> Option<Diagnostic> {
        let meaning = self.meaning;
        let (mut held, mut top) = (0, 0);
        let mut twice = 0;
        for (_, part) in &self.parts {
            twice |= held & part.mask();
            held |= part.mask();
            top = top.max(part.high);
        }
        let bit = twice.trailing_zeros();
        if let [one, other, ..] = self.holding(bit).as_slice() {
            let message = format!("bit {bit} of `{meaning}` is held twice");
            let help = "give each bit of the value to one row, the lowest is bit 0";
            return Some(wrong(other, message).and(one.span, "holds it too").help(help));
        }
        let bit = held.trailing_ones();
        if bit <= top {
            let message = format!("no row holds bit {bit} of `{meaning}`");
            let help = format!("add a row `BIT NAME {meaning}[{bit}]`, or number the bits from 0 on");
            let place = format!("in `{}` at {level}", kind.name);
            return Some(wrong(self.first, message).and(kind.span, place).help(help));
        }
        if top >= MOST_BITS {
            let name = wording::name(self.first);
            let message = format!("a setting has at most {MOST_BITS} bits, and {name} has more");
            return Some(wrong(self.first, message).help("make two settings of it"));
        }
        None
    }

    /// The rows that hold a bit of the value.
    fn holding(&self, bit: u32) -> Vec<&Field> {
        let mut holding = Vec::new();
        for (row, part) in &self.parts {
            if part.low <= bit && bit <= part.high {
                holding.push(*row);
            }
        }
        holding
    }
}

/// The table of codes of a setting.
fn codes(row: &Field) -> Option<CodesId> {
    match row.role {
        Role::Setting { codes, .. } => codes,
        _ => None,
    }
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

//! The numbers of a format are such that a table, an entry and an address can exist, and that checking takes no time
//! worth speaking of. Where they are not, no other rule is asked.

use super::Lowered;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Format, Kind, Level, LevelId};
use crate::span::Span;

/// The widest address.
const MOST_ADDRESS_BITS: u32 = 64;
/// The most levels of a format.
const MOST_LEVELS: usize = 16;
/// The most kinds of entries.
const MOST_KINDS: usize = 255;
/// The most bits of the input address that pick an item.
const MOST_INDEX_BITS: u32 = 24;
/// The largest table and the largest alignment of one.
const MOST_TABLE_BYTES: u64 = 1 << 30;
/// The most rows of a layout: no entry has more bits.
const MOST_ROWS: usize = 128;
/// The most patterns that tell the kinds at one level apart.
const MOST_CUBES: usize = 2048;

/// Finds the numbers that are out of bounds.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    let format = &lowered.format;
    found.extend(address("input", format.input.bits, format.input.span));
    found.extend(address("output", format.output.bits, format.output.span));
    found.extend(levels(format));
    for each in &format.levels {
        level(each, found);
    }
    found.extend(kinds(format));
    for kind in &format.kinds {
        found.extend(rows(kind));
    }
    found.extend(patterns(format));
}

/// The diagnostic of this rule.
fn out_of_bounds(span: Span, message: String, help: String) -> Diagnostic {
    Diagnostic::new("E0201", span, message).help(help)
}

fn address(which: &str, bits: u32, span: Span) -> Option<Diagnostic> {
    if let 1..=MOST_ADDRESS_BITS = bits {
        return None;
    }
    let message = format!("an {which} address of {bits} bits is out of bounds");
    Some(out_of_bounds(span, message, format!("write a width from 1 to {MOST_ADDRESS_BITS} bits")))
}

fn levels(format: &Format) -> Option<Diagnostic> {
    let count = format.levels.len();
    let span = match format.levels.get(MOST_LEVELS) {
        Some(first_over) => first_over.span,
        None if count == 0 => format.span,
        None => return None,
    };
    let message = format!("a format of {count} levels is out of bounds");
    Some(out_of_bounds(span, message, format!("describe from 1 to {MOST_LEVELS} levels")))
}

fn level(level: &Level, found: &mut Diagnostics) {
    let mut report = |what: String, help: String| found.push(out_of_bounds(level.span, what, help));
    if level.index.width() > MOST_INDEX_BITS {
        let width = level.index.width();
        report(
            format!("an index of {width} bits at `{}` is out of bounds", level.name),
            format!("pick the item by at most {MOST_INDEX_BITS} bits; a wider index is several levels"),
        );
    }
    if !matches!(level.entry_bits, 8 | 16 | 32 | 64 | 128) {
        report(
            format!("an entry of {} bits at `{}` is out of bounds", level.entry_bits, level.name),
            "an entry has 8, 16, 32, 64 or 128 bits".to_owned(),
        );
    }
    for (what, bytes) in &[("a table", level.table_bytes), ("an alignment", level.align_bytes)] {
        if level.index.width() <= MOST_INDEX_BITS && !matches!(bytes, 1..=MOST_TABLE_BYTES) {
            report(
                format!("{what} of {bytes} bytes at `{}` is out of bounds", level.name),
                "write a size from 1 byte to 1G".to_owned(),
            );
        }
    }
}

fn kinds(format: &Format) -> Option<Diagnostic> {
    let first_over = format.kinds.get(MOST_KINDS)?;
    let message = format!("a format of {} kinds of entries is out of bounds", format.kinds.len());
    Some(out_of_bounds(first_over.span, message, format!("describe at most {MOST_KINDS} kinds")))
}

fn rows(kind: &Kind) -> Option<Diagnostic> {
    for layout in &kind.layouts {
        if let Some(first_over) = layout.fields.get(MOST_ROWS) {
            let message = format!("{} rows for one entry are out of bounds", layout.fields.len());
            let help = "name every bit of the entry once, in as few rows".to_owned();
            return Some(out_of_bounds(first_over.span, message, help));
        }
    }
    None
}

fn patterns(format: &Format) -> Option<Diagnostic> {
    for (number, level) in format.levels.iter().enumerate() {
        let mut cubes = 0;
        for (_, layout) in format.layouts_at(LevelId(number)) {
            cubes += layout.matches.0.len();
        }
        if cubes > MOST_CUBES {
            let message = format!("the conditions of the kinds at `{}` need {cubes} patterns, too many", level.name);
            let help = "tell the kinds apart by constants rather than by `when:`".to_owned();
            return Some(out_of_bounds(level.span, message, help));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{codes, toy};

    #[test]
    fn addresses_have_1_to_64_bits() {
        let mut format = toy();
        format.output.bits = 64;
        assert!(!codes(format.clone()).contains(&"E0201"));
        format.output.bits = 65;
        assert_eq!(codes(format.clone()), ["E0201"]);
        format.output.bits = 0;
        assert_eq!(codes(format), ["E0201"]);
    }

    #[test]
    fn a_format_has_a_level() {
        let mut format = toy();
        format.levels.clear();
        format.roots.clear();
        format.kinds.clear();
        assert_eq!(codes(format), ["E0201"]);
    }

    #[test]
    fn entries_have_the_width_of_a_memory_access() {
        let mut format = toy();
        format.levels[0].entry_bits = 24;
        format.levels[1].table_bytes = 0;
        assert_eq!(codes(format), ["E0201", "E0201"]);
    }
}

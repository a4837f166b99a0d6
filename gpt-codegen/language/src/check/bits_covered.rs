//! Every bit of every layout is named exactly once, and no row reaches past the entry.

use super::Lowered;
use super::findings::{ByLevel, clause};
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{BitRange, Field, Format, Kind, Layout};
use crate::span::Span;

/// Finds bits that no row names, bits that two rows name, and rows past the entry.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    for kind in &lowered.whole_kinds() {
        gaps(&lowered.format, kind, found);
    }
    for (_, layout) in lowered.layouts() {
        overlaps(layout, found);
        past_the_entry(&lowered.format, layout, found);
    }
}

/// The bits of an entry at the level of a layout.
fn entry_mask(format: &Format, layout: &Layout) -> u128 {
    wording::mask_from(0, format.level(layout.level).entry_bits)
}

/// The bits of a layout that no row names.
fn uncovered(format: &Format, layout: &Layout) -> u128 {
    entry_mask(format, layout) & !layout.named_mask()
}

/// A range that no row names, with the places of the rows on either side of it.
#[derive(PartialEq)]
struct Gap {
    bits: BitRange,
    above: Option<(BitRange, Span)>,
    below: Option<(BitRange, Span)>,
}

impl Gap {
    /// A range that no row of the layout names.
    fn read(layout: &Layout, bits: BitRange) -> Self {
        let mut gap = Self { bits, above: None, below: None };
        for row in &layout.fields {
            let here = Some((row.bits, row.span));
            if row.bits.low > bits.high {
                gap.above = match gap.above {
                    Some((nearest, _)) if nearest.low <= row.bits.low => gap.above,
                    _ => here,
                };
            } else if row.bits.high < bits.low {
                gap.below = match gap.below {
                    Some((nearest, _)) if nearest.high > row.bits.high => gap.below,
                    _ => here,
                };
            }
        }
        gap
    }
}

fn gaps(format: &Format, kind: &Kind, found: &mut Diagnostics) {
    let mut gaps = ByLevel::new();
    for layout in &kind.layouts {
        for bits in &wording::ranges(uncovered(format, layout)) {
            gaps.add(Gap::read(layout, *bits), layout.level);
        }
    }
    for (gap, levels) in &gaps.0 {
        let bits = gap.bits;
        let (verb, hardware) = if bits.width() == 1 { ("is", "it") } else { ("are", "them") };
        let message =
            format!("{}{} {verb} not named", wording::bits(bits.mask()), clause(format, kind.layouts.len(), levels));
        let at = |span, label: String| Diagnostic::new("E0202", span, message).label(label);
        let ends = |above: BitRange| format!("ends at bit {}", above.low);
        let begins = |below: BitRange| format!("begins at bit {}", below.high);
        let diagnostic = match (gap.above, gap.below) {
            (Some((above, span)), Some((below, place))) => at(span, ends(above)).and(place, begins(below)),
            (Some((above, span)), None) => at(span, ends(above)),
            (None, Some((below, span))) => at(span, begins(below)),
            (None, None) => at(kind.span, "has no rows".to_owned()),
        };
        found.push(diagnostic.help(format!(
            "add `{bits} zero` if the manual reserves {hardware}, or `{bits} free` if the hardware ignores {hardware}"
        )));
    }
}

fn overlaps(layout: &Layout, found: &mut Diagnostics) {
    for (number, row) in layout.fields.iter().enumerate() {
        let mut earlier: Vec<&Field> = Vec::new();
        let mut shared = 0;
        for other in layout.fields.iter().take(number) {
            if other.bits.overlaps(row.bits) {
                earlier.push(other);
                shared |= other.bits.mask() & row.bits.mask();
            }
        }
        if earlier.is_empty() {
            continue;
        }
        let verb = if shared.count_ones() == 1 { "is" } else { "are" };
        let message = format!("{} {verb} named twice", wording::bits(shared));
        let mut diagnostic = Diagnostic::new("E0203", row.span, message).label("named again here");
        for other in &earlier {
            diagnostic = diagnostic.and(other.span, "named first here");
        }
        let rest = row.bits.mask() & !shared;
        found.push(diagnostic.help(match earlier.as_slice() {
            _ if rest != 0 => format!("let this row name {} only", wording::quoted_ranges(rest)),
            [other] if other.bits.mask() & !shared != 0 => {
                let rest = wording::quoted_ranges(other.bits.mask() & !shared);
                format!("take this row out, or let the other one name {rest} only")
            }
            _ => "take one of the rows out".to_owned(),
        }));
    }
}

fn past_the_entry(format: &Format, layout: &Layout, found: &mut Diagnostics) {
    let level = format.level(layout.level);
    let (entry_bits, name) = (level.entry_bits, &level.name);
    for row in &layout.fields {
        if row.bits.high < entry_bits {
            continue;
        }
        let bits = wording::bits(row.bits.mask());
        let wider = match row.bits.high {
            0..16 => 16,
            16..32 => 32,
            32..64 => 64,
            _ => 128,
        };
        let message = format!("{bits} does not exist: an entry at `{name}` has {entry_bits} bits");
        found.push(Diagnostic::new("E0204", row.span, message).help(format!(
            "the highest bit is {}; if the entry is wider, say so where the level is described, as in `{}, entry {wider} bits`",
            entry_bits - 1,
            wording::level_line(level.index, name),
        )));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::check::toy::{check_all, codes, kind, row, toy, zero};
    use crate::model::BitRange;

    #[test]
    fn a_gap_points_at_the_rows_on_either_side() {
        let mut format = toy();
        let page = kind(&mut format, "page");
        page.layouts[0].fields.retain(|field| field.bits.high != 7);
        let (above, below) = (page.layouts[0].fields[0].span, page.layouts[0].fields[1].span);
        let found = check_all(format);
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].code, found[0].message.as_str()), ("E0202", "bits 7:4 are not named"));
        let places: Vec<u32> = found[0].labels.iter().map(|label| label.span.number()).collect();
        assert_eq!(places, [above.number(), below.number()]);
        assert_eq!(
            found[0].help.as_deref(),
            Some("add `7:4 zero` if the manual reserves them, or `7:4 free` if the hardware ignores them")
        );
    }

    #[test]
    fn a_gap_at_one_level_names_the_level() {
        let mut format = toy();
        kind(&mut format, "absent").layouts[1].fields.remove(0);
        let found = check_all(format);
        assert_eq!(found[0].message, "bits 31:1 at TAB are not named");
    }

    #[test]
    fn an_overlap_says_which_bits_are_left() {
        let mut format = toy();
        kind(&mut format, "page").layouts[0].fields.push(row(8, 4, "", zero()));
        let found = check_all(format);
        assert_eq!(found[0].message, "bits 8:4 are named twice");
        assert_eq!(found[0].labels.len(), 3);
    }

    #[test]
    fn a_row_past_the_entry_is_no_gap() {
        let mut format = toy();
        kind(&mut format, "page").layouts[0].fields.push(row(32, 32, "", zero()));
        assert_eq!(codes(format), ["E0204"]);
    }

    proptest! {
        /// Against counting, bit by bit, how many rows name it.
        #[test]
        fn coverage_agrees_with_counting(rows in prop::collection::vec((0u32..40, 0u32..12), 0..8)) {
            let mut format = toy();
            let rows: Vec<BitRange> =
                rows.into_iter().filter_map(|(low, more)| BitRange::new(low + more, low)).collect();
            let fields = rows.iter().map(|bits| row(bits.high, bits.low, "", zero())).collect();
            kind(&mut format, "page").layouts[0].fields = fields;
            let times = |bit: u32| rows.iter().filter(|row| row.low <= bit && bit <= row.high).count();
            let (mut gaps, mut twice, mut past) = (0, 0, 0);
            for diagnostic in check_all(format) {
                match diagnostic.code {
                    "E0202" => gaps += 1,
                    "E0203" => twice += 1,
                    "E0204" => past += 1,
                    _ => {}
                }
            }
            let starts_of_gaps = (0..32).filter(|bit| times(*bit) == 0 && (*bit == 0 || times(*bit - 1) != 0)).count();
            prop_assert_eq!(gaps, starts_of_gaps);
            prop_assert_eq!(twice > 0, (0..52).any(|bit| times(bit) > 1));
            prop_assert_eq!(past, rows.iter().filter(|row| row.high >= 32).count());
        }
    }
}

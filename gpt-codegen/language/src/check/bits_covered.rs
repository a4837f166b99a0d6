//! Every bit of every layout is named exactly once, and no row reaches past the entry.

use super::Lowered;
use super::findings::ByLevel;
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{BitRange, Field, Format, Kind, Layout};
use crate::span::Span;

/// Finds bits that no row names, bits that two rows name, and rows past the entry.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    for kind in lowered.whole_kinds() {
        found.extend(gaps(&lowered.format, kind));
    }
    for (_, layout) in lowered.layouts() {
        found.extend(overlaps(layout));
        found.extend(past_the_entry(&lowered.format, layout));
    }
}

/// The bits of an entry at the level of a layout.
fn entry_mask(format: &Format, layout: &Layout) -> u128 {
    wording::mask_from(0, format.level(layout.level).entry_bits)
}

/// The bits of a layout that no row names.
fn uncovered(format: &Format, layout: &Layout) -> u128 {
    entry_mask(format, layout) & !layout.mask_of(|_| true)
}

/// A range that no row names, with the places of the rows on either side of it.
#[derive(PartialEq)]
struct Gap {
    bits: BitRange,
    above: Option<(BitRange, Span)>,
    below: Option<(BitRange, Span)>,
}

fn gaps(format: &Format, kind: &Kind) -> Vec<Diagnostic> {
    let gaps_of = |layout: &Layout| {
        let place = |field: &Field| (field.bits, field.span);
        let gap = |bits: BitRange| Gap {
            bits,
            above: layout
                .fields
                .iter()
                .filter(|row| row.bits.low > bits.high)
                .min_by_key(|row| row.bits.low)
                .map(place),
            below: layout
                .fields
                .iter()
                .filter(|row| row.bits.high < bits.low)
                .max_by_key(|row| row.bits.high)
                .map(place),
        };
        wording::ranges(uncovered(format, layout)).into_iter().map(gap).collect::<Vec<_>>()
    };
    let diagnostic = |(gap, clause): (Gap, String)| {
        let verb = if gap.bits.width() == 1 { "is" } else { "are" };
        let message = format!("{}{clause} {verb} not named", wording::bits(gap.bits.mask()));
        let above = gap.above.map(|(row, span)| (span, format!("ends at bit {}", row.low)));
        let below = gap.below.map(|(row, span)| (span, format!("begins at bit {}", row.high)));
        let mut places = above.into_iter().chain(below);
        let (span, label) = places.next().unwrap_or((kind.span, "has no rows".to_owned()));
        let diagnostic = Diagnostic::new("E0202", span, message).label(label);
        let diagnostic = places.fold(diagnostic, |diagnostic, (span, label)| diagnostic.and(span, label));
        let (bits, hardware) = (gap.bits, if gap.bits.width() == 1 { "it" } else { "them" });
        diagnostic.help(format!(
            "add `{bits} zero` if the manual reserves {hardware}, or `{bits} free` if the hardware ignores {hardware}"
        ))
    };
    ByLevel::of(kind, gaps_of).into_clauses(format, kind).map(diagnostic).collect()
}

fn overlaps(layout: &Layout) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for (number, row) in layout.fields.iter().enumerate() {
        let earlier: Vec<&Field> =
            layout.fields.iter().take(number).filter(|other| other.bits.overlaps(row.bits)).collect();
        if earlier.is_empty() {
            continue;
        }
        let shared = earlier.iter().fold(0, |mask, other| mask | other.bits.mask()) & row.bits.mask();
        let verb = if shared.count_ones() == 1 { "is" } else { "are" };
        let message = format!("{} {verb} named twice", wording::bits(shared));
        let diagnostic = Diagnostic::new("E0203", row.span, message).label("named again here");
        let diagnostic =
            earlier.iter().fold(diagnostic, |diagnostic, other| diagnostic.and(other.span, "named first here"));
        let rest = wording::ranges(row.bits.mask() & !shared);
        found.push(diagnostic.help(match rest.as_slice() {
            [] => match earlier.as_slice() {
                [other] if other.bits.mask() & !shared != 0 => {
                    let rest = wording::ranges(other.bits.mask() & !shared);
                    let rest: Vec<String> = rest.iter().map(|bits| format!("`{bits}`")).collect();
                    format!("take this row out, or let the other one name {} only", wording::list(&rest))
                }
                _ => "take one of the rows out".to_owned(),
            },
            rest => {
                let rest: Vec<String> = rest.iter().map(|bits| format!("`{bits}`")).collect();
                format!("let this row name {} only", wording::list(&rest))
            }
        }));
    }
    found
}

fn past_the_entry(format: &Format, layout: &Layout) -> Vec<Diagnostic> {
    let level = format.level(layout.level);
    let too_high = layout.fields.iter().filter(|row| row.bits.high >= level.entry_bits);
    too_high
        .map(|row| {
            let entry_bits = level.entry_bits;
            let message =
                format!("{} does not exist: an entry at `{}` has {entry_bits} bits", wording::bits(row.bits.mask()), level.name);
            Diagnostic::new("E0204", row.span, message).help(format!(
                "the highest bit is {}; if the entry is wider, say so where the level is described, as in `{}, entry {} bits`",
                entry_bits - 1,
                wording::level_line(level.index, &level.name),
                [16, 32, 64].into_iter().find(|bits| *bits > row.bits.high).unwrap_or(128),
            ))
        })
        .collect()
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

//! The rows of an address hold exactly the bits that it has: from the highest that the entry reaches down to the
//! alignment of what it points to, each once.
//!
//! A row that holds bits below the alignment of a table contradicts the level, which says that such a bit is always
//! zero; one of the two is wrong, so the rule says so instead of guessing which.

use super::Lowered;
use super::findings::{ByLevel, clause};
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{BitRange, Field, Format, Layout, Level, Role, Target};
use crate::span::Span;

/// Finds address bits that are missing, held twice, or not there to be held.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    let format = &lowered.format;
    for kind in &lowered.whole_kinds() {
        let mut addresses = ByLevel::new();
        for layout in &kind.layouts {
            if let Some(address) = Address::read(format, layout, Target::Page) {
                addresses.add(address, layout.level);
            }
            for child in 0..layout.children.len() {
                if let Some(address) = Address::read(format, layout, Target::Table(child)) {
                    addresses.add(address, layout.level);
                }
            }
        }
        for (address, levels) in &addresses.0 {
            found.extend(address.missing(&clause(format, kind.layouts.len(), levels)));
            address.twice(found);
            address.extra(found);
        }
    }
}

/// One address of a layout and the rows that hold it.
#[derive(PartialEq)]
struct Address {
    /// `page` or `table`.
    what: &'static str,
    /// How a row says so: `page`, `table`, or `table NAME` where the table is not of the next level.
    written: String,
    /// What it points to, with the place that says so and its alignment as a power of two.
    target: String,
    target_span: Span,
    align_lg2: u32,
    reach_bits: u32,
    rows: Vec<(Field, BitRange)>,
}

impl Address {
    /// The address of `target`, unless the layout has no rows for it or too short a reach.
    fn read(format: &Format, layout: &Layout, target: Target) -> Option<Self> {
        let mut rows = Vec::new();
        for row in &layout.fields {
            if let Role::Address { target: of, output } = row.role
                && of == target
            {
                rows.push((row.clone(), output));
            }
        }
        let own = format.level(layout.level);
        let (what, written, align_lg2, described, target_span) = match target {
            Target::Page => {
                let (item, lg2) = match layout.run {
                    Some(run) if run.own_address => ("each item covers", own.index.low),
                    _ => ("a page covers", format.page_lg2(layout)),
                };
                ("page", "page".to_owned(), lg2, format!("{item} {}", wording::size(lg2)), own.span)
            }
            Target::Table(number) => {
                let id = layout.children.get(number)?.level;
                let child = format.level(id);
                if alignment_doubtful(own, child) {
                    return None;
                }
                let next = id.0 == layout.level.0 + 1;
                let written = if next { "table".to_owned() } else { format!("table {}", child.name) };
                let lg2 = child.align_bytes.checked_ilog2()?;
                ("table", written, lg2, format!("a table is aligned to {}", wording::size(lg2)), child.span)
            }
        };
        let reach_bits = layout.reach_bits;
        if rows.is_empty() || reach_bits > format.output.bits || align_lg2 >= reach_bits {
            return None;
        }
        Some(Self { what, written, target: described, target_span, align_lg2, reach_bits, rows })
    }

    /// The address bits that the rows must hold.
    fn wanted(&self) -> u128 {
        wording::mask_from(self.align_lg2, self.reach_bits)
    }

    fn missing(&self, clause: &str) -> Option<Diagnostic> {
        let mut missing = self.wanted();
        for (_, output) in &self.rows {
            missing &= !output.mask();
        }
        let [(first, output), others @ ..] = self.rows.as_slice() else { return None };
        if missing == 0 {
            return None;
        }
        let message = format!("the address of the {}{clause} misses {}", self.what, wording::bits(missing));
        let mut diagnostic = Diagnostic::new("E0223", first.span, message).label(holds(*output));
        for (row, output) in others {
            diagnostic = diagnostic.and(row.span, holds(*output));
        }
        Some(diagnostic.and(self.target_span, self.target.clone()).help(self.advice(missing)))
    }

    fn advice(&self, missing: u128) -> String {
        let ranges = wording::ranges(missing);
        let mut rows = Vec::new();
        for bits in &ranges {
            rows.push(format!("`ADDR {}[{bits}]`", self.written));
        }
        let rows = wording::list(&rows);
        match ranges.as_slice() {
            [only] if only.high + 1 == self.reach_bits && only.low > self.align_lg2 => {
                format!(
                    "add a row with {rows}, or `reach: {} bits` if the addresses in this entry have no more",
                    only.low
                )
            }
            _ => format!("add a row with {rows}, at the bits of the entry that hold it"),
        }
    }

    fn twice(&self, found: &mut Diagnostics) {
        for (number, (row, output)) in self.rows.iter().enumerate() {
            for (first, other) in self.rows.iter().take(number) {
                if !other.overlaps(*output) {
                    continue;
                }
                let shared = wording::bits(output.mask() & other.mask());
                let message = format!("two rows hold {shared} of the address of the {}", self.what);
                let which =
                    format!("say which bits this row holds, as in `{} ADDR {}[HIGH:LOW]`", row.bits, self.written);
                found.push(
                    Diagnostic::new("E0224", row.span, message)
                        .label("holds it again")
                        .and(first.span, format!("holds bits {other} already"))
                        .help(which),
                );
                break;
            }
        }
    }

    fn extra(&self, found: &mut Diagnostics) {
        let wanted = self.wanted();
        for (row, output) in &self.rows {
            let extra = output.mask() & !wanted;
            if extra == 0 {
                continue;
            }
            let message = format!("the address of a {} has no {}", self.what, wording::bits(extra));
            let above = self.reach_bits < 128 && extra >> self.reach_bits != 0;
            let of = if above { format!(" of {}", wording::count(self.reach_bits, "bit")) } else { String::new() };
            found.push(
                Diagnostic::new("E0225", row.span, message)
                    .label(format!("{}{of}", holds(*output)))
                    .and(self.target_span, self.target.clone())
                    .help(self.narrower(row, *output, wanted)),
            );
        }
    }

    /// How to write the row so that it holds nothing but address bits.
    fn narrower(&self, row: &Field, output: BitRange, wanted: u128) -> String {
        let name = if row.name.is_empty() { "ADDR" } else { &row.name };
        let mut rows = Vec::new();
        for kept in &wording::ranges(output.mask() & wanted) {
            let bits = moved(*kept, output, row.bits);
            let part = if bits == *kept { String::new() } else { format!("[{kept}]") };
            rows.push(format!("`{bits} {name} {}{part}`", self.written));
        }
        for rest in &wording::ranges(output.mask() & !wanted) {
            rows.push(format!("`{} zero`", moved(*rest, output, row.bits)));
        }
        let low = output.low < self.align_lg2 && self.what == "table";
        let aligned = if low {
            format!(", or `aligned {}` at the level if its tables may lie there", 1u64 << output.low)
        } else {
            String::new()
        };
        format!("write {}{aligned}", wording::list(&rows))
    }
}

/// What is said of a row that holds these bits of an address.
fn holds(output: BitRange) -> String {
    format!("holds {}", wording::bits(output.mask()))
}

/// Whether the alignment of a table follows from an index or a size that other rules find wrong.
fn alignment_doubtful(parent: &Level, child: &Level) -> bool {
    let misplaced = parent.index.low != child.index.high + 1;
    let needed = child.entry_bytes() << child.items_lg2();
    let follows = child.align_bytes == child.table_bytes.next_power_of_two();
    !child.align_bytes.is_power_of_two() || follows && (misplaced || child.table_bytes < needed)
}

/// The bits of an entry that hold `part` of the address bits `output`, all of which stand at `bits`.
fn moved(part: BitRange, output: BitRange, bits: BitRange) -> BitRange {
    BitRange { high: bits.low + (part.high - output.low), low: bits.low + (part.low - output.low) }
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{check_all, codes, kind, page, row, table, toy};
    use crate::model::Run;
    use crate::span::Span;

    #[test]
    fn a_scattered_address_misses_the_bit_that_no_row_holds() {
        let mut format = toy();
        let fields = &mut kind(&mut format, "page").layouts[0].fields;
        fields[0] = row(31, 13, "ADDR", page(30, 12));
        fields.push(row(12, 8, "HIGH", page(35, 31)));
        assert!(codes(format.clone()).is_empty());
        kind(&mut format, "page").layouts[0].fields[0].role = page(29, 11);
        let found = check_all(format);
        let seen: Vec<(&str, &str)> = found.iter().map(|found| (found.code, found.message.as_str())).collect();
        assert_eq!(
            seen,
            [("E0223", "the address of the page misses bit 30"), ("E0225", "the address of a page has no bit 11"),]
        );
    }

    #[test]
    fn a_reach_is_advised_where_the_high_bits_are_missing() {
        let mut format = toy();
        kind(&mut format, "page").layouts[0].fields[0] = row(31, 8, "ADDR", page(35, 12));
        format.output.bits = 40;
        for kind in &mut format.kinds {
            for layout in &mut kind.layouts {
                layout.reach_bits = 40;
            }
        }
        let found = check_all(format);
        assert_eq!(found.len(), 2);
        assert_eq!(
            found[1].help.as_deref(),
            Some("add a row with `ADDR page[39:36]`, or `reach: 36 bits` if the addresses in this entry have no more")
        );
    }

    #[test]
    fn two_rows_do_not_hold_the_same_bit() {
        let mut format = toy();
        kind(&mut format, "page").layouts[0].fields[1] = row(7, 4, "HIGH", page(35, 32));
        assert_eq!(codes(format), ["E0224"]);
    }

    #[test]
    fn bits_below_the_alignment_are_no_part_of_an_address() {
        let mut format = toy();
        format.levels[1].align_bytes = 64;
        assert_eq!(codes(format.clone()), ["E0223"]);
        kind(&mut format, "table").layouts[0].fields[0] = row(31, 6, "ADDR", table(0, 31, 6));
        kind(&mut format, "table").layouts[0].fields.remove(1);
        kind(&mut format, "table").layouts[0].fields[1] = row(5, 0, "V", crate::model::Role::Constant(1));
        kind(&mut format, "table").layouts[0].reach_bits = 32;
        assert!(codes(format.clone()).is_empty());
        format.levels[1].align_bytes = 4096;
        let found = check_all(format);
        assert_eq!((found.len(), found[0].message.as_str()), (1, "the address of a table has no bits 11:6"));
        assert_eq!(
            found[0].help.as_deref(),
            Some("write `31:12 ADDR table` and `11:6 zero`, or `aligned 64` at the level if its tables may lie there")
        );
    }

    #[test]
    fn a_run_with_one_address_is_aligned_to_the_run() {
        let mut format = toy();
        let run = |own_address| Some(Run { items_lg2: 4, own_address, span: Span::NOWHERE });
        kind(&mut format, "page").layouts[0].run = run(true);
        assert!(codes(format.clone()).is_empty());
        kind(&mut format, "page").layouts[0].run = run(false);
        let found = check_all(format);
        assert_eq!(found[0].message, "the address of a page has no bits 15:12");
        assert_eq!(found[0].help.as_deref(), Some("write `31:12 ADDR page[35:16]` and `11:8 zero`"));
    }
}

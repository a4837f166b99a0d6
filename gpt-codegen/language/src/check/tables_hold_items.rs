//! A table is as large as its items at least, and aligned to a power of two that its items are aligned to as well.

use super::Lowered;
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Level;

/// Finds tables that are too small or lie in odd places.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    for level in &lowered.format.levels {
        found.extend(size(level));
        found.extend(alignment(level));
    }
}

fn size(level: &Level) -> Option<Diagnostic> {
    let needed_lg2 = level.items_lg2() + level.entry_bytes().checked_ilog2()?;
    let needed = 1u64.checked_shl(needed_lg2)?;
    if level.table_bytes >= needed {
        return None;
    }
    let (items, entry_bytes) = (1u64 << level.items_lg2(), level.entry_bytes());
    let message = format!("a table of {} bytes at `{}` is too small for its items", level.table_bytes, level.name);
    let size = wording::size(needed_lg2);
    Some(
        Diagnostic::new("E0227", level.span, message)
            .label(format!("{items} items of {entry_bytes} bytes are {size}"))
            .help(format!("leave `table` out for exactly {size}, or write a size above it")),
    )
}

fn alignment(level: &Level) -> Option<Diagnostic> {
    let (align_bytes, entry_bytes) = (level.align_bytes, level.entry_bytes());
    let wrong = if !align_bytes.is_power_of_two() {
        "is no power of two"
    } else if align_bytes < entry_bytes {
        "splits its items"
    } else {
        return None;
    };
    let above = align_bytes.max(entry_bytes).next_power_of_two();
    Some(
        Diagnostic::new(
            "E0227",
            level.span,
            format!("an alignment of {align_bytes} bytes at `{}` {wrong}", level.name),
        )
        .help(format!("write `aligned {above}`, or leave it out if a table is aligned to its size")),
    )
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{codes, toy};

    #[test]
    fn a_table_may_be_larger_than_its_items_but_not_smaller() {
        for (table_bytes, expected) in [(8192, &[][..]), (4096, &[][..]), (4095, &["E0227"][..])] {
            let mut format = toy();
            format.levels[0].table_bytes = table_bytes;
            assert_eq!(codes(format), expected);
        }
    }

    #[test]
    fn no_item_lies_across_its_alignment() {
        for (align_bytes, expected) in [(4, &[][..]), (2, &["E0227"][..]), (24, &["E0227"][..])] {
            let mut format = toy();
            format.levels[0].align_bytes = align_bytes;
            assert_eq!(codes(format), expected);
        }
    }
}

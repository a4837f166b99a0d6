//! The levels, and whether there is enough to judge the entries by.

use crate::model::{Endian, Level};
use crate::syntax::Description;
use crate::syntax::level::LevelLine;

/// Whether all levels were given and understood, so that a name that is none of theirs is a mistake.
pub(super) fn levels_clear(description: &Description) -> bool {
    description.levels.is_some() && !description.unclear.contains("levels")
}

/// The levels, as far as they are understood.
pub(super) fn levels(description: &Description) -> Vec<Level> {
    let (entry_bits, endian) = match &description.entry {
        Some(entry) => (entry.bits.value, entry.clause),
        None => (64, Endian::Little),
    };
    let lines = description.levels.as_deref().unwrap_or_default();
    let level = |line: &LevelLine| {
        let entry_bits = line.entry_bits.map_or(entry_bits, |bits| bits.value);
        let items_bytes_lg2 = line.bits.value.width() + entry_bits.ilog2() - 3;
        let items_bytes = 1u64.checked_shl(items_bytes_lg2).unwrap_or(u64::MAX);
        let table_bytes = line.table_bytes.map_or(items_bytes, |bytes| bytes.value);
        let aligned = || table_bytes.checked_next_power_of_two().unwrap_or(1 << 63);
        Level {
            name: line.name.value.clone(),
            index: line.bits.value,
            entry_bits,
            endian: line.endian.unwrap_or(endian),
            table_bytes,
            align_bytes: line.align_bytes.map_or_else(aligned, |bytes| bytes.value),
            span: line.span,
        }
    };
    lines.iter().map(level).collect()
}

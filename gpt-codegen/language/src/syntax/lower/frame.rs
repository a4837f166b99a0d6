//! The levels, and whether there is enough to judge the entries by.

use crate::model::{Endian, Level};
use crate::syntax::Description;

/// Whether all levels were given and understood, so that a name that is none of theirs is a mistake.
pub(super) fn levels_clear(description: &Description) -> bool {
    description.levels.is_some() && !description.unclear.contains(&"levels")
}

/// The levels, as far as they are understood.
pub(super) fn levels(description: &Description) -> Vec<Level> {
    let (entry_bits, endian) = match &description.entry {
        Some(entry) => (entry.bits.value, entry.clause),
        None => (64, Endian::Little),
    };
    let lines = description.levels.as_deref().unwrap_or_default();
    let mut levels = Vec::new();
    for line in lines {
        let entry_bits = match &line.entry_bits {
            Some(bits) => bits.value,
            None => entry_bits,
        };
        let table_bytes = match &line.table_bytes {
            Some(bytes) => bytes.value,
            None => {
                let items_bytes_lg2 = line.bits.value.width() + entry_bits.ilog2() - 3;
                1u64.checked_shl(items_bytes_lg2).unwrap_or(u64::MAX)
            }
        };
        let align_bytes = match &line.align_bytes {
            Some(bytes) => bytes.value,
            None => table_bytes.checked_next_power_of_two().unwrap_or(1 << 63),
        };
        levels.push(Level {
            name: line.name.value.clone(),
            index: line.bits.value,
            entry_bits,
            endian: line.endian.unwrap_or(endian),
            table_bytes,
            align_bytes,
            span: line.span,
        });
    }
    levels
}

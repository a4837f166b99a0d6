//! Table memory as a vector of bytes that starts at an output address.

use std::fmt;

use crate::model::{Endian, Level, LevelId};

use super::value::Attributes;

/// Table memory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    base: u64,
    bytes: Vec<u8>,
    /// What new table entries say, at one level or at all.
    tables: Vec<(Option<LevelId>, Attributes)>,
}

/// Why an image cannot grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ImageError {
    /// The image would have more than [`Image::MOST_BYTES`] bytes.
    TooLarge,
    /// The table would lie past the last address.
    PastTheEnd,
}

impl fmt::Display for ImageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(f, "the tables need more than {:#x} bytes: map less", Image::MOST_BYTES),
            Self::PastTheEnd => f.write_str("a table would lie past the last output address: use a lower base"),
        }
    }
}

impl std::error::Error for ImageError {}

impl Image {
    /// How large an image may grow.
    pub const MOST_BYTES: u64 = 1 << 30;

    /// An image without tables that will start at the output address `base`.
    pub fn new(base: u64) -> Self {
        Self::from_bytes(base, Vec::new())
    }

    /// The image with these bytes, the first at the output address `base`.
    pub fn from_bytes(base: u64, bytes: Vec<u8>) -> Self {
        Self { base, bytes, tables: Vec::new() }
    }

    /// The output address of the first byte.
    pub fn base(&self) -> u64 {
        self.base
    }

    /// The bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Lets new table entries of a level, or of all levels, say this beside the address. What is left out restricts
    /// nothing; what was said before for the same attribute and the same level is replaced.
    ///
    /// Entries without a row for something leave it out, unless it forbids an access: then they cannot be made.
    pub fn table_attributes(&mut self, level: Option<LevelId>, attributes: Attributes) {
        self.tables.push((level, attributes));
    }

    /// What new table entries of a level say.
    pub(super) fn tables_say(&self, level: LevelId) -> Attributes {
        let here = self.tables.iter().filter(|(at, _)| at.is_none_or(|at| at == level));
        // What is said for one level goes before what is said for all.
        let (all, own): (Vec<_>, Vec<_>) = here.partition(|(at, _)| at.is_none());
        all.into_iter().chain(own).flat_map(|(_, attributes)| attributes.clone()).collect()
    }

    /// The bytes, to be changed as hardware would.
    pub fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.bytes
    }

    /// Item `index` of the table at `table`, or `None` where it is not in the image.
    pub fn load(&self, level: &Level, table: u64, index: u64) -> Option<u128> {
        let item = self.bytes.get(self.place(level, table, index)?)?;
        let join = |word: u128, byte: &u8| word << 8 | u128::from(*byte);
        Some(match level.endian {
            Endian::Little => item.iter().rev().fold(0, join),
            Endian::Big => item.iter().fold(0, join),
        })
    }

    /// Writes item `index` of the table at `table`; `None` where it is not in the image.
    #[must_use = "nothing is written outside the image"]
    pub fn store(&mut self, level: &Level, table: u64, index: u64, word: u128) -> Option<()> {
        let place = self.place(level, table, index)?;
        let item = self.bytes.get_mut(place)?;
        for (byte, shift) in item.iter_mut().zip((0..).step_by(8)) {
            *byte = (word >> shift & 0xff) as u8;
        }
        if level.endian == Endian::Big {
            item.reverse();
        }
        Some(())
    }

    /// Adds a table at the next address that fits its alignment, every item holding `empty`, and says where it is.
    ///
    /// # Errors
    /// When the image would become too large or reach past the last address.
    pub fn allocate(&mut self, level: &Level, empty: u128) -> Result<u64, ImageError> {
        let end = u128::from(self.base) + self.bytes.len() as u128;
        let table = u64::try_from(end.next_multiple_of(u128::from(level.align_bytes.max(1))));
        let table = table.map_err(|_| ImageError::PastTheEnd)?;
        let past = u128::from(table) + u128::from(level.table_bytes);
        if past > 1 << 64 {
            return Err(ImageError::PastTheEnd);
        }
        let length = past - u128::from(self.base);
        if length > u128::from(Self::MOST_BYTES) {
            return Err(ImageError::TooLarge);
        }
        self.bytes.resize(length as usize, 0);
        for index in 0..1_u64 << level.items_lg2().min(63) {
            if self.store(level, table, index, empty).is_none() {
                break;
            }
        }
        Ok(table)
    }

    /// The bytes of an item, as a range of places that may be past the end.
    fn place(&self, level: &Level, table: u64, index: u64) -> Option<std::ops::Range<usize>> {
        let start = table.checked_sub(self.base)?.checked_add(index.checked_mul(level.entry_bytes())?)?;
        let start = usize::try_from(start).ok()?;
        Some(start..start.checked_add(level.entry_bytes() as usize)?)
    }
}

//! What was written to a table, for an environment that keeps a record of it.

use core::fmt;

use crate::format::Class;

/// Items of a table that were just written.
///
/// The items are loaded when [`Written::item`] is called, as readers load them, so that who brings the records of several
/// threads into one order can do it first and load then: the last record of an item says what the item holds.
pub struct Written<'w> {
    pub(crate) address: u64,
    pub(crate) items: usize,
    pub(crate) item_bytes: u32,
    pub(crate) big_endian: bool,
    pub(crate) load: &'w dyn Fn(usize) -> (u128, Class),
}

impl Written<'_> {
    /// The output address of the first item.
    pub fn address(&self) -> u64 {
        self.address
    }

    /// How many items there are; they lie next to each other.
    pub fn items(&self) -> usize {
        self.items
    }

    /// The size of an item: 1, 2, 4, 8 or 16.
    pub fn item_bytes(&self) -> u32 {
        self.item_bytes
    }

    /// Whether the hardware takes items with the most significant byte first.
    pub fn big_endian(&self) -> bool {
        self.big_endian
    }

    /// Loads an item, counted from the first that was written: its word, and what it is.
    pub fn item(&self, number: usize) -> (u128, Class) {
        (self.load)(number)
    }
}

impl fmt::Debug for Written<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} items of {} bytes at {:#x}", self.items, self.item_bytes, self.address)
    }
}

//! One write to a device's memory: literal words, one word many times, or an arithmetic run.

use alloc::vec::Vec;
use core::fmt;

/// How a device finds the items of a table in its memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// The size of an item: 1, 2, 4, 8 or 16.
    pub bytes: u32,
    /// Whether the most significant byte comes first.
    pub big_endian: bool,
}

impl Item {
    /// The bytes of a word in the order of the device's memory; the first [`Item::bytes`] of them count.
    pub fn in_memory(self, word: u128) -> [u8; 16] {
        let mut bytes = word.to_le_bytes();
        if self.big_endian
            && let Some(item) = bytes.get_mut(..self.bytes as usize)
        {
            item.reverse();
        }
        bytes
    }

    /// The word modulo two to the power of its bits.
    pub(crate) fn wrap(self, word: u128) -> u128 {
        word & u128::MAX >> (128 - 8 * self.bytes.clamp(1, 16))
    }

    /// The word `times` increments after `first`.
    pub(crate) fn after(self, first: u128, increment: u128, times: u64) -> u128 {
        self.wrap(first.wrapping_add(increment.wrapping_mul(u128::from(times))))
    }
}

/// The words of a write, in order of addresses.
#[derive(Clone, PartialEq, Eq)]
pub enum Words {
    /// These words.
    Literal(Vec<u128>),
    /// The same word many times.
    Fill {
        /// The word.
        word: u128,
        /// How many times.
        count: u64,
    },
    /// Each word is the one before plus an increment, modulo two to the power of its bits.
    Run {
        /// The first word.
        first: u128,
        /// What is added from one word to the next.
        increment: u128,
        /// How many words there are.
        count: u64,
    },
}

impl fmt::Debug for Words {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Literal(words) => write!(f, "{words:#x?}"),
            Self::Fill { word, count } => write!(f, "{count} × {word:#x}"),
            Self::Run { first, increment, count } => write!(f, "{count} × {first:#x} + {increment:#x}"),
        }
    }
}

/// A write to items that lie next to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Write {
    /// The device address of the first item.
    pub address: u64,
    /// How the items lie in memory.
    pub item: Item,
    /// What they are to hold.
    pub words: Words,
}

impl Write {
    /// How many items are written.
    pub fn count(&self) -> u64 {
        match &self.words {
            Words::Literal(words) => words.len() as u64,
            Words::Fill { count, .. } | Words::Run { count, .. } => *count,
        }
    }

    /// The address behind the last byte.
    pub fn end(&self) -> u64 {
        self.address + self.count() * u64::from(self.item.bytes)
    }

    /// The word of the item with this number; `None` behind the last.
    pub fn word(&self, number: u64) -> Option<u128> {
        if number >= self.count() {
            return None;
        }
        match &self.words {
            Words::Literal(words) => words.get(usize::try_from(number).ok()?).copied(),
            Words::Fill { word, .. } => Some(*word),
            Words::Run { first, increment, .. } => Some(self.item.after(*first, *increment, number)),
        }
    }

    /// All words in order.
    pub fn words(&self) -> impl Iterator<Item = u128> + '_ {
        (0..self.count()).filter_map(|number| self.word(number))
    }

    /// Calls `store` with the address and the bytes of each item, in order: what the device does.
    pub fn apply(&self, mut store: impl FnMut(u64, &[u8])) {
        let bytes = u64::from(self.item.bytes);
        for (number, word) in (0..).zip(self.words()) {
            let memory = self.item.in_memory(word);
            store(self.address + number * bytes, memory.get(..self.item.bytes as usize).unwrap_or(&memory));
        }
    }
}

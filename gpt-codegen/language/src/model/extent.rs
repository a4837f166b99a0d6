//! Tables of which a part is there: rows of an entry that number the first and the last part of the table below it.
//!
//! A row of n bits cuts the table into 2ⁿ equal parts. The address in the entry is that of the whole table, whether or not
//! its first part is there. Everything that writes tables makes whole ones, so in the model such a row is a constant that
//! says so, and what a word is known by includes it; only who reads the tables of others looks further.

use std::ops::RangeInclusive;

use super::{Field, Layout, Role};

/// Which end of the part that is there a row numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// The first part.
    First,
    /// The last part.
    Last,
}

impl Extent {
    /// Every end, with the word that stands for it in a description and a sentence on what it says.
    pub const WORDS: [(&'static str, Self, &'static str); 2] = [
        ("table.first", Self::First, "number of the first part of the table below that is there"),
        ("table.last", Self::Last, "number of the last part of the table below that is there"),
    ];

    /// The end that a word stands for.
    pub fn from_word(word: &str) -> Option<Self> {
        for (known, extent, _) in &Self::WORDS {
            if *known == word {
                return Some(*extent);
            }
        }
        None
    }

    /// The word that stands for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::First => "table.first",
            Self::Last => "table.last",
        }
    }

    /// What a row of so many bits holds where the whole table is there.
    pub fn whole(self, bits: u32) -> u128 {
        match self {
            Self::First => 0,
            Self::Last => u128::MAX >> (128 - bits.clamp(1, 128)),
        }
    }
}

impl Layout {
    /// The rows that number the part of the table that is there.
    pub fn extents(&self) -> Vec<(Extent, &Field)> {
        let mut extents = Vec::new();
        for field in &self.fields {
            if let Some(extent) = field.extent {
                extents.push((extent, field));
            }
        }
        extents
    }

    /// The word as if the whole table were there.
    pub fn as_whole(&self, mut word: u128) -> u128 {
        for field in &self.fields {
            if let (Some(_), Role::Constant(value)) = (field.extent, &field.role) {
                word = field.bits.set(word, *value);
            }
        }
        word
    }

    /// The numbers of the items that the table below has, of two to the power of `items_lg2`; empty where its first part
    /// comes after its last.
    pub fn items_there(&self, word: u128, items_lg2: u32) -> RangeInclusive<u64> {
        let (mut first, mut last) = (0, (1 << items_lg2) - 1);
        for (extent, field) in &self.extents() {
            let part_lg2 = items_lg2.saturating_sub(field.bits.width());
            let part = field.bits.get(word) as u64;
            match extent {
                Extent::First => first = part << part_lg2,
                Extent::Last => last = ((part + 1) << part_lg2) - 1,
            }
        }
        first..=last
    }
}

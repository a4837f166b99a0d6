//! Why an input address has no translation.

use std::fmt;

use crate::model::{Format, LevelId};

use super::decode::Malformed;

/// One item of one table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The name of the level.
    pub level: String,
    /// The output address of the table.
    pub table: u64,
    /// The number of the item.
    pub index: u64,
}

impl Place {
    pub(super) fn new(format: &Format, level: LevelId, table: u64, index: u64) -> Self {
        Self { level: format.level(level).name.clone(), table, index }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "entry {} of the {} table at {:#x}", self.index, self.level, self.table)
    }
}

/// Why an input address has no translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// It is not an input address of the format.
    Input(String),
    /// An entry is absent.
    Absent(Place),
    /// An entry does not translate but says something.
    Special {
        /// The name of the kind.
        kind: String,
        /// The entry.
        place: Place,
    },
    /// A table entry has two children and neither is there, it skips levels for which the address has bits, or the part of
    /// the table that the address needs is not there.
    NoChild(Place),
    /// A word that is no entry.
    Malformed {
        /// What is wrong with it.
        why: Malformed,
        /// The entry.
        place: Place,
    },
    /// The output address of a page is not a multiple of its size.
    PageMisaligned {
        /// The address.
        address: u128,
        /// What it has to be a multiple of.
        align_bytes: u128,
        /// The entry.
        place: Place,
    },
    /// The entry would be read from outside the image.
    Outside(Place),
    /// The address of a table is not a multiple of its alignment.
    TableMisaligned {
        /// The name of the level.
        level: String,
        /// The address.
        table: u128,
        /// What it has to be a multiple of.
        align_bytes: u64,
    },
    /// A table is its own ancestor.
    Loop {
        /// The name of the level.
        level: String,
        /// The address.
        table: u64,
    },
    /// More entries would have to be read than the image is worth.
    TooMuchWork {
        /// How many were read.
        entries: u64,
    },
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(why) => write!(f, "not an input address: {why}"),
            Self::Absent(place) => write!(f, "{place} is absent"),
            Self::Special { kind, place } => write!(f, "{place} is {kind}, which does not translate"),
            Self::NoChild(place) => write!(f, "{place} leads to no table for this address"),
            Self::Malformed { why, place } => write!(f, "{place} is malformed: {why}"),
            Self::PageMisaligned { address, align_bytes, place } => {
                write!(f, "{place} is malformed: the page address {address:#x} is not a multiple of {align_bytes:#x}")
            }
            Self::Outside(place) => write!(f, "{place} is outside the image"),
            Self::TableMisaligned { level, table, align_bytes } => {
                write!(f, "the address of the {level} table, {table:#x}, is not a multiple of {align_bytes:#x}")
            }
            Self::Loop { level, table } => {
                write!(f, "the {level} table at {table:#x} leads back to itself: a loop")
            }
            Self::TooMuchWork { entries } => {
                write!(f, "gave up after {entries} entries: the same tables are reached again and again")
            }
        }
    }
}

impl std::error::Error for Fault {}

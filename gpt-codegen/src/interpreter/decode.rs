//! From a word to the kind of entry that it is and what its fields say.

use std::fmt;
use std::ops::RangeInclusive;

use crate::check::Checked;
use crate::model::{BitRange, Class, Field, Format, Kind, Layout, LevelId, Role, Target};

use super::address::gather;
use super::attributes::{attribute_name, of_word, permissions_of_word, value_of};
use super::value::{Attributes, Value};

/// An entry and the layout that it has.
#[derive(Clone, Copy, Debug)]
pub struct Decoded<'f> {
    format: &'f Format,
    /// The kind of entry.
    pub kind: &'f Kind,
    /// Its layout at this level.
    pub layout: &'f Layout,
    /// The word.
    pub word: u128,
}

/// One row of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodedField<'f> {
    /// The row.
    pub field: &'f Field,
    /// The bits, moved down to bit 0.
    pub raw: u128,
    /// The attribute that the row holds.
    pub attribute: Option<(String, Value)>,
}

/// Why a word is no entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// The word has more bits than an item of the level.
    TooWide {
        /// The width of an item.
        entry_bits: u32,
    },
    /// The word is of no kind.
    NoKind {
        /// The name of the level.
        level: String,
    },
    /// Bits are set that must be zero.
    Reserved {
        /// The name of the kind.
        kind: String,
        /// The rows that are not zero.
        rows: Vec<BitRange>,
    },
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooWide { entry_bits } => write!(f, "the word is wider than an item, which has {entry_bits} bits"),
            Self::NoKind { level } => write!(f, "no kind of entry at {level} matches"),
            Self::Reserved { kind, rows } => {
                let one = matches!(rows.as_slice(), [row] if row.width() == 1);
                write!(f, "reserved bit{} ", if one { "" } else { "s" })?;
                for (place, row) in rows.iter().enumerate() {
                    write!(f, "{}{row}", if place == 0 { "" } else { ", " })?;
                }
                write!(f, " set in a {kind}")
            }
        }
    }
}

impl std::error::Error for Malformed {}

/// Says what a word is at a level.
///
/// # Errors
/// When it is of no kind, or reserved bits are set.
pub fn decode(checked: &Checked, level: LevelId, word: u128) -> Result<Decoded<'_>, Malformed> {
    decode_word(checked.format(), level, word)
}

pub(super) fn decode_word(format: &Format, level: LevelId, word: u128) -> Result<Decoded<'_>, Malformed> {
    let entry_bits = format.level(level).entry_bits;
    if entry_bits < 128 && word >> entry_bits != 0 {
        return Err(Malformed::TooWide { entry_bits });
    }
    // A word that leads to a part of a table is of the kind that leads to the whole.
    let partial = |layout: &Layout| !layout.extents().is_empty() && layout.matches.fits(layout.as_whole(word));
    let found = format.layouts_at(level).find(|(_, layout)| layout.matches.fits(word));
    let found = found.or_else(|| format.layouts_at(level).find(|(_, layout)| partial(layout)));
    let Some((kind, layout)) = found else {
        return Err(Malformed::NoKind { level: format.level(level).name.clone() });
    };
    let reserved = |field: &&Field| field.role == Role::Zero && field.bits.get(word) != 0;
    let rows: Vec<BitRange> = layout.fields.iter().filter(reserved).map(|field| field.bits).collect();
    if rows.is_empty() {
        Ok(Decoded { format, kind, layout, word })
    } else {
        Err(Malformed::Reserved { kind: kind.name.clone(), rows })
    }
}

impl<'f> Decoded<'f> {
    /// Every row with what it holds, in the order of the description.
    pub fn fields(&self) -> impl Iterator<Item = DecodedField<'f>> + use<'f> {
        let (format, word) = (self.format, self.word);
        let values = self.layout.values();
        // A value in parts is said once, with its highest.
        let own = move |field: &Field| values.iter().find(|value| std::ptr::eq(value.field, field)).cloned();
        self.layout.fields.iter().map(move |field| DecodedField {
            field,
            raw: field.bits.get(word),
            attribute: own(field).and_then(|value| Some((attribute_name(field)?, value_of(format, &value, word)))),
        })
    }

    /// What the entry says about the translation.
    pub fn attributes(&self) -> Attributes {
        of_word(self.format, self.layout, self.word)
    }

    /// The permissions that the entry speaks of.
    pub fn permissions(&self) -> std::collections::BTreeMap<String, bool> {
        permissions_of_word(self.format, self.layout, self.word)
    }

    /// The output address in a page entry, as it is in the word.
    pub fn page(&self) -> Option<u128> {
        (self.kind.class == Class::Page).then(|| gather(self.layout, Target::Page, self.word))
    }

    /// The numbers of the items that a table has to which the entry leads; the table is of this level.
    pub(super) fn items_there(&self, level: LevelId) -> RangeInclusive<u64> {
        self.layout.items_there(self.word, self.format.level(level).items_lg2())
    }

    /// The tables that the entry leads to: the place among the children, the level and the output address.
    pub fn tables(&self) -> impl Iterator<Item = (usize, LevelId, u128)> + use<'f> {
        let (layout, word) = (self.layout, self.word);
        let children = layout.children.iter().enumerate();
        children
            .filter(move |(_, child)| child.present.fits(word))
            .map(move |(place, child)| (place, child.level, gather(layout, Target::Table(place), word)))
    }
}

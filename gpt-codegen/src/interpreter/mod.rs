//! A slow, obvious reading of a format: decode, encode, walk, map and dump, straight from a [`Checked`].
//!
//! This is what generated code is compared with, and what the command `gpt` answers from. Nothing is specialised and
//! nothing is assumed about the bytes of an image: whatever they say, the answer is a translation or a [`Fault`].
//!
//! ```text
//!  value ─▶ attributes ─▶ decode ─▶ walk ─▶ (one input address)
//!           address    ─▶ encode    visit ─▶ dump, map, unmap, protect (ranges)
//!                          image ─┘
//! ```

mod address;
mod attributes;
mod change;
mod decode;
mod dump;
mod encode;
mod error;
mod fault;
mod fit;
mod image;
mod link;
mod map;
mod value;
mod visit;
mod walk;

pub use address::InputRange;
pub use attributes::{attribute_name, attributes, permissions};
pub use change::{protect, unmap};
pub use decode::{Decoded, DecodedField, Malformed, decode};
pub use dump::{Dump, Run, dump};
pub use encode::encode;
pub use error::{EncodeError, MapError};
pub use fault::{Fault, Place};
pub use image::{Image, ImageError};
pub use map::{Mapping, map};
pub use value::{Attributes, Value};
pub use walk::{Step, Translation, Walk, walk};

use crate::check::Checked;
use crate::model::LevelId;

/// Where a walk starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Root {
    /// The output address of the root table.
    pub table: u64,
    /// The level of the root table.
    pub level: LevelId,
}

/// The level with this name, or `None`. Names that differ only in case are taken where no name is the same.
pub fn level_named(checked: &Checked, name: &str) -> Option<LevelId> {
    let levels = &checked.format().levels;
    let exact = levels.iter().position(|level| level.name == name);
    exact.or_else(|| levels.iter().position(|level| level.name.eq_ignore_ascii_case(name))).map(LevelId)
}

/// The word that an empty item of a level holds: the first absent kind with its constants and fills.
///
/// It is zero at a level without an absent kind.
pub fn empty_word(checked: &Checked, level: LevelId) -> u128 {
    let format = checked.format();
    let absent = format.layouts_at(level).find(|(kind, _)| kind.class == crate::model::Class::Absent);
    absent.map_or(0, |(_, layout)| layout.skeleton())
}

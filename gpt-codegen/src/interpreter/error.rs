//! Why an entry cannot be made, or a range not mapped or changed.

use std::fmt;

use super::fault::{Fault, Place};
use super::image::ImageError;

/// Why values do not make an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EncodeError {
    /// The level has no such kind.
    UnknownKind {
        /// What was asked for.
        kind: String,
        /// The name of the level.
        level: String,
        /// The kinds that there are.
        known: Vec<String>,
    },
    /// The kind has no such field.
    UnknownField {
        /// What was asked for.
        field: String,
        /// The name of the kind.
        kind: String,
        /// The fields that there are.
        known: Vec<String>,
    },
    /// The value does not fit.
    TooWide {
        /// The field.
        field: String,
        /// The width of the field.
        bits: u32,
    },
    /// The field has only one value in this kind of entry.
    Fixed {
        /// The field.
        field: String,
        /// The value that it always has.
        value: u128,
    },
    /// The value is of the wrong sort.
    WrongValue {
        /// The field.
        field: String,
        /// What it takes.
        takes: String,
    },
    /// No code grants just these permissions.
    NoCode {
        /// The attribute whose codes were looked at.
        field: String,
        /// The permissions that were asked for.
        wanted: Vec<String>,
    },
    /// The entry does not hold these low bits of an address.
    Misaligned {
        /// The address.
        address: u128,
        /// What it has to be a multiple of, as a power of two.
        align_lg2: u32,
    },
    /// The entry does not hold these high bits of an address.
    OutOfReach {
        /// The address.
        address: u128,
        /// Addresses are below two to the power of this.
        reach_bits: u32,
    },
    /// The word with these values is not of the kind.
    OtherKind {
        /// The name of the kind.
        kind: String,
        /// The word.
        word: u128,
    },
}

impl fmt::Display for EncodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownKind { kind, level, known } => {
                write!(f, "there is no `{kind}` at {level}; there is {}", known.join(", "))
            }
            Self::UnknownField { field, kind, known } if known.is_empty() => {
                write!(f, "{kind} has no field `{field}`, nor any other that can be set")
            }
            Self::UnknownField { field, kind, known } => {
                write!(f, "{kind} has no field `{field}`; it has {}", known.join(", "))
            }
            Self::TooWide { field, bits: 1 } => write!(f, "`{field}` is one bit"),
            Self::TooWide { field, bits } => write!(f, "the value of `{field}` does not fit {bits} bits"),
            Self::Fixed { field, value } => write!(f, "`{field}` is always {value:#x} in this kind of entry"),
            Self::WrongValue { field, takes } => write!(f, "`{field}` takes {takes}"),
            Self::NoCode { field, wanted } if wanted.is_empty() => write!(f, "no code of `{field}` forbids everything"),
            Self::NoCode { field, wanted } => write!(f, "no code of `{field}` grants just {}", wanted.join(", ")),
            Self::Misaligned { address, align_lg2: 128 } => write!(f, "the entry cannot hold the address {address:#x}"),
            Self::Misaligned { address, align_lg2 } => {
                write!(f, "the address {address:#x} is not a multiple of {:#x}", 1_u128 << align_lg2)
            }
            Self::OutOfReach { address, reach_bits } => {
                write!(f, "the address {address:#x} is out of reach: the entry holds {reach_bits} bits")
            }
            Self::OtherKind { kind, word } => {
                write!(f, "with these values the word {word:#x} is not a {kind}: its condition does not hold")
            }
        }
    }
}

impl std::error::Error for EncodeError {}

/// Why a range cannot be mapped, unmapped or changed. The image is as it was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MapError {
    /// The range is not one of input addresses.
    Input(String),
    /// The range does not end below the last output address.
    Output {
        /// The first output address.
        oa: u64,
        /// The length of the range.
        bytes: u128,
        /// The width of an output address.
        output_bits: u32,
    },
    /// No page is small enough for the ends of the range.
    Misaligned {
        /// The input address that cannot be mapped.
        va: u64,
        /// The output address that it was to have.
        oa: u64,
        /// How much of the range is left from there.
        bytes: u128,
        /// The smallest page that can be there, as a power of two.
        smallest_lg2: u32,
    },
    /// There is no page below the root.
    NoPages,
    /// Something is there already.
    Exists {
        /// The first input address at which it is.
        va: u64,
        /// The kind of entry.
        kind: String,
        /// The entry.
        place: Place,
    },
    /// An entry that is neither a translation nor absent is only half inside the range.
    Half {
        /// The input address at which the entry starts.
        va: u64,
        /// How much input address space the entry stands for.
        bytes: u128,
        /// The kind of entry.
        kind: String,
    },
    /// The tables that are there already are broken.
    Fault {
        /// The input address.
        va: u64,
        /// What is broken.
        fault: Fault,
    },
    /// An entry cannot be made.
    Encode {
        /// The input address.
        va: u64,
        /// The name of the kind.
        kind: String,
        /// Why not.
        error: EncodeError,
    },
    /// The image cannot hold another table.
    Image(ImageError),
}

impl From<ImageError> for MapError {
    fn from(error: ImageError) -> Self {
        Self::Image(error)
    }
}

impl fmt::Display for MapError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Input(why) => f.write_str(why),
            Self::Output { oa, bytes, output_bits } => {
                write!(f, "{bytes:#x} bytes from {oa:#x} reach past the {output_bits} bits of an output address")
            }
            Self::Misaligned { va, oa, bytes, smallest_lg2 } => write!(
                f,
                "{bytes:#x} bytes from {va:#x} to {oa:#x} do not fit whole pages: the smallest that can be here has {:#x} bytes",
                1_u128 << smallest_lg2
            ),
            Self::NoPages => f.write_str("no kind of entry below this root is a page"),
            Self::Exists { va, kind, place } => write!(f, "{va:#x} is mapped already, by {place}, a {kind}"),
            Self::Half { va, bytes, kind } => {
                write!(f, "the {kind} at {va:#x} covers {bytes:#x} bytes and cannot be split: take all of it")
            }
            Self::Fault { va, fault } => write!(f, "at {va:#x}: {fault}"),
            Self::Encode { va, kind, error } => write!(f, "cannot make a {kind} for {va:#x}: {error}"),
            Self::Image(error) => error.fmt(f),
        }
    }
}

impl std::error::Error for MapError {}

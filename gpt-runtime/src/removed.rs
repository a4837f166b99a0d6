//! What unmapping hands back, and what becomes of tables that it leaves empty.

use core::fmt;

use crate::format::Format;
use crate::walk::Mapping;

/// When a table that has no items left is unlinked.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EmptyTables {
    /// As soon as it is empty. A walker that still has the table in a cache does not see what others map beside, in the
    /// table that comes in its place, before what is owed is paid: only for walkers that fault and try again.
    AtOnce,
    /// When it is empty and one call covers all that it could map.
    #[default]
    WhenCovered,
    /// Not before the whole tree is dropped.
    Never,
}

/// What an operation took out.
pub enum Removed<F: Format> {
    /// A page, with all that the hardware wrote to it.
    Page(Mapping<F::Attributes>),
    /// An entry that did not translate but said something.
    Special {
        /// The first input address that it stood for.
        va: u64,
        /// How many input addresses it stood for, as a power of two.
        size_lg2: u32,
        /// What it said.
        special: F::Special,
    },
}

impl<F: Format> fmt::Debug for Removed<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Page(page) => page.fmt(f),
            Self::Special { va, size_lg2, special } => write!(f, "{special:?} at {va:#x} (2^{size_lg2} bytes)"),
        }
    }
}

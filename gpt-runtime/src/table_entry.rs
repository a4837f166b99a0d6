//! What a table entry says beside the address of its table: the driver's choice, made when the table is linked.

use core::any::Any;
use core::fmt;

use crate::error::Reason;
use crate::format::{Format, Level};

/// What table entries of a format say whose entries have nothing to say beside the address.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoTableAttributes;

/// An entry that is about to lead to a new table. An environment is asked what else it says:
/// [`Environment::table_entry`](crate::Environment::table_entry).
pub struct TableEntry<F: Format> {
    level: u8,
    va: u64,
    table: u64,
    attributes: F::TableAttributes,
}

impl<F: Format> TableEntry<F> {
    pub(crate) fn new(level: u8, va: u64, table: u64) -> Self {
        Self { level, va, table, attributes: F::TableAttributes::default() }
    }

    /// The number of the level that the entry is at: [`Level::NUMBER`].
    #[must_use]
    pub fn level(&self) -> u8 {
        self.level
    }

    /// An input address that the entry covers.
    #[must_use]
    pub fn va(&self) -> u64 {
        self.va
    }

    /// The output address of the new table.
    #[must_use]
    pub fn table(&self) -> u64 {
        self.table
    }

    /// What the entry is to say; what is left alone restricts nothing.
    pub fn attributes(&mut self) -> &mut F::TableAttributes {
        &mut self.attributes
    }

    /// What the entry is to say, if `G` is its format. An environment that serves one format sees its own attributes
    /// through this.
    pub fn of<G: Format>(&mut self) -> Option<&mut G::TableAttributes> {
        let entry = (self as &mut dyn Any).downcast_mut::<TableEntry<G>>();
        entry.map(TableEntry::attributes)
    }

    /// `word` with the table linked as this child.
    pub(crate) fn link<L: Level<Format = F>>(&self, word: L::Word, child: usize) -> Result<L::Word, Reason> {
        L::with_child(word, child, self.table, &self.attributes).ok_or_else(|| {
            let plain = L::with_child(word, child, self.table, &F::TableAttributes::default());
            // The environment answers for the address as well, but then nothing can be said of it.
            if plain.is_some() { Reason::NotEncodable } else { Reason::OutOfTables }
        })
    }
}

impl<F: Format> fmt::Debug for TableEntry<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TableEntry")
            .field("level", &self.level)
            .field("va", &self.va)
            .field("table", &self.table)
            .field("attributes", &self.attributes)
            .finish()
    }
}

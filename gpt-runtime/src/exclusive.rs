//! Changing a tree, or a range of one, that nobody else changes.

use core::fmt;

use crate::address::AddressRange;
use crate::environment::Environment;
use crate::error::{Incomplete, Reason};
use crate::format::Format;
use crate::list::Tables;
use crate::mode;
use crate::obligation::Obligation;
use crate::page_table::{Outcome, PageTable};
use crate::reclaim::Reclaim;
use crate::unmap::{EmptyTables, Removed};

/// The owner of the changes to a range, or to a whole tree.
///
/// Readers and the hardware go on; entries are written by plain stores with release order. Only where the hardware
/// may still write to an entry is that one exchanged.
pub struct Exclusive<'t, F: Format, E: Environment, R: Reclaim> {
    tree: &'t PageTable<F, E, R>,
    range: Option<AddressRange<F>>,
}

impl<'t, F: Format, E: Environment, R: Reclaim> Exclusive<'t, F, E, R> {
    pub(crate) fn new(tree: &'t mut PageTable<F, E, R>) -> Self {
        Self { tree, range: None }
    }

    /// Like [`PageTable::map`].
    ///
    /// # Errors
    /// Those of [`PageTable::map`], and a range that is not owned is [`Reason::BadInput`].
    #[inline]
    pub fn map(&mut self, range: AddressRange<F>, oa: u64, attributes: &F::Attributes) -> Outcome<'t, F, E, R> {
        self.map_with_sizes(range, oa, attributes, u64::MAX)
    }

    /// Like [`PageTable::map_with_sizes`].
    ///
    /// # Errors
    /// Those of [`PageTable::map`], and a range that is not owned is [`Reason::BadInput`].
    #[inline]
    pub fn map_with_sizes(
        &mut self,
        range: AddressRange<F>,
        oa: u64,
        attributes: &F::Attributes,
        sizes: u64,
    ) -> Outcome<'t, F, E, R> {
        self.owned(range)?;
        let tree = self.tree;
        tree.run_map::<mode::Owned>(range, oa, attributes, sizes)
    }

    /// Like [`PageTable::unmap`].
    ///
    /// # Errors
    /// Those of [`PageTable::unmap`], and a range that is not owned is [`Reason::BadInput`].
    #[inline]
    pub fn unmap(
        &mut self,
        range: AddressRange<F>,
        empty_tables: EmptyTables,
        report: impl FnMut(Removed<F::Attributes>),
    ) -> Outcome<'t, F, E, R> {
        self.owned(range)?;
        let tree = self.tree;
        tree.run_unmap::<mode::Owned>(range, empty_tables, report)
    }

    /// Like [`PageTable::protect`].
    ///
    /// # Errors
    /// Those of [`PageTable::protect`], and a range that is not owned is [`Reason::BadInput`].
    #[inline]
    pub fn protect(&mut self, range: AddressRange<F>, change: &F::Change) -> Outcome<'t, F, E, R> {
        self.owned(range)?;
        let tree = self.tree;
        tree.run_protect::<mode::Owned>(range, change)
    }

    #[inline(always)]
    fn owned(&self, range: AddressRange<F>) -> Result<(), Incomplete<'t, F, E, R>> {
        let Some(owned) = self.range else { return Ok(()) };
        if owned.first() <= range.first() && range.last() <= owned.last() {
            return Ok(());
        }
        let obligation = Obligation::new(self.tree, None, Tables::new());
        Err(Incomplete { reason: Reason::BadInput, at: range.first(), obligation })
    }
}

impl<F: Format, E: Environment, R: Reclaim> fmt::Debug for Exclusive<'_, F, E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exclusive").field("tree", self.tree).field("range", &self.range).finish()
    }
}

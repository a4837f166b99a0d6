//! Changing a tree that nobody else changes.

use core::fmt;

use crate::address::AddressRange;
use crate::breaking::Breaking;
use crate::edit;
use crate::environment::Environment;
use crate::format::Format;
use crate::mode;
use crate::obligation::Invalidation;
use crate::page_table::{Outcome, PageTable};
use crate::range::ExclusiveRange;
use crate::reclaim::Reclaim;
use crate::removed::{EmptyTables, Removed};

/// The only one that changes a tree: entries are written by plain stores with release order.
///
/// The hardware goes on walking. Only where it may still write to an entry is that one exchanged.
pub struct Exclusive<'t, F: Format, E: Environment, R: Reclaim> {
    tree: &'t PageTable<F, E, R>,
}

impl<'t, F: Format, E: Environment, R: Reclaim> Exclusive<'t, F, E, R> {
    pub(crate) fn new(tree: &'t mut PageTable<F, E, R>) -> Self {
        Self { tree }
    }

    /// Like [`PageTable::map`].
    ///
    /// # Errors
    /// Those of [`PageTable::map`].
    #[inline]
    pub fn map(&mut self, range: AddressRange<F>, oa: u64, attributes: &F::Attributes) -> Outcome<'t, F, E, R> {
        self.map_with_sizes(range, oa, attributes, u64::MAX)
    }

    /// Like [`PageTable::map_with_sizes`].
    ///
    /// # Errors
    /// Those of [`PageTable::map`].
    #[inline]
    pub fn map_with_sizes(
        &mut self,
        range: AddressRange<F>,
        oa: u64,
        attributes: &F::Attributes,
        sizes: u64,
    ) -> Outcome<'t, F, E, R> {
        let tree = self.tree;
        tree.run().map::<mode::Owned>(range, oa, attributes, sizes)
    }

    /// Like [`PageTable::unmap`].
    ///
    /// # Errors
    /// Those of [`PageTable::unmap`].
    #[inline]
    pub fn unmap(
        &mut self,
        range: AddressRange<F>,
        empty_tables: EmptyTables,
        report: impl FnMut(Removed<F>),
    ) -> Outcome<'t, F, E, R> {
        let tree = self.tree;
        tree.run().unmap::<mode::Owned>(range, empty_tables, report)
    }

    /// Like [`PageTable::protect`].
    ///
    /// # Errors
    /// Those of [`PageTable::protect`].
    #[inline]
    pub fn protect(&mut self, range: AddressRange<F>, change: &F::Change) -> Outcome<'t, F, E, R> {
        let tree = self.tree;
        tree.run().update::<mode::Owned>(range, &mut edit::Protect(change))
    }

    /// The same tree with a way to invalidate in the middle of an operation.
    pub fn breaking<I: FnMut(Invalidation)>(&mut self, invalidate: I) -> Breaking<'_, F, E, R, I> {
        Breaking::new(self.tree, None, invalidate)
    }

    /// Hands the tree out as one range, which can be split for several owners at once.
    pub fn ranges(self, whole: AddressRange<F>) -> ExclusiveRange<'t, F, E, R> {
        ExclusiveRange::new(self.tree, whole)
    }
}

impl<F: Format, E: Environment, R: Reclaim> fmt::Debug for Exclusive<'_, F, E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exclusive").field("tree", self.tree).finish()
    }
}

//! Changing a range that nobody else changes, while others change the rest of the tree.

use core::fmt;

use crate::address::AddressRange;
use crate::breaking::Breaking;
use crate::edit;
use crate::environment::Environment;
#[cfg(doc)]
use crate::error::Reason;
use crate::format::Format;
use crate::mode;
use crate::obligation::Invalidation;
use crate::page_table::{Outcome, PageTable};
use crate::reclaim::Reclaim;
use crate::removed::{EmptyTables, Removed};

/// The only one that changes what a range maps.
///
/// Readers and the hardware go on, and other ranges of the same tree, in the same tables too, are changed by others.
/// Entries are written by plain stores with release order, and each table's count is changed once for all of them.
/// Only where the hardware may still write to an entry is that one exchanged.
///
/// Ranges are had from [`crate::Exclusive::ranges`], which the compiler checks, or from
/// [`PageTable::exclusive_range`], which the caller answers for.
pub struct ExclusiveRange<'t, F: Format, E: Environment, R: Reclaim> {
    tree: &'t PageTable<F, E, R>,
    owned: AddressRange<F>,
}

impl<'t, F: Format, E: Environment, R: Reclaim> ExclusiveRange<'t, F, E, R> {
    pub(crate) fn new(tree: &'t PageTable<F, E, R>, owned: AddressRange<F>) -> Self {
        Self { tree, owned }
    }

    /// The range that is owned.
    pub fn range(&self) -> AddressRange<F> {
        self.owned
    }

    /// The part below `va` and the part from there on, for two owners; the whole where `va` is not inside.
    ///
    /// # Errors
    /// The range as it was, where one part would be empty.
    pub fn split_at(self, va: u64) -> Result<(Self, Self), Self> {
        let halves = va.checked_sub(1).and_then(|last| {
            let below = AddressRange::from_first_last(self.owned.first(), last).ok()?;
            let above = AddressRange::from_first_last(va, self.owned.last()).ok()?;
            Some((below, above))
        });
        match halves {
            Some((below, above)) => Ok((Self::new(self.tree, below), Self::new(self.tree, above))),
            None => Err(self),
        }
    }

    /// Like [`PageTable::map`].
    ///
    /// # Errors
    /// Those of [`PageTable::map`], and [`Reason::BadInput`] for a range that is not all owned.
    #[inline]
    pub fn map(&mut self, range: AddressRange<F>, oa: u64, attributes: &F::Attributes) -> Outcome<'t, F, E, R> {
        self.map_with_sizes(range, oa, attributes, u64::MAX)
    }

    /// Like [`PageTable::map_with_sizes`].
    ///
    /// # Errors
    /// Those of [`PageTable::map`], and [`Reason::BadInput`] for a range that is not all owned.
    #[inline]
    pub fn map_with_sizes(
        &mut self,
        range: AddressRange<F>,
        oa: u64,
        attributes: &F::Attributes,
        sizes: u64,
    ) -> Outcome<'t, F, E, R> {
        let run = self.tree.run().owned(range, Some(self.owned))?;
        let _reader = self.tree.reader();
        run.map::<mode::Range>(range, oa, attributes, sizes)
    }

    /// Like [`PageTable::unmap`].
    ///
    /// # Errors
    /// Those of [`PageTable::unmap`], and [`Reason::BadInput`] for a range that is not all owned.
    #[inline]
    pub fn unmap(
        &mut self,
        range: AddressRange<F>,
        empty_tables: EmptyTables,
        report: impl FnMut(Removed<F>),
    ) -> Outcome<'t, F, E, R> {
        let run = self.tree.run().owned(range, Some(self.owned))?;
        let _reader = self.tree.reader();
        run.unmap::<mode::Range>(range, empty_tables, report)
    }

    /// Like [`PageTable::protect`].
    ///
    /// # Errors
    /// Those of [`PageTable::protect`], and [`Reason::BadInput`] for a range that is not all owned.
    #[inline]
    pub fn protect(&mut self, range: AddressRange<F>, change: &F::Change) -> Outcome<'t, F, E, R> {
        let run = self.tree.run().owned(range, Some(self.owned))?;
        let _reader = self.tree.reader();
        run.update::<mode::Range>(range, &mut edit::Protect(change))
    }

    /// The same range with a way to invalidate in the middle of an operation.
    pub fn breaking<I: FnMut(Invalidation)>(&mut self, invalidate: I) -> Breaking<'_, F, E, R, I> {
        Breaking::new(self.tree, Some(self.owned), invalidate)
    }
}

impl<F: Format, E: Environment, R: Reclaim> fmt::Debug for ExclusiveRange<'_, F, E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ExclusiveRange").field("tree", self.tree).field("owned", &self.owned).finish()
    }
}

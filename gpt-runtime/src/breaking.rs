//! Changes by the owner of a range that can invalidate in the middle of an operation.

use core::fmt;

use crate::address::AddressRange;
use crate::edit;
use crate::environment::Environment;
#[cfg(doc)]
use crate::error::Reason;
use crate::format::Format;
use crate::obligation::Invalidation;
use crate::page_table::{Outcome, PageTable};
use crate::reclaim::Reclaim;
use crate::removed::{EmptyTables, Removed};

/// The only one that changes a range, with a way to invalidate: what a format allows only through an absent entry is
/// made absent, invalidated by `invalidate`, which returns when that has completed, and then made anew.
///
/// Had from [`crate::Exclusive::breaking`] and [`crate::ExclusiveRange::breaking`].
pub struct Breaking<'t, F: Format, E: Environment, R: Reclaim, I> {
    tree: &'t PageTable<F, E, R>,
    owned: Option<AddressRange<F>>,
    invalidate: I,
}

impl<'t, F: Format, E: Environment, R: Reclaim, I: FnMut(Invalidation)> Breaking<'t, F, E, R, I> {
    pub(crate) fn new(tree: &'t PageTable<F, E, R>, owned: Option<AddressRange<F>>, invalidate: I) -> Self {
        Self { tree, owned, invalidate }
    }

    /// Like [`PageTable::unmap`]; a page that lies only partly in the range is split through absent if need be.
    ///
    /// # Errors
    /// Those of [`PageTable::unmap`], and [`Reason::BadInput`] for a range that is not all owned.
    pub fn unmap(
        &mut self,
        range: AddressRange<F>,
        empty_tables: EmptyTables,
        report: impl FnMut(Removed<F>),
    ) -> Outcome<'t, F, E, R> {
        self.tree.run().owned(range, self.owned)?.unmap_breaking(range, empty_tables, report, &mut self.invalidate)
    }

    /// Like [`PageTable::protect`], also where several items make one page and have to agree all the time.
    ///
    /// # Errors
    /// Those of [`PageTable::protect`], and [`Reason::BadInput`] for a range that is not all owned.
    pub fn protect(&mut self, range: AddressRange<F>, change: &F::Change) -> Outcome<'t, F, E, R> {
        self.tree.run().owned(range, self.owned)?.update_breaking(
            range,
            &mut edit::Protect(change),
            &mut self.invalidate,
        )
    }

    /// Like [`PageTable::remap`].
    ///
    /// # Errors
    /// Those of [`PageTable::remap`], and [`Reason::BadInput`] for a range that is not all owned.
    pub fn remap(&mut self, range: AddressRange<F>, oa: u64) -> Outcome<'t, F, E, R> {
        self.tree.run().owned(range, self.owned)?.remap_breaking(range, oa, &mut self.invalidate)
    }

    /// Like [`PageTable::split`].
    ///
    /// # Errors
    /// Those of [`PageTable::split`], and [`Reason::BadInput`] for a range that is not all owned.
    pub fn split(&mut self, range: AddressRange<F>, size_lg2: u32) -> Outcome<'t, F, E, R> {
        self.tree.run().owned(range, self.owned)?.update_breaking(
            range,
            &mut edit::Split { size_lg2 },
            &mut self.invalidate,
        )
    }

    /// Makes one large page of all small ones in the range that continue each other and say the same: of a table of them,
    /// or of as many items of one as a page of several items has. It is accessed or dirty if one of them was.
    ///
    /// A page takes the place of a table through absent, whatever the format allows; items of one table become a page in
    /// place where the format replaces live entries.
    ///
    /// # Errors
    /// [`Reason::BadInput`] for a range that is not all owned, [`Reason::Malformed`] for an entry that is no kind.
    pub fn merge(&mut self, range: AddressRange<F>) -> Outcome<'t, F, E, R> {
        self.tree.run().owned(range, self.owned)?.merge(range, &mut self.invalidate)
    }
}

impl<F: Format, E: Environment, R: Reclaim, I> fmt::Debug for Breaking<'_, F, E, R, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Breaking").field("tree", self.tree).field("owned", &self.owned).finish_non_exhaustive()
    }
}

//! What the caller still owes the hardware after a change.
//!
//! The order is fixed by the types: a table that an operation unlinked travels inside the [`Obligation`]; only
//! [`Obligation::acknowledge`], which says that the invalidation was carried out, hands it to the reclaimer; and
//! only the reclaimer, once all readers are gone, lets it be freed. *Detach, flush, wait, free.*

use core::fmt;
use core::mem;

use crate::environment::Environment;
use crate::format::Format;
use crate::list::Tables;
use crate::page_table::PageTable;
use crate::reclaim::Reclaim;

/// What has to be invalidated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Invalidation {
    /// The first input address whose translation changed.
    pub first: u64,
    /// The last input address whose translation changed.
    pub last: u64,
    /// The smallest page that changed, as a power of two of bytes: a flush in steps of this size misses nothing.
    pub smallest_page_lg2: u32,
    /// The levels at which entries changed: bit *n* is the level with number *n*.
    pub levels: u32,
    /// Whether table entries changed that may be cached: these have to go too, not only pages.
    pub tables: bool,
}

/// What an operation has changed so far.
#[derive(Debug)]
pub(crate) struct Changes {
    first: u64,
    last: u64,
    smallest_page_lg2: u32,
    levels: u32,
    tables: bool,
    any: bool,
    pub(crate) detached: Tables,
}

/// Of what was put into a table that is not linked yet: the smallest page and the levels. Nothing of note where the
/// hardware does not cache what is absent.
#[derive(Clone, Copy)]
pub(crate) struct Below {
    smallest_page_lg2: u32,
    levels: u32,
}

impl Changes {
    /// What was put into a table, of which these are the changes.
    #[inline(always)]
    pub(crate) fn below<F: Format>(&self) -> Below {
        let Self { smallest_page_lg2, levels, .. } = *self;
        if F::CACHES.absent { Below { smallest_page_lg2, levels } } else { Below { smallest_page_lg2: 0, levels: 0 } }
    }

    /// Nothing changed.
    pub(crate) const fn new() -> Self {
        Self {
            first: u64::MAX,
            last: 0,
            smallest_page_lg2: u32::MAX,
            levels: 0,
            tables: false,
            any: false,
            detached: Tables::new(),
        }
    }

    /// The translations of `first` to `last` changed, in pages of this size at this level.
    #[inline(always)]
    pub(crate) fn note(&mut self, first: u64, last: u64, page_lg2: u32, level: u8) {
        self.any = true;
        self.first = self.first.min(first);
        self.last = self.last.max(last);
        self.smallest_page_lg2 = self.smallest_page_lg2.min(page_lg2);
        self.levels |= 1 << level;
    }

    /// A table was unlinked from an item of this level that stands for `first` to `last`, or linked beside another one.
    ///
    /// Any address of these makes the hardware forget the entry, so all of them are noted only where none is yet:
    /// where somebody else took the last pages out.
    pub(crate) fn note_table(&mut self, first: u64, last: u64, item_lg2: u32, level: u8) {
        self.tables = true;
        self.levels |= 1 << level;
        if !self.any || self.last < first || last < self.first {
            self.note(first, last, item_lg2, level);
        }
    }

    /// What was put into a table is linked now. The hardware may know from another table that was there before that something
    /// is absent: so where that is cached, it has to go at the levels below too, in steps of the pages there.
    #[inline(always)]
    pub(crate) fn note_below<F: Format>(&mut self, below: Below) {
        if F::CACHES.absent {
            self.smallest_page_lg2 = self.smallest_page_lg2.min(below.smallest_page_lg2);
            self.levels |= below.levels;
        }
    }

    /// What is owed.
    #[inline(always)]
    pub(crate) fn invalidation(&self) -> Option<Invalidation> {
        self.any.then_some(Invalidation {
            first: self.first,
            last: self.last,
            smallest_page_lg2: self.smallest_page_lg2,
            levels: self.levels,
            tables: self.tables,
        })
    }
}

/// A debt to the hardware: until it is paid, stale translations may be in use, and unlinked tables stay allocated.
///
/// Carry out [`Obligation::invalidation`], then call [`Obligation::acknowledge`]; or do both with
/// [`Obligation::fulfil`]. Dropping the obligation keeps its tables until the table tree is dropped, or until
/// [`PageTable::overdue`] is paid.
#[must_use = "the hardware may still use what was changed: invalidate, then acknowledge"]
pub struct Obligation<'t, F: Format, E: Environment, R: Reclaim> {
    tree: &'t PageTable<F, E, R>,
    invalidation: Option<Invalidation>,
    detached: Tables,
}

impl<'t, F: Format, E: Environment, R: Reclaim> Obligation<'t, F, E, R> {
    #[inline(always)]
    pub(crate) fn new(tree: &'t PageTable<F, E, R>, invalidation: Option<Invalidation>, detached: Tables) -> Self {
        Self { tree, invalidation, detached }
    }

    /// What to invalidate; `None` where the hardware can have nothing stale.
    #[inline(always)]
    pub fn invalidation(&self) -> Option<Invalidation> {
        self.invalidation
    }

    /// Says that the invalidation was carried out and has completed.
    #[inline(always)]
    pub fn acknowledge(mut self) {
        if !self.detached.is_empty() {
            self.tree.retire(mem::take(&mut self.detached));
        }
    }

    /// Carries out the invalidation, if there is one, and acknowledges it.
    #[inline(always)]
    pub fn fulfil(self, invalidate: impl FnOnce(Invalidation)) {
        if let Some(invalidation) = self.invalidation {
            invalidate(invalidation);
        }
        self.acknowledge();
    }
}

impl<F: Format, E: Environment, R: Reclaim> Drop for Obligation<'_, F, E, R> {
    #[inline(always)]
    fn drop(&mut self) {
        if !self.detached.is_empty() {
            self.tree.keep(mem::take(&mut self.detached));
        }
    }
}

impl<F: Format, E: Environment, R: Reclaim> fmt::Debug for Obligation<'_, F, E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Obligation")
            .field("invalidation", &self.invalidation)
            .field("detached", &!self.detached.is_empty())
            .finish_non_exhaustive()
    }
}

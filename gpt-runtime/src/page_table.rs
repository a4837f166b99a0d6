//! A tree of tables and what can be done to it.

use core::fmt;
use core::marker::PhantomData;

use crate::address::{AddressRange, InputAddress, low_mask};
use crate::content;
use crate::edit;
use crate::environment::Environment;
use crate::error::Incomplete;
#[cfg(doc)]
use crate::error::Reason;
use crate::exclusive::Exclusive;
use crate::format::Format;
use crate::list::{SharedTables, Tables};
use crate::mode::Shared;
use crate::obligation::{Invalidation, Obligation};
use crate::prepare::{OutOfTables, Prepared};
use crate::range::ExclusiveRange;
use crate::reader::Reader;
use crate::reclaim::{Epochs, Reclaim};
use crate::removed::{EmptyTables, Removed};
use crate::root::{GrowError, Root, RootTable};
use crate::run::Run;
use crate::table::{self, TableVisitor};
use crate::teardown::Teardown;
use crate::walk::Mapping;

/// What a change gives: the debt to the hardware, or why it stopped, where, and the debt so far.
pub type Outcome<'t, F, E, R> = Result<Obligation<'t, F, E, R>, Incomplete<'t, F, E, R>>;

/// A tree of tables in the format `F`, in memory from `E`, whose unlinked tables wait in `R` for their readers.
///
/// All operations on `&self` may run at once, from any number of threads, on overlapping ranges, while the hardware
/// walks the tree; none waits for another. [`PageTable::exclusive`] is for the owner of the whole tree, and pays no
/// atomic read-modify-write for each entry.
///
/// Dropping the tree frees all its tables: the hardware must not use it any more.
pub struct PageTable<F: Format, E: Environment, R: Reclaim = Epochs> {
    root: Root,
    environment: E,
    reclaim: R,
    kept: SharedTables,
    format: PhantomData<fn() -> F>,
}

/// Why there is no tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CreateError {
    /// No walk of this format starts at the level with this number.
    NotARoot(u8),
    /// The environment has no memory for the root table.
    OutOfTables,
}

impl fmt::Display for CreateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotARoot(level) => write!(f, "no walk of this format starts at level {level}"),
            Self::OutOfTables => f.write_str("there is no memory for the root table"),
        }
    }
}

impl core::error::Error for CreateError {}

impl<F: Format, E: Environment, R: Reclaim> PageTable<F, E, R> {
    /// A tree that maps nothing, with its root at the format's default level.
    ///
    /// # Errors
    /// When there is no memory for the root table.
    pub fn new(environment: E, reclaim: R) -> Result<Self, CreateError> {
        let level = F::ROOTS.first().copied().unwrap_or(0);
        Self::with_root_level(environment, reclaim, level)
    }

    /// A tree that maps nothing, with its root at the level with this number.
    ///
    /// # Errors
    /// When the format has no such root, or when there is no memory for the root table.
    pub fn with_root_level(environment: E, reclaim: R, root_level: u8) -> Result<Self, CreateError> {
        let root = Root::create::<F, E>(&environment, root_level)?;
        Ok(Self { root, environment, reclaim, kept: SharedTables::new(), format: PhantomData })
    }

    /// The root table, for the hardware's root register.
    #[inline(always)]
    pub fn root_table(&self) -> RootTable {
        self.root.table::<F>()
    }

    /// The output address of the root table, for the hardware's root register.
    pub fn root(&self) -> u64 {
        self.root_table().address
    }

    /// Puts the format's next higher root above this one, so that the tree takes more input addresses. All that is
    /// mapped stays mapped, also for walks that go on from the old root. Where others grow the tree at the same time, it
    /// grows once.
    ///
    /// # Errors
    /// When the format has no such root, or there is no memory for it.
    pub fn grow_root(&self) -> Result<RootTable, GrowError> {
        self.root.grow::<F, E>(&self.environment)
    }

    /// The environment.
    pub fn environment(&self) -> &E {
        &self.environment
    }

    /// Starts reading: what the reader sees stays allocated as long as it lives. Never waits.
    #[inline(always)]
    pub fn reader(&self) -> Reader<'_, F, E, R> {
        Reader::new(self, self.reclaim.pin())
    }

    /// Maps the range to the output addresses from `oa` on, with the largest pages that fit.
    ///
    /// May run at once with every other operation on `&self`. Where somebody else maps the same address at the same
    /// time, one of them finds it occupied.
    ///
    /// # Errors
    /// What [`Reason`] lists; what was done before is in the [`Incomplete`].
    pub fn map(&self, range: AddressRange<F>, oa: u64, attributes: &F::Attributes) -> Outcome<'_, F, E, R> {
        self.map_with_sizes(range, oa, attributes, u64::MAX)
    }

    /// Maps like [`PageTable::map`], with pages of 2ⁿ bytes only where bit *n* of `sizes` is set.
    ///
    /// Where an entry leads to a table of one size of pages or to one of another, the first range below it decides: leave
    /// out the larger sizes where smaller pages are to come beside it.
    ///
    /// # Errors
    /// What [`Reason`] lists; what was done before is in the [`Incomplete`].
    pub fn map_with_sizes(
        &self,
        range: AddressRange<F>,
        oa: u64,
        attributes: &F::Attributes,
        sizes: u64,
    ) -> Outcome<'_, F, E, R> {
        let _guard = self.reclaim.pin();
        self.run().map::<Shared>(range, oa, attributes, sizes)
    }

    /// Takes out what the range maps, and hands it to `report`. Where only a part of a page is in the range, the
    /// page is split.
    ///
    /// # Errors
    /// What [`Reason`] lists; what was done before is in the [`Incomplete`].
    pub fn unmap(
        &self,
        range: AddressRange<F>,
        empty_tables: EmptyTables,
        report: impl FnMut(Removed<F>),
    ) -> Outcome<'_, F, E, R> {
        let _guard = self.reclaim.pin();
        self.run().unmap::<Shared>(range, empty_tables, report)
    }

    /// Changes what the pages in the range say. What is not mapped is passed over.
    ///
    /// # Errors
    /// What [`Reason`] lists; what was done before is in the [`Incomplete`].
    pub fn protect(&self, range: AddressRange<F>, change: &F::Change) -> Outcome<'_, F, E, R> {
        let _guard = self.reclaim.pin();
        self.run().update::<Shared>(range, &mut edit::Protect(change))
    }

    /// Makes every absent entry of the range say something without translating, with the largest entries that can.
    ///
    /// # Errors
    /// What [`Reason`] lists; what was done before is in the [`Incomplete`].
    pub fn set_special(&self, range: AddressRange<F>, special: &F::Special) -> Outcome<'_, F, E, R> {
        let _guard = self.reclaim.pin();
        self.run().fill::<Shared>(range, content::Special::<F>(special))
    }

    /// Makes every page of the range an entry that says something without translating, in one step for each, and
    /// reports the page with all that the hardware had written to it. What is not mapped is passed over.
    ///
    /// # Errors
    /// What [`Reason`] lists; what was done before is in the [`Incomplete`].
    pub fn replace_by_special(
        &self,
        range: AddressRange<F>,
        special: &F::Special,
        report: impl FnMut(&Mapping<F::Attributes>),
    ) -> Outcome<'_, F, E, R> {
        let _guard = self.reclaim.pin();
        self.run().update::<Shared>(range, &mut edit::Become { special, report })
    }

    /// Makes what the range maps translate to the output addresses from `oa` on. What is not mapped is passed over.
    ///
    /// # Errors
    /// What [`Reason`] lists; what was done before is in the [`Incomplete`].
    pub fn remap(&self, range: AddressRange<F>, oa: u64) -> Outcome<'_, F, E, R> {
        let _guard = self.reclaim.pin();
        self.run().remap::<Shared>(range, oa)
    }

    /// Makes pages of at most 2^`size_lg2` bytes of what the range maps; the translation stays the same.
    ///
    /// # Errors
    /// What [`Reason`] lists; what was done before is in the [`Incomplete`].
    pub fn split(&self, range: AddressRange<F>, size_lg2: u32) -> Outcome<'_, F, E, R> {
        let _guard = self.reclaim.pin();
        self.run().update::<Shared>(range, &mut edit::Split { size_lg2 })
    }

    /// Clears the dirty bits of the pages in the range, and reports each page that was dirty, as it was before.
    ///
    /// A page that lies only partly in the range is cleared and reported as a whole. Until the obligation is
    /// fulfilled, the hardware may write to a page without marking it dirty again.
    ///
    /// # Errors
    /// What [`Reason`] lists; what was done before is in the [`Incomplete`].
    pub fn take_dirty(
        &self,
        range: AddressRange<F>,
        report: impl FnMut(&Mapping<F::Attributes>),
    ) -> Outcome<'_, F, E, R> {
        let _guard = self.reclaim.pin();
        self.run().update::<Shared>(range, &mut edit::Clear { dirty: true, report })
    }

    /// Clears the accessed bits of the pages in the range, and reports each page that was accessed, as it was before.
    ///
    /// A page that lies only partly in the range is cleared and reported as a whole.
    ///
    /// # Errors
    /// What [`Reason`] lists; what was done before is in the [`Incomplete`].
    pub fn test_and_clear_accessed(
        &self,
        range: AddressRange<F>,
        report: impl FnMut(&Mapping<F::Attributes>),
    ) -> Outcome<'_, F, E, R> {
        let _guard = self.reclaim.pin();
        self.run().update::<Shared>(range, &mut edit::Clear { dirty: false, report })
    }

    /// Allocates all the tables that one operation on the range can need, so that it can be done later without
    /// allocating. `sizes` has a bit for each size of pages that may be used: the larger the smallest of them, the
    /// fewer tables.
    ///
    /// # Errors
    /// When there is not memory for all of them; none is kept.
    pub fn prepare(&self, range: AddressRange<F>, sizes: u64) -> Result<Prepared<'_, F, E, R>, OutOfTables> {
        Prepared::new(self, range, sizes)
    }

    /// The tree's owner's way to change it.
    pub fn exclusive(&mut self) -> Exclusive<'_, F, E, R> {
        Exclusive::new(self)
    }

    /// The way to change a range for somebody who alone changes it, while others change other ranges.
    ///
    /// # Safety
    /// 1. As long as the value is used, nobody else changes what the range maps: neither through this tree's other
    ///    operations nor through another [`ExclusiveRange`] that overlaps it.
    #[allow(unsafe_code)]
    pub unsafe fn exclusive_range(&self, range: AddressRange<F>) -> ExclusiveRange<'_, F, E, R> {
        ExclusiveRange::new(self, range)
    }

    /// The debt of all obligations that were dropped without an acknowledgement and had unlinked tables: everything that
    /// the hardware may have cached of this tree has to be invalidated, then their tables can be freed.
    ///
    /// What others drop while that invalidation is under way is not part of it.
    pub fn overdue(&self) -> Obligation<'_, F, E, R> {
        let tables = self.kept.take();
        let whole = Invalidation {
            first: 0,
            last: if F::SIGN_EXTENDED { u64::MAX } else { low_mask(F::INPUT_BITS) },
            smallest_page_lg2: F::PAGE_SIZES.trailing_zeros(),
            levels: u32::MAX,
            tables: true,
        };
        Obligation::new(self, (!tables.is_empty()).then_some(whole), tables)
    }

    /// Frees the unlinked tables that nobody can be reading any more. Never waits: call it again later for more.
    pub fn reclaim(&self) {
        // What was retired last is due after four moves, if no reader is in the way.
        for _ in 0..4 {
            self.free(self.reclaim.ready());
        }
    }

    /// Hands tables that the hardware has forgotten to the reclaimer.
    pub(crate) fn retire(&self, tables: Tables) {
        self.reclaim.retire(tables);
        self.free(self.reclaim.ready());
    }

    /// Keeps tables whose invalidation nobody acknowledged.
    pub(crate) fn keep(&self, tables: Tables) {
        self.kept.add(tables);
    }

    #[allow(unsafe_code)]
    fn free(&self, tables: Tables) {
        // SAFETY: the tables were unlinked from this tree, their invalidation acknowledged, their readers are gone.
        unsafe { table::free_all(&self.environment, tables) };
    }

    /// Visits the root table.
    #[inline(always)]
    pub(crate) fn visit_root<V: TableVisitor<F, E>>(&self, visitor: V) -> V::Output {
        let root = self.root_table();
        table::visit_root(&self.environment, root.level, root.address, visitor)
    }

    /// Whether a walk from this root takes all addresses of the range.
    #[inline(always)]
    pub(crate) fn takes_all(&self, range: AddressRange<F>) -> bool {
        self.root.takes_all(range)
    }

    /// The operations, with tables from the tree's own environment.
    #[inline(always)]
    pub(crate) fn run(&self) -> Run<'_, '_, F, E, R, E> {
        Run { tree: self, memory: &self.environment, owned: None }
    }

    /// The address as one that this tree's root translates.
    pub(crate) fn input(&self, address: InputAddress<F>) -> Option<u64> {
        self.root.takes::<F>(address.get()).then_some(address.get())
    }
}

impl<F: Format, E: Environment, R: Reclaim> Drop for PageTable<F, E, R> {
    fn drop(&mut self) {
        let mut tables = self.kept.take();
        tables.append(self.reclaim.drain());
        self.free(tables);
        self.visit_root(Teardown);
    }
}

impl<F: Format, E: Environment, R: Reclaim> fmt::Debug for PageTable<F, E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PageTable").field("format", &F::NAME).field("root", &self.root_table()).finish_non_exhaustive()
    }
}

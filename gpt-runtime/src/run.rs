//! The operations, once for every mode and for every source of new tables.

use core::marker::PhantomData;

use crate::address::{AddressRange, low_mask};
use crate::content::{self, Content, Place};
use crate::edit::{self, Edit};
use crate::environment::Environment;
use crate::error::{Incomplete, Reason};
use crate::format::Format;
use crate::list::Tables;
use crate::map::Map;
use crate::merge::Merge;
use crate::merge_run::MergeRuns;
use crate::mode::{self, Mode};
use crate::obligation::{Changes, Obligation};
use crate::one::{self, One};
use crate::page_table::{Outcome, PageTable};
use crate::reclaim::Reclaim;
use crate::removed::{EmptyTables, Removed};
use crate::table::{self, TableVisitor};
use crate::through_absent::Invalidate;
use crate::unmap::Unmap;
use crate::update::Update;

/// A tree, and the environment that finds its tables and gives new ones: the tree's own, or a pool in front of it.
pub(crate) struct Run<'t, 'p, F: Format, E: Environment, R: Reclaim, P> {
    pub(crate) tree: &'t PageTable<F, E, R>,
    pub(crate) memory: &'p P,
    /// The first and the last address of what the caller alone changes.
    pub(crate) owned: Option<(u64, u64)>,
}

impl<F: Format, E: Environment, R: Reclaim, P> Clone for Run<'_, '_, F, E, R, P> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F: Format, E: Environment, R: Reclaim, P> Copy for Run<'_, '_, F, E, R, P> {}

impl<'t, F: Format, E: Environment, R: Reclaim, P: Environment> Run<'t, '_, F, E, R, P> {
    #[inline(always)]
    fn visit_root<V: TableVisitor<F, P>>(self, visitor: V) -> V::Output {
        let root = self.tree.root_table();
        table::visit_root(self.memory, root.level, root.address, visitor)
    }

    /// Whether the range is one of whole pages that a walk from this root takes.
    #[inline(always)]
    fn check(self, range: AddressRange<F>) -> Result<(), Reason> {
        let smallest = low_mask(F::PAGE_SIZES.trailing_zeros());
        let whole = range.first() & smallest == 0 && range.last() & smallest == smallest;
        if whole && self.tree.takes_all(range) { Ok(()) } else { Err(Reason::BadInput) }
    }

    /// Whether the range is one page of the smallest size.
    #[inline(always)]
    fn is_one(self, range: AddressRange<F>) -> bool {
        let smallest = low_mask(F::PAGE_SIZES.trailing_zeros());
        range.first() & smallest == 0 && range.last() - range.first() == smallest && self.tree.takes_all(range)
    }

    #[inline(always)]
    pub(crate) fn map<M: Mode>(
        self,
        range: AddressRange<F>,
        oa: u64,
        attributes: &F::Attributes,
        sizes: u64,
    ) -> Outcome<'t, F, E, R> {
        let (content, sizes) = (content::Pages::<F>(*attributes), sizes & F::PAGE_SIZES);
        // Whoever encodes the one page looks at its output address.
        if let Some(done) = self.fill_one::<M>(range, oa, sizes, &content) {
            return done;
        }
        match self.check_output(range, oa) {
            Ok(()) => self.fill_all::<M>(range, oa, sizes, content),
            Err(reason) => self.outcome(Changes::new(), range.first(), Err(reason)),
        }
    }

    #[inline(always)]
    pub(crate) fn fill<M: Mode>(self, range: AddressRange<F>, content: impl Content<F>) -> Outcome<'t, F, E, R> {
        match self.fill_one::<M>(range, 0, u64::MAX, &content) {
            Some(done) => done,
            None => self.fill_all::<M>(range, 0, u64::MAX, content),
        }
    }

    /// Fills one item with the smallest entry, if the range is no more than that.
    #[inline(always)]
    fn fill_one<M: Mode>(
        self,
        range: AddressRange<F>,
        oa: u64,
        sizes: u64,
        content: &impl Content<F>,
    ) -> Option<Outcome<'t, F, E, R>> {
        if !self.is_one(range) {
            return None;
        }
        let place = Place { next: range.first(), last: range.last(), oa, sizes };
        let mut changes = Changes::new();
        let deed = one::Put { place, content, changes: &mut changes, mode: PhantomData::<M> };
        let is_done = self.visit_root(One { va: place.next, deed, mode: PhantomData::<M> });
        is_done.then(|| self.outcome(changes, place.next, Ok(())))
    }

    #[inline(always)]
    fn fill_all<M: Mode>(
        self,
        range: AddressRange<F>,
        oa: u64,
        sizes: u64,
        content: impl Content<F>,
    ) -> Outcome<'t, F, E, R> {
        let place = Place { next: range.first(), last: range.last(), oa, sizes };
        let mut changes = Changes::new();
        let mut map = Map::<P, M, _> { place, finished: false, content, changes: &mut changes, mode: PhantomData };
        let result = match self.check(range) {
            Ok(()) => self.visit_root(&mut map).map(drop),
            Err(reason) => Err(reason),
        };
        let at = map.place.next;
        self.outcome(changes, at, result)
    }

    #[inline(always)]
    pub(crate) fn unmap<M: Mode>(
        self,
        range: AddressRange<F>,
        empty_tables: EmptyTables,
        report: impl FnMut(Removed<F>),
    ) -> Outcome<'t, F, E, R> {
        self.unmap_with::<M>(range, empty_tables, report, None)
    }

    /// Unmaps as the owner of the range, invalidating in between where the format needs that.
    pub(crate) fn unmap_breaking(
        self,
        range: AddressRange<F>,
        empty_tables: EmptyTables,
        report: impl FnMut(Removed<F>),
        invalidate: &mut Invalidate<'_>,
    ) -> Outcome<'t, F, E, R> {
        let _reader = self.tree.reader();
        self.unmap_with::<mode::Range>(range, empty_tables, report, Some(invalidate))
    }

    #[inline(always)]
    fn unmap_with<M: Mode>(
        self,
        range: AddressRange<F>,
        empty_tables: EmptyTables,
        mut report: impl FnMut(Removed<F>),
        invalidate: Option<&mut Invalidate<'_>>,
    ) -> Outcome<'t, F, E, R> {
        if empty_tables != EmptyTables::AtOnce && self.is_one(range) {
            let (va, mut changes) = (range.first(), Changes::new());
            let deed = one::Take { va, report: &mut report, changes: &mut changes, mode: PhantomData::<M> };
            if self.visit_root(One { va, deed, mode: PhantomData::<M> }) {
                return self.outcome(changes, va, Ok(()));
            }
        }
        let mut changes = Changes::new();
        let mut unmap = Unmap::<F, P, M, _> {
            next: range.first(),
            last: range.last(),
            finished: false,
            empty_tables,
            report: &mut report,
            changes: &mut changes,
            invalidate,
            owned: if M::ALONE { Some((0, u64::MAX)) } else { self.owned },
            mode: PhantomData,
        };
        let result = match self.check(range) {
            Ok(()) => self.visit_root(&mut unmap).map(drop),
            Err(reason) => Err(reason),
        };
        let at = unmap.next;
        self.outcome(changes, at, result)
    }

    #[inline(always)]
    pub(crate) fn update<M: Mode>(self, range: AddressRange<F>, editor: &mut impl Edit<F>) -> Outcome<'t, F, E, R> {
        self.update_with::<M>(range, editor, None)
    }

    /// Edits as the owner of the range, invalidating in between where the format needs that.
    pub(crate) fn update_breaking(
        self,
        range: AddressRange<F>,
        editor: &mut impl Edit<F>,
        invalidate: &mut Invalidate<'_>,
    ) -> Outcome<'t, F, E, R> {
        let _reader = self.tree.reader();
        self.update_with::<mode::Range>(range, editor, Some(invalidate))
    }

    #[inline(always)]
    fn update_with<M: Mode>(
        self,
        range: AddressRange<F>,
        editor: &mut impl Edit<F>,
        invalidate: Option<&mut Invalidate<'_>>,
    ) -> Outcome<'t, F, E, R> {
        if self.is_one(range) {
            let (va, mut changes) = (range.first(), Changes::new());
            let deed = one::Change { va, editor: &mut *editor, changes: &mut changes, mode: PhantomData::<M> };
            if self.visit_root(One { va, deed, mode: PhantomData::<M> }) {
                return self.outcome(changes, va, Ok(()));
            }
        }
        let mut changes = Changes::new();
        let mut update = Update::<P, M, _> {
            next: range.first(),
            last: range.last(),
            finished: false,
            editor,
            changes: &mut changes,
            invalidate,
            owned: if M::ALONE { Some((0, u64::MAX)) } else { self.owned },
            mode: PhantomData,
        };
        let result = match self.check(range) {
            Ok(()) => self.visit_root(&mut update),
            Err(reason) => Err(reason),
        };
        let at = update.next;
        self.outcome(changes, at, result)
    }

    #[inline(always)]
    pub(crate) fn remap<M: Mode>(self, range: AddressRange<F>, oa: u64) -> Outcome<'t, F, E, R> {
        if let Err(reason) = self.check_output(range, oa) {
            return self.outcome(Changes::new(), range.first(), Err(reason));
        }
        self.update::<M>(range, &mut edit::Remap { first: range.first(), oa })
    }

    /// Like [`Run::remap`], as the owner of the range, invalidating in between where the format needs that.
    pub(crate) fn remap_breaking(
        self,
        range: AddressRange<F>,
        oa: u64,
        invalidate: &mut Invalidate<'_>,
    ) -> Outcome<'t, F, E, R> {
        if let Err(reason) = self.check_output(range, oa) {
            return self.outcome(Changes::new(), range.first(), Err(reason));
        }
        self.update_breaking(range, &mut edit::Remap { first: range.first(), oa }, invalidate)
    }

    /// Merges small pages into large ones, as the owner of the range.
    pub(crate) fn merge(self, range: AddressRange<F>, invalidate: &mut Invalidate<'_>) -> Outcome<'t, F, E, R> {
        let _reader = self.tree.reader();
        let mut changes = Changes::new();
        let mut merge = Merge::<P> {
            next: range.first(),
            last: range.last(),
            finished: false,
            changes: &mut changes,
            invalidate,
            environment: PhantomData,
        };
        let result = match self.check(range) {
            Ok(()) => self.visit_root(&mut merge),
            Err(reason) => Err(reason),
        };
        let at = merge.next;
        if result.is_ok() {
            self.visit_root(MergeRuns { next: range.first(), last: range.last(), changes: &mut changes, invalidate });
        }
        self.outcome(changes, at, result)
    }

    /// The operations of the owner of a range, or an end to one that is not all owned; `None` owns everything.
    #[inline(always)]
    pub(crate) fn owned(
        self,
        range: AddressRange<F>,
        owned: Option<AddressRange<F>>,
    ) -> Result<Self, Incomplete<'t, F, E, R>> {
        let (first, last) = owned.map_or((0, u64::MAX), |owned| (owned.first(), owned.last()));
        if first <= range.first() && range.last() <= last {
            return Ok(Self { owned: Some((first, last)), ..self });
        }
        let obligation = Obligation::new(self.tree, None, Tables::new());
        Err(Incomplete { reason: Reason::BadInput, at: range.first(), obligation })
    }

    /// Whether the output addresses from `oa` on are aligned and low enough.
    #[inline(always)]
    fn check_output(self, range: AddressRange<F>, oa: u64) -> Result<(), Reason> {
        let smallest = low_mask(F::PAGE_SIZES.trailing_zeros());
        let last = oa.checked_add(range.last() - range.first());
        let fits = oa & smallest == 0 && last.is_some_and(|last| last <= low_mask(F::OUTPUT_BITS));
        if fits { Ok(()) } else { Err(Reason::BadOutput) }
    }

    #[inline(always)]
    fn outcome(self, changes: Changes, at: u64, result: Result<(), Reason>) -> Outcome<'t, F, E, R> {
        let obligation = Obligation::new(self.tree, changes.invalidation(), changes.detached);
        match result {
            Ok(()) => Ok(obligation),
            Err(reason) => Err(Incomplete { reason, at, obligation }),
        }
    }
}

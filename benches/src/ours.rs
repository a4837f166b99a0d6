//! The emitted driver for x86-64, in each of the ways to change a tree.

use std::marker::PhantomData;

use gpt_formats::x86_64::{Attributes, Change, PageTable, Va, VaRange, X86_64};
use gpt_runtime::{EmptyTables, Environment, Epochs, Obligation, Removed};

use crate::driver::{Driver, OFFSET};
use crate::frames::Frames;

type Tree<E> = PageTable<E, Epochs>;
type Debt<'t, E> = Obligation<'t, X86_64, E, Epochs>;

/// A way to change a tree.
pub trait Way {
    fn map<'t, E: Environment>(tree: &'t mut Tree<E>, range: VaRange, say: &Attributes, sizes: u64) -> Debt<'t, E>;
    fn unmap<'t, E: Environment>(
        tree: &'t mut Tree<E>,
        range: VaRange,
        empty: EmptyTables,
        report: impl FnMut(Removed<X86_64>),
    ) -> Debt<'t, E>;
    fn protect<'t, E: Environment>(tree: &'t mut Tree<E>, range: VaRange, change: &Change) -> Debt<'t, E>;
}

/// As the owner of the tree.
pub enum Exclusive {}
/// As the owner of the range.
pub enum Range {}
/// As one of many.
pub enum Shared {}

impl Way for Exclusive {
    #[inline(always)]
    fn map<'t, E: Environment>(tree: &'t mut Tree<E>, range: VaRange, say: &Attributes, sizes: u64) -> Debt<'t, E> {
        tree.exclusive().map_with_sizes(range, range.first() + OFFSET, say, sizes).expect("the range is free")
    }

    #[inline(always)]
    fn unmap<'t, E: Environment>(
        tree: &'t mut Tree<E>,
        range: VaRange,
        empty: EmptyTables,
        report: impl FnMut(Removed<X86_64>),
    ) -> Debt<'t, E> {
        tree.exclusive().unmap(range, empty, report).expect("the range is mapped")
    }

    #[inline(always)]
    fn protect<'t, E: Environment>(tree: &'t mut Tree<E>, range: VaRange, change: &Change) -> Debt<'t, E> {
        tree.exclusive().protect(range, change).expect("the range is mapped")
    }
}

impl Way for Range {
    #[inline(always)]
    fn map<'t, E: Environment>(tree: &'t mut Tree<E>, range: VaRange, say: &Attributes, sizes: u64) -> Debt<'t, E> {
        // SAFETY: the tree is borrowed mutably, so nobody else changes it.
        let mut owner = unsafe { tree.exclusive_range(range) };
        owner.map_with_sizes(range, range.first() + OFFSET, say, sizes).expect("the range is free")
    }

    #[inline(always)]
    fn unmap<'t, E: Environment>(
        tree: &'t mut Tree<E>,
        range: VaRange,
        empty: EmptyTables,
        report: impl FnMut(Removed<X86_64>),
    ) -> Debt<'t, E> {
        // SAFETY: as above.
        let mut owner = unsafe { tree.exclusive_range(range) };
        owner.unmap(range, empty, report).expect("the range is mapped")
    }

    #[inline(always)]
    fn protect<'t, E: Environment>(tree: &'t mut Tree<E>, range: VaRange, change: &Change) -> Debt<'t, E> {
        // SAFETY: as above.
        let mut owner = unsafe { tree.exclusive_range(range) };
        owner.protect(range, change).expect("the range is mapped")
    }
}

impl Way for Shared {
    #[inline(always)]
    fn map<'t, E: Environment>(tree: &'t mut Tree<E>, range: VaRange, say: &Attributes, sizes: u64) -> Debt<'t, E> {
        tree.map_with_sizes(range, range.first() + OFFSET, say, sizes).expect("the range is free")
    }

    #[inline(always)]
    fn unmap<'t, E: Environment>(
        tree: &'t mut Tree<E>,
        range: VaRange,
        empty: EmptyTables,
        report: impl FnMut(Removed<X86_64>),
    ) -> Debt<'t, E> {
        let tree: &'t Tree<E> = tree;
        tree.unmap(range, empty, report).expect("the range is mapped")
    }

    #[inline(always)]
    fn protect<'t, E: Environment>(tree: &'t mut Tree<E>, range: VaRange, change: &Change) -> Debt<'t, E> {
        let tree: &'t Tree<E> = tree;
        tree.protect(range, change).expect("the range is mapped")
    }
}

/// A tree of ours, changed in the way `W`.
///
/// Pages of a `SETTLED` tree have their accessed and dirty bits set from the start. What pages say is a constant, as it
/// is for the peers.
pub struct Ours<W, const HARDWARE: bool, const SETTLED: bool> {
    pub tree: Tree<Frames<HARDWARE, SETTLED>>,
    empty: EmptyTables,
    way: PhantomData<W>,
}

impl<W, const HARDWARE: bool, const SETTLED: bool> Ours<W, HARDWARE, SETTLED> {
    /// An empty tree.
    pub fn new(empty: EmptyTables) -> Self {
        let tree = Tree::new(Frames::new(), Epochs::new()).expect("the pool has frames");
        Self { tree, empty, way: PhantomData }
    }
}

/// The range of a call.
#[inline(always)]
pub fn range(va: u64, bytes: u64) -> VaRange {
    VaRange::new(va, bytes).expect("the work lies in the lower half")
}

impl<W: Way, const HARDWARE: bool, const SETTLED: bool> Driver for Ours<W, HARDWARE, SETTLED> {
    #[inline(always)]
    fn map(&mut self, va: u64, bytes: u64, page: u64) {
        let sizes = if page == 0 { u64::MAX } else { page };
        let mut say = Attributes { write: true, ..Attributes::default() };
        (say.accessed, say.dirty) = (SETTLED, SETTLED);
        W::map(&mut self.tree, range(va, bytes), &say, sizes).fulfil(drop);
    }

    #[inline(always)]
    fn unmap(&mut self, va: u64, bytes: u64, _: u64) {
        W::unmap(&mut self.tree, range(va, bytes), self.empty, drop).fulfil(drop);
    }

    #[inline(always)]
    fn protect(&mut self, va: u64, bytes: u64, _: u64, write: bool) {
        let change = Change { write: Some(write), ..Change::default() };
        W::protect(&mut self.tree, range(va, bytes), &change).fulfil(drop);
    }

    #[inline(always)]
    fn walk(&self, va: u64) -> Option<u64> {
        let page = self.tree.reader().walk(Va::new(va)?).ok()?;
        Some(page.oa + (va - page.va))
    }
}

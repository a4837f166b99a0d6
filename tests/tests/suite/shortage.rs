//! Allocation that fails at the n-th table: the tree is as far as it says, nothing leaks, and prepared operations need none.

mod merge;
mod prepared;
mod special;

use gpt_runtime::{AddressRange, EmptyTables, GrowError, PageTable, Reason};
use gpt_tests::{
    Done, Either, Facts, Memory, PageKind, Random, Report, Says, Tested, Tree, View, checked, map, settle, unmap,
};

pub fn check<F: Tested>() {
    let facts = Facts::new(checked(F::MODULE), 0);
    let says = Says::<F>::new(&facts, &mut Random::new(9));
    let mut memory = Memory::new(&facts.checked);
    for fail_at in 0.. {
        let tables = memory.tables();
        let tree: Tree<'_, F> = PageTable::new(tables, Either::numbered(fail_at)).unwrap();
        let shortage = Shortage { facts: &facts, says: &says, tree, fail_at: fail_at as usize };
        let mapped = shortage.mapping();
        let prepared = shortage.preparing();
        let cut = shortage.cutting();
        let changed = shortage.changing();
        let said = shortage.saying();
        let replaced = shortage.replacing();
        let ready = shortage.cutting_prepared();
        if fail_at == 0 {
            shortage.merging();
        }
        shortage.empties();
        let grown = shortage.growing();
        if ![mapped, prepared, cut, changed, said, replaced, ready, grown].contains(&true) {
            assert!(fail_at > 0, "{}: no operation allocates", F::MODULE);
            return;
        }
        assert!(fail_at < 64, "{}: there are too many sites", F::MODULE);
    }
}

struct Shortage<'m, F: Tested> {
    facts: &'m Facts,
    says: &'m Says<F>,
    tree: Tree<'m, F>,
    fail_at: usize,
}

impl<F: Tested> Shortage<'_, F> {
    fn attributes(&self) -> F::Attributes {
        self.says.module(self.facts, &self.says.sets[0])
    }

    /// The addresses of small pages that lie on both sides of the boundary between two of the highest tables.
    fn straddling(&self) -> (AddressRange<F>, u64) {
        let small = 1_u64 << self.facts.smallest_lg2;
        let boundary = 1_u64 << self.facts.boundaries_lg2.last().unwrap();
        let first = if self.facts.is_input(boundary) && boundary > 2 * small { boundary - 2 * small } else { 0 };
        (AddressRange::new(first, 4 * small).unwrap(), small)
    }

    fn mapped(&self, range: AddressRange<F>, small: u64) -> Vec<u64> {
        let view = View::new(self.facts, self.tree.environment().seen(), self.tree.root());
        let pages = (range.first()..=range.last()).step_by(small as usize);
        pages.filter(|va| view.at(*va).is_ok()).collect()
    }

    /// Whether allocation failed, which is the only reason to stop.
    fn failed(&self, done: &Done) -> bool {
        assert!(matches!(done.stopped, None | Some((Reason::OutOfTables, _))), "{} {done:?}", F::MODULE);
        done.stopped.is_some()
    }

    /// Maps across tables: what lies below the stop is mapped, and nothing else.
    fn mapping(&self) -> bool {
        let (range, small) = self.straddling();
        let tables = self.tree.environment();
        tables.allow(self.fail_at);
        let done = map(&self.tree, range, 0, &self.attributes(), self.facts.sizes);
        tables.allow(usize::MAX);
        let failed = self.failed(&done);
        let until = done.stopped.map_or(range.last(), |(_, at)| at.wrapping_sub(1));
        let expected: Vec<u64> = (range.first()..=range.last())
            .step_by(small as usize)
            .filter(|va| until != u64::MAX && *va <= until)
            .collect();
        assert_eq!(self.mapped(range, small), expected, "{} {done:x?}", F::MODULE);
        // The rest, now that there is memory.
        if let Some((_, at)) = done.stopped {
            let rest = AddressRange::from_first_last(at, range.last()).unwrap();
            let done = map(&self.tree, rest, at - range.first(), &self.attributes(), self.facts.sizes);
            assert_eq!(done.stopped, None, "{}", F::MODULE);
        }
        self.unmap(range);
        failed
    }

    /// Prepares: either nothing is kept, or the operation cannot fail any more.
    fn preparing(&self) -> bool {
        let (range, small) = self.straddling();
        let tables = self.tree.environment();
        let used = tables.used_bytes();
        tables.allow(self.fail_at);
        let prepared = self.tree.prepare(range, self.facts.sizes);
        tables.allow(0);
        let Ok(prepared) = prepared else {
            tables.allow(usize::MAX);
            assert_eq!(tables.used_bytes(), used, "{}: a failed preparation keeps tables", F::MODULE);
            return true;
        };
        let done = settle(prepared.map(0, &self.attributes()));
        tables.allow(usize::MAX);
        assert_eq!(done.stopped, None, "{}", F::MODULE);
        assert_eq!(self.mapped(range, small).len(), 4);
        self.unmap(range);
        false
    }

    /// Takes one small page out of a large one: without memory for the split nothing changes.
    fn cutting(&self) -> bool {
        let Some(page) = self.facts.pages.iter().find(|page| page.splits && page.size_lg2 > self.facts.smallest_lg2)
        else {
            return false;
        };
        let bytes = 1_u64 << page.size_lg2;
        let small = 1_u64 << self.facts.smallest_lg2;
        let whole = AddressRange::new(0, bytes).unwrap();
        let done = map(&self.tree, whole, 0, &self.attributes(), self.facts.sizes);
        assert_eq!(done.stopped, None);
        let tables = self.tree.environment();
        let used = tables.used_bytes();
        let hole = AddressRange::new(small, small).unwrap();
        tables.allow(self.fail_at);
        let done = if self.facts.in_place() {
            unmap(&self.tree, hole, &mut |_| {})
        } else {
            // SAFETY: this thread alone changes the tree.
            let mut owner = unsafe { self.tree.exclusive_range(whole) };
            let report: Report<'_, F> = &mut |_| {};
            settle(owner.breaking(|_| {}).unmap(hole, EmptyTables::AtOnce, report))
        };
        tables.allow(usize::MAX);
        let view = View::new(self.facts, tables.seen(), self.tree.root());
        let failed = match done.stopped {
            None => false,
            // Where a page of several levels is split step by step, some steps may have been done.
            Some((Reason::OutOfTables, at)) => {
                assert_eq!(at, small, "{}", F::MODULE);
                true
            }
            Some((reason, _)) => {
                assert_eq!(reason, Reason::BreakBeforeMake, "{}", F::MODULE);
                false
            }
        };
        for va in [0, small, 2 * small, bytes - small] {
            let there = done.stopped.is_some() || va != small;
            assert_eq!(view.at(va).map(|found| found.oa).ok(), there.then_some(va), "{} at {va:#x}", F::MODULE);
        }
        assert!(tables.used_bytes() >= used);
        self.unmap(whole);
        failed
    }

    /// Changes one small page of a large one, moves it, and makes small pages of all of it: without memory for the split
    /// nothing changes, and what is not changed translates as before in any case.
    fn changing(&self) -> bool {
        let Some(page) = self.facts.pages.iter().find(|page| page.splits && page.size_lg2 > self.facts.smallest_lg2)
        else {
            return false;
        };
        let (bytes, small) = (1_u64 << page.size_lg2, 1_u64 << self.facts.smallest_lg2);
        let whole = AddressRange::new(0, bytes).unwrap();
        let hole = AddressRange::new(small, small).unwrap();
        // What comes after small pages of the largest size that is split would be too many.
        let few = page.size_lg2 - self.facts.smallest_lg2 <= 10;
        let mut failed = false;
        for step in 0..3 {
            let done = map(&self.tree, whole, 0, &self.attributes(), self.facts.sizes);
            assert_eq!(done.stopped, None);
            let tables = self.tree.environment();
            tables.allow(self.fail_at);
            // SAFETY: this thread alone changes the tree.
            let mut owner = unsafe { self.tree.exclusive_range(whole) };
            let mut owner = owner.breaking(|_| {});
            let change = self.says.changes.first().map(|(_, change)| change);
            let done = match step {
                0 => change.map(|change| settle(owner.protect(hole, &change(true)))),
                1 => Some(settle(owner.remap(hole, 0))),
                _ => few.then(|| settle(owner.split(whole, self.facts.smallest_lg2))),
            };
            tables.allow(usize::MAX);
            let stopped = done.and_then(|done| done.stopped);
            let known = matches!(
                stopped,
                None | Some((Reason::OutOfTables | Reason::BreakBeforeMake | Reason::NotEncodable, _))
            );
            assert!(known, "{} {stopped:?}", F::MODULE);
            failed |= matches!(stopped, Some((Reason::OutOfTables, _)));
            let moved = if step == 1 && stopped.is_none() { 0 } else { small };
            let view = View::new(self.facts, tables.seen(), self.tree.root());
            for (va, oa) in [(0, 0), (small, moved), (2 * small, 2 * small), (bytes - small, bytes - small)] {
                if bytes > 2 * small || va < bytes {
                    let oa = if va == small { moved } else { oa };
                    assert_eq!(view.at(va).map(|found| found.oa).ok(), Some(oa), "{} at {va:#x}", F::MODULE);
                }
            }
            self.unmap(whole);
        }
        failed
    }

    /// The largest page that smaller ones can take the place of.
    fn large(&self) -> Option<u64> {
        let splits = |page: &&PageKind| page.splits && page.size_lg2 > self.facts.smallest_lg2;
        Some(1 << self.facts.pages.iter().find(splits)?.size_lg2)
    }

    /// Without memory for a new root the old one stays.
    fn growing(&self) -> bool {
        let before = self.tree.root_table();
        let tables = self.tree.environment();
        tables.allow(self.fail_at);
        let grown = self.tree.grow_root();
        tables.allow(usize::MAX);
        let failed = grown == Err(GrowError::OutOfTables);
        assert!(!failed || (self.tree.root_table() == before && self.fail_at == 0), "{}", F::MODULE);
        failed
    }

    /// Takes out all of a range, which leaves the root alone.
    fn unmap(&self, range: AddressRange<F>) {
        let done = unmap(&self.tree, range, &mut |_| {});
        assert_eq!(done.stopped, None, "{}", F::MODULE);
        self.empties();
    }

    fn empties(&self) {
        self.tree.reclaim();
        let root = self.facts.checked.format().level(self.facts.root).table_bytes as usize;
        let root = root.next_multiple_of(gpt_runtime::GRANULE_BYTES);
        assert_eq!(self.tree.environment().used_bytes(), root, "{}: tables leaked", F::MODULE);
    }
}

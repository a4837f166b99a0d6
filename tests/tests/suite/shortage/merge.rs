//! Merging, which gives tables back and never asks for one.

use gpt_runtime::AddressRange;
use gpt_tests::{Tested, View, map, settle};

use super::Shortage;

/// No more small pages than two to the power of this are made.
const MOST_LG2: u32 = 10;

impl<F: Tested> Shortage<'_, F> {
    /// Merges small pages into each size of large ones, without any memory: all is translated as before, and no more tables
    /// are in use.
    pub fn merging(&self) {
        let small_lg2 = self.facts.smallest_lg2;
        let sizes = self.facts.pages.iter().map(|page| page.size_lg2);
        for size_lg2 in sizes.filter(|size_lg2| (1..=MOST_LG2).contains(&(size_lg2 - small_lg2))) {
            let (bytes, small) = (1_u64 << size_lg2, 1_u64 << small_lg2);
            let whole = AddressRange::new(0, bytes).unwrap();
            assert_eq!(map(&self.tree, whole, 0, &self.attributes(), small).stopped, None);
            let tables = self.tree.environment();
            let used = tables.used_bytes();
            tables.allow(0);
            // SAFETY: this thread alone changes the tree.
            let mut owner = unsafe { self.tree.exclusive_range(whole) };
            let done = settle(owner.breaking(|_| {}).merge(whole));
            tables.allow(usize::MAX);
            assert_eq!(done.stopped, None, "{}", F::MODULE);
            self.tree.reclaim();
            assert!(tables.used_bytes() <= used, "{}: merging took tables", F::MODULE);
            let view = View::new(self.facts, tables.seen(), self.tree.root());
            for va in (0..bytes).step_by(small as usize) {
                assert_eq!(view.at(va).map(|found| found.oa).ok(), Some(va), "{} at {va:#x}", F::MODULE);
            }
            self.unmap(whole);
        }
    }
}

//! Changes of a part of a large page, prepared: what they need was allocated before, or nothing was.

use gpt_runtime::{AddressRange, EmptyTables, Reason};
use gpt_tests::{Report, Tested, View, map, settle};

use super::Shortage;

impl<F: Tested> Shortage<'_, F> {
    /// Takes one small page out of a large one, and changes one: a failed preparation keeps nothing, and after one that did
    /// not fail the change needs no memory.
    pub fn cutting_prepared(&self) -> bool {
        let Some(bytes) = self.large() else { return false };
        let small = 1_u64 << self.facts.smallest_lg2;
        let whole = AddressRange::new(0, bytes).unwrap();
        let hole = AddressRange::new(small, small).unwrap();
        let change = self.says.changes.first().map(|(_, change)| change);
        let mut failed = false;
        for unmaps in [true, false] {
            assert_eq!(map(&self.tree, whole, 0, &self.attributes(), self.facts.sizes).stopped, None);
            let tables = self.tree.environment();
            let used = tables.used_bytes();
            tables.allow(self.fail_at);
            let prepared = self.tree.prepare(hole, self.facts.sizes);
            tables.allow(0);
            let report: Report<'_, F> = &mut |_| {};
            let done = match prepared {
                Ok(prepared) if unmaps => Some(settle(prepared.unmap(EmptyTables::AtOnce, report))),
                Ok(prepared) => change.map(|change| settle(prepared.protect(&change(true)))),
                Err(_) => {
                    assert_eq!(tables.used_bytes(), used, "{}: a failed preparation keeps tables", F::MODULE);
                    failed = true;
                    None
                }
            };
            tables.allow(usize::MAX);
            let stopped = done.and_then(|done| done.stopped);
            let expected = [Reason::BreakBeforeMake, Reason::NotEncodable];
            assert!(stopped.is_none_or(|(why, _)| expected.contains(&why)), "{} {done:x?}", F::MODULE);
            let gone = unmaps && done.is_some() && stopped.is_none();
            let view = View::new(self.facts, tables.seen(), self.tree.root());
            for va in [0, small, 2 * small, bytes - small].into_iter().filter(|va| *va < bytes) {
                let expected = (va != small || !gone).then_some(va);
                assert_eq!(view.at(va).map(|found| found.oa).ok(), expected, "{} at {va:#x}", F::MODULE);
            }
            self.unmap(whole);
        }
        failed
    }
}

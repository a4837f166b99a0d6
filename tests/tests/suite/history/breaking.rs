//! Operations that go through absent entries: while the invalidation runs, nothing of what it names is there.

use gpt_codegen::interpreter::{Fault, Root, walk};
use gpt_runtime::Invalidation;
use gpt_tests::{Done, Facts, Report, Tables, Tested, settle};

use super::History;
use super::mode::Mode;
use super::range::Range;

/// Does the same as the owner of the tree or of a range, with invalidations that look at the tables.
macro_rules! breaking {
    ($history:expr, $range:expr, $owner:ident => $call:expr) => {{
        let (facts, root) = ($history.facts, $history.tree.root());
        // The tables are looked at while the owner changes them: from the outside, as the hardware does.
        let tables: *const Tables<'_> = $history.tree.environment();
        let absent = |invalidation: Invalidation| {
            // SAFETY: the environment stays where it is as long as the tree is borrowed.
            let tables = unsafe { &*tables };
            nothing_there(facts, tables, root, invalidation);
        };
        let mut tree = $history.tree.exclusive();
        if $history.steps.mode == Mode::Owned {
            let mut $owner = tree.breaking(absent);
            settle($call)
        } else {
            let mut range = tree.ranges($range.of());
            let mut $owner = range.breaking(absent);
            settle($call)
        }
    }};
}

/// Every page that an invalidation names is absent at that moment.
fn nothing_there(facts: &Facts, tables: &Tables<'_>, table: u64, invalidation: Invalidation) {
    let image = tables.seen();
    let root = Root { table, level: facts.root };
    let Invalidation { first, last, .. } = invalidation;
    for va in [first, first + (last - first) / 2, last] {
        let found = walk(&facts.checked, &image, root, va).result;
        assert!(matches!(found, Err(Fault::Absent(_))), "{va:#x} is there while it is being invalidated: {found:?}");
    }
}

impl<F: Tested> History<'_, F> {
    pub fn unmap_breaking(&mut self, range: Range, report: Report<'_, F>) -> Done {
        let policy = self.steps.empty_tables;
        breaking!(self, range, owner => owner.unmap(range.of(), policy, report))
    }

    pub fn protect_breaking(&mut self, range: Range, change: &F::Change) -> Done {
        breaking!(self, range, owner => owner.protect(range.of(), change))
    }

    pub fn remap_breaking(&mut self, range: Range, oa: u64) -> Done {
        breaking!(self, range, owner => owner.remap(range.of(), oa))
    }

    pub fn split_breaking(&mut self, range: Range, size_lg2: u32) -> Done {
        breaking!(self, range, owner => owner.split(range.of(), size_lg2))
    }

    /// Merges, which changes no translation; what the hardware wrote to one page holds for the large one.
    pub fn merge(&mut self) {
        if !matches!(self.steps.mode, Mode::Owned | Mode::Range) {
            return self.touch();
        }
        let range = self.some_range();
        self.log(format!("merge {range:x?}"));
        let done = breaking!(self, range, owner => owner.merge(range.of()));
        assert_eq!(done.stopped, None);
        self.reference.know(range.first, range.last, |_, known| {
            if *known == Some(false) {
                *known = None;
            }
        });
    }
}

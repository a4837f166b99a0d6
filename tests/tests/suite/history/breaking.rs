//! Operations that invalidate in between. Where that is because an entry has to be absent for a while, nothing of what the
//! invalidation names is there. Where live entries are replaced in place, and the hardware has to learn of a table beside the
//! one that a large page is in before that page goes, everything is there all the while.

use gpt_codegen::interpreter::Fault;
use gpt_runtime::Invalidation;
use gpt_tests::{Done, Report, Tables, Tested, View, settle};

use super::History;
use super::range::Range;

/// Does the same as the owner of the tree or of a range, with invalidations that look at the tables: each is passed what
/// these were before the operation, and what they are now.
macro_rules! breaking {
    ($history:expr, $range:expr, $look:expr, $owner:ident => $call:expr) => {{
        let (facts, root, before) = ($history.facts, $history.tree.root(), $history.view());
        // The tables are looked at while the owner changes them: from the outside, as the hardware does.
        let tables: *const Tables<'_> = $history.tree.environment();
        let cache = &mut $history.cache;
        let look = |invalidation: gpt_runtime::Invalidation| {
            // SAFETY: the environment stays where it is as long as the tree is borrowed.
            let tables = unsafe { &*tables };
            $look(&before, &gpt_tests::View::new(facts, tables.seen(), root), invalidation);
            // The hardware goes on walking, until it is told and thereafter.
            let memory = gpt_tests::Walked::new(tables, root);
            let some = $crate::history::breaking::some_of(invalidation);
            some.into_iter().for_each(|va| cache.walk(&memory, va));
            cache.forget(invalidation);
            some.into_iter().for_each(|va| cache.walk(&memory, va));
        };
        let mut tree = $history.tree.exclusive();
        if $history.steps.mode == $crate::history::mode::Mode::Owned {
            let mut $owner = tree.breaking(look);
            settle($call)
        } else {
            let mut range = tree.ranges($range.of());
            let mut $owner = range.breaking(look);
            settle($call)
        }
    }};
}

pub(super) use breaking;

/// Every page that an invalidation names is absent at that moment.
pub fn nothing_there(_: &View<'_>, now: &View<'_>, invalidation: Invalidation) {
    for va in some_of(invalidation) {
        let found = now.at(va);
        assert!(matches!(found, Err(Fault::Absent(_))), "{va:#x} is there while it is being invalidated: {found:x?}");
    }
}

/// Every page that an invalidation names translates as before at that moment, where live entries are replaced; it is
/// absent where they are not.
fn nothing_there_or_all<F: Tested>(before: &View<'_>, now: &View<'_>, invalidation: Invalidation) {
    if !F::REPLACE_IN_PLACE {
        return nothing_there(before, now, invalidation);
    }
    assert!(invalidation.tables, "{invalidation:x?} is of no table, and all else is replaced in place");
    for va in some_of(invalidation) {
        let (was, found) = (before.at(va).expect("it was mapped"), now.at(va));
        let same = found.as_ref().is_ok_and(|found| (found.oa, &found.attributes) == (was.oa, &was.attributes));
        assert!(same, "{va:#x} was {was:x?} and is {found:x?} while it is being invalidated");
    }
}

/// Some addresses that an invalidation names.
pub fn some_of(invalidation: Invalidation) -> [u64; 3] {
    let Invalidation { first, last, .. } = invalidation;
    [first, first + (last - first) / 2, last]
}

impl<F: Tested> History<'_, F> {
    pub fn unmap_breaking(&mut self, range: Range, report: Report<'_, F>) -> Done {
        let policy = self.steps.empty_tables;
        let done = breaking!(self, range, nothing_there_or_all::<F>, owner => owner.unmap(range.of(), policy, report));
        self.pay(done)
    }

    pub fn protect_breaking(&mut self, range: Range, change: &F::Change) -> Done {
        let done = breaking!(self, range, nothing_there_or_all::<F>, owner => owner.protect(range.of(), change));
        self.pay(done)
    }

    pub fn remap_breaking(&mut self, range: Range, oa: u64) -> Done {
        let done = breaking!(self, range, nothing_there_or_all::<F>, owner => owner.remap(range.of(), oa));
        self.pay(done)
    }

    pub fn split_breaking(&mut self, range: Range, size_lg2: u32) -> Done {
        let done = breaking!(self, range, nothing_there_or_all::<F>, owner => owner.split(range.of(), size_lg2));
        self.pay(done)
    }
}

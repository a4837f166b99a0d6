//! Entries that say something without translating, put where nothing is or in the place of pages.

use gpt_codegen::interpreter::Fault;
use gpt_runtime::{AddressRange, Reason};
use gpt_tests::{Tested, View, map, settle};

use super::Shortage;

impl<F: Tested> Shortage<'_, F> {
    /// What entries of the level of the smallest pages can say.
    fn special(&self) -> Option<&F::Special> {
        let smallest = self.facts.smallest().level;
        let mut specials = self.says.specials.iter().zip(&self.says.special_levels);
        specials.find(|(_, levels)| levels.contains(&smallest)).map(|(special, _)| special)
    }

    /// Makes entries say something without translating: below the stop they do, from there on nothing is there.
    pub fn saying(&self) -> bool {
        let Some(special) = self.special() else { return false };
        if self.facts.decides {
            return false;
        }
        let (range, small) = self.straddling();
        let tables = self.tree.environment();
        tables.allow(self.fail_at);
        let done = settle(self.tree.set_special(range, special));
        tables.allow(usize::MAX);
        let failed = self.failed(&done);
        let until = done.stopped.map_or(range.last() + 1, |(_, at)| at);
        let view = View::new(self.facts, tables.seen(), self.tree.root());
        for va in (range.first()..=range.last()).step_by(small as usize) {
            let there = matches!(view.at(va), Err(Fault::Special { .. }));
            assert_eq!(there, va < until, "{} at {va:#x} {done:x?}", F::MODULE);
        }
        self.unmap(range);
        failed
    }

    /// Replaces one small page of a large one: without memory for the split nothing changes.
    pub fn replacing(&self) -> bool {
        let (Some(special), Some(bytes)) = (self.special(), self.large()) else { return false };
        let small = 1_u64 << self.facts.smallest_lg2;
        let whole = AddressRange::new(0, bytes).unwrap();
        let hole = AddressRange::new(small, small).unwrap();
        assert_eq!(map(&self.tree, whole, 0, &self.attributes(), self.facts.sizes).stopped, None);
        let tables = self.tree.environment();
        tables.allow(self.fail_at);
        let mut reported = Vec::new();
        let done = settle(self.tree.replace_by_special(hole, special, |page| reported.push((page.va, page.oa))));
        tables.allow(usize::MAX);
        let expected = [Reason::OutOfTables, Reason::BreakBeforeMake, Reason::NotEncodable];
        assert!(done.stopped.is_none_or(|(why, at)| expected.contains(&why) && at == small), "{} {done:x?}", F::MODULE);
        let replaced = done.stopped.is_none();
        assert_eq!(reported, if replaced { vec![(small, small)] } else { Vec::new() }, "{}", F::MODULE);
        let view = View::new(self.facts, tables.seen(), self.tree.root());
        for va in [0, small, 2 * small, bytes - small].into_iter().filter(|va| *va < bytes) {
            match view.at(va) {
                Ok(found) => assert_eq!((found.oa, replaced && va == small), (va, false), "{} at {va:#x}", F::MODULE),
                Err(Fault::Special { .. }) => assert_eq!((va, replaced), (small, true), "{}", F::MODULE),
                Err(fault) => panic!("{} at {va:#x}: {fault}", F::MODULE),
            }
        }
        self.unmap(whole);
        matches!(done.stopped, Some((Reason::OutOfTables, _)))
    }
}

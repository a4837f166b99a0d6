//! Steps that change pages that are there.

use gpt_codegen::interpreter::Value;
use gpt_runtime::Mapping;
use gpt_tests::{Tested, View, What, settle};

use super::History;
use super::range::{Range, extent, mapped};

impl<F: Tested> History<'_, F> {
    pub fn protect(&mut self) {
        let range = self.some_range();
        let Some((name, change)) = self.random.pick(&self.says.changes).copied() else { return };
        let to = self.random.chance(2);
        let breaks = self.breaks();
        self.log(format!("protect {range:x?}: {name} {to}{}", if breaks { " through absent" } else { "" }));
        let before = View::new(self.facts, self.tree.environment().seen(), self.tree.root());
        let done =
            if breaks { self.protect_breaking(range, &change(to)) } else { self.do_protect(range.of(), &change(to)) };
        let until = self.until(&done, range, &before);
        if breaks && done.stopped.is_some() {
            assert!(self.cut(range, &before).contains(&false), "{} {done:?}", F::MODULE);
        }
        let Some(last) = until else { return };
        let part = Range { first: range.first, last };
        let changes = |piece: &gpt_tests::Piece| match &piece.what {
            What::Page { says, .. } => says != &self.says.changed(says, name, to),
            What::Special(_) => false,
        };
        let pieces = self.reference.within(part.first, part.last);
        let changed: Vec<_> =
            pieces.iter().filter(|piece| changes(piece)).map(|piece| (piece.first, piece.last)).collect();
        let hull = extent(&changed, &before);
        let says = self.says;
        self.reference.change(part.first, part.last, |piece| {
            if let What::Page { says: now, .. } = &mut piece.what {
                *now = says.changed(now, name, to);
            }
        });
        let owed = done.owed.map(|owed| (owed.first, owed.last));
        if done.stopped.is_none() {
            assert_eq!(owed, hull, "{} {done:x?}", F::MODULE);
        } else if let Some((low, high)) = hull {
            assert!(owed.is_some_and(|(first, last)| first <= low && high <= last), "{done:x?}: {low:x}..={high:x}");
        }
    }

    pub fn remap(&mut self) {
        let range = self.some_range();
        if mapped(&self.reference, range).is_empty() {
            return;
        }
        let Some(mut oa) = self.some_output(range, self.facts.sizes) else { return };
        if !self.is_small(range, self.facts.smallest_lg2) {
            // Pages stay as large as they are where all are moved by a multiple of the largest.
            let largest = (1_u64 << self.facts.pages[0].size_lg2.min(63)) - 1;
            if oa & largest != range.first & largest {
                oa = range.first & largest;
            }
            if oa.checked_add(range.last - range.first).is_none_or(|last| last > self.facts.common_oa_last()) {
                return;
            }
        }
        let breaks = self.breaks();
        self.log(format!("remap {range:x?} to {oa:#x}{}", if breaks { " through absent" } else { "" }));
        let before = View::new(self.facts, self.tree.environment().seen(), self.tree.root());
        let done =
            if breaks { self.remap_breaking(range, oa) } else { self.pay(settle(self.tree.remap(range.of(), oa))) };
        let last = match done.stopped {
            None => Some(range.last),
            Some((reason, at)) => {
                let stuck = self.facts.pages.iter().any(|page| !page.splits && page.size_lg2 > self.facts.smallest_lg2);
                assert!(stuck || (!breaks && !self.facts.in_place()), "{} {reason:?} at {at:#x}", F::MODULE);
                (at > range.first).then(|| at - 1)
            }
        };
        let Some(last) = last else { return };
        let to = |va: u64| oa + (va - range.first);
        let pieces = self.reference.within(range.first, last);
        let moved = pieces.iter().filter(|piece| match piece.what {
            What::Page { oa, .. } => oa != to(piece.first),
            What::Special(_) => false,
        });
        let moved: Vec<_> = moved.map(|piece| (piece.first, piece.last)).collect();
        let hull = extent(&moved, &before);
        self.reference.change(range.first, last, |piece| {
            let first = piece.first;
            if let What::Page { oa, .. } = &mut piece.what {
                *oa = to(first);
            }
        });
        match hull {
            None => assert!(done.owed.is_none() || done.stopped.is_some(), "{done:x?}"),
            Some((low, high)) => {
                let owed = done.owed.expect("something moved");
                assert!(owed.first <= low && high <= owed.last, "{owed:x?} does not cover {low:x}..={high:x}");
                assert!(
                    done.stopped.is_some() || (owed.first, owed.last) == (low, high),
                    "{owed:x?}: {low:x}..={high:x}"
                );
            }
        }
    }

    pub fn split(&mut self) {
        let range = self.some_range();
        let sizes: Vec<u32> = self.facts.pages.iter().map(|page| page.size_lg2).collect();
        let Some(size_lg2) = self.random.pick(&sizes).copied().filter(|size| self.is_small(range, *size)) else {
            return;
        };
        let breaks = self.breaks();
        self.log(format!("split {range:x?} to 2^{size_lg2} bytes{}", if breaks { " through absent" } else { "" }));
        let done = if breaks {
            self.split_breaking(range, size_lg2)
        } else {
            self.pay(settle(self.tree.split(range.of(), size_lg2)))
        };
        let last = match done.stopped {
            None => Some(range.last),
            Some((reason, at)) => {
                let stuck = self.facts.pages.iter().any(|page| !page.splits && page.size_lg2 > size_lg2);
                assert!(stuck || (!breaks && !self.facts.in_place()), "{} {reason:?} at {at:#x}", F::MODULE);
                (at > range.first).then(|| at - 1)
            }
        };
        let Some(last) = last else { return };
        let after = self.view();
        for (first, last) in mapped(&self.reference, Range { first: range.first, last }) {
            for va in [first, first + (last - first) / 2, last] {
                let found = after.at(va).expect("it stays mapped");
                assert!(found.size_lg2 <= size_lg2, "{} has 2^{} bytes at {va:#x}", F::MODULE, found.size_lg2);
            }
        }
    }

    /// Takes the dirty bits, or the accessed bits.
    pub fn clear(&mut self) {
        let range = self.some_range();
        let event = if self.random.chance(2) { "dirty" } else { "accessed" };
        self.log(format!("clear {event} in {range:x?}"));
        let mut reported: Vec<Mapping<F::Attributes>> = Vec::new();
        let report = |page: &Mapping<F::Attributes>| reported.push(*page);
        let outcome = match event {
            "dirty" => self.tree.take_dirty(range.of(), report),
            _ => self.tree.test_and_clear_accessed(range.of(), report),
        };
        let done = settle(outcome);
        self.pay(done);
        assert_eq!(done.stopped, None);
        let covered = |va: u64| {
            reported.iter().any(|page| page.va <= va && va - page.va <= ((1_u128 << page.size_lg2) - 1) as u64)
        };
        for piece in self.reference.within(range.first, range.last) {
            let What::Page { events, .. } = &piece.what else { continue };
            if events.get(event) == Some(&Some(true)) {
                assert!(covered(piece.first) && covered(piece.last), "{} was {event}", piece.first);
            }
        }
        for page in &reported {
            let last = page.va | ((1_u128 << page.size_lg2) - 1) as u64;
            let said = self.says.named(self.facts, &page.attributes);
            assert_eq!(said[event], Value::Flag(true), "{page:x?} was not {event}");
            assert!(page.va <= range.last && range.first <= last, "{page:x?} is not in {range:x?}");
            let clear = |name: &str, known: &mut Option<bool>| {
                if name == event {
                    *known = Some(false);
                }
            };
            self.reference.know(page.va, last, clear);
        }
        let hull = reported.iter().map(|page| (page.va, page.va | ((1_u128 << page.size_lg2) - 1) as u64));
        let hull = hull.reduce(|(low, high), (first, last)| (low.min(first), high.max(last)));
        assert_eq!(done.owed.map(|owed| (owed.first, owed.last)), hull);
        let speaks = |name: &str, known: &mut Option<bool>| {
            if name == event {
                *known = Some(false);
            }
        };
        self.reference.know(range.first, range.last, speaks);
    }
}

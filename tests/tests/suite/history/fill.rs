//! Steps that fill in what is missing, and the hardware's use of it.

use gpt_runtime::Reason;
use gpt_tests::{Piece, Tested, What};

use super::History;

impl<F: Tested> History<'_, F> {
    pub fn map(&mut self) {
        let range = self.some_range();
        let mut sizes = self.facts.sizes;
        // Without large pages only where few small ones are needed, whatever lies in between.
        if self.random.chance(3) && (range.last - range.first) >> self.facts.smallest_lg2 < 1200 {
            sizes &= self.random.any() | 1 << self.facts.smallest_lg2;
        }
        let Some(oa) = self.some_output(range, sizes) else { return };
        let set = self.random.pick(&self.says.sets).unwrap();
        self.log(format!("map {range:x?} to {oa:#x}, sizes {sizes:#x}, {set:?}"));
        let attributes = self.says.module(self.facts, set);
        let done = self.do_map(range.of(), oa, &attributes, sizes);

        let there = self.reference.within(range.first, range.last);
        let occupied = there.first().map(|piece| piece.first);
        assert_eq!(done.stopped, occupied.map(|at| (Reason::Occupied, at)));
        let end = occupied.map_or(Some(range.last), |at| at.checked_sub(1));
        let last = end.filter(|last| occupied != Some(range.first) && *last >= range.first);
        if let Some(last) = last {
            let what = What::page(oa, set, |name| self.says.events.contains(name));
            self.reference.put(Piece { first: range.first, last, what });
        }
        let owed = done.owed.map(|owed| (owed.first, owed.last));
        let filled = last.map(|last| (range.first, last));
        if self.facts.pairs() && !F::CACHES.absent {
            // An entry that got a second table may be in a cache without it.
            let inside = |owed: (u64, u64)| filled.is_some_and(|(first, last)| first <= owed.0 && owed.1 <= last);
            assert!(owed.is_none_or(inside), "{owed:x?} is not in {filled:x?}");
        } else {
            assert_eq!(owed, filled.filter(|_| F::CACHES.absent));
        }
    }

    /// The hardware uses some pages.
    pub fn touch(&mut self) {
        for _ in 0..6 {
            let pieces: Vec<Piece> = self.reference.all().cloned().collect();
            let Some(piece) = self.random.pick(&pieces) else { return };
            let va = piece.first + self.random.any() % (piece.last - piece.first).saturating_add(1).max(1);
            let view = gpt_tests::View::new(self.facts, self.tree.environment().seen(), self.tree.root());
            let Ok(found) = view.at(va) else { continue };
            let set = view.touch(self.tree.environment(), &found, &mut self.random);
            self.steps.log.push(format!("touch {va:#x}: {set:?}"));
            // Of several items only one was written to: that one knows, and tells the others when the page is changed.
            let items = self.facts.page(found.level, found.size_lg2).items_lg2;
            let item = ((1_u128 << (found.size_lg2 - items)) - 1) as u64;
            let concerned = |name: &str| set.iter().any(|event| event == name);
            self.reference.know(found.first, found.last, |name, known| {
                if concerned(name) && *known == Some(false) {
                    *known = None;
                }
            });
            self.reference.know(va & !item, va | item, |name, known| {
                if concerned(name) {
                    *known = Some(true);
                }
            });
        }
    }
}

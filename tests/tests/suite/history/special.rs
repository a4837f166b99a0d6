//! Steps with entries that say something without translating.

use gpt_runtime::{Mapping, Reason};
use gpt_tests::{Piece, Tested, View, What, settle};

use super::History;

impl<F: Tested> History<'_, F> {
    pub fn special(&mut self) {
        let range = self.some_range();
        let number = match self.says.specials.len() as u64 {
            0 => return self.touch(),
            count => self.random.below(count) as usize,
        };
        let special = self.says.specials[number];
        // Pages that cannot say it are split until they can, down to the smallest if need be.
        if self.is_unsaid(number) && !self.is_small(range, self.facts.smallest_lg2) {
            return self.touch();
        }
        // Where tables of one level or of another are made, special entries of several sizes would need both.
        if self.facts.decides || self.random.chance(2) {
            self.replace(range, number, special);
        } else {
            self.fill(range, number, special);
        }
    }

    /// Puts special entries where nothing is.
    fn fill(&mut self, range: super::range::Range, number: usize, special: F::Special) {
        // A range of many items of the level that can say it would make many tables.
        if (range.last - range.first) >> self.facts.smallest_lg2 > 1200 {
            return;
        }
        self.log(format!("set {special:?} in {range:x?}"));
        let done = settle(self.tree.set_special(range.of(), &special));
        self.pay(done);
        let there = self.reference.within(range.first, range.last);
        let occupied = there.first().map(|piece| piece.first);
        let stop = match done.stopped {
            // What only larger entries can say stops where none of these fits.
            Some((Reason::NotEncodable, at)) if self.is_unsaid(number) => Some(at),
            stopped => {
                assert_eq!(stopped, occupied.map(|at| (Reason::Occupied, at)));
                occupied
            }
        };
        assert!(stop <= occupied || occupied.is_none(), "{done:?}");
        let last = stop.map_or(range.last, |at| at.wrapping_sub(1));
        if stop != Some(range.first) {
            self.reference.put(Piece { first: range.first, last, what: What::Special(number) });
        }
    }

    /// Whether there are levels with pages that have no room for a special entry.
    fn is_unsaid(&self, number: usize) -> bool {
        let levels = &self.says.special_levels[number];
        self.facts.pages.iter().any(|page| !levels.contains(&page.level))
    }

    /// Whether the page at an address has no room for a special entry, nor have those that it is split into step by step,
    /// until smaller pages cannot take the place of one.
    fn is_stuck(&self, number: usize, before: &View<'_>, va: u64) -> bool {
        let size_lg2 = before.at(va).expect("it was mapped").size_lg2;
        let has_room = |page: &gpt_tests::PageKind| self.says.special_levels[number].contains(&page.level);
        let on_the_way = self.facts.pages.iter().filter(|page| page.size_lg2 <= size_lg2);
        on_the_way.take_while(|page| !has_room(page)).any(|page| !page.splits)
    }

    /// Makes pages special entries.
    fn replace(&mut self, range: super::range::Range, number: usize, special: F::Special) {
        self.log(format!("replace by {special:?} in {range:x?}"));
        let before = View::new(self.facts, self.tree.environment().seen(), self.tree.root());
        let mut reported: Vec<Mapping<F::Attributes>> = Vec::new();
        let done = settle(self.tree.replace_by_special(range.of(), &special, |page| reported.push(*page)));
        self.pay(done);
        // Pages of a level that cannot say it stay, once they are as small as pages get.
        let last = match done.stopped {
            Some((Reason::NotEncodable, at)) if self.is_unsaid(number) => {
                at.checked_sub(1).filter(|last| *last >= range.first)
            }
            // So do those whose smaller pages lie in another table: that is for the owner of the range to split.
            Some((Reason::BreakBeforeMake, at)) if self.is_stuck(number, &before, at) => {
                at.checked_sub(1).filter(|last| *last >= range.first)
            }
            _ => self.until(&done, range, &before),
        };
        let Some(last) = last else { return };
        let mut bytes = 0;
        for piece in self.reference.take(range.first, last) {
            if let What::Page { .. } = &piece.what {
                bytes += u128::from(piece.last - piece.first) + 1;
                for page in reported.iter().filter(|page| piece.first <= page.va && page.va <= piece.last) {
                    self.says_what_is_known(&self.says.named(self.facts, &page.attributes), &piece);
                }
                self.reference.put(Piece { what: What::Special(number), ..piece });
            } else {
                self.reference.put(piece);
            }
        }
        assert_eq!(reported.iter().map(|page| 1_u128 << page.size_lg2).sum::<u128>(), bytes);
    }
}

//! The operations of a history, and what they do to the reference.

use gpt_runtime::{AddressRange, EmptyTables};
use gpt_tests::{Piece, Tested, What};

use crate::history::{History, pay};

/// More pages than this are not made in one step.
const MOST_PAGES: u64 = 600;

impl<F: Tested> History<'_, F> {
    /// Some range near the base: of whole pages of some size, sometimes a little more.
    fn range(&mut self) -> (u64, u64) {
        let (low, high) = *self.facts.halves.iter().find(|(low, high)| (*low..=*high).contains(&self.base)).unwrap();
        let small = 1_u64 << self.facts.smallest_lg2;
        let unit = match self.random.below(3) {
            0 => small,
            _ => 1_u64 << self.random.pick(&self.facts.pages).unwrap().size_lg2,
        } / small;
        let span = (high - low) / small;
        let mut start = (unit.saturating_mul(self.random.below(4))).min(span);
        let mut length = unit.saturating_mul(1 + self.random.below(3));
        if self.random.chance(3) {
            start = (start + self.random.below(20)).min(span);
            length += self.random.below(20);
        }
        let last = start.saturating_add(length - 1).min(span);
        (low + start * small, low + last * small + (small - 1))
    }

    pub fn map(&mut self) {
        let (first, last) = self.range();
        let limit = self.facts.common_oa_last();
        let largest = 1_u64 << self.facts.pages[0].size_lg2.min(62);
        let small = 1_u64 << self.facts.smallest_lg2;
        let align = if self.random.chance(4) { small } else { largest };
        let inside = first & (align - 1);
        let base = (self.random.any() & limit) & !(align - 1);
        let Some(oa) = [base, 0].into_iter().find_map(|base| {
            base.checked_add(inside).filter(|oa| oa.checked_add(last - first).is_some_and(|end| end <= limit))
        }) else {
            return;
        };
        if !self.is_short(first, last, oa) {
            return;
        }
        let set = self.random.pick(&self.says.sets).unwrap();
        self.log.push(format!("map {first:#x}..={last:#x} to {oa:#x}"));
        let attributes = self.says.module(self.facts, set);
        let range = AddressRange::from_first_last(first, last).unwrap();
        let stopped = pay(&self.tree, self.tree.map_with_sizes(range, oa, &attributes, self.facts.sizes));
        let there = self.reference.within(first, last).first().map(|piece| piece.first);
        assert_eq!(stopped, there, "{}: mapping stops at what is there", F::MODULE);
        if let Some(last) = there.map_or(Some(last), |at| at.checked_sub(1).filter(|last| *last >= first)) {
            let what = What::page(oa, set, |name| self.says.events.contains(name));
            self.reference.put(Piece { first, last, what });
        }
    }

    /// Whether a range takes few pages.
    fn is_short(&self, first: u64, last: u64, oa: u64) -> bool {
        let mut next = first;
        for _ in 0..MOST_PAGES {
            let Some(size) = self.facts.best_lg2(next, last, oa + (next - first), self.facts.sizes) else {
                return false;
            };
            let page_last = next + ((1_u128 << size) - 1) as u64;
            if page_last == last {
                return true;
            }
            next = page_last + 1;
        }
        false
    }

    pub fn unmap(&mut self) {
        let (first, last) = self.range();
        self.log.push(format!("unmap {first:#x}..={last:#x}"));
        let empty_tables = *self.random.pick(&[EmptyTables::AtOnce, EmptyTables::WhenCovered]).unwrap();
        let range = AddressRange::from_first_last(first, last).unwrap();
        let mut specials = Vec::new();
        let outcome = self.tree.unmap(range, empty_tables, |removed| {
            if let gpt_runtime::Removed::Special { va, size_lg2, .. } = removed {
                specials.push((va, va | ((1_u128 << size_lg2) - 1) as u64));
            }
        });
        let stopped = pay(&self.tree, outcome);
        if let Some(last) = stopped.map_or(Some(last), |at| at.checked_sub(1).filter(|last| *last >= first)) {
            self.reference.take(first, last);
        }
        // An entry that says something without translating goes as a whole.
        for (first, last) in specials {
            self.reference.take(first, last);
        }
    }

    pub fn protect(&mut self) {
        let (first, last) = self.range();
        let Some((name, change)) = self.random.pick(&self.says.changes).copied() else { return };
        let to = self.random.chance(2);
        self.log.push(format!("protect {first:#x}..={last:#x}: {name} {to}"));
        let range = AddressRange::from_first_last(first, last).unwrap();
        let stopped = pay(&self.tree, self.tree.protect(range, &change(to)));
        let Some(last) = stopped.map_or(Some(last), |at| at.checked_sub(1).filter(|last| *last >= first)) else {
            return;
        };
        let says = self.says;
        self.reference.change(first, last, |piece| {
            if let What::Page { says: now, .. } = &mut piece.what {
                *now = says.changed(now, name, to);
            }
        });
    }

    pub fn split(&mut self) {
        let (first, last) = self.range();
        let large = self
            .reference
            .within(first, last)
            .iter()
            .any(|piece| (piece.last - piece.first) >> self.facts.smallest_lg2 > MOST_PAGES);
        if large {
            return;
        }
        self.log.push(format!("split {first:#x}..={last:#x}"));
        let range = AddressRange::from_first_last(first, last).unwrap();
        pay(&self.tree, self.tree.split(range, self.facts.smallest_lg2));
    }

    /// Makes pages special entries.
    pub fn replace(&mut self) {
        let (first, last) = self.range();
        let number = match self.says.specials.len() as u64 {
            0 => return,
            count => self.random.below(count) as usize,
        };
        self.log.push(format!("replace {first:#x}..={last:#x}"));
        let range = AddressRange::from_first_last(first, last).unwrap();
        let stopped = pay(&self.tree, self.tree.replace_by_special(range, &self.says.specials[number], |_| {}));
        let Some(last) = stopped.map_or(Some(last), |at| at.checked_sub(1).filter(|last| *last >= first)) else {
            return;
        };
        self.reference.change(first, last, |piece| {
            if matches!(piece.what, What::Page { .. }) {
                piece.what = What::Special(number);
            }
        });
    }
}

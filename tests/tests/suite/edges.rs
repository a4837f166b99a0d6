//! Every size of pages, at every alignment, at the edges of the input space, of the output space and of tables.

use gpt_runtime::{AddressRange, InputAddress, PageTable, Removed};
use gpt_tests::{Either, Facts, Memory, PageKind, Random, Says, Tested, Tree, View, agree, checked, map, share, unmap};

pub fn check<F: Tested>() {
    let checked = checked(F::MODULE);
    for root in 0..checked.format().roots.len() {
        let facts = Facts::new(checked.clone(), root);
        let says = Says::<F>::new(&facts, &mut Random::new(3));
        for page in &facts.pages {
            let mut memory = Memory::new(&facts.checked);
            let reclaim = Either::numbered(u64::from(page.size_lg2));
            let tree = PageTable::with_root_level(memory.tables(), reclaim, facts.root.0 as u8).unwrap();
            let mut edges = Edges { facts: &facts, says: &says, tree, number: 0 };
            edges.size(page);
        }
    }
}

struct Edges<'m, F: Tested> {
    facts: &'m Facts,
    says: &'m Says<F>,
    tree: Tree<'m, F>,
    number: usize,
}

/// The bits below `bits`.
fn low_mask(bits: u32) -> u64 {
    if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
}

impl<F: Tested> Edges<'_, F> {
    /// Maps one page, the page and its neighbours, and parts of it, wherever something may go wrong.
    fn size(&mut self, page: &PageKind) {
        let bytes_less_one = low_mask(page.size_lg2);
        let small = low_mask(self.facts.smallest_lg2) + 1;
        for (va, end) in self.places(page) {
            for oa in self.outputs(page) {
                self.map(va, va + bytes_less_one, oa);
                // One small page more on either side, or less, so that the ends need smaller pages.
                if va > end.0 {
                    self.map(va - small, va + bytes_less_one, oa.wrapping_sub(small));
                }
                if va + bytes_less_one < end.1 {
                    self.map(va, va + bytes_less_one + small, oa);
                }
            }
        }
    }

    /// The multiples of a size next to every edge, with the half that they are in.
    fn places(&self, page: &PageKind) -> Vec<(u64, (u64, u64))> {
        let mask = low_mask(page.size_lg2);
        let mut places = Vec::new();
        for (first, last) in self.facts.halves.iter().copied() {
            if last - first < mask {
                continue;
            }
            places.extend([(first, (first, last)), (last - mask, (first, last))]);
            for boundary in &self.facts.boundaries_lg2 {
                let boundary = first.wrapping_add(low_mask(*boundary)).wrapping_add(1);
                for va in [boundary & !mask, (boundary & !mask).wrapping_sub(mask).wrapping_sub(1)] {
                    if (first..=last - mask).contains(&va) {
                        places.push((va, (first, last)));
                    }
                }
            }
        }
        places.sort_unstable();
        places.dedup();
        places
    }

    /// Output addresses: the first, the last, one past 32 bits, and, where pages this large would need too many small
    /// ones otherwise, none that is misaligned.
    fn outputs(&self, page: &PageKind) -> Vec<u64> {
        let (mask, reach) = (low_mask(page.size_lg2), low_mask(page.reach_bits));
        let mut all = vec![0, reach & !mask, (5 << 32) & !mask];
        let small = 1_u64 << self.facts.smallest_lg2;
        if page.size_lg2 - self.facts.smallest_lg2 <= 9 {
            all.extend([small, (reach & !mask).wrapping_sub(small)]);
        }
        let output = low_mask(self.facts.checked.format().output.bits);
        all.retain(|oa| oa.checked_add(mask).is_some_and(|last| last <= output));
        all.sort_unstable();
        all.dedup();
        all
    }

    /// How the largest pages that fit lie in a range, by brute force; `None` where some part fits no page.
    fn pages(&self, first: u64, last: u64, oa: u64) -> Option<Vec<(u64, u32)>> {
        let mut pages = Vec::new();
        let mut next = first;
        loop {
            let size_lg2 = self.facts.best_lg2(next, last, oa.wrapping_add(next - first), u64::MAX)?;
            pages.push((next, size_lg2));
            let end = next + low_mask(size_lg2);
            if end == last {
                return Some(pages);
            }
            next = end + 1;
        }
    }

    /// Maps a range in an empty tree, looks at it from all sides, and takes it out again.
    fn map(&mut self, first: u64, last: u64, oa: u64) {
        let output = low_mask(self.facts.checked.format().output.bits);
        if oa.checked_add(last - first).is_none_or(|last| last > output) {
            return;
        }
        self.number += 1;
        if !self.number.is_multiple_of(share()) {
            return;
        }
        let Some(pages) = self.pages(first, last, oa) else { return };
        let set = &self.says.sets[self.number % self.says.sets.len()];
        let range = AddressRange::from_first_last(first, last).unwrap();
        let context = format!("{} from {first:#x} to {last:#x} at {oa:#x}", F::MODULE);
        let done = map(&self.tree, range, oa, &self.says.module(self.facts, set), self.facts.sizes);
        assert_eq!(done.stopped, None, "{context}");
        let view = View::new(self.facts, self.tree.environment().seen(), self.tree.root());
        let picked = [0, pages.len() / 2, pages.len() - 1];
        for (va, size_lg2) in picked.map(|number| pages[number]) {
            let end = va + low_mask(size_lg2);
            for at in [va, end] {
                let found = view.at(at).unwrap_or_else(|fault| panic!("{context}: {at:#x}: {fault}"));
                assert_eq!((found.first, found.last, found.oa), (va, end, oa + (at - first)), "{context}");
                assert!(agree(&found.attributes, set), "{context}: {:?} {set:?}", found.attributes);
                let walked = self.tree.reader().walk(InputAddress::new(at).unwrap()).expect("a page");
                assert_eq!((walked.va, walked.size_lg2, walked.oa), (va, size_lg2, oa + (va - first)), "{context}");
                assert!(agree(&self.says.named(self.facts, &walked.attributes), set), "{context}");
            }
        }
        for beyond in [first.wrapping_sub(1), last.wrapping_add(1)] {
            assert!(view.at(beyond).is_err(), "{context}: {beyond:#x} is mapped too");
        }
        let runs: Vec<_> = self.tree.reader().mappings(range).map(|run| (run.first, run.last, run.oa)).collect();
        assert_eq!(runs, [(first, last, oa)], "{context}");
        let mut removed = Vec::new();
        let mut report = |page| match page {
            Removed::Page(page) => removed.push((page.va, page.size_lg2)),
            Removed::Special { .. } => panic!("{context}: nothing special is there"),
        };
        let done = unmap(&self.tree, range, &mut report);
        assert_eq!(done.stopped, None, "{context}");
        // Two tables of one entry are taken out one after the other.
        removed.sort_unstable();
        assert_eq!(removed, pages, "{context}");
        let owed = done.owed.expect("something was unmapped");
        assert!(owed.first <= first && last <= owed.last, "{context}: {owed:x?}");
        self.tree.reclaim();
        let root = self.facts.checked.format().level(self.facts.root).table_bytes as usize;
        assert_eq!(
            self.tree.environment().used_bytes(),
            root.next_multiple_of(gpt_runtime::GRANULE_BYTES),
            "{context}"
        );
    }
}

//! After each step: the tree, the interpreter and the intervals say the same.

use gpt_runtime::{AddressRange, InputAddress};
use gpt_tests::{Tested, View, What};

use super::History;
use super::range::Range;

impl<F: Tested> History<'_, F> {
    /// Looks at both ends of intervals, beside them, and somewhere inside; and at all runs that the tree knows. All intervals
    /// where `everywhere`; otherwise those that the last step may have touched, the pages that its range ends in included,
    /// and some others.
    pub fn compare(&mut self, everywhere: bool) {
        let mut addresses: Vec<u64> = self.places.clone();
        let largest = ((1_u128 << self.facts.pages[0].size_lg2) - 1) as u64;
        let near = self.last.map(|range| (range.first & !largest, range.last | largest));
        let pieces: Vec<_> = self.reference.all().cloned().collect();
        for piece in pieces {
            let touched = near.is_some_and(|(first, last)| piece.first <= last && first <= piece.last);
            if !everywhere && !touched && !self.random.chance(8) {
                continue;
            }
            let inside = piece.first + self.random.any() % (piece.last - piece.first).max(1);
            let beside = [piece.first.wrapping_sub(1), piece.last.wrapping_add(1)];
            addresses.extend([piece.first, inside, piece.last]);
            addresses.extend(beside);
        }
        addresses.retain(|va| self.facts.is_input(*va));
        let view = self.view();
        for va in addresses {
            self.at(&view, va);
        }
        for (first, last) in self.facts.halves.clone() {
            self.runs(AddressRange::from_first_last(first, last).unwrap());
        }
    }

    /// One address.
    fn at(&self, view: &View<'_>, va: u64) {
        let known = self.reference.at(va);
        let found = view.at(va);
        let walked = self.tree.reader().walk(InputAddress::new(va).unwrap());
        let Some(piece) = known else {
            assert!(found.is_err() && walked.is_err(), "{va:#x} is absent, not {found:x?}, {walked:x?}");
            return;
        };
        let What::Page { oa, .. } = &piece.what else {
            let special = matches!(found, Err(gpt_codegen::interpreter::Fault::Special { .. }));
            assert!(
                special && matches!(walked, Err(gpt_runtime::Fault::Special(_))),
                "{va:#x}: {found:x?}, {walked:x?}"
            );
            return;
        };
        let found = found.unwrap_or_else(|fault| panic!("{} {va:#x}: {fault}", F::MODULE));
        let walked = walked.unwrap_or_else(|fault| panic!("{} {va:#x}: {fault:?}", F::MODULE));
        assert_eq!(found.oa, oa + (va - piece.first), "{} {va:#x}", F::MODULE);
        assert_eq!((walked.va, walked.size_lg2), (found.first, found.size_lg2), "{} {va:#x}", F::MODULE);
        assert_eq!(walked.oa.wrapping_add(va - walked.va), found.oa, "{} {va:#x}", F::MODULE);
        self.says_what_is_known(&found.attributes, piece);
        let named = self.says.named(self.facts, &walked.attributes);
        assert!(gpt_tests::agree(&named, &found.attributes), "{} {va:#x}: {named:?} {:?}", F::MODULE, found.attributes);
    }

    /// All that the tree says is mapped in a range is, and it says all.
    fn runs(&self, range: AddressRange<F>) {
        let mut next = Some(range.first());
        for run in self.tree.reader().mappings(range) {
            assert!(next.is_some_and(|next| run.first >= next) && run.last <= range.last(), "{run:x?}");
            self.nothing(next, run.first.checked_sub(1));
            let said = self.says.named(self.facts, &run.attributes);
            let mut at = run.first;
            for piece in self.reference.within(run.first, run.last) {
                let What::Page { oa, .. } = &piece.what else { panic!("{run:x?} is {piece:x?}") };
                assert_eq!((piece.first, *oa), (at, run.oa + (at - run.first)), "{run:x?} is {piece:x?}");
                // Of several items that make one page, a run says what the first has seen of the hardware.
                self.says_the_same(&said, &piece);
                at = piece.last.wrapping_add(1);
            }
            assert_eq!(at, run.last.wrapping_add(1), "{run:x?} is longer than what is known");
            next = run.last.checked_add(1);
        }
        self.nothing(next, Some(range.last()));
    }

    /// Nothing translates between two addresses.
    fn nothing(&self, first: Option<u64>, last: Option<u64>) {
        let (Some(first), Some(last)) = (first, last) else { return };
        if first <= last {
            let missing = super::range::mapped(&self.reference, Range { first, last });
            assert!(missing.is_empty(), "{} does not say that {missing:x?} are mapped", F::MODULE);
        }
    }

    /// Every entry of the image, in the host's memory and as the hardware sees it.
    pub fn compare_all(&mut self) {
        let seen = self.view().dump();
        assert_eq!(seen.faults, [], "{}", F::MODULE);
        let mut known = 0;
        for run in &seen.runs {
            let pieces = self.reference.within(run.va, run.va + (run.bytes - 1));
            let mut at = run.va;
            for piece in &pieces {
                let What::Page { oa, .. } = &piece.what else { panic!("{run:x?} is {piece:x?}") };
                assert_eq!((piece.first, *oa), (at, run.oa + (at - run.va)), "{run:x?} is {piece:x?}");
                self.says_what_is_known(&run.attributes, piece);
                at = piece.last.wrapping_add(1);
            }
            assert_eq!(at, run.va.wrapping_add(run.bytes), "{run:x?} is longer than what is known");
            known += u128::from(run.bytes);
        }
        let pages = self.reference.all().filter(|piece| matches!(piece.what, What::Page { .. }));
        let expected: u128 = pages.map(|piece| u128::from(piece.last - piece.first) + 1).sum();
        assert_eq!(known, expected, "{}", F::MODULE);
        let raw = View::new(self.facts, self.tree.environment().raw(), self.tree.root());
        assert_eq!(raw.dump(), seen, "{}: something was written that the hardware was not told about", F::MODULE);
    }
}

//! Steps that make large pages of small ones.

use gpt_codegen::interpreter::Value;
use gpt_tests::{PageKind, Piece, Tables, Tested, View, What, settle};

use super::History;
use super::breaking::{breaking, nothing_there};
use super::mode::Mode;
use super::range::{Range, mapped};

/// How many pages of a merged range are looked at.
const LOOKS: usize = 100;

impl<F: Tested> History<'_, F> {
    /// Merges, which changes no translation; what the hardware wrote to one page holds for the large one.
    pub fn merge(&mut self) {
        if !matches!(self.steps.mode, Mode::Owned | Mode::Range) {
            return self.touch();
        }
        let range = self.some_range();
        self.log(format!("merge {range:x?}"));
        let before = self.view();
        let done = breaking!(self, range, nothing_there, owner => owner.merge(range.of()));
        self.pay(done);
        assert_eq!(done.stopped, None);
        let after = self.view();
        let pieces = self.reference.within(range.first, range.last);
        let pages = pieces.iter().filter(|piece| matches!(piece.what, What::Page { .. }));
        for piece in pages {
            for page in self.facts.pages.iter().filter(|page| page.items_lg2 > 0) {
                self.all_that_can_be(page, piece, &before, &after);
            }
        }
        self.events_are_kept(range, &before, &after);
        self.reference.know(range.first, range.last, |_, known| {
            if *known == Some(false) {
                *known = None;
            }
        });
    }

    /// Wherever smaller pages of one table were that lead where a page of several items would, that page is now, or a
    /// larger one.
    fn all_that_can_be(&self, page: &PageKind, piece: &Piece, before: &View<'_>, after: &View<'_>) {
        let bytes = 1_u64 << page.size_lg2;
        let item_bytes = bytes >> page.items_lg2;
        let starts = (0..LOOKS as u64).map_while(|number| {
            let first = piece.first.checked_next_multiple_of(bytes)?.checked_add(number.checked_mul(bytes)?)?;
            (first <= piece.last && piece.last - first >= bytes - 1).then_some(first)
        });
        for first in starts {
            let start = before.at(first).expect("it is mapped");
            let in_reach = (start.oa >> page.reach_bits.min(63)) == 0 || page.reach_bits >= 64;
            let small = |va| {
                let found = before.at(va).expect("it is mapped");
                found.level == page.level && found.size_lg2 < page.size_lg2
            };
            let mut items = (0..1_u64 << page.items_lg2).map(|item| first + item * item_bytes);
            if start.oa & (bytes - 1) == 0 && in_reach && items.all(small) {
                let now = after.at(first).expect("it stays mapped");
                assert!(now.size_lg2 >= page.size_lg2, "{} {first:#x}: {now:x?} is no {page:x?}", F::MODULE);
            }
        }
    }

    /// What was known to have happened to a page is said by the larger one that it is in, at both ends.
    fn events_are_kept(&self, range: Range, before: &View<'_>, after: &View<'_>) {
        let mut looks = 0;
        for (first, last) in mapped(&self.reference, range) {
            let mut next = Some(first);
            while let Some(va) = next.filter(|va| *va <= last && looks < LOOKS) {
                let page = after.at(va).expect("it stays mapped");
                looks += 1;
                next = page.last.checked_add(1);
                if before.at(va).expect("it was mapped").size_lg2 >= page.size_lg2 {
                    continue;
                }
                let ends = [after.at(page.first), after.at(page.last)].map(|end| end.expect("it stays mapped"));
                for piece in self.reference.within(page.first, page.last) {
                    let What::Page { events, .. } = &piece.what else { panic!("{page:x?} is {piece:x?}") };
                    for (name, _) in events.iter().filter(|(_, known)| **known == Some(true)) {
                        let said = ends.iter().all(|end| end.attributes.get(name) == Some(&Value::Flag(true)));
                        assert!(said, "{} {va:#x}: {name} of {piece:x?} is lost", F::MODULE);
                    }
                }
            }
        }
    }
}

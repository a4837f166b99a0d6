//! Steps that take things out, and what they report.

use gpt_codegen::interpreter::Attributes;
use gpt_runtime::{AddressRange, GRANULE_BYTES, Mapping, Removed};
use gpt_tests::{Done, Piece, Tested, View, What, agree};

use super::History;
use super::mode::Mode;
use super::range::{Range, extent, mapped};

/// What an operation reported.
struct Reported<F: Tested> {
    pages: Vec<Mapping<F::Attributes>>,
    specials: Vec<(u64, u32, F::Special)>,
}

impl<F: Tested> Reported<F> {
    fn add(&mut self, removed: Removed<F>) {
        match removed {
            Removed::Page(page) => self.pages.push(page),
            Removed::Special { va, size_lg2, special } => self.specials.push((va, size_lg2, special)),
        }
    }
}

impl<F: Tested> History<'_, F> {
    pub fn unmap(&mut self) {
        let range = self.some_range();
        let breaks = self.breaks();
        self.log(format!("unmap {range:x?}{}", if breaks { " through absent" } else { "" }));
        let before = View::new(self.facts, self.tree.environment().seen(), self.tree.root());
        let mut reported = Reported { pages: Vec::new(), specials: Vec::new() };
        let done = if breaks {
            self.unmap_breaking(range, &mut |removed| reported.add(removed))
        } else {
            self.do_unmap(range.of(), &mut |removed| reported.add(removed))
        };
        let until = self.until(&done, range, &before);
        if breaks && done.stopped.is_some() {
            assert!(self.cut(range, &before).contains(&false), "{} {done:?}", F::MODULE);
        }
        self.taken(range, until, &done, &before, &reported);
    }

    /// Compares what was reported with what was there, and takes it out of the reference.
    fn taken(&mut self, range: Range, until: Option<u64>, done: &Done, before: &View<'_>, reported: &Reported<F>) {
        let part = until.map(|last| Range { first: range.first, last });
        let pages = part.map(|part| mapped(&self.reference, part)).unwrap_or_default();
        let hull = extent(&pages, before);
        let mut taken = part.map(|part| self.reference.take(part.first, part.last)).unwrap_or_default();
        // An entry that says something without translating goes as a whole.
        for (va, size_lg2, special) in &reported.specials {
            let last = va | ((1_u128 << size_lg2) - 1) as u64;
            let number = self.says.specials.iter().position(|known| known == special);
            taken.extend(self.reference.take(*va, last));
            let said = taken.iter().filter(|piece| *va <= piece.last && piece.first <= last);
            assert!(said.clone().count() > 0, "{special:?} at {va:#x} was not there");
            said.for_each(|piece| assert_eq!(Some(&piece.what), number.map(What::Special).as_ref()));
        }
        for page in &reported.pages {
            self.reported(page, &taken, before, range);
        }
        let covered: u128 = reported.pages.iter().map(|page| 1_u128 << page.size_lg2).sum();
        let expected: u128 = pages.iter().map(|(first, last)| u128::from(last - first) + 1).sum();
        assert_eq!(covered, expected, "pages were reported twice, or not at all: {:x?}", reported.pages);
        let mut order: Vec<u64> = reported.pages.iter().map(|page| page.va).collect();
        order.sort_unstable();
        order.dedup();
        assert_eq!(order.len(), reported.pages.len(), "a page was reported twice");
        self.owed(hull, done, reported);
    }

    /// Compares one reported page with the interval that it was in, and with the page that the interpreter saw there.
    fn reported(&self, page: &Mapping<F::Attributes>, taken: &[Piece], before: &View<'_>, range: Range) {
        let last = page.va | ((1_u128 << page.size_lg2) - 1) as u64;
        assert!(range.first <= page.va && last <= range.last, "{page:x?} is not in {range:x?}");
        let seen = before.at(page.va).expect("it was mapped");
        if range.first <= seen.first && seen.last <= range.last {
            assert_eq!((page.va, page.size_lg2), (seen.first, seen.size_lg2), "a whole page was reported in parts");
        }
        let said = self.says.named(self.facts, &page.attributes);
        for piece in taken.iter().filter(|piece| page.va <= piece.last && piece.first <= last) {
            let What::Page { oa, .. } = &piece.what else { panic!("{page:x?} was {piece:x?}") };
            let at = page.va.max(piece.first);
            assert_eq!(page.oa + (at - page.va), oa + (at - piece.first), "{page:x?} was {piece:x?}");
            self.says_what_is_known(&said, piece);
        }
    }

    /// Nothing but what the hardware may write differs from what is known, and nothing of that is lost.
    pub fn says_what_is_known(&self, said: &Attributes, piece: &Piece) {
        self.says_the_same(said, piece);
        let What::Page { events, .. } = &piece.what else { return };
        for (name, known) in events.iter().filter(|(name, _)| said.contains_key(*name)) {
            let now = said[name] == gpt_codegen::interpreter::Value::Flag(true);
            assert!(known.is_none_or(|known| known == now), "{} {name} is {now} in {piece:x?}", F::MODULE);
        }
    }

    /// Nothing but what the hardware may write differs from what is known.
    pub fn says_the_same(&self, said: &Attributes, piece: &Piece) {
        let What::Page { says, .. } = &piece.what else { panic!("{piece:x?} does not translate") };
        let plain: Attributes = said
            .iter()
            .filter(|(name, _)| !self.says.events.contains(*name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        assert!(agree(&plain, says), "{}: {plain:?} is not {says:?}", F::MODULE);
    }

    /// What is owed covers what changed and, where no table went, nothing else.
    fn owed(&self, hull: Option<(u64, u64)>, done: &Done, reported: &Reported<F>) {
        let specials = reported.specials.iter().map(|(va, size_lg2, _)| (*va, va | ((1_u128 << size_lg2) - 1) as u64));
        let all = specials.chain(hull);
        let hull = all.reduce(|(low, high), (first, last)| (low.min(first), high.max(last)));
        let Some((low, high)) = hull else {
            assert!(done.owed.is_none_or(|owed| owed.tables || done.stopped.is_some()), "{done:x?}");
            return;
        };
        let owed = done.owed.expect("something changed");
        assert!(owed.first <= low && high <= owed.last, "{owed:x?} does not cover {low:x}..={high:x}");
        assert!(
            owed.tables || done.stopped.is_some() || (owed.first, owed.last) == (low, high),
            "{owed:x?}: {low:x}..={high:x}"
        );
        let smallest = reported.pages.iter().map(|page| page.size_lg2).min();
        assert!(
            smallest
                .is_none_or(|size_lg2| owed.smallest_page_lg2 <= size_lg2.max(owed.smallest_page_lg2.min(size_lg2)))
        );
        assert!(owed.levels != 0);
    }

    /// Takes everything out: all that is known is reported, and the root alone is left.
    pub fn take_all(&mut self) {
        for (first, last) in self.facts.halves.clone() {
            let range = Range { first, last };
            self.log(format!("unmap all of {range:x?}"));
            let before = View::new(self.facts, self.tree.environment().seen(), self.tree.root());
            let mut reported = Reported { pages: Vec::new(), specials: Vec::new() };
            let done = if self.steps.mode == Mode::Prepared {
                // Nothing is split here, so nothing has to be prepared.
                let all: AddressRange<F> = range.of();
                let done = gpt_tests::unmap(&self.tree, all, &mut |removed| reported.add(removed));
                self.pay(done)
            } else {
                self.do_unmap_at_once(range.of(), &mut |removed| reported.add(removed))
            };
            assert_eq!(done.stopped, None);
            self.taken(range, Some(last), &done, &before, &reported);
        }
        assert_eq!(self.reference.all().count(), 0);
        self.tree.reclaim();
        let root = self.facts.checked.format().level(self.facts.root).table_bytes as usize;
        let used = self.tree.environment().used_bytes();
        assert_eq!(used, root.next_multiple_of(GRANULE_BYTES), "{}: tables leaked", F::MODULE);
    }
}

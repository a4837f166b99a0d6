//! Random histories on one thread, in every mode, with every policy, against a reference that keeps page by page what
//! is mapped.
#![cfg(not(loom))]
#![allow(unsafe_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod toy;

use gpt_runtime::{
    AddressRange, EmptyTables, Epochs, Format, InputAddress, Invalidation, Obligation, PageTable, Reason, Removed,
    SingleThread,
};
use toy::environment::Counting;
use toy::reference::{Found, Hardware, Page, Random, Reference, Toy, census};
use toy::{Change, Says};

/// Who changes the tree.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Mode {
    Shared,
    Range,
    Owned,
}

/// Something done to a tree, and what it left to pay and why it stopped.
struct Done {
    owed: Option<Invalidation>,
    stopped: Option<(Reason, u64)>,
}

struct History<F: Toy> {
    tree: PageTable<F, Counting>,
    reference: Reference<F>,
    random: Random,
    mode: Mode,
    empty_tables: EmptyTables,
}

fn settle<F: Toy>(
    outcome: Result<Obligation<'_, F, Counting, Epochs>, gpt_runtime::Incomplete<'_, F, Counting, Epochs>>,
) -> Done {
    let (stopped, obligation) = match outcome {
        Ok(obligation) => (None, obligation),
        Err(incomplete) => (Some((incomplete.reason, incomplete.at)), incomplete.obligation),
    };
    let owed = obligation.invalidation();
    obligation.acknowledge();
    Done { owed, stopped }
}

macro_rules! in_mode {
    ($history:expr, $range:expr, $tree:ident => $call:expr) => {{
        let outcome = match $history.mode {
            Mode::Shared => {
                let $tree = &$history.tree;
                $call
            }
            Mode::Owned => {
                let mut owner = $history.tree.exclusive();
                let $tree = &mut owner;
                $call
            }
            Mode::Range => {
                let mut owner = $history.tree.exclusive().ranges($range);
                let $tree = &mut owner;
                $call
            }
        };
        settle(outcome)
    }};
}

impl<F: Toy> History<F> {
    fn new(seed: u64, mode: Mode, empty_tables: EmptyTables) -> Self {
        let tree = PageTable::new(Counting::default(), Epochs::new()).unwrap();
        Self { tree, reference: Reference::new(), random: Random::new(seed), mode, empty_tables }
    }

    /// The numbers of the first page and of the page behind the last of some range, and the range.
    fn some_range(&mut self) -> (usize, usize, AddressRange<F>) {
        let pages = self.reference.pages.len() as u64;
        // Sign-extended addresses have a hole in the middle.
        let halves = if F::SIGN_EXTENDED { 2 } else { 1 };
        let half = self.random.below(halves) * (pages / halves);
        let longest = if self.random.chance(4) { pages / halves } else { (pages / halves).min(12) };
        let start = self.random.below(pages / halves);
        let count = 1 + self.random.below(longest.min(pages / halves - start));
        // Often exactly a large page, or many.
        let (start, count) = match self.random.below(3) {
            0 => {
                let large = 1 << self.random.below(5);
                let start = start & !(large - 1);
                (start, large.min(pages / halves - start))
            }
            _ => (start, count),
        };
        let (first, end) = ((half + start) as usize, (half + start + count) as usize);
        let last = Reference::<F>::va(end - 1) | ((1 << Reference::<F>::PAGE_LG2) - 1);
        (first, end, AddressRange::from_first_last(Reference::<F>::va(first), last).unwrap())
    }

    fn hardware(&self, va: u64, set: Says) -> Option<Found> {
        let walker = Hardware { environment: self.tree.environment(), va, set };
        F::at_root(self.tree.root_table().level, self.tree.root(), walker)
    }

    /// The address of the first and last byte of the page that the hardware finds at `va`.
    fn page_at(&self, number: usize) -> Option<(u64, u64)> {
        let va = Reference::<F>::va(number);
        let mask = (1u64 << self.hardware(va, Says::default())?.size_lg2) - 1;
        Some((va & !mask, va | mask))
    }

    fn map(&mut self) {
        let (first, end, range) = self.some_range();
        let says = Says { write: self.random.chance(2), key: self.random.below(4) as u8, ..Says::default() };
        let mut sizes = u64::MAX;
        if self.random.chance(3) {
            sizes = self.random.next() | (1 << Reference::<F>::PAGE_LG2);
        }
        let page_bytes = 1u64 << Reference::<F>::PAGE_LG2;
        let output_last = if F::OUTPUT_BITS == 64 { u64::MAX } else { (1 << F::OUTPUT_BITS) - 1 };
        let highest = (output_last - (range.last() - range.first())) / page_bytes;
        let oa = match self.random.below(3) {
            0 if Reference::<F>::number(range.first()) as u64 <= highest => {
                Reference::<F>::number(range.first()) as u64 * page_bytes
            }
            1 => highest * page_bytes,
            _ => self.random.below(highest.saturating_add(1)) * page_bytes,
        };
        let done = in_mode!(self, range, tree => tree.map_with_sizes(range, oa, &says, sizes));
        let occupied = (first..end).find(|number| self.reference.pages[*number].is_some());
        let reached = occupied.unwrap_or(end);
        match occupied {
            None => assert_eq!(done.stopped, None, "mapping {range:?}"),
            Some(number) => {
                assert_eq!(done.stopped, Some((Reason::Occupied, Reference::<F>::va(number))), "mapping {range:?}");
            }
        }
        for number in first..reached {
            let oa = oa + (number - first) as u64 * page_bytes;
            self.reference.pages[number] = Some(Page { oa, says });
        }
        if F::CACHES.absent && reached > first {
            let owed = done.owed.expect("absent entries are cached");
            assert_eq!((owed.first, owed.last), (range.first(), Reference::<F>::va(reached - 1) | (page_bytes - 1)));
        } else if F::NAME == "Dual" {
            // An entry that got a second table may be in a cache without it.
            assert!(done.owed.is_none_or(|owed| range.first() <= owed.first && owed.last <= range.last()));
        } else {
            assert_eq!(done.owed, None);
        }
    }

    /// Whether the range begins or ends inside a page that this format has no way to split: the smaller pages would
    /// be in another table beside the page's own.
    fn cuts_unsplittable(&self, first: usize, end: usize) -> bool {
        let cut = |number, edge: fn((u64, u64), u64) -> bool| {
            self.page_at(number).is_some_and(|page| edge(page, Reference::<F>::va(number)))
        };
        F::NAME == "Dual" && (cut(first, |(low, _), va| low != va) || cut(end - 1, |(_, high), va| high != va | 0xfff))
    }

    fn unmap(&mut self) {
        let (first, end, range) = self.some_range();
        if self.cuts_unsplittable(first, end) {
            return;
        }
        // The pages that lie only partly in the range are split, and so noted whole.
        let mapped: Vec<_> = (first..end).filter(|number| self.reference.pages[*number].is_some()).collect();
        let extent = mapped.first().zip(mapped.last());
        let extent = extent.and_then(|(low, high)| Some((self.page_at(*low)?.0, self.page_at(*high)?.1)));
        let before = census::<F>(self.tree.environment(), self.tree.root_table().level, self.tree.root()).len();

        let mut removed = Vec::new();
        let policy = self.empty_tables;
        let done = in_mode!(self, range, tree => tree.unmap(range, policy, |page| removed.push(page)));
        assert_eq!(done.stopped, None, "unmapping {range:?}");
        for removed in removed {
            let Removed::Page(page) = removed else { panic!("nothing special was ever put there") };
            for offset in 0..1 << (page.size_lg2 - Reference::<F>::PAGE_LG2) {
                let bytes = (offset as u64) << Reference::<F>::PAGE_LG2;
                let number = Reference::<F>::number(page.va + bytes);
                assert!((first..end).contains(&number), "{page:?} is not in {range:?}");
                let known = self.reference.pages[number].take().expect("it was mapped");
                assert_eq!(page.oa + bytes, known.oa);
                assert_says(page.attributes, known.says);
            }
        }
        for number in first..end {
            assert_eq!(self.reference.pages[number], None, "page {number} was not reported");
        }
        let tables = census::<F>(self.tree.environment(), self.tree.root_table().level, self.tree.root());
        let owed = done.owed;
        if extent.is_none() && !owed.is_some_and(|owed| owed.tables) {
            assert_eq!(owed, None);
        }
        if let Some((low, high)) = extent {
            let owed = owed.expect("something was unmapped");
            if owed.tables {
                assert!(owed.first <= low && high <= owed.last);
            } else {
                assert_eq!((owed.first, owed.last), (low, high), "{owed:?}");
            }
        }
        let numbers = Reference::<F>::number(range.first())..=Reference::<F>::number(range.last());
        for table in tables.iter().filter(|table| !table.root) {
            let (low, high) = (Reference::<F>::number(table.first), Reference::<F>::number(table.last));
            let touched = low <= *numbers.end() && high >= *numbers.start();
            let covered = numbers.contains(&low) && numbers.contains(&high);
            match policy {
                EmptyTables::AtOnce => assert!(!touched || table.items > 0, "{table:x?} is empty"),
                EmptyTables::WhenCovered => assert!(!covered, "{table:x?} was covered by {range:?}"),
                EmptyTables::Never => {}
            }
        }
        if policy == EmptyTables::Never {
            assert!(tables.len() >= before);
        }
    }

    fn protect(&mut self) {
        let (first, end, range) = self.some_range();
        if self.cuts_unsplittable(first, end) {
            return;
        }
        let change = Change {
            write: self.random.chance(2).then(|| self.random.chance(2)),
            key: self.random.chance(2).then(|| self.random.below(3) as u8),
        };
        let changes = |page: &Page| {
            change.write.is_some_and(|write| write != page.says.write)
                || change.key.is_some_and(|key| key != page.says.key)
        };
        let changed: Vec<_> =
            (first..end).filter(|number| self.reference.pages[*number].as_ref().is_some_and(changes)).collect();
        let extent = changed.first().zip(changed.last());
        let extent = extent.and_then(|(low, high)| Some((self.page_at(*low)?.0, self.page_at(*high)?.1)));
        let done = in_mode!(self, range, tree => tree.protect(range, &change));
        assert_eq!(done.stopped, None, "protecting {range:?}");
        assert_eq!(done.owed.map(|owed| (owed.first, owed.last)), extent, "protecting {range:?}");
        for page in self.reference.pages[first..end].iter_mut().flatten() {
            page.says.write = change.write.unwrap_or(page.says.write);
            page.says.key = change.key.unwrap_or(page.says.key);
        }
    }

    /// The hardware uses some pages.
    fn touch(&mut self) {
        for _ in 0..4 {
            let number = self.random.below(self.reference.pages.len() as u64) as usize;
            let set = Says { accessed: true, dirty: self.random.chance(2), ..Says::default() };
            self.hardware(Reference::<F>::va(number), set);
            if let Some(page) = &mut self.reference.pages[number] {
                page.says.accessed = true;
                page.says.dirty |= set.dirty && page.says.write;
            }
        }
    }

    /// What was dirty is reported, and clean afterwards.
    fn take_dirty(&mut self) {
        let (first, end, range) = self.some_range();
        if self.mode != Mode::Shared {
            return;
        }
        let mut taken = Vec::new();
        self.tree.take_dirty(range, |page| taken.push(*page)).unwrap().acknowledge();
        let mut reported = vec![false; self.reference.pages.len()];
        for page in taken {
            for offset in 0..1 << (page.size_lg2 - Reference::<F>::PAGE_LG2) {
                let bytes = (offset as u64) << Reference::<F>::PAGE_LG2;
                let number = Reference::<F>::number(page.va + bytes);
                let known = self.reference.pages[number].as_mut().expect("it is mapped");
                assert_eq!(page.oa + bytes, known.oa);
                reported[number] = true;
                known.says.dirty = false;
            }
        }
        for (number, reported) in reported.iter().enumerate().take(end).skip(first) {
            let dirty = self.reference.pages[number].is_some_and(|page| page.says.dirty);
            assert!(!dirty, "page {number} was dirty, reported: {reported}");
        }
    }

    fn check(&mut self) {
        let reader = self.tree.reader();
        for (number, known) in self.reference.pages.iter().enumerate() {
            let va = Reference::<F>::va(number);
            let hardware = self.hardware(va, Says::default());
            let walk = reader.walk(InputAddress::new(va).unwrap()).ok();
            assert_eq!(hardware.map(|found| found.oa), known.map(|page| page.oa), "the hardware at page {number}");
            assert_eq!(walk.map(|page| page.oa + (va - page.va)), known.map(|page| page.oa), "a walk of page {number}");
            if let (Some(known), Some(hardware), Some(walk)) = (known, hardware, walk) {
                assert_says(hardware.says, known.says);
                assert_says(walk.attributes, known.says);
                assert_eq!(walk.size_lg2, hardware.size_lg2);
            }
        }
        drop(reader);
        self.check_runs();
        self.tree.environment().assert_clean();
        self.tree.reclaim();
        let tables = census::<F>(self.tree.environment(), self.tree.root_table().level, self.tree.root());
        assert_eq!(tables.len(), self.tree.environment().live(), "tables that nothing leads to");
    }

    fn check_runs(&mut self) {
        let (first, end, range) = self.some_range();
        let reader = self.tree.reader();
        let runs: Vec<_> = reader.mappings(range).collect();
        let page_bytes = 1u64 << Reference::<F>::PAGE_LG2;
        let mut seen = vec![None; self.reference.pages.len()];
        let mut behind = range.first();
        for run in &runs {
            assert!(run.first >= behind && run.last <= range.last(), "{runs:x?} in {range:?}");
            behind = run.last;
            for offset in 0..=(run.last - run.first) / page_bytes {
                seen[Reference::<F>::number(run.first) + offset as usize] =
                    Some((run.oa + offset * page_bytes, run.attributes.write, run.attributes.key));
            }
        }
        for (number, (known, seen)) in self.reference.pages.iter().zip(&seen).enumerate() {
            let known = known.filter(|_| (first..end).contains(&number));
            let known = known.map(|page| (page.oa, page.says.write, page.says.key));
            assert_eq!(*seen, known, "runs {runs:x?} at page {number}");
        }
        for pair in runs.windows(2) {
            let joined = pair[0].last.wrapping_add(1) == pair[1].first
                && pair[0].oa.checked_add(pair[0].last - pair[0].first + 1) == Some(pair[1].oa)
                && pair[0].attributes == pair[1].attributes;
            assert!(!joined, "{pair:x?} are one run");
        }
    }

    fn run(mut self, steps: usize) {
        for _ in 0..steps {
            match self.random.below(9) {
                0..3 => self.map(),
                3..5 => self.unmap(),
                5 | 6 => self.protect(),
                7 => self.take_dirty(),
                _ => self.touch(),
            }
            self.check();
        }
    }
}

/// Nothing is lost: what is known must be said, and only accessed and dirty may be said of neighbours too.
fn assert_says(says: Says, known: Says) {
    assert_eq!((says.write, says.key), (known.write, known.key));
    assert!(says.accessed || !known.accessed, "an accessed bit was lost");
    assert!(says.dirty || !known.dirty, "a dirty bit was lost");
}

fn histories<F: Toy>() {
    for mode in [Mode::Shared, Mode::Range, Mode::Owned] {
        for empty_tables in [EmptyTables::AtOnce, EmptyTables::WhenCovered, EmptyTables::Never] {
            for seed in 0..12 {
                let name = std::panic::AssertUnwindSafe(|| History::<F>::new(seed, mode, empty_tables).run(60));
                if let Err(panic) = std::panic::catch_unwind(name) {
                    eprintln!("{} {mode:?} {empty_tables:?} seed {seed}", F::NAME);
                    std::panic::resume_unwind(panic);
                }
            }
        }
    }
}

#[test]
fn three_levels() {
    histories::<toy::Three>();
}

#[test]
fn runs_of_items() {
    histories::<toy::Runs>();
}

#[test]
fn two_children() {
    histories::<toy::Dual>();
}

#[test]
fn all_of_64_bits() {
    histories::<toy::Full>();
}

#[test]
fn one_table_of_64_bits() {
    histories::<toy::Flat>();
}

/// A tree that one thread uses frees what is acknowledged at once, also when the callback of one operation runs another.
#[test]
fn callback_takes_the_other_child_out() {
    let tree: PageTable<toy::Dual, Counting, SingleThread> =
        PageTable::new(Counting::new(false), SingleThread::default()).unwrap();
    let says = Says::default();
    let range = |start, bytes| AddressRange::new(start, bytes).unwrap();
    // One page of 16 KiB and one of 4 KiB below the same entry, in two tables.
    tree.map(range(0, 0x4000), 0x10000, &says).unwrap().acknowledge();
    tree.map(range(0x8000, 0x1000), 0x20000, &says).unwrap().acknowledge();
    let mut inner = 0;
    let outer = tree.unmap(range(0, 0x10000), EmptyTables::AtOnce, |_| {
        inner += 1;
        tree.unmap(range(0x8000, 0x1000), EmptyTables::AtOnce, |_| {}).unwrap().acknowledge();
    });
    outer.unwrap().acknowledge();
    assert_eq!(inner, 1);
    let tables = census::<toy::Dual>(tree.environment(), tree.root_table().level, tree.root());
    assert_eq!((tables.len(), tree.environment().live()), (1, 1));
    assert_eq!(toy::Dual::NAME, "Dual");
}

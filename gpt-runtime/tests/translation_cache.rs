//! A walker that caches what it read: pages, and the table entries on the way. For each way in which hardware lets itself be
//! told what to forget, random histories are followed; after each debt that was paid nothing in the cache says anything
//! else than the tables do, and a table that the cache leads to is never one that was freed.
#![cfg(not(loom))]
#![allow(unsafe_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod toy;

use std::marker::PhantomData;

use gpt_runtime::{AddressRange, Class, EmptyTables, Epochs, Invalidation, Level, PageTable, Visitor, Word};
use toy::environment::Counting;
use toy::reference::{Random, Reference, Toy, cell, swap};
use toy::{Change, Says};

/// How hardware is told what to forget.
#[derive(Clone, Copy, Debug)]
enum Flush {
    /// One address after the other, in steps of the smallest page that changed.
    Pages,
    /// The smallest block of a power of two of bytes, aligned to its size.
    PowerOfTwo,
    /// From the first to the last address.
    Range,
    /// As above, and only what was read at some levels.
    Levels,
    /// All.
    Context,
}

/// A cached entry: a page, or a table entry with its children.
#[derive(Clone, Debug, PartialEq)]
struct Cached {
    level: u8,
    first: u64,
    last: u64,
    page: Option<u64>,
    children: Vec<Option<u64>>,
}

/// What the hardware remembers.
#[derive(Default)]
struct Cache {
    entries: Vec<Cached>,
}

impl Cache {
    fn find(&self, level: u8, va: u64) -> Option<Cached> {
        self.entries.iter().find(|it| it.level == level && it.first <= va && va <= it.last).cloned()
    }

    fn forget(&mut self, how: Flush, what: Invalidation) {
        let Invalidation { first, last, smallest_page_lg2, levels, tables } = what;
        let kind = |it: &Cached| it.page.is_some() || tables;
        let overlaps = |it: &Cached, first, last| it.first <= last && first <= it.last;
        match how {
            Flush::Pages => {
                for va in (first..=last).step_by(1 << smallest_page_lg2) {
                    self.entries.retain(|it| !(kind(it) && it.first <= va && va <= it.last));
                }
            }
            Flush::PowerOfTwo => {
                let mask =
                    (0..64).map(|bits| (1_u64 << bits) - 1).find(|mask| first | mask == last | mask).unwrap_or(!0);
                self.entries.retain(|it| !(kind(it) && overlaps(it, first & !mask, last | mask)));
            }
            Flush::Range => self.entries.retain(|it| !(kind(it) && overlaps(it, first, last))),
            Flush::Levels => {
                self.entries.retain(|it| !(kind(it) && overlaps(it, first, last) && levels >> it.level & 1 == 1));
            }
            Flush::Context => self.entries.clear(),
        }
    }
}

/// Walks the raw words, from what is cached on; gives what the address leads to.
struct Walker<'w, F> {
    environment: &'w Counting,
    cache: &'w mut Cache,
    va: u64,
    first: u64,
    format: PhantomData<F>,
}

/// What an entry says, as the hardware remembers it.
fn entry<L: Level>(environment: &Counting, table: u64, first: u64, va: u64) -> Option<Cached> {
    let index = ((va >> L::INDEX_LOW) & ((1 << L::INDEX_BITS) - 1)) as usize;
    // SAFETY: the environment panics where the table is not allocated.
    let cell = unsafe { cell::<L, _>(environment, table, index) };
    let word = L::Word::load::<L>(cell).swapped_if(swap::<L>());
    let first = first | ((index as u64) << L::INDEX_LOW);
    let shape = L::PAGES.get(L::page_shape(word));
    let page = (L::class(word) == Class::Page).then(|| match shape {
        // A run is remembered item by item.
        Some(shape) if !shape.own_address => L::page_address(word) + (first & ((1 << shape.size_lg2) - 1)),
        _ => L::page_address(word),
    });
    let is_table = L::class(word) == Class::Table;
    let children = (0..L::CHILDREN.len()).map(|child| L::child(word, child).filter(|_| is_table)).collect();
    let last = first | ((1 << L::INDEX_LOW) - 1);
    (page.is_some() || is_table).then_some(Cached { level: L::NUMBER, first, last, page, children })
}

impl<F: Toy> Visitor<F> for Walker<'_, F> {
    type Output = Option<u64>;

    fn visit<L: Level<Format = F>>(self, table: u64) -> Option<u64> {
        let found = match self.cache.find(L::NUMBER, self.va) {
            Some(cached) => cached,
            None => {
                let found = entry::<L>(self.environment, table, self.first, self.va)?;
                self.cache.entries.push(found.clone());
                found
            }
        };
        if let Some(oa) = found.page {
            return Some(oa + (self.va - found.first));
        }
        for (child, table) in found.children.iter().enumerate() {
            let Some(table) = *table else { continue };
            let below = Walker::<F> { cache: &mut *self.cache, first: found.first, ..self };
            if let Some(oa) = L::descend(child, table, below) {
                return Some(oa);
            }
        }
        None
    }

    fn dead_end(self) -> Option<u64> {
        panic!("the hardware walked into nowhere")
    }
}

struct History<F: Toy> {
    tree: PageTable<F, Counting>,
    cache: Cache,
    how: Flush,
    random: Random,
}

impl<F: Toy> History<F> {
    fn use_address(&mut self, va: u64) -> Option<u64> {
        let root = self.tree.root_table();
        let mask = if F::INPUT_BITS >= 64 { u64::MAX } else { (1 << F::INPUT_BITS) - 1 };
        let (environment, cache) = (self.tree.environment(), &mut self.cache);
        let walker = Walker::<F> { environment, cache, va: va & mask, first: 0, format: PhantomData };
        F::at_root(root.level, root.address, walker)
    }

    fn use_some(&mut self) {
        for _ in 0..12 {
            let number = self.random.below(Reference::<F>::new().pages.len() as u64);
            self.use_address(number << Reference::<F>::PAGE_LG2);
        }
    }

    /// Every address leads where the tables say.
    fn assert_fresh(&mut self, step: &str) {
        for number in 0..Reference::<F>::new().pages.len() as u64 {
            let va = number << Reference::<F>::PAGE_LG2;
            let cached = self.use_address(va);
            let kept = std::mem::take(&mut self.cache);
            let fresh = self.use_address(va);
            self.cache = kept;
            assert_eq!(cached, fresh, "{} {va:#x} with {:?} after {step}", F::NAME, self.how);
        }
        // Not all of that is remembered.
        let mut kept = Vec::new();
        for entry in std::mem::take(&mut self.cache.entries) {
            if self.random.chance(2) {
                kept.push(entry);
            }
        }
        self.cache.entries = kept;
    }

    fn step(&mut self, empty_tables: EmptyTables) {
        let pages = Reference::<F>::new().pages.len() as u64;
        let half = if F::SIGN_EXTENDED { pages / 2 } else { pages };
        let count = 1 + self.random.below(half.min(24));
        let start = self.random.below(half - count + 1) + if self.random.chance(2) { pages - half } else { 0 };
        let first = Reference::<F>::va(start as usize);
        let last = Reference::<F>::va((start + count - 1) as usize) | ((1 << Reference::<F>::PAGE_LG2) - 1);
        let range = AddressRange::from_first_last(first, last).unwrap();
        let oa = start << Reference::<F>::PAGE_LG2;
        let says = Says { write: self.random.chance(2), ..Says::default() };
        let (name, outcome) = match self.random.below(6) {
            0 | 1 => ("map", self.tree.map(range, oa, &says)),
            2 | 3 => ("unmap", self.tree.unmap(range, empty_tables, |_| {})),
            4 => ("remap", self.tree.remap(range, oa ^ (1 << Reference::<F>::PAGE_LG2) << 6)),
            _ => ("protect", self.tree.protect(range, &Change { write: Some(says.write), key: None })),
        };
        let obligation = outcome.unwrap_or_else(|stop| stop.obligation);
        let owed = obligation.invalidation();
        // Until it is paid for, the old may be used; but nothing that was freed.
        let environment = self.tree.environment();
        for _ in 0..8 {
            let number = self.random.below(pages);
            let root = self.tree.root_table();
            let va = number << Reference::<F>::PAGE_LG2;
            let walker = Walker::<F> { environment, cache: &mut self.cache, va, first: 0, format: PhantomData };
            F::at_root(root.level, root.address, walker);
        }
        if let Some(owed) = owed {
            let mask = if F::INPUT_BITS >= 64 { u64::MAX } else { (1 << F::INPUT_BITS) - 1 };
            self.cache.forget(self.how, Invalidation { first: owed.first & mask, last: owed.last & mask, ..owed });
        }
        obligation.acknowledge();
        self.tree.reclaim();
        self.assert_fresh(name);
    }
}

fn histories<F: Toy>() {
    for how in [Flush::Pages, Flush::PowerOfTwo, Flush::Range, Flush::Levels, Flush::Context] {
        for (seed, empty_tables) in
            (1..).zip([EmptyTables::AtOnce, EmptyTables::WhenCovered, EmptyTables::Never, EmptyTables::AtOnce])
        {
            let tree = PageTable::new(Counting::new(false), Epochs::new()).unwrap();
            let mut history = History::<F> { tree, cache: Cache::default(), how, random: Random::new(seed) };
            for _ in 0..150 {
                history.use_some();
                history.step(empty_tables);
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
fn two_tables_side_by_side() {
    histories::<toy::Dual>();
}

#[test]
fn either_of_two_tables() {
    histories::<toy::Either>();
}

/// The emulation sees what it is for: a change that is not paid for leaves something stale.
#[test]
#[should_panic(expected = "after unpaid")]
fn what_is_not_invalidated_is_stale() {
    let tree = PageTable::new(Counting::new(false), Epochs::new()).unwrap();
    let mut history =
        History::<toy::Three> { tree, cache: Cache::default(), how: Flush::Range, random: Random::new(1) };
    let range = AddressRange::new(0, 0x1000).unwrap();
    history.tree.map(range, 0, &Says::default()).unwrap().acknowledge();
    history.use_address(0);
    history.tree.unmap(range, EmptyTables::Never, |_| {}).unwrap().acknowledge();
    history.assert_fresh("unpaid");
}

//! Storms of operations on real threads, overlapping in every way, while readers and an emulated hardware walker look on.
//!
//! Every page maps to an output address that tells its input address and its generation, and its key follows from the
//! generation: what anybody sees can be checked by itself. What was mapped, removed, dirtied and taken is counted for
//! each page and has to add up in the end, as do the tables.
//!
//! `GPT_STRESS_SECONDS` says how long all storms together last (10 by default), `GPT_STRESS_SEED` what they begin with.
#![cfg(all(not(loom), feature = "std"))]
#![allow(unsafe_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod toy;

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant, SystemTime};

use gpt_runtime::{AddressRange, EmptyTables, Epochs, InputAddress, Mapping, Obligation, PageTable, Reason, Removed};
use toy::environment::Counting;
use toy::reference::{Found, Hardware, Random, Reference, Toy, census};
use toy::{Change, Says};

const PAGE_LG2: u32 = 12;
const PAGE: u64 = 1 << PAGE_LG2;
/// Pages below this one belong to one thread alone, which owns their range. It shares a table with the page behind.
const OWNED: usize = 6;

/// What happened to one page.
#[derive(Default)]
struct Account {
    mapped: AtomicUsize,
    removed: AtomicUsize,
    dirtied: AtomicUsize,
    cleaned: AtomicUsize,
}

struct Storm<F: Toy> {
    tree: PageTable<F, Counting>,
    accounts: Vec<Account>,
    over: AtomicBool,
}

/// The output address of a page in a generation.
fn output<F: Toy>(number: usize, generation: u64) -> u64 {
    generation << F::INPUT_BITS | (number as u64) << PAGE_LG2
}

fn key(generation: u64) -> u8 {
    (generation % 3) as u8
}

/// Asserts that a page at `va` is one that somebody mapped there.
fn check<F: Toy>(va: u64, oa: u64, says: Says) {
    let input_mask = (1 << F::INPUT_BITS) - 1;
    assert_eq!(oa & input_mask, va & input_mask, "{va:#x} leads to {oa:#x}");
    assert_eq!(says.key, key(oa >> F::INPUT_BITS), "{va:#x} leads to {oa:#x} with the key of another page");
}

fn add(count: &AtomicUsize) {
    count.fetch_add(1, Ordering::Relaxed);
}

impl<F: Toy> Storm<F> {
    fn new() -> Self {
        let accounts = Reference::<F>::new().pages.iter().map(|_| Account::default()).collect();
        let tree = PageTable::new(Counting::new(false), Epochs::new()).unwrap();
        Self { tree, accounts, over: AtomicBool::new(false) }
    }

    fn range(first: usize, end: usize) -> AddressRange<F> {
        let last = Reference::<F>::va(end - 1) | (PAGE - 1);
        AddressRange::from_first_last(Reference::<F>::va(first), last).unwrap()
    }

    /// Some pages from `low` on and below `high`.
    fn some(random: &mut Random, low: usize, high: usize) -> (usize, usize) {
        let large = 1 << random.below(5);
        let first = low + random.below((high - low) as u64) as usize;
        let (first, end) =
            if random.chance(2) { (first & !(large - 1), (first | (large - 1)) + 1) } else { (first, first + large) };
        let middle = if F::SIGN_EXTENDED { 1 << (F::INPUT_BITS - 1 - PAGE_LG2) } else { usize::MAX };
        let (first, end) = (first.max(low), end.min(high));
        if first < middle { (first, end.min(middle)) } else { (first, end) }
    }

    /// In a format that keeps pages of two sizes side by side, who maps one address in both sizes at once may succeed
    /// twice. That is for the caller to keep apart: here each 64 KiB have pages of one size.
    fn of_one_size(first: usize, end: usize) -> (usize, usize, u64) {
        if F::NAME != "Dual" {
            return (first, end, u64::MAX);
        }
        let end = end.min((first | 15) + 1);
        if first & 16 == 0 { (first, end, 1 << 12) } else { (first & !3, (end + 3) & !3, 1 << 16 | 1 << 14) }
    }

    fn settle(random: &mut Random, obligation: Obligation<'_, F, Counting, Epochs>) {
        // Some never pay.
        if random.chance(16) { drop(obligation) } else { obligation.acknowledge() }
    }

    fn mapped(&self, first: usize, end: usize) {
        self.accounts[first..end].iter().for_each(|account| add(&account.mapped));
    }

    fn pieces(&self, page: &Mapping<Says>, mut note: impl FnMut(&Account)) {
        for piece in 0..1u64 << (page.size_lg2 - PAGE_LG2) {
            let (va, oa) = (page.va + piece * PAGE, page.oa + piece * PAGE);
            check::<F>(va, oa, page.attributes);
            note(&self.accounts[Reference::<F>::number(va)]);
        }
    }

    fn removed(&self, removed: &Removed<F>) {
        let Removed::Page(page) = removed else { panic!("nothing special was ever put there") };
        self.pieces(page, |account| {
            add(&account.removed);
            if page.attributes.dirty {
                add(&account.cleaned);
            }
        });
    }

    /// Something may be there already; while a reader sleeps, tables run out; and in a format that keeps small pages in
    /// another table beside the large ones, large ones cannot be split.
    fn assert_expected(reason: Reason) {
        let unsplittable = reason == Reason::BreakBeforeMake && F::NAME == "Dual";
        assert!(unsplittable || matches!(reason, Reason::Occupied | Reason::OutOfTables), "{reason:?}");
    }

    fn change(&self, seed: u64) {
        let mut random = Random::new(seed);
        while !self.over.load(Ordering::Relaxed) {
            let (first, end) = Self::some(&mut random, OWNED, self.accounts.len());
            let range = Self::range(first, end);
            let outcome = match random.below(8) {
                0..3 => {
                    let generation = 1 + random.below(60);
                    let says = Says { write: true, key: key(generation), ..Says::default() };
                    let (first, end, sizes) = Self::of_one_size(first, end);
                    let oa = output::<F>(first, generation);
                    let outcome = self.tree.map_with_sizes(Self::range(first, end), oa, &says, sizes);
                    let reached = outcome.as_ref().map_or_else(|stop| Reference::<F>::number(stop.at), |_| end);
                    self.mapped(first, reached);
                    outcome
                }
                3..6 => {
                    let policy = [EmptyTables::AtOnce, EmptyTables::WhenCovered, EmptyTables::Never];
                    let policy = policy[random.below(3) as usize];
                    self.tree.unmap(range, policy, |removed| self.removed(&removed))
                }
                6 => {
                    let change = Change { write: Some(random.chance(2)), key: None };
                    self.tree.protect(range, &change)
                }
                _ => self.tree.take_dirty(range, |page| self.pieces(page, |account| add(&account.cleaned))),
            };
            match outcome {
                Ok(obligation) => Self::settle(&mut random, obligation),
                Err(stopped) => {
                    Self::assert_expected(stopped.reason);
                    Self::settle(&mut random, stopped.obligation);
                }
            }
        }
    }

    /// The one who owns the first pages knows at each time what they map.
    fn own(&self, seed: u64) {
        let mut random = Random::new(seed);
        // SAFETY: all others change only pages from `OWNED` on.
        let mut owner = unsafe { self.tree.exclusive_range(Self::range(0, OWNED)) };
        let mut known = [false; OWNED];
        while !self.over.load(Ordering::Relaxed) {
            let (first, end) = Self::some(&mut random, 0, OWNED);
            let range = Self::range(first, end);
            let outcome = if random.chance(2) {
                let generation = 1 + random.below(60);
                let says = Says { write: true, key: key(generation), ..Says::default() };
                let outcome = owner.map(range, output::<F>(first, generation), &says);
                let occupied = (first..end).find(|number| known[*number]);
                let reached = outcome.as_ref().map_or_else(|stop| Reference::<F>::number(stop.at), |_| end);
                if !matches!(&outcome, Err(stop) if stop.reason == Reason::OutOfTables) {
                    assert_eq!(reached, occupied.unwrap_or(end));
                }
                known[first..reached].fill(true);
                self.mapped(first, reached);
                outcome
            } else {
                let mut seen = 0;
                let outcome = owner.unmap(range, EmptyTables::AtOnce, |removed| {
                    let Removed::Page(page) = &removed else { return };
                    seen += 1 << (page.size_lg2 - PAGE_LG2);
                    self.removed(&removed);
                });
                if outcome.is_ok() {
                    assert_eq!(seen, known[first..end].iter().filter(|known| **known).count());
                    known[first..end].fill(false);
                } else {
                    let reached = outcome.as_ref().map_or_else(|stop| Reference::<F>::number(stop.at), |_| end);
                    known[first..reached].fill(false);
                }
                outcome
            };
            match outcome {
                Ok(obligation) => Self::settle(&mut random, obligation),
                Err(stopped) => {
                    Self::assert_expected(stopped.reason);
                    Self::settle(&mut random, stopped.obligation);
                }
            }
        }
    }

    fn read(&self, seed: u64) {
        let mut random = Random::new(seed);
        while !self.over.load(Ordering::Relaxed) {
            let reader = self.tree.reader();
            for _ in 0..random.below(32) {
                let va = Reference::<F>::va(random.below(self.accounts.len() as u64) as usize);
                if let Ok(page) = reader.walk(InputAddress::new(va).unwrap()) {
                    check::<F>(va, page.oa + (va - page.va), page.attributes);
                }
            }
            let (first, end) = Self::some(&mut random, 0, self.accounts.len());
            for run in reader.mappings(Self::range(first, end)) {
                check::<F>(run.first, run.oa, run.attributes);
                check::<F>(run.last & !(PAGE - 1), run.oa + (run.last - run.first) - (PAGE - 1), run.attributes);
            }
            drop(reader);
            if random.chance(8) {
                self.tree.overdue().acknowledge();
                self.tree.reclaim();
            }
        }
    }

    fn touch(&self, va: u64, set: Says) -> Option<Found> {
        let root = self.tree.root_table();
        let walker = Hardware { environment: self.tree.environment(), va, set };
        F::at_root(root.level, root.address, walker)
    }

    /// The hardware looks at raw words. That it holds a guard stands for the invalidation that whoever frees a table
    /// waits for.
    fn walk_as_hardware(&self, seed: u64) {
        let mut random = Random::new(seed);
        while !self.over.load(Ordering::Relaxed) {
            let _cached = self.tree.reader();
            let number = random.below(self.accounts.len() as u64) as usize;
            let va = Reference::<F>::va(number);
            let set = Says { accessed: true, dirty: random.chance(2), ..Says::default() };
            if let Some(found) = self.touch(va, set) {
                check::<F>(va, found.oa, found.says);
                if set.dirty && found.says.write && !found.says.dirty {
                    add(&self.accounts[number].dirtied);
                }
            }
        }
    }

    fn settle_accounts(self) {
        for _ in 0..4 {
            self.tree.overdue().acknowledge();
            self.tree.reclaim();
        }
        let root = self.tree.root_table();
        let tables = census::<F>(self.tree.environment(), root.level, root.address);
        assert_eq!(tables.len(), self.tree.environment().live(), "tables that nothing leads to");
        for (number, account) in self.accounts.iter().enumerate() {
            let there = self.touch(Reference::<F>::va(number), Says::default());
            let count = |count: &AtomicUsize| count.load(Ordering::Relaxed);
            let kept = count(&account.mapped) - count(&account.removed);
            assert_eq!(kept, usize::from(there.is_some()), "page {number} was mapped and removed");
            let dirty = usize::from(there.is_some_and(|page| page.says.dirty));
            assert!(count(&account.dirtied) <= count(&account.cleaned) + dirty, "page {number} lost a dirty bit");
        }
        let tables = self.tree.environment().allocated();
        let mapped: usize = self.accounts.iter().map(|account| account.mapped.load(Ordering::Relaxed)).sum();
        println!("{}: {mapped} pages mapped, {tables} tables allocated", F::NAME);
        assert!(mapped > 0 && tables > 1);
    }
}

fn storm<F: Toy>() {
    let number = |name: &str| std::env::var(name).ok().and_then(|value| value.parse::<u64>().ok());
    let lasting = Duration::from_millis(number("GPT_STRESS_SECONDS").unwrap_or(10) * 1000 / 4);
    let now = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(1, |time| time.as_nanos() as u64);
    let seed = number("GPT_STRESS_SEED").unwrap_or_else(now);
    let began = Instant::now();
    let mut round = 0;
    while began.elapsed() < lasting {
        let seed = seed.wrapping_add(round * 16);
        round += 1;
        let storm = Storm::<F>::new();
        let run = |role: fn(&Storm<F>, u64), seed: u64| {
            let storm = &storm;
            move || {
                let result = catch_unwind(AssertUnwindSafe(|| role(storm, seed)));
                storm.over.fetch_or(result.is_err(), Ordering::Relaxed);
                result
            }
        };
        let results: Vec<_> = std::thread::scope(|scope| {
            let roles = [Storm::change, Storm::change, Storm::change, Storm::own, Storm::read, Storm::walk_as_hardware];
            let threads =
                roles.iter().zip(seed..).map(|(role, seed)| scope.spawn(run(*role, seed))).collect::<Vec<_>>();
            let until = (began + lasting).min(Instant::now() + Duration::from_millis(500));
            while Instant::now() < until && !storm.over.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_millis(5));
            }
            storm.over.store(true, Ordering::Relaxed);
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let settled = results.into_iter().collect::<Result<Vec<()>, _>>();
        let settled = settled.and_then(|_| catch_unwind(AssertUnwindSafe(|| storm.settle_accounts())));
        if let Err(panic) = settled {
            eprintln!("{}: GPT_STRESS_SEED={seed}", F::NAME);
            resume_unwind(panic);
        }
    }
}

#[test]
fn three_levels() {
    storm::<toy::Three>();
}

#[test]
fn runs_of_items() {
    storm::<toy::Runs>();
}

#[test]
fn two_children() {
    storm::<toy::Dual>();
}

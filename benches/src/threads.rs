//! Two threads on one tree, against one thread that does the work of both; and the same on bare entries.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use gpt_formats::x86_64::{Attributes, PageTable};
use gpt_runtime::{EmptyTables, Epochs};

use crate::driver::{OFFSET, PAGE, START};
use crate::frames::Frames;
use crate::ours::range;

type Tree = PageTable<Frames<true, true>, Epochs>;

const PAGES: u64 = 65536;
const ROUNDS: usize = 60;
const SAYS: Attributes = Attributes {
    execute: false,
    key: 0,
    cache_pat: false,
    avl: 0,
    global: false,
    dirty: true,
    accessed: true,
    cache_disable: false,
    cache_write_through: false,
    user: false,
    write: true,
};

/// How often a thread does its work in one round: what it takes to start, and to get the entries into its own cache, is
/// little beside that.
const PASSES: usize = 8;

/// How the work is divided: calls of so many pages, and every how many pages the next call of the same thread begins.
#[derive(Clone, Copy)]
struct Share {
    first: u64,
    call: u64,
    step: u64,
}

/// Speed of two threads, in times that of one.
pub struct Speedup {
    pub what: String,
    /// From the medians of all rounds.
    pub median: f64,
    /// From the fastest round of either.
    pub best: f64,
}

/// What can be mapped and unmapped by several at once.
trait Shared: Sync {
    /// Maps so many pages from this one on, or unmaps them.
    fn call(&self, page: u64, pages: u64, map: bool);
}

/// Our tree, by calls that race, or by owners of ranges.
struct Ours<const OWNED: bool>(Tree);

impl<const OWNED: bool> Shared for Ours<OWNED> {
    #[inline(always)]
    fn call(&self, page: u64, pages: u64, map: bool) {
        let range = range(START + page * PAGE, pages * PAGE);
        let oa = range.first() + OFFSET;
        let debt = match (OWNED, map) {
            (false, true) => self.0.map_with_sizes(range, oa, &SAYS, PAGE),
            (false, false) => self.0.unmap(range, EmptyTables::Never, drop),
            // SAFETY: the shares of the threads do not overlap.
            (true, true) => unsafe { self.0.exclusive_range(range) }.map_with_sizes(range, oa, &SAYS, PAGE),
            // SAFETY: as above.
            (true, false) => unsafe { self.0.exclusive_range(range) }.unmap(range, EmptyTables::Never, drop),
        };
        debt.expect("the range is as it was left").fulfil(drop);
    }
}

/// The entries without tables: what the memory and the processors give.
struct Bare<const EXCHANGE: bool>(Vec<AtomicU64>);

impl<const EXCHANGE: bool> Bare<EXCHANGE> {
    fn new() -> Self {
        Self((0..PAGES).map(|_| AtomicU64::new(0)).collect())
    }
}

impl<const EXCHANGE: bool> Shared for Bare<EXCHANGE> {
    #[inline(always)]
    fn call(&self, page: u64, pages: u64, map: bool) {
        let entries = self.0.get(page as usize..(page + pages) as usize).expect("the share lies in the work");
        let mut word = page * PAGE + OFFSET + 1;
        for entry in entries {
            let old = entry.load(Ordering::Relaxed);
            assert_eq!(old == 0, map, "the range is as it was left");
            let new = if map { word } else { 0 };
            if EXCHANGE {
                let _ = entry.compare_exchange(old, new, Ordering::AcqRel, Ordering::Relaxed);
            } else {
                entry.store(new, Ordering::Release);
            }
            word += PAGE;
        }
    }
}

/// Maps and unmaps a share.
fn work(it: &impl Shared, share: Share) {
    for map in [true, false] {
        let mut page = share.first;
        while page < PAGES {
            it.call(page, share.call, map);
            page += share.step;
        }
    }
}

/// Keeps the calling thread on one processor, where the system lets it: two that share one measure nothing.
fn stay_on(processor: usize) {
    // SAFETY: a set of processors is bits, and none of them set is one.
    let mut set: libc::cpu_set_t = unsafe { std::mem::zeroed() };
    // SAFETY: the set is ours, and the number is below the bits that it has.
    unsafe { libc::CPU_SET(processor, &mut set) };
    // SAFETY: the set is as large as is said.
    unsafe { libc::sched_setaffinity(0, size_of::<libc::cpu_set_t>(), &set) };
}

/// Runs the shares at once, each in its own thread, and gives the nanoseconds from the first start to the last end.
fn run(it: &impl Shared, shares: &[Share]) -> f64 {
    let ready = AtomicUsize::new(0);
    let times: Vec<(Instant, Instant)> = thread::scope(|scope| {
        let threads: Vec<_> = shares
            .iter()
            .enumerate()
            .map(|(processor, share)| {
                let ready = &ready;
                scope.spawn(move || {
                    stay_on(processor);
                    ready.fetch_add(1, Ordering::AcqRel);
                    while ready.load(Ordering::Acquire) < shares.len() {
                        std::hint::spin_loop();
                    }
                    let start = Instant::now();
                    (0..PASSES).for_each(|_| work(it, *share));
                    (start, Instant::now())
                })
            })
            .collect();
        threads.into_iter().filter_map(|thread| thread.join().ok()).collect()
    });
    let start = times.iter().map(|(start, _)| *start).min();
    let end = times.iter().map(|(_, end)| *end).max();
    start.zip(end).map_or(f64::NAN, |(start, end)| (end - start).as_nanos() as f64)
}

fn speedup(what: String, it: &impl Shared, call: u64) -> Speedup {
    let one = Share { first: 0, call, step: call };
    // Every other call, which is a half of the tree where there are two.
    let two = [Share { step: call * 2, ..one }, Share { first: call, call, step: call * 2 }];
    let (mut alone, mut both) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.push(run(it, &[one]));
        both.push(run(it, &two));
    }
    alone.sort_unstable_by(f64::total_cmp);
    both.sort_unstable_by(f64::total_cmp);
    let at = |place: usize| alone[place] / both[place];
    Speedup { what, median: at(ROUNDS / 2), best: at(0) }
}

/// All divisions of the work, by one participant.
fn divisions(who: &str, it: &impl Shared) -> [Speedup; 3] {
    [
        speedup(format!("{who}, a half of the tree for each"), it, PAGES / 2),
        speedup(format!("{who}, every other table of the last level"), it, 512),
        speedup(format!("{who}, every other 16 pages"), it, 16),
    ]
}

/// All cases, the bare entries next to ours.
pub fn all() -> Vec<Speedup> {
    let tree = || Tree::new(Frames::new(), Epochs::new()).expect("the pool has frames");
    [
        divisions("bare entries, cas", &Bare::<true>::new()),
        divisions("shared", &Ours::<false>(tree())),
        divisions("bare entries, check+store", &Bare::<false>::new()),
        divisions("exclusive ranges", &Ours::<true>(tree())),
    ]
    .into_iter()
    .flatten()
    .collect()
}

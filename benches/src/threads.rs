//! Two threads on one tree, against one thread that does the work of both.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use gpt_formats::x86_64::{Attributes, PageTable};
use gpt_runtime::{EmptyTables, Epochs};

use crate::driver::{OFFSET, PAGE, START};
use crate::frames::Frames;
use crate::ours::range;

type Tree = PageTable<Frames<true, true>, Epochs>;

const PAGES: u64 = 65536;
const ROUNDS: usize = 200;
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

/// How the work is divided: calls of so many pages, and every how many pages the next call of the same thread begins.
#[derive(Clone, Copy)]
struct Share {
    first: u64,
    call: u64,
    step: u64,
}

/// Speed of two threads, in times that of one.
pub struct Speedup {
    pub what: &'static str,
    /// From the medians of all rounds.
    pub median: f64,
    /// From the fastest round of either.
    pub best: f64,
}

/// Maps and unmaps a share.
fn work(tree: &Tree, share: Share, owned: bool) {
    for map in [true, false] {
        let mut page = share.first;
        while page < PAGES {
            let range = range(START + page * PAGE, share.call * PAGE);
            let debt = match (owned, map) {
                (false, true) => tree.map(range, range.first() + OFFSET, &SAYS),
                (false, false) => tree.unmap(range, EmptyTables::Never, drop),
                // SAFETY: the shares of the threads do not overlap.
                (true, true) => unsafe { tree.exclusive_range(range) }.map(range, range.first() + OFFSET, &SAYS),
                // SAFETY: as above.
                (true, false) => unsafe { tree.exclusive_range(range) }.unmap(range, EmptyTables::Never, drop),
            };
            debt.expect("the range is as it was left").fulfil(drop);
            page += share.step;
        }
    }
}

/// Runs the shares at once, each in its own thread, and gives the nanoseconds from the first start to the last end.
fn run(tree: &Tree, shares: &[Share], owned: bool) -> f64 {
    let ready = AtomicUsize::new(0);
    let times: Vec<(Instant, Instant)> = thread::scope(|scope| {
        let threads: Vec<_> = shares
            .iter()
            .map(|share| {
                let ready = &ready;
                scope.spawn(move || {
                    ready.fetch_add(1, Ordering::AcqRel);
                    while ready.load(Ordering::Acquire) < shares.len() {
                        std::hint::spin_loop();
                    }
                    let start = Instant::now();
                    work(tree, *share, owned);
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

fn speedup(what: &'static str, one: Share, two: [Share; 2], owned: bool) -> Speedup {
    let tree = Tree::new(Frames::new(), Epochs::new()).expect("the pool has frames");
    let (mut alone, mut both) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        alone.push(run(&tree, &[one], owned));
        both.push(run(&tree, &two, owned));
    }
    alone.sort_unstable_by(f64::total_cmp);
    both.sort_unstable_by(f64::total_cmp);
    let at = |place: usize| alone[place] / both[place];
    Speedup { what, median: at(ROUNDS / 2), best: at(0) }
}

/// All cases.
pub fn all() -> Vec<Speedup> {
    let whole = |call| Share { first: 0, call, step: call };
    let halves = |call| {
        // The second thread takes the upper half, which no table of the last level shares with the lower.
        [Share { first: 0, call, step: call * 2 }, Share { first: call, call, step: call * 2 }]
    };
    let mut all = Vec::new();
    for owned in [false, true] {
        let names: [&'static str; 3] = if owned {
            [
                "exclusive ranges, a half of the tree for each",
                "exclusive ranges, every other table of the last level",
                "exclusive ranges, every other 16 pages",
            ]
        } else {
            [
                "shared, a half of the tree for each",
                "shared, every other table of the last level",
                "shared, every other 16 pages",
            ]
        };
        all.push(speedup(names[0], whole(PAGES / 2), halves(PAGES / 2), owned));
        all.push(speedup(names[1], whole(512), halves(512), owned));
        all.push(speedup(names[2], whole(16), halves(16), owned));
    }
    all
}

//! Reading: translations one by one, lists of what is mapped, pages that were written.

use std::hint::black_box;
use std::ptr;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};

use gpt_formats::x86_64::Va;
use gpt_runtime::EmptyTables;

use crate::driver::{Driver, OFFSET, PAGE, START, Work};
use crate::groups::Maker;
use crate::measure::{Cycle, Group};
use crate::ours::{Exclusive, Ours, range};
use crate::peers;
use crate::raw::{self, Raw, hand_walk};

type Tree = Ours<Exclusive, true, false>;

const DIRTY: u64 = 0x40;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;

/// Addresses in an order that no prefetcher knows.
fn shuffled(pages: u64, count: usize) -> Rc<[u64]> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    (0..count).map(|_| START + (next() % pages) * PAGE + (next() % PAGE)).collect()
}

/// Walks all addresses; `dependent` walks wait for the answer of the walk before.
fn walk(who: &str, list: &Rc<[u64]>, walk: impl Fn(u64) -> Option<u64> + Clone + 'static) -> Cycle {
    let pages = list.len() as u64;
    for va in list.iter() {
        assert_eq!(walk(*va), Some(va + OFFSET), "{who}: the walk of {va:#x} goes astray");
    }
    let (one, two) = (list.clone(), list.clone());
    let second = walk.clone();
    Cycle::new(who)
        .step("independent", pages, move || {
            let sum = one.iter().fold(0, |sum: u64, va| sum.wrapping_add(walk(*va).unwrap_or_default()));
            black_box(sum);
        })
        .step("dependent", pages, move || {
            // The highest bit of an answer is never set, but nobody is to know that before the answer is there.
            let sum = two.iter().fold(0, |last: u64, va| second(*va + (black_box(last) >> 63)).unwrap_or_default());
            black_box(sum);
        })
}

/// Walks by everybody over the same list of addresses.
pub fn walks(pages: u64, list: &Rc<[u64]>) -> Group {
    let work = Work { start: START, bytes: pages * PAGE, call: pages * PAGE, page: PAGE };
    let mut ours = Tree::new(EmptyTables::Never);
    work.map(&mut ours);
    let ours: Rc<Tree> = Rc::new(ours);
    let root = ours.tree.root();
    let mut cycles = Vec::new();
    let keep = ours.clone();
    cycles.push(walk("hand-written", list, move |va| {
        let _alive = &keep;
        hand_walk(root, va)
    }));
    cycles.push(one_reader(&ours, list));
    let each = ours;
    cycles.push(walk("a reader for each walk", list, move |va| each.walk(va)));
    cycles.push(peer("x86_64", peers::x86_64::Peer::new(), work, list));
    cycles.push(peer("page_table_multiarch", peers::page_table_multiarch::Peer::new(), work, list));
    cycles.push(peer("aarch64-paging", peers::aarch64_paging::Peer::new(), work, list));
    cycles.push(peer("page-table-generic", peers::page_table_generic::Peer::new(), work, list));
    Group::of(cycles)
}

fn peer(who: &str, mut driver: impl Driver + 'static, work: Work, list: &Rc<[u64]>) -> Cycle {
    work.map(&mut driver);
    let driver = Rc::new(driver);
    walk(who, list, move |va| driver.walk(va))
}

/// Ours under one reader, as who walks much does it.
fn one_reader(tree: &Rc<Tree>, list: &Rc<[u64]>) -> Cycle {
    let pages = list.len() as u64;
    let (one, two) = (tree.clone(), tree.clone());
    let (first, second) = (list.clone(), list.clone());
    Cycle::new("one reader")
        .step("independent", pages, move || {
            let reader = one.tree.reader();
            let mut sum = 0_u64;
            for va in first.iter() {
                let found = Va::new(*va).and_then(|address| reader.walk(address).ok());
                sum = sum.wrapping_add(found.map_or(0, |page| page.oa + (va - page.va)));
            }
            black_box(sum);
        })
        .step("dependent", pages, move || {
            let reader = two.tree.reader();
            let mut last = 0_u64;
            for va in second.iter() {
                let va = va + (black_box(last) >> 63);
                let found = Va::new(va).and_then(|address| reader.walk(address).ok());
                last = found.map_or(0, |page| page.oa + (va - page.va));
            }
            black_box(last);
        })
}

/// The walks whose instructions are worth counting.
pub fn warm() -> [Maker; 2] {
    [
        Maker::new("walk, in order through 128 MiB", || {
            walks(32768, &(0..32768).map(|page| START + page * PAGE).collect())
        }),
        Maker::new("walk, at random in 128 MiB", || walks(32768, &shuffled(32768, 32768))),
    ]
}

/// The walks that wait for memory.
pub fn cold() -> Group {
    walks(16 << 20, &shuffled(16 << 20, 32768))
}

/// The entry for a page of a tree that is there.
fn entry(root: u64, va: u64) -> &'static AtomicU64 {
    let mut table = root;
    for low in [39, 30, 21] {
        let place = ptr::with_exposed_provenance::<AtomicU64>((table + ((va >> low) & 511) * 8) as usize);
        // SAFETY: the page is mapped, so there is a table at each level.
        table = unsafe { &*place }.load(Ordering::Relaxed) & ADDRESS;
    }
    let place = ptr::with_exposed_provenance::<AtomicU64>((table + ((va >> 12) & 511) * 8) as usize);
    // SAFETY: as above; who calls keeps the tree.
    unsafe { &*place }
}

/// Finds the pages that were written: one in 64.
pub fn dirty() -> Group {
    const PAGES: u64 = 32768;
    let work = Work { start: START, bytes: PAGES * PAGE, call: PAGES * PAGE, page: PAGE };
    let mut loops = Raw::<{ raw::CHECK_STORE }>::new(PAGES);
    work.map(&mut loops);
    let loops = Rc::new(loops);
    let mut ours = Tree::new(EmptyTables::Never);
    work.map(&mut ours);
    let root = ours.tree.root();
    let ours = Rc::new(ours);
    let set = |cell: &AtomicU64| {
        cell.fetch_or(DIRTY, Ordering::Relaxed);
    };
    let (keep, setter) = (loops.clone(), loops);
    let bare = Cycle::new("check+store")
        .step("", PAGES, move || setter.entries().iter().step_by(64).for_each(set))
        .step("take_dirty", PAGES, move || {
            let dirty = keep.entries().iter().filter(|cell| {
                let was = cell.load(Ordering::Relaxed) & DIRTY != 0;
                if was {
                    cell.fetch_and(!DIRTY, Ordering::AcqRel);
                }
                was
            });
            assert_eq!(dirty.count() as u64, PAGES / 64);
        });
    let shared = Cycle::new("shared")
        .step("", PAGES, move || {
            (0..PAGES).step_by(64).for_each(|page| set(entry(root, START + page * PAGE)));
        })
        .step("take_dirty", PAGES, move || {
            let mut dirty = 0;
            let debt = ours.tree.take_dirty(range(START, PAGES * PAGE), |_| dirty += 1);
            debt.expect("the range is mapped").fulfil(drop);
            assert_eq!(dirty, PAGES / 64);
        });
    let note = "None of the peers takes dirty bits without losing those that are set meanwhile.";
    Group { note, ..Group::of(vec![bare, shared]) }
}

/// Lists what is mapped.
pub fn iterate() -> Group {
    const PAGES: u64 = 32768;
    let work = Work { start: START, bytes: PAGES * PAGE, call: PAGES * PAGE, page: PAGE };
    let mut ours = Tree::new(EmptyTables::Never);
    work.map(&mut ours);
    let mut holes = Tree::new(EmptyTables::Never);
    Work { call: PAGE, ..work }.map(&mut holes);
    for page in (0..PAGES).step_by(2) {
        holes.unmap(START + page * PAGE, PAGE, PAGE);
    }
    let mut multiarch = peers::page_table_multiarch::Peer::new();
    let mut generic = peers::page_table_generic::Peer::new();
    let mut aarch64 = peers::aarch64_paging::Peer::new();
    work.map(&mut multiarch);
    work.map(&mut generic);
    work.map(&mut aarch64);
    let list = |tree: Tree, runs: usize| {
        move || assert_eq!(tree.tree.reader().mappings(range(START, PAGES * PAGE)).count(), runs)
    };
    let cycles = vec![
        Cycle::new("one run of all pages").step("iterate", PAGES, list(ours, 1)),
        Cycle::new("every other page, each a run").step("iterate", PAGES, list(holes, PAGES as usize / 2)),
        Cycle::new("page_table_multiarch").step("iterate", PAGES, move || assert_eq!(multiarch.count(), PAGES)),
        Cycle::new("page-table-generic").step("iterate", PAGES, move || assert_eq!(generic.count(), PAGES)),
        Cycle::new("aarch64-paging")
            .step("iterate", PAGES, move || assert_eq!(aarch64.count(START, PAGES * PAGE), PAGES)),
    ];
    Group { note: "x86_64 has no such list.", ..Group::of(cycles) }
}

//! Changes to a tree: with tables that are there, with tables that come and go, with large pages and with both.

use std::cell::RefCell;
use std::rc::Rc;

use gpt_runtime::EmptyTables;

use crate::driver::{Driver, PAGE, START, Work};
#[cfg(feature = "catalogue")]
use crate::formats;
use crate::measure::{Cycle, Group};
use crate::ours::{Exclusive, Ours, Range, Shared};
use crate::peers::{aarch64_paging, page_table_generic, page_table_multiarch, x86_64};
use crate::raw::{self, Hand, Raw};
use crate::{frames, walks};

const LARGE: u64 = 2 << 20;

/// How many pages the work has.
fn items(work: Work) -> u64 {
    if work.page > 0 {
        return work.bytes / work.page;
    }
    // Small ones up to the first large one, and again after the last.
    let (first, last) = (work.start.next_multiple_of(LARGE), (work.start + work.bytes) / LARGE * LARGE);
    (first - work.start + work.start + work.bytes - last) / PAGE + (last - first) / LARGE
}

/// Map, protect, unmap; every page is looked at in between before anything is timed.
fn change(who: &str, driver: impl Driver + 'static, work: Work) -> Cycle {
    let items = items(work);
    let driver = Rc::new(RefCell::new(driver));
    for write in [true, false] {
        work.map(&mut *driver.borrow_mut());
        work.check(&*driver.borrow(), true, who);
        work.protect(&mut *driver.borrow_mut(), write);
        work.check(&*driver.borrow(), true, who);
        work.unmap(&mut *driver.borrow_mut());
        work.check(&*driver.borrow(), false, who);
    }
    let (one, two, three) = (driver.clone(), driver.clone(), driver);
    Cycle::new(who)
        .step("map", items, move || work.map(&mut *one.borrow_mut()))
        .step("protect", items, move || work.protect(&mut *two.borrow_mut(), false))
        .step("unmap", items, move || work.unmap(&mut *three.borrow_mut()))
}

/// Every way to change a tree of ours.
fn ours(work: Work, empty: EmptyTables) -> Vec<Cycle> {
    vec![
        change("exclusive, no hardware writes", Ours::<Exclusive, false, false>::new(empty), work),
        change("exclusive, accessed and dirty set", Ours::<Exclusive, true, true>::new(empty), work),
        change("exclusive", Ours::<Exclusive, true, false>::new(empty), work),
        change("exclusive range, accessed and dirty set", Ours::<Range, true, true>::new(empty), work),
        change("shared", Ours::<Shared, true, false>::new(empty), work),
    ]
}

/// The peers that map ranges.
fn peers(work: Work) -> Vec<Cycle> {
    vec![
        change("page_table_multiarch", page_table_multiarch::Peer::new(), work),
        change("aarch64-paging", aarch64_paging::Peer::new(), work),
        change("page-table-generic", page_table_generic::Peer::new(), work),
    ]
}

/// Loops without tables.
fn loops(work: Work) -> Vec<Cycle> {
    vec![
        change("store", Raw::<{ raw::STORE }>::new(items(work)), work),
        change("check+store", Raw::<{ raw::CHECK_STORE }>::new(items(work)), work),
        change("cas", Raw::<{ raw::CAS }>::new(items(work)), work),
    ]
}

const KEEPS_NONE: &str = "page-table-generic has no way to keep an empty table, and aarch64-paging frees one that a \
     call covers: they allocate and free here.";

/// Changes to 4K pages whose tables are there.
fn present(pages: u64, call: u64) -> Group {
    let work = Work { start: START, bytes: pages * PAGE, call: call * PAGE, page: PAGE };
    let mut cycles = loops(work);
    cycles.push(change("hand-written", Hand::new(), work));
    cycles.extend(ours(work, EmptyTables::Never));
    cycles.push(change("x86_64", x86_64::Peer::new(), work));
    cycles.extend(peers(work));
    Group { note: KEEPS_NONE, ..Group::of(cycles) }
}

/// Changes to 2M pages.
fn large() -> Group {
    let work = Work { start: START, bytes: 512 * LARGE, call: 512 * LARGE, page: LARGE };
    let mut cycles = loops(work);
    cycles.extend(ours(work, EmptyTables::Never));
    cycles.push(change("x86_64", x86_64::Peer::new(), work));
    // A mapping of 1 GiB cannot be kept from these two by more than a misaligned output.
    cycles.push(change("page_table_multiarch", page_table_multiarch::Peer::new(), work));
    cycles.push(change("page-table-generic", page_table_generic::Peer::new(), work));
    let note = "aarch64-paging would take one page of 1 GiB, and cannot be asked not to.";
    Group { note, ..Group::of(cycles) }
}

/// Changes to a range that begins and ends in small pages and has large ones between.
fn mixed() -> Group {
    let bytes = 62 * LARGE + 32 * PAGE;
    let work = Work { start: START + LARGE - 16 * PAGE, bytes, call: bytes, page: 0 };
    let mut cycles = ours(work, EmptyTables::Never);
    cycles.extend(peers(work));
    let note = "Nanoseconds and instructions are those of one page, of whatever size.";
    Group { note, ..Group::of(cycles) }
}

/// Changes to 4K pages whose tables are allocated and freed with them.
fn coming_and_going() -> Group {
    let work = Work { start: START, bytes: 32768 * PAGE, call: 32768 * PAGE, page: PAGE };
    let mut cycles = ours(work, EmptyTables::AtOnce);
    cycles.push(change("aarch64-paging", aarch64_paging::Peer::new(), work));
    cycles.push(change("page-table-generic", page_table_generic::Peer::new(), work));
    let note = "x86_64 and page_table_multiarch free no table when they unmap.";
    Group { note, ..Group::of(cycles) }
}

/// Builds a tree from nothing and drops it.
fn build(pages: u64) -> Group {
    fn cycle<D: Driver + 'static>(who: &str, work: Work, new: impl Fn() -> D + 'static) -> Cycle {
        let tree: Rc<RefCell<Option<D>>> = Rc::new(RefCell::new(None));
        let other = tree.clone();
        Cycle::new(who)
            .step("build", work.bytes / PAGE, move || {
                let mut driver = new();
                work.map(&mut driver);
                *tree.borrow_mut() = Some(driver);
            })
            .step("drop", work.bytes / PAGE, move || drop(other.borrow_mut().take()))
    }
    let work = Work { start: START, bytes: pages * PAGE, call: pages * PAGE, page: PAGE };
    let never = EmptyTables::Never;
    let cycles = vec![
        cycle("hand-written", work, Hand::new),
        cycle("exclusive", work, move || Ours::<Exclusive, true, false>::new(never)),
        cycle("shared", work, move || Ours::<Shared, true, false>::new(never)),
        cycle("x86_64", work, x86_64::Peer::new),
        cycle("page_table_multiarch", work, page_table_multiarch::Peer::new),
        cycle("aarch64-paging", work, aarch64_paging::Peer::new),
        cycle("page-table-generic", work, page_table_generic::Peer::new),
    ];
    Group::of(cycles)
}

/// How many bytes of tables a participant has after it mapped 1 GiB of 4K pages, and after it unmapped them again.
pub fn memory() -> Vec<(&'static str, usize, usize)> {
    fn one(who: &'static str, new: impl FnOnce() -> Box<dyn FnMut(bool)>) -> (&'static str, usize, usize) {
        let before = frames::used();
        let mut act = new();
        act(true);
        let full = (frames::used() - before) * frames::FRAME_BYTES;
        act(false);
        (who, full, (frames::used() - before) * frames::FRAME_BYTES)
    }
    fn acts(mut driver: impl Driver + 'static) -> Box<dyn FnMut(bool)> {
        let work = Work { start: START, bytes: 1 << 30, call: 1 << 30, page: PAGE };
        Box::new(move |map| if map { work.map(&mut driver) } else { work.unmap(&mut driver) })
    }
    let tree = |empty| move || acts(Ours::<Exclusive, true, false>::new(empty));
    vec![
        one("ours, empty tables at once", tree(EmptyTables::AtOnce)),
        one("ours, empty tables when covered", tree(EmptyTables::WhenCovered)),
        one("ours, empty tables never", tree(EmptyTables::Never)),
        one("x86_64", || acts(x86_64::Peer::new())),
        one("page_table_multiarch", || acts(page_table_multiarch::Peer::new())),
        one("aarch64-paging", || acts(aarch64_paging::Peer::new())),
        one("page-table-generic", || acts(page_table_generic::Peer::new())),
    ]
}

/// A group that is made when its turn comes.
pub struct Maker {
    pub title: String,
    make: Box<dyn FnOnce() -> Group>,
}

impl Maker {
    pub fn new(title: impl Into<String>, make: impl FnOnce() -> Group + 'static) -> Self {
        Self { title: title.into(), make: Box::new(make) }
    }

    /// Makes it, and everything in it.
    pub fn make(self) -> Group {
        Group { title: self.title, ..(self.make)() }
    }
}

/// The groups whose instructions are worth counting.
pub fn counted() -> Vec<Maker> {
    let mut all: Vec<Maker> = [(4096, 1), (4096, 16), (4096, 512), (32768, 32768)]
        .map(|(pages, call)| {
            Maker::new(format!("4K pages, {call} a call, tables present"), move || present(pages, call))
        })
        .into();
    all.push(Maker::new("2M pages, 512 a call", large));
    all.push(Maker::new("16 pages of 4K, 62 of 2M, 16 of 4K in one call", mixed));
    all.push(Maker::new("4K pages, 32768 a call, tables come and go", coming_and_going));
    all.push(Maker::new("the tables for 128 MiB of 4K pages, from nothing", || build(32768)));
    all.extend(walks::warm());
    all.push(Maker::new("dirty pages of 128 MiB, one in 64", walks::dirty));
    all.push(Maker::new("list what is mapped in 128 MiB", walks::iterate));
    #[cfg(feature = "catalogue")]
    {
        all.push(Maker::new("all formats, single items", formats::pages));
        all.push(Maker::new("all formats, pages of several items", formats::runs));
    }
    all
}

/// All groups.
pub fn all() -> Vec<Maker> {
    let mut all = counted();
    all.push(Maker::new("the tables for 1024 MiB of 4K pages, from nothing", || build(262_144)));
    all.push(Maker::new("walk, at random in 64 GiB", walks::cold));
    all
}

//! Threads that change a tree in a device's memory, a device that is behind, batches that are finished and cancelled in
//! any order, and a walker: it never follows a pointer to a table that is not there, and never finds a page that was given to
//! somebody else. In the end nothing is lost.
//!
//! `GPT_SECONDS=n` runs for n seconds instead of two.
// The threads of these tests count in 64-bit atomics.
#![cfg(target_has_atomic = "64")]
#![allow(unsafe_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

mod device;

use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use device::Device;
use gpt_device::{DeviceTable, Fenced, Recording, Waiting};
use gpt_formats::x86_64::{Attributes, X86_64};
use gpt_runtime::{AddressRange, EmptyTables, Environment, Epochs, Header, Heap, Reason, Removed, TableShape};
use gpt_tests::Random;

/// Output addresses of pages begin here.
const PAGES: u64 = 0x7000_0000_0000;
/// How many pages there are.
const COUNT: usize = 512;
/// How many threads map and unmap.
const CHANGERS: u64 = 3;

type Lock = parking_lot::RawMutex;
type Tree = DeviceTable<X86_64, Shadow, Lock>;

/// Table memory on the heap; the device's memory of a table that is freed is somebody else's at once.
struct Shadow {
    device: Arc<Device>,
    live: AtomicUsize,
}

// SAFETY: everything is handed to the heap, which keeps the promises.
unsafe impl Environment for Shadow {
    fn allocate(&self, shape: TableShape) -> Option<u64> {
        self.live.fetch_add(1, Ordering::SeqCst);
        Heap.allocate(shape)
    }

    unsafe fn free(&self, address: u64, shape: TableShape) {
        self.live.fetch_sub(1, Ordering::SeqCst);
        self.device.forget(address, shape.bytes as u64);
        // SAFETY: the caller's promises are those asked for.
        unsafe { Heap.free(address, shape) }
    }

    unsafe fn table(&self, address: u64, shape: TableShape) -> NonNull<u8> {
        // SAFETY: the caller's promise is the one asked for.
        unsafe { Heap.table(address, shape) }
    }

    unsafe fn header(&self, address: u64, shape: TableShape) -> NonNull<Header> {
        // SAFETY: the caller's promise is the one asked for.
        unsafe { Heap.header(address, shape) }
    }
}

struct Test {
    tree: Tree,
    device: Arc<Device>,
    /// Pages that were unmapped, until the device has forgotten them.
    waiting: Waiting<usize, Lock>,
    /// Which pages are given out.
    used: Vec<AtomicBool>,
    stop: AtomicBool,
    changes: AtomicU64,
    cancelled: AtomicU64,
    found: AtomicU64,
}

impl Test {
    fn take(&self, random: &mut Random) -> Option<usize> {
        let first = random.below(COUNT as u64) as usize;
        (0..COUNT).map(|further| (first + further) % COUNT).find(|page| !self.used[*page].swap(true, Ordering::SeqCst))
    }

    fn give_back(&self) {
        for page in self.waiting.ready() {
            assert!(self.used[page].swap(false, Ordering::SeqCst), "page {page} was given back twice");
        }
    }

    /// Maps and unmaps single pages all over a few tables.
    fn change(&self, seed: u64) {
        let mut random = Random::new(seed);
        while !self.stop.load(Ordering::Relaxed) {
            let va = (random.below(3) << 30) + (random.below(2) << 21) + (random.below(4) << 12);
            let range = AddressRange::new(va, 0x1000).unwrap();
            if random.chance(2) {
                let Some(page) = self.take(&mut random) else {
                    self.give_back();
                    continue;
                };
                let says = Attributes { write: true, ..Attributes::default() };
                match self.tree.map(range, PAGES + ((page as u64) << 12), &says) {
                    Ok(owed) => {
                        self.tree.environment().settle(owed);
                    }
                    Err(stopped) => {
                        assert_eq!(stopped.reason, Reason::Occupied);
                        self.tree.environment().settle(stopped.obligation);
                        self.used[page].store(false, Ordering::SeqCst);
                    }
                }
            } else {
                let mut pages = Vec::new();
                let gone = self.tree.unmap(range, EmptyTables::AtOnce, |removed| {
                    let Removed::Page(page) = removed;
                    pages.push(((page.oa - PAGES) >> 12) as usize);
                });
                self.tree.environment().settle(gone.unwrap());
                pages.into_iter().for_each(|page| self.waiting.retire(page));
            }
            self.changes.fetch_add(1, Ordering::Relaxed);
            self.give_back();
        }
    }

    /// The device, and the driver that feeds it: batches are handed out, cancelled, executed in order, and reported later,
    /// in any order.
    fn execute(&self, seed: u64, all: bool) {
        let mut random = Random::new(seed);
        let recording = self.tree.environment();
        let mut queue = Vec::new();
        let mut done = Vec::new();
        loop {
            let stop = self.stop.load(Ordering::Relaxed);
            let cut = recording.cut();
            let idle = cut.is_none() && queue.is_empty() && done.is_empty();
            queue.extend(cut);
            if stop && !all || all && idle {
                break;
            }
            if random.chance(4) {
                // The newest go back: they come out of the next cut again, all at once.
                for _ in 0..random.below(queue.len() as u64 + 1) {
                    let newest = queue.len() - 1;
                    let any = newest - random.below((newest as u64).min(2) + 1) as usize;
                    // Only together with all behind it, in any order.
                    let mut back: Vec<_> = queue.drain(any..).collect();
                    while !back.is_empty() {
                        let batch = back.swap_remove(random.below(back.len() as u64) as usize);
                        recording.cancelled(batch).unwrap();
                        self.cancelled.fetch_add(1, Ordering::Relaxed);
                    }
                    if queue.is_empty() {
                        break;
                    }
                }
            }
            if queue.len() > 4 || random.chance(3) && !queue.is_empty() {
                let batch: gpt_device::Batch = queue.remove(0);
                self.device.execute(&batch);
                done.push(batch);
            }
            while done.len() > 3 || !done.is_empty() && (queue.is_empty() || random.chance(3)) {
                let batch = done.swap_remove(random.below(done.len() as u64) as usize);
                recording.finished(batch).unwrap();
            }
            self.tree.reclaim();
            std::thread::yield_now();
        }
        // What was executed is reported; the rest is taken back, the newest first.
        done.into_iter().for_each(|batch| recording.finished(batch).unwrap());
        queue.into_iter().rev().for_each(|batch| recording.cancelled(batch).unwrap());
    }

    /// The device's walker.
    fn walk(&self, seed: u64) {
        let mut random = Random::new(seed);
        while !self.stop.load(Ordering::Relaxed) {
            let va = (random.below(3) << 30) + (random.below(2) << 21) + (random.below(4) << 12);
            self.device.walk(self.tree.root(), va, |oa| {
                self.found.fetch_add(1, Ordering::Relaxed);
                let page = ((oa - PAGES) >> 12) as usize;
                assert!(self.used[page].load(Ordering::SeqCst), "page {page} was given back while the device has it");
            });
        }
    }

    /// How often something was changed, taken back, and found.
    fn counts(&self) -> [u64; 3] {
        [&self.changes, &self.cancelled, &self.found].map(|count| count.load(Ordering::Relaxed))
    }
}

#[test]
fn nothing_is_freed_early_and_nothing_is_lost() {
    let seconds = std::env::var("GPT_SECONDS").map_or(2, |text| text.parse().expect("GPT_SECONDS is a number"));
    let device = Arc::new(Device::default());
    let recording = Recording::new(Shadow { device: Arc::clone(&device), live: AtomicUsize::new(0) });
    let waiting = Waiting::new(recording.timeline());
    let fenced = Fenced::new(Epochs::new(), recording.timeline());
    let tree: Tree = DeviceTable::new(recording, fenced).unwrap();
    let test = Test {
        tree,
        device,
        waiting,
        used: (0..COUNT).map(|_| AtomicBool::new(false)).collect(),
        stop: AtomicBool::new(false),
        changes: AtomicU64::new(0),
        cancelled: AtomicU64::new(0),
        found: AtomicU64::new(0),
    };
    // The root is there before anybody walks.
    let batch = test.tree.environment().cut().unwrap();
    test.device.execute(&batch);
    test.tree.environment().finished(batch).unwrap();

    std::thread::scope(|scope| {
        let changers: Vec<_> = (0..CHANGERS)
            .map(|seed| {
                scope.spawn({
                    let test = &test;
                    move || test.change(seed)
                })
            })
            .collect();
        let executor = scope.spawn(|| test.execute(10, false));
        let walker = scope.spawn(|| test.walk(20));
        let start = Instant::now();
        let over = || changers.iter().any(|it| it.is_finished()) || executor.is_finished() || walker.is_finished();
        // However slow the machine is, all of it has happened.
        let enough = || start.elapsed() >= Duration::from_secs(seconds) && !test.counts().contains(&0);
        while !enough() && !over() {
            std::thread::sleep(Duration::from_millis(10));
        }
        test.stop.store(true, Ordering::Relaxed);
        changers.into_iter().for_each(|changer| changer.join().unwrap());
        executor.join().unwrap();
        walker.join().unwrap();
    });
    let [changes, cancelled, found] = test.counts();
    println!("{changes} changes, {cancelled} batches cancelled, {found} walks that found a page");

    // Everything is unmapped and executed: the root is left, and no page is in use.
    let whole = AddressRange::new(0, 1 << 47).unwrap();
    let mut pages = Vec::new();
    let gone = test.tree.unmap(whole, EmptyTables::AtOnce, |removed| {
        let Removed::Page(page) = removed;
        pages.push(((page.oa - PAGES) >> 12) as usize);
    });
    test.tree.environment().settle(gone.unwrap());
    pages.into_iter().for_each(|page| test.waiting.retire(page));
    test.execute(11, true);
    test.give_back();
    (0..3).for_each(|_| test.tree.reclaim());
    assert_eq!(test.used.iter().filter(|used| used.load(Ordering::SeqCst)).count(), 0, "pages were lost");
    assert_eq!(test.tree.environment().shadow().live.load(Ordering::SeqCst), 1, "tables were lost");
}

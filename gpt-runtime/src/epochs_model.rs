//! The epochs alone, in every order that `loom` finds: a table is read by who found it linked, and overwritten by who
//! frees it. `loom` sees it if the two can meet.
#![allow(unsafe_code, clippy::unwrap_used)]

extern crate std;

use std::boxed::Box;
use std::sync::Arc;
use std::vec;
use std::vec::Vec;

use loom::cell::UnsafeCell;
use loom::sync::atomic::{AtomicBool, Ordering};
use loom::thread;

use crate::format::TableShape;
use crate::header::Header;
use crate::list::Tables;
use crate::reclaim::{EpochGuard, Epochs, Reclaim};

/// A table: whether it is linked, and what it holds.
struct Item {
    linked: AtomicBool,
    memory: UnsafeCell<u32>,
    header: Box<Header>,
}

struct World {
    epochs: Epochs,
    items: Vec<Item>,
}

// SAFETY: `loom` finds the races that this would be wrong about.
unsafe impl Sync for World {}
// SAFETY: as above.
unsafe impl Send for World {}

impl World {
    fn new(items: u64) -> Arc<Self> {
        let shape = TableShape { bytes: 8, align_bytes: 8, items: 1, reach_bits: 64 };
        let item = |number| Item {
            linked: AtomicBool::new(true),
            memory: UnsafeCell::new(1),
            header: Box::new(Header::new(number, shape)),
        };
        Arc::new(Self { epochs: Epochs::new(), items: (0..items).map(item).collect() })
    }

    /// Reads a table if it is linked.
    fn read(&self, number: usize) {
        self.read_under(&self.epochs.pin(), number);
    }

    fn read_under(&self, _guard: &EpochGuard<'_>, number: usize) {
        let item = &self.items[number];
        if item.linked.load(Ordering::Acquire) {
            // SAFETY: `loom` finds out.
            let seen = item.memory.with(|memory| unsafe { *memory });
            assert_eq!(seen, 1);
        }
    }

    /// Unlinks a table and hands it over.
    fn retire(&self, number: usize) {
        let item = &self.items[number];
        item.linked.swap(false, Ordering::AcqRel);
        let mut tables = Tables::new();
        // SAFETY: the header stays, and its table is in no list yet.
        unsafe { tables.push(std::ptr::from_ref(&*item.header).cast_mut()) };
        self.epochs.retire(tables);
    }

    /// Tries to move the epoch once, and overwrites what may be freed.
    fn advance(&self) {
        self.free(self.epochs.ready());
    }

    fn free(&self, mut tables: Tables) {
        while let Some(header) = tables.pop() {
            // SAFETY: the headers stay.
            let number = unsafe { &*header }.address();
            // SAFETY: `loom` finds out.
            self.items[number as usize].memory.with_mut(|memory| unsafe { *memory = 0 });
        }
    }
}

fn explore(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    if builder.preemption_bound.is_none() && std::env::var_os("LOOM_FULL").is_none() {
        builder.preemption_bound = Some(3);
    }
    builder.check(model);
}

/// Runs each of these at once, after the first item was made ready, and waits for all.
fn race(items: u64, threads: Vec<fn(&World)>) {
    explore(move || {
        let world = World::new(items);
        let spawn = |thread: &fn(&World)| {
            let (thread, world) = (*thread, Arc::clone(&world));
            thread::spawn(move || thread(&world))
        };
        let threads: Vec<_> = threads.iter().map(spawn).collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
    });
}

#[test]
fn free_against_reader() {
    let free = |world: &World| {
        world.retire(0);
        (0..3).for_each(|_| world.advance());
    };
    race(1, vec![|world| world.read(0), free]);
}

/// Readers that are counted apart each keep what they see.
#[test]
fn free_against_readers_of_two_slots() {
    let free = |world: &World| {
        world.retire(0);
        (0..3).for_each(|_| world.advance());
    };
    race(1, vec![|world| world.read_under(&world.epochs.pin_on(0), 0), |world| world.read(0), free]);
}

/// A reader that has read the epoch, and is counted only after it moved, keeps what it sees all the same: two moves
/// after the one under which a table was retired are not enough.
#[test]
fn late_reader_against_free() {
    let moves = |world: &World| (0..3).for_each(|_| world.advance());
    race(1, vec![|world| world.read(0), moves, |world| world.retire(0)]);
}

/// Who moves the epoch and is slow to free what that made due, does not free what others have retired since.
#[test]
fn late_mover_against_reader() {
    let retire = |world: &World| {
        world.advance();
        world.retire(0);
    };
    race(1, vec![|world| world.read(0), |world| world.advance(), retire]);
}

/// Who moves the epoch and stops before it has taken what that would make due, while others move it twice and file in
/// that very list, does not free what they filed: its own move fails then.
#[test]
fn overtaken_mover_against_reader() {
    let retire = |world: &World| {
        world.advance();
        world.advance();
        world.retire(0);
    };
    race(1, vec![|world| world.read(0), |world| world.advance(), retire]);
}

/// What one thread read before its guard went, another may overwrite, though it never met the first.
#[test]
fn guard_against_free_by_others() {
    let retire = |world: &World| world.retire(0);
    let moves = |world: &World| (0..4).for_each(|_| world.advance());
    race(1, vec![|world| world.read(0), retire, moves]);
}

/// Tables that several threads retire and take are each freed once.
#[test]
fn each_table_is_freed_once() {
    explore(|| {
        let world = World::new(2);
        let other = {
            let world = Arc::clone(&world);
            thread::spawn(move || {
                world.retire(1);
                world.advance();
            })
        };
        world.retire(0);
        (0..3).for_each(|_| world.advance());
        other.join().unwrap();
        (0..4).for_each(|_| world.advance());
        for item in &world.items {
            // SAFETY: all threads but this one have ended.
            assert_eq!(item.memory.with(|memory| unsafe { *memory }), 0);
        }
    });
}

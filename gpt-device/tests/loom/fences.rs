//! Tables that wait for the device and for readers.

use std::collections::BTreeMap;
use std::ptr::NonNull;
use std::sync::Mutex;

use gpt_device::{DeviceTable, Fenced, Recording};
use gpt_runtime::{AddressRange, EmptyTables, Environment, Epochs, Header, InputAddress, TableShape};
use loom::thread;

use crate::lock::Lock;
use crate::toy::level_bits::V;
use crate::toy::model::Model;
use crate::toy::{Mini, PAGE as PAGE_BIT, Says};
use crate::{PAGE, explore};

/// Table memory, and what the device has in its own. No table may be freed that an item of the device leads to.
#[derive(Default)]
struct Watched {
    model: Model,
    // Not one of loom's: it orders nothing that the model can see.
    device: Mutex<BTreeMap<u64, u64>>,
}

// SAFETY: everything is handed to the model, which keeps the promises.
unsafe impl Environment for Watched {
    fn allocate(&self, shape: TableShape) -> Option<u64> {
        self.model.allocate(shape)
    }

    unsafe fn free(&self, address: u64, shape: TableShape) {
        let device = self.device.lock().unwrap();
        assert!(!device.values().any(|word| word & (V | PAGE_BIT) == V && word >> 12 == address >> 12), "freed early");
        // SAFETY: the caller's promises are those asked for.
        unsafe { self.model.free(address, shape) }
    }

    unsafe fn table(&self, address: u64, shape: TableShape) -> NonNull<u8> {
        // SAFETY: the caller's promise is the one asked for.
        unsafe { self.model.table(address, shape) }
    }

    unsafe fn header(&self, address: u64, shape: TableShape) -> NonNull<Header> {
        // SAFETY: the caller's promise is the one asked for.
        unsafe { self.model.header(address, shape) }
    }
}

type Tree = DeviceTable<Mini, Watched, Lock>;

fn tree() -> &'static Tree {
    let recording = Recording::new(Watched::default());
    let fenced = Fenced::new(Epochs::new(), recording.timeline());
    Box::leak(Box::new(DeviceTable::new(recording, fenced).unwrap()))
}

/// The device executes what there is.
fn execute(tree: &Tree) {
    if let Some(batch) = tree.environment().cut() {
        batch.apply(|address, bytes| {
            let word = u64::from_le_bytes(bytes.try_into().unwrap());
            tree.environment().shadow().device.lock().unwrap().insert(address, word);
        });
        tree.environment().finished(batch).unwrap();
    }
}

fn map(tree: &Tree, va: u64) {
    let says = Says { write: true, ..Says::default() };
    let range = AddressRange::new(va, PAGE).unwrap();
    tree.environment().settle(tree.map(range, 0x10_0000 + va, &says).unwrap());
}

fn unmap(tree: &Tree, va: u64) {
    let range = AddressRange::new(va, PAGE).unwrap();
    tree.environment().settle(tree.unmap(range, EmptyTables::AtOnce, |_| {}).unwrap());
}

/// Nothing is left but the root, and the device has what the shadow has.
fn finish(tree: &'static Tree, tables: usize) {
    execute(tree);
    for _ in 0..3 {
        tree.reclaim();
    }
    assert_eq!(tree.environment().shadow().model.live(), tables, "tables that are allocated");
    // SAFETY: it was leaked by `tree`, and all threads but this one have ended.
    let tree = unsafe { Box::from_raw(std::ptr::from_ref(tree).cast_mut()) };
    // Nobody walks any more.
    tree.environment().shadow().device.lock().unwrap().clear();
}

/// A table is unlinked while the device executes, and while somebody else comes by to free what is due.
#[test]
fn retire_against_execution() {
    explore(1, || {
        let tree = tree();
        map(tree, 0);
        execute(tree);
        let emptier = thread::spawn(move || unmap(tree, 0));
        let other = thread::spawn(move || tree.reclaim());
        execute(tree);
        emptier.join().unwrap();
        other.join().unwrap();
        finish(tree, 1);
    });
}

/// Somebody comes by while a table is unlinked, and the device does nothing: the table stays.
#[test]
fn retire_against_mark() {
    explore(2, || {
        let tree = tree();
        map(tree, 0);
        execute(tree);
        let emptier = thread::spawn(move || unmap(tree, 0));
        tree.reclaim();
        emptier.join().unwrap();
        (0..3).for_each(|_| tree.reclaim());
        assert_eq!(tree.environment().shadow().model.live(), 2, "it was freed before the device forgot it");
        finish(tree, 1);
    });
}

/// A reader keeps a table that the device is done with.
#[test]
fn reader_against_execution() {
    explore(2, || {
        let tree = tree();
        map(tree, 0);
        execute(tree);
        let reader = thread::spawn(move || {
            // The model's freed tables are poisoned: what is found is the page or nothing.
            if let Ok(page) = tree.reader().walk(InputAddress::new(0).unwrap()) {
                assert_eq!(page.oa, 0x10_0000);
            }
        });
        unmap(tree, 0);
        execute(tree);
        tree.reclaim();
        reader.join().unwrap();
        finish(tree, 1);
    });
}

/// Two threads that unlink a table each, and whoever moves lists on.
#[test]
fn retire_against_retire() {
    explore(1, || {
        let tree = tree();
        map(tree, 0);
        map(tree, 2 * PAGE);
        execute(tree);
        let other = thread::spawn(move || {
            unmap(tree, 0);
            execute(tree);
        });
        unmap(tree, 2 * PAGE);
        tree.reclaim();
        other.join().unwrap();
        finish(tree, 1);
    });
}

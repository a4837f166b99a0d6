//! Memory for tables that `loom` watches: cells of its own, which are poisoned when a table is freed and never used
//! again, so that whoever still reads them can see it.

use std::ptr::NonNull;
use std::sync::Mutex;

use gpt_runtime::{Environment, Header, TableShape};
use loom::sync::atomic::{AtomicU64, Ordering};

use super::level_bits::{BAD, V};

/// What the items of a freed table hold: malformed at every level.
const POISON: u64 = V | BAD;

struct Slot {
    cells: Box<[AtomicU64]>,
    header: Box<Header>,
    shape: TableShape,
    freed: bool,
}

/// Tables of 64-bit items whose output address is the number of a slot times 4096.
#[derive(Default)]
pub struct Model {
    // Not one of loom's: it orders nothing that the model can see.
    slots: Mutex<Vec<Slot>>,
}

impl Model {
    /// How many tables are allocated now.
    pub fn live(&self) -> usize {
        self.slots.lock().unwrap().iter().filter(|slot| !slot.freed).count()
    }

    fn with<T>(&self, address: u64, shape: TableShape, get: impl FnOnce(&mut Slot) -> T) -> T {
        let mut slots = self.slots.lock().unwrap();
        let slot = &mut slots[(address >> 12) as usize - 1];
        assert!(!slot.freed, "table {address:#x} was freed");
        assert_eq!(slot.shape, shape, "table {address:#x} is another one");
        get(slot)
    }
}

// SAFETY: each table has cells and a header of its own, which stay until the environment is dropped.
unsafe impl Environment for Model {
    fn allocate(&self, shape: TableShape) -> Option<u64> {
        let cells = (0..shape.items).map(|_| AtomicU64::new(0)).collect();
        let mut slots = self.slots.lock().unwrap();
        let address = (slots.len() as u64 + 1) << 12;
        slots.push(Slot { cells, header: Box::new(Header::new(address, shape)), shape, freed: false });
        Some(address)
    }

    unsafe fn free(&self, address: u64, shape: TableShape) {
        let cells = self.with(address, shape, |slot| {
            slot.freed = true;
            NonNull::from(&*slot.cells)
        });
        // SAFETY: the cells stay until the environment is dropped.
        for cell in unsafe { cells.as_ref() } {
            cell.store(POISON, Ordering::Relaxed);
        }
    }

    unsafe fn table(&self, address: u64, shape: TableShape) -> NonNull<u8> {
        self.with(address, shape, |slot| NonNull::from(&*slot.cells).cast())
    }

    unsafe fn header(&self, address: u64, shape: TableShape) -> NonNull<Header> {
        self.with(address, shape, |slot| NonNull::from(&*slot.header))
    }
}

impl Drop for Model {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.live(), 0, "tables were leaked");
        }
    }
}

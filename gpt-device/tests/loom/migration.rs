//! Pages that move while others fault on them, unmap them, and move them too. Each page is counted: none is lost, none has
//! two owners, and what it holds arrives.

use std::collections::BTreeMap;
use std::sync::Mutex;

use gpt_device::{Access, Away, Migration, Mirror, Moves, NotMoved, NotPulled, Sides};
use gpt_runtime::{AddressRange, Entry, Epochs, InputAddress, Obligation, PageTable};
use loom::thread;

use crate::toy::model::Model;
use crate::toy::{Change, Mini, Says, Special};
use crate::{PAGE, explore};

/// What a page is marked with that was written: toys have no change that marks it dirty.
const WRITTEN: u8 = 1;
/// Pages of the device's memory begin here.
const DEVICE: u64 = 0x80_0000;

struct Both {
    cpu: PageTable<Mini, Model, Epochs>,
    device: PageTable<Mini, Model, Epochs>,
    /// What every allocated page holds. Not loom's: it orders nothing that the model can see.
    pages: Mutex<BTreeMap<u64, u64>>,
    next: Mutex<u64>,
    fails: bool,
}

impl Both {
    fn take(&self, base: u64) -> Option<u64> {
        let mut next = self.next.lock().unwrap();
        *next += PAGE;
        assert!(self.pages.lock().unwrap().insert(base + *next, 0).is_none());
        Some(base + *next)
    }

    fn free(&self, page: u64) {
        assert!(self.pages.lock().unwrap().remove(&page).is_some(), "page {page:#x} had two owners");
    }

    fn copy(&self, from: u64, to: u64) -> bool {
        let mut pages = self.pages.lock().unwrap();
        let value = *pages.get(&from).expect("a page that is copied is not freed");
        assert!(pages.insert(to, value).is_some());
        !self.fails
    }
}

impl Sides for Both {
    type Cpu = Mini;
    type CpuTables = Model;
    type CpuReaders = Epochs;
    type Device = Mini;
    type DeviceTables = Model;
    type DeviceReaders = Epochs;

    fn cpu(&self) -> &PageTable<Mini, Model, Epochs> {
        &self.cpu
    }

    fn device(&self) -> &PageTable<Mini, Model, Epochs> {
        &self.device
    }

    fn cpu_changed(&self, owed: Obligation<'_, Mini, Model, Epochs>) {
        owed.acknowledge();
    }

    fn device_changed(&self, owed: Obligation<'_, Mini, Model, Epochs>) {
        owed.acknowledge();
    }

    fn device_done(&self) {}

    fn relax(&self) {
        thread::yield_now();
    }

    fn is_writable(&self, cpu: &Says) -> bool {
        cpu.write
    }

    fn is_dirty(&self, cpu: &Says) -> bool {
        cpu.key == WRITTEN
    }

    fn mark(&self, written: bool) -> Change {
        Change { write: None, key: Some(if written { WRITTEN } else { 0 }) }
    }

    fn pull(&self, cpu: &Says, write: bool) -> Option<Says> {
        Some(Says { write, ..*cpu })
    }

    fn grants_write(&self, device: &Says) -> bool {
        device.write
    }

    fn writable(&self, write: bool) -> Change {
        Change { write: Some(write), key: None }
    }
}

impl Moves for Both {
    fn say(&self, away: &Away<Says>) -> Option<Special> {
        Some(Special(match away {
            Away::Moving(number) => 0x8000 | (number & 0xff) as u16,
            Away::OnDevice { page, attributes } => {
                ((page - DEVICE) >> 12) as u16 | u16::from(attributes.write) << 8 | u16::from(attributes.key) << 9
            }
        }))
    }

    fn hear(&self, entry: &Special) -> Option<Away<Says>> {
        if entry.0 & 0x8000 != 0 {
            return Some(Away::Moving(u32::from(entry.0 & 0xff)));
        }
        let attributes = Says { write: entry.0 & 0x100 != 0, key: (entry.0 >> 9) as u8 & 3, ..Says::default() };
        Some(Away::OnDevice { page: DEVICE + (u64::from(entry.0 & 0xff) << 12), attributes })
    }

    fn local(&self, cpu: &Says, write: bool) -> Option<Says> {
        self.pull(cpu, write)
    }

    fn marked(&self, cpu: &Says) -> Says {
        Says { key: WRITTEN, ..*cpu }
    }

    fn take_device_page(&self, _: u32) -> Option<u64> {
        self.take(DEVICE)
    }

    fn take_host_page(&self, _: u32) -> Option<u64> {
        self.take(0)
    }

    fn free_device_page(&self, page: u64, _: u32) {
        assert!(page >= DEVICE);
        self.free(page);
    }

    fn free_host_page(&self, page: u64, _: u32) {
        assert!(page < DEVICE);
        self.free(page);
    }

    fn copy_to_device(&self, from: u64, to: u64, _: u32) -> bool {
        self.copy(from, to)
    }

    fn copy_to_host(&self, from: u64, to: u64, _: u32) -> bool {
        self.copy(from, to)
    }
}

type Shared = &'static Migration<Both>;

/// One page that holds 77, mapped on the CPU's side, and perhaps moved to the device.
fn start(moved: bool, fails: bool) -> Shared {
    let table = || PageTable::new(Model::default(), Epochs::new()).unwrap();
    let both = Both { cpu: table(), device: table(), pages: Mutex::default(), next: Mutex::default(), fails };
    let page = both.take(0).unwrap();
    both.pages.lock().unwrap().insert(page, 77);
    let says = Says { write: true, ..Says::default() };
    both.cpu.map(AddressRange::new(0, PAGE).unwrap(), page, &says).unwrap().acknowledge();
    let migration = Migration::new(Mirror::new(both, 0, 2 * PAGE - 1));
    if moved {
        migration.to_device(0).unwrap();
    }
    Box::leak(Box::new(migration))
}

/// What there is at address 0 in the end: every page that is allocated is that one, and it holds 77; the device's table
/// leads to it or to nothing.
fn finish(migration: Shared) -> Option<u64> {
    let both = migration.mirror().sides();
    let at = InputAddress::new(0).unwrap();
    let there = match both.cpu.reader().look(at) {
        Entry::Page(page) => Some(page.oa),
        Entry::Special { special, .. } => match both.hear(&special) {
            Some(Away::OnDevice { page, .. }) => Some(page),
            moving => panic!("{moving:?} is left behind"),
        },
        Entry::Absent => None,
        Entry::Malformed => panic!("a malformed entry"),
    };
    let device = both.device.reader().walk(at).ok().map(|page| page.oa);
    assert!(device.is_none() || device == there, "the device uses {device:x?}, the page is {there:x?}");
    let pages: Vec<(u64, u64)> = both.pages.lock().unwrap().clone().into_iter().collect();
    let expected: Vec<(u64, u64)> = there.map(|page| (page, 77)).into_iter().collect();
    assert_eq!(pages, expected, "pages that are allocated, and what they hold");
    // SAFETY: it was leaked by `start`, and all threads but this one have ended.
    drop(unsafe { Box::from_raw(std::ptr::from_ref(migration).cast_mut()) });
    there
}

fn unmap(migration: Shared) {
    migration.unmap(AddressRange::new(0, PAGE).unwrap()).unwrap();
}

#[test]
fn move_against_unmap() {
    explore(3, || {
        let migration = start(false, false);
        let other = thread::spawn(move || unmap(migration));
        let moved = migration.to_device(0);
        assert!(matches!(
            moved,
            Ok(()) | Err(NotMoved::Busy | NotMoved::NotThere | NotMoved::Gone | NotMoved::NoEntry)
        ));
        other.join().unwrap();
        assert_eq!(finish(migration), None);
    });
}

#[test]
fn return_against_unmap() {
    explore(3, || {
        let migration = start(true, false);
        let other = thread::spawn(move || unmap(migration));
        let moved = migration.to_host(0);
        assert!(matches!(moved, Ok(()) | Err(NotMoved::Busy | NotMoved::NotThere | NotMoved::Gone)), "{moved:?}");
        other.join().unwrap();
        assert_eq!(finish(migration), None);
    });
}

#[test]
fn failed_move_against_unmap() {
    explore(3, || {
        let migration = start(false, true);
        let other = thread::spawn(move || unmap(migration));
        let moved = migration.to_device(0);
        assert!(moved.is_err());
        other.join().unwrap();
        assert_eq!(finish(migration), None);
    });
}

#[test]
fn move_against_move() {
    explore(3, || {
        let migration = start(false, false);
        let other = thread::spawn(move || migration.to_device(0).is_ok());
        let moved = migration.to_device(0).is_ok();
        // One of them may find the other at it.
        assert!(other.join().unwrap() | moved);
        assert!(finish(migration).is_some_and(|page| page >= DEVICE));
    });
}

#[test]
fn return_against_return() {
    explore(3, || {
        let migration = start(true, false);
        let other = thread::spawn(move || migration.to_host(0).is_ok());
        let moved = migration.to_host(0).is_ok();
        assert!(other.join().unwrap() ^ moved, "one brings it back");
        assert!(finish(migration).is_some_and(|page| page < DEVICE));
    });
}

/// The device asks to write while its page moves: it never keeps the page where it was, and a page to which it may
/// write is marked.
#[test]
fn move_against_pull() {
    explore(3, || {
        let migration = start(false, false);
        let other = thread::spawn(move || migration.pull(0, Access::Write, 12));
        let _ = migration.to_device(0);
        let pulled = other.join().unwrap();
        assert!(matches!(pulled, Ok((0, 0xfff)) | Err(NotPulled::Busy)), "{pulled:?}");
        let both = migration.mirror().sides();
        let at = InputAddress::new(0).unwrap();
        let marked = match both.cpu.reader().look(at) {
            Entry::Page(page) => both.is_dirty(&page.attributes),
            Entry::Special { special, .. } => {
                matches!(both.hear(&special), Some(Away::OnDevice { attributes, .. }) if both.is_dirty(&attributes))
            }
            _ => false,
        };
        assert!(marked || pulled.is_err(), "the device could write, and nobody knows");
        assert!(finish(migration).is_some());
    });
}

#[test]
fn return_against_pull() {
    explore(3, || {
        let migration = start(true, false);
        let other = thread::spawn(move || migration.pull(0, Access::Read, 12).is_ok());
        let moved = migration.to_host(0);
        assert!(matches!(moved, Ok(()) | Err(NotMoved::Busy)));
        let _ = other.join().unwrap();
        assert!(finish(migration).is_some());
    });
}

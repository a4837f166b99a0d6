//! The limits: what the same entries cost without a page table around them, and with the least that one needs.

use std::sync::atomic::{AtomicU64, Ordering};

use crate::driver::{Driver, OFFSET, PAGE, START};
use crate::frames::{self, FRAME_BYTES};

const PRESENT: u64 = 1;
const WRITE: u64 = 2;
const LARGE: u64 = 0x80;
const NO_EXECUTE: u64 = 1 << 63;
const ADDRESS: u64 = 0x000f_ffff_ffff_f000;
const ENTRIES: usize = 512;

/// Consecutive entries without tables.
pub struct Raw<const KIND: u8> {
    entries: Vec<AtomicU64>,
    large: bool,
}

pub const STORE: u8 = 0;
pub const CHECK_STORE: u8 = 1;
pub const CAS: u8 = 2;

impl<const KIND: u8> Raw<KIND> {
    pub fn new(pages: u64) -> Self {
        Self { entries: (0..pages).map(|_| AtomicU64::new(0)).collect(), large: false }
    }

    /// All entries.
    pub fn entries(&self) -> &[AtomicU64] {
        &self.entries
    }

    #[inline(always)]
    fn part(&self, va: u64, bytes: u64, page: u64) -> &[AtomicU64] {
        let page = if page == 0 { PAGE } else { page };
        let first = ((va - START) / page) as usize;
        &self.entries[first..first + (bytes / page) as usize]
    }
}

impl<const KIND: u8> Driver for Raw<KIND> {
    #[inline(always)]
    fn map(&mut self, va: u64, bytes: u64, page: u64) {
        self.large = page > PAGE;
        let mut word = (va + OFFSET) | PRESENT | WRITE | NO_EXECUTE | if self.large { LARGE } else { 0 };
        for entry in self.part(va, bytes, page) {
            match KIND {
                STORE => entry.store(word, Ordering::Relaxed),
                CHECK_STORE => {
                    if entry.load(Ordering::Relaxed) & PRESENT != 0 {
                        break;
                    }
                    entry.store(word, Ordering::Relaxed);
                }
                _ => {
                    if entry.compare_exchange(0, word, Ordering::AcqRel, Ordering::Acquire).is_err() {
                        break;
                    }
                }
            }
            word += if page == 0 { PAGE } else { page };
        }
    }

    #[inline(always)]
    fn unmap(&mut self, va: u64, bytes: u64, page: u64) {
        for entry in self.part(va, bytes, page) {
            match KIND {
                STORE => entry.store(0, Ordering::Relaxed),
                CHECK_STORE => {
                    if entry.load(Ordering::Relaxed) & PRESENT == 0 {
                        break;
                    }
                    entry.store(0, Ordering::Relaxed);
                }
                _ => {
                    let word = entry.load(Ordering::Relaxed);
                    if entry.compare_exchange(word, 0, Ordering::AcqRel, Ordering::Acquire).is_err() {
                        break;
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn protect(&mut self, va: u64, bytes: u64, page: u64, write: bool) {
        for entry in self.part(va, bytes, page) {
            let word = entry.load(Ordering::Relaxed);
            let new = if write { word | WRITE } else { word & !WRITE };
            match KIND {
                STORE => entry.store(new, Ordering::Relaxed),
                CHECK_STORE => {
                    if word & PRESENT == 0 {
                        break;
                    }
                    entry.store(new, Ordering::Relaxed);
                }
                _ => {
                    if entry.compare_exchange(word, new, Ordering::AcqRel, Ordering::Acquire).is_err() {
                        break;
                    }
                }
            }
        }
    }

    fn walk(&self, va: u64) -> Option<u64> {
        let page = if self.large { 2 << 20 } else { PAGE };
        let word = self.entries.get(((va - START) / page) as usize)?.load(Ordering::Acquire);
        (word & PRESENT != 0).then_some(word & ADDRESS)
    }
}

/// Translates an address by four acquire loads, and says no more than where it leads.
#[inline(always)]
pub fn hand_walk(root: u64, va: u64) -> Option<u64> {
    let mut table = root;
    let mut low = 39;
    loop {
        let index = (va >> low) & 511;
        let entry = std::ptr::with_exposed_provenance::<AtomicU64>((table + index * 8) as usize);
        // SAFETY: the root and the tables below it are alive, and the index is below 512.
        let word = unsafe { &*entry }.load(Ordering::Acquire);
        if word & PRESENT == 0 {
            return None;
        }
        if low == 12 || word & LARGE != 0 {
            let inside = (1u64 << low) - 1;
            return Some((word & ADDRESS & !inside) | (va & inside));
        }
        table = word & ADDRESS;
        low -= 9;
    }
}

/// A small driver for one format and one size of pages, as one writes it by hand: no count of what a table holds, so
/// it never frees one.
pub struct Hand {
    root: u64,
}

impl Hand {
    pub fn new() -> Self {
        Self { root: frames::take_zeroed().unwrap_or_default() as u64 }
    }

    /// The table below an entry, made where there is none.
    #[inline(always)]
    fn below(entry: &AtomicU64) -> u64 {
        let word = entry.load(Ordering::Acquire);
        if word & PRESENT != 0 {
            return word & ADDRESS;
        }
        let table = frames::take_zeroed().unwrap_or_default() as u64;
        entry.store(table | PRESENT | WRITE | 4, Ordering::Release);
        table
    }

    #[inline(always)]
    fn entries<'t>(table: u64) -> &'t [AtomicU64; ENTRIES] {
        // SAFETY: a table is a frame that is never freed while the driver lives.
        unsafe { &*std::ptr::with_exposed_provenance(table as usize) }
    }

    /// Calls `edit` with each share of a last-level table.
    #[inline(always)]
    fn each(&self, mut va: u64, bytes: u64, mut edit: impl FnMut(u64, &[AtomicU64])) {
        let end = va + bytes;
        while va < end {
            let mut table = self.root;
            for low in [39, 30, 21] {
                table = Self::below(&Self::entries(table)[((va >> low) & 511) as usize]);
            }
            let first = ((va >> 12) & 511) as usize;
            let count = (((end - va) / PAGE) as usize).min(ENTRIES - first);
            edit(va, &Self::entries(table)[first..first + count]);
            va += count as u64 * PAGE;
        }
    }
}

impl Driver for Hand {
    #[inline(always)]
    fn map(&mut self, va: u64, bytes: u64, _: u64) {
        self.each(va, bytes, |va, entries| {
            let mut word = (va + OFFSET) | PRESENT | WRITE | NO_EXECUTE;
            for entry in entries {
                if entry.load(Ordering::Relaxed) & PRESENT != 0 {
                    return;
                }
                entry.store(word, Ordering::Release);
                word += PAGE;
            }
        });
    }

    #[inline(always)]
    fn unmap(&mut self, va: u64, bytes: u64, _: u64) {
        self.each(va, bytes, |_, entries| {
            for entry in entries {
                if entry.load(Ordering::Relaxed) & PRESENT == 0 {
                    return;
                }
                entry.store(0, Ordering::Release);
            }
        });
    }

    #[inline(always)]
    fn protect(&mut self, va: u64, bytes: u64, _: u64, write: bool) {
        self.each(va, bytes, |_, entries| {
            for entry in entries {
                let word = entry.load(Ordering::Relaxed);
                if word & PRESENT == 0 {
                    return;
                }
                entry.store(if write { word | WRITE } else { word & !WRITE }, Ordering::Release);
            }
        });
    }

    #[inline(always)]
    fn walk(&self, va: u64) -> Option<u64> {
        hand_walk(self.root, va)
    }
}

impl Drop for Hand {
    fn drop(&mut self) {
        fn free(table: u64, low: u32) {
            if low > 12 {
                for entry in Hand::entries(table) {
                    let word = entry.load(Ordering::Relaxed);
                    if word & PRESENT != 0 {
                        free(word & ADDRESS, low - 9);
                    }
                }
            }
            frames::give_back(table as usize);
        }
        free(self.root, 39);
        debug_assert_eq!(FRAME_BYTES, ENTRIES * 8);
    }
}

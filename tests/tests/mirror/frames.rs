//! Two memories of which only what matters is kept: for every page frame whose it is, and how often it was written.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A page frame of the smallest size.
#[derive(Default)]
pub struct Frame {
    used: AtomicBool,
    /// The input address that it is mapped at.
    pub owner: AtomicU64,
    /// How often it was written: its contents.
    pub writes: AtomicU64,
}

/// A memory at some output address.
pub struct Frames {
    base: u64,
    unit_lg2: u32,
    frames: Vec<Frame>,
    allocating: Mutex<usize>,
}

impl Frames {
    pub fn new(base: u64, unit_lg2: u32, count: usize) -> Self {
        Self { base, unit_lg2, frames: (0..count).map(|_| Frame::default()).collect(), allocating: Mutex::new(0) }
    }

    fn index(&self, address: u64) -> usize {
        ((address - self.base) >> self.unit_lg2) as usize
    }

    pub fn has(&self, address: u64) -> bool {
        address >= self.base && self.index(address) < self.frames.len()
    }

    pub fn at(&self, address: u64) -> &Frame {
        &self.frames[self.index(address)]
    }

    /// The frames of a page.
    pub fn page(&self, address: u64, size_lg2: u32) -> &[Frame] {
        let first = self.index(address);
        &self.frames[first..first + (1 << (size_lg2 - self.unit_lg2))]
    }

    /// A page for an input address, that was never written.
    pub fn take(&self, va: u64, size_lg2: u32) -> Option<u64> {
        let count = 1 << (size_lg2 - self.unit_lg2);
        let mut next = self.allocating.lock().unwrap();
        let places = self.frames.len() / count;
        for _ in 0..places {
            *next = (*next + 1) % places;
            let first = *next * count;
            let page = &self.frames[first..first + count];
            if page.iter().any(|frame| frame.used.load(Ordering::SeqCst)) {
                continue;
            }
            for (frame, number) in page.iter().zip(0..) {
                frame.used.store(true, Ordering::SeqCst);
                frame.owner.store(va + (number << self.unit_lg2), Ordering::SeqCst);
                frame.writes.store(0, Ordering::SeqCst);
            }
            return Some(self.base + ((first as u64) << self.unit_lg2));
        }
        None
    }

    /// Gives a page back. Whoever still uses it finds that it is nobody's.
    pub fn free(&self, address: u64, size_lg2: u32) {
        let _all = self.allocating.lock().unwrap();
        for frame in self.page(address, size_lg2) {
            frame.owner.store(u64::MAX, Ordering::SeqCst);
            assert!(frame.used.swap(false, Ordering::SeqCst), "{address:#x} had two owners");
        }
    }

    /// How many frames are in use.
    pub fn used(&self) -> usize {
        self.frames.iter().filter(|frame| frame.used.load(Ordering::SeqCst)).count()
    }
}

/// Copies pages between memories.
pub fn copy(from: &[Frame], to: &[Frame]) {
    for (from, to) in from.iter().zip(to) {
        to.owner.store(from.owner.load(Ordering::SeqCst), Ordering::SeqCst);
        to.writes.store(from.writes.load(Ordering::SeqCst), Ordering::SeqCst);
    }
}

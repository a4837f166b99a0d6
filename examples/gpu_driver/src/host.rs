//! The host's memory: words at output addresses, and pages that are given out and taken back.

use parking_lot::Mutex;

/// Where the host's memory begins for the CPU and the GPU.
pub(crate) const BASE: u64 = 0x1_0000_0000;

/// Pages of one memory, by size.
#[derive(Debug)]
pub(crate) struct Pages {
    base: u64,
    used: Vec<bool>,
    next: usize,
}

impl Pages {
    /// So many pages of 4 KiB from an address on.
    pub(crate) fn new(base: u64, count: usize) -> Self {
        Self { base, used: vec![false; count], next: 0 }
    }

    /// A page of 2^`size_lg2` bytes, aligned to its size.
    pub(crate) fn take(&mut self, size_lg2: u32) -> Option<u64> {
        let count = 1_usize << (size_lg2 - 12);
        let places = self.used.len() / count;
        for _ in 0..places {
            self.next = (self.next + 1) % places;
            let page = self.used.get_mut(self.next * count..(self.next + 1) * count)?;
            if page.iter().all(|used| !used) {
                page.fill(true);
                return Some(self.base + ((self.next * count) as u64) * 4096);
            }
        }
        None
    }

    /// Takes a page back.
    pub(crate) fn give(&mut self, page: u64, size_lg2: u32) {
        let first = ((page - self.base) / 4096) as usize;
        if let Some(used) = self.used.get_mut(first..first + (1 << (size_lg2 - 12))) {
            used.fill(false);
        }
    }

    /// How many pages of 4 KiB are given out.
    pub(crate) fn used(&self) -> usize {
        self.used.iter().filter(|used| **used).count()
    }
}

/// The host's memory.
pub(crate) struct HostMemory {
    words: Mutex<Vec<u64>>,
    pages: Mutex<Pages>,
}

impl HostMemory {
    /// So many pages of 4 KiB.
    pub(crate) fn new(pages: usize) -> Self {
        Self { words: Mutex::new(vec![0; pages * 512]), pages: Mutex::new(Pages::new(BASE, pages)) }
    }

    /// The pages.
    pub(crate) fn pages(&self) -> &Mutex<Pages> {
        &self.pages
    }

    fn index(address: u64) -> usize {
        ((address - BASE) / 8) as usize
    }

    /// The 64-bit word at an output address.
    pub(crate) fn read(&self, address: u64) -> u64 {
        self.words.lock().get(Self::index(address)).copied().unwrap_or(0)
    }

    /// Writes a 64-bit word.
    pub(crate) fn write(&self, address: u64, word: u64) {
        if let Some(there) = self.words.lock().get_mut(Self::index(address)) {
            *there = word;
        }
    }

    /// Copies bytes to or from a window of the GPU's memory; false where one of the two is not all there.
    pub(crate) fn copy(&self, address: u64, window: Option<&mut [u8]>, to_host: bool) -> bool {
        let mut words = self.words.lock();
        let Some(window) = window else { return false };
        let first = Self::index(address);
        let Some(words) = words.get_mut(first..first + window.len() / 8) else { return false };
        for (word, bytes) in words.iter_mut().zip(window.chunks_exact_mut(8)) {
            if to_host {
                *word = bytes.iter().rev().fold(0, |word, byte| word << 8 | u64::from(*byte));
            } else {
                bytes.copy_from_slice(&word.to_le_bytes());
            }
        }
        true
    }
}

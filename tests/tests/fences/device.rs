//! The device's memory, word by word, and its walker: x86-64 tables by hand.

use std::collections::BTreeMap;
use std::sync::Mutex;

use gpt_device::{Batch, Step};

/// A word that was never written, or whose memory is somebody else's now, is not here.
#[derive(Default)]
pub struct Device {
    words: Mutex<BTreeMap<u64, u64>>,
}

impl Device {
    /// Executes a batch, word by word.
    pub fn execute(&self, batch: &Batch) {
        for step in batch.steps() {
            if let Step::Write(write) = step {
                write.apply(|address, bytes| {
                    let word = u64::from_le_bytes(bytes.try_into().unwrap());
                    self.words.lock().unwrap().insert(address, word);
                });
            }
        }
    }

    /// The memory is used for something else.
    pub fn forget(&self, address: u64, bytes: u64) {
        let mut words = self.words.lock().unwrap();
        words.retain(|at, _| !(address..address + bytes).contains(at));
    }

    /// Walks to a page, and calls `found` while nothing is written.
    pub fn walk(&self, root: u64, va: u64, mut found: impl FnMut(u64)) {
        let words = self.words.lock().unwrap();
        let mut table = root;
        for low in [39, 30, 21, 12] {
            let at = table + (va >> low & 0x1ff) * 8;
            let entry = *words
                .get(&at)
                .unwrap_or_else(|| panic!("the device followed a pointer to {at:#x}, which is no table"));
            if entry & 1 == 0 {
                return;
            }
            let address = entry & 0xf_ffff_ffff_f000;
            if low == 12 {
                return found(address);
            }
            table = address;
        }
    }
}

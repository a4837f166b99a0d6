//! Cached translations: kept until they are forgotten all together, and used whatever the tables say by then.

use std::collections::HashMap;

use super::Use;
use super::walker::{Page, Place};

/// How many translations of a size are kept.
const MOST: usize = 1024;

/// The cache.
#[derive(Default)]
pub(super) struct Tlb {
    pages: HashMap<(u64, u32), Page>,
}

impl Tlb {
    /// Where an address is, if that is known.
    pub(super) fn find(&self, va: u64, usage: Use) -> Option<Place> {
        [12, 21, 30].into_iter().find_map(|size_lg2| {
            let page = self.pages.get(&(va >> size_lg2 << size_lg2, size_lg2))?;
            page.place(va, usage).ok()
        })
    }

    /// Keeps a translation.
    pub(super) fn keep(&mut self, page: Page) {
        if self.pages.len() >= MOST {
            self.pages.clear();
        }
        self.pages.insert((page.va, page.size_lg2), page);
    }

    /// Forgets all.
    pub(super) fn forget(&mut self) {
        self.pages.clear();
    }
}

//! What every participant can do, and the work that is made of it.

/// The first address of the work; a multiple of 1 GiB.
pub const START: u64 = 0x10_0000_0000;
/// What is added to an input address to get its output address; a multiple of 1 GiB.
pub const OFFSET: u64 = 0x20_0000_0000;
/// A page of the smallest size.
pub const PAGE: u64 = 4096;

/// Somebody who maps pages: a driver for one page table.
pub trait Driver {
    /// Maps a range to the addresses `OFFSET` higher in one call, with pages of `page` bytes; with all sizes that fit
    /// where `page` is 0.
    fn map(&mut self, va: u64, bytes: u64, page: u64);

    /// Takes the range out in one call; it was mapped with pages of `page` bytes.
    fn unmap(&mut self, va: u64, bytes: u64, page: u64);

    /// Makes the range writable or not, in one call.
    fn protect(&mut self, va: u64, bytes: u64, page: u64, write: bool);

    /// Translates one address.
    fn walk(&self, va: u64) -> Option<u64>;
}

/// Pages that are worked on with calls of the same length.
#[derive(Clone, Copy)]
pub struct Work {
    /// The first address.
    pub start: u64,
    /// How many bytes.
    pub bytes: u64,
    /// How many bytes one call does.
    pub call: u64,
    /// The size of the pages, 0 for mixed.
    pub page: u64,
}

impl Work {
    fn calls(self) -> impl Iterator<Item = u64> {
        (0..self.bytes / self.call).map(move |number| self.start + number * self.call)
    }

    /// Maps everything.
    #[inline(never)]
    pub fn map(self, driver: &mut impl Driver) {
        for va in self.calls() {
            driver.map(va, self.call, self.page);
        }
    }

    /// Takes everything out.
    #[inline(never)]
    pub fn unmap(self, driver: &mut impl Driver) {
        for va in self.calls() {
            driver.unmap(va, self.call, self.page);
        }
    }

    /// Makes everything writable or not.
    #[inline(never)]
    pub fn protect(self, driver: &mut impl Driver, write: bool) {
        for va in self.calls() {
            driver.protect(va, self.call, self.page, write);
        }
    }

    /// Walks every page.
    ///
    /// # Panics
    /// When a page is not mapped as it should be.
    pub fn check(self, driver: &impl Driver, mapped: bool, who: &str) {
        let step = if self.page == 0 { PAGE } else { self.page };
        for va in (self.start..self.start + self.bytes).step_by(step as usize) {
            let expected = mapped.then_some(va + OFFSET);
            assert_eq!(driver.walk(va), expected, "{who}: the page at {va:#x} is not as it should be");
        }
    }
}

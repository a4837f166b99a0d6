//! A driver whose format is a file, emitted whenever it or what it extends changes.
#![no_std]

use gpt_runtime::{Environment, Reason, SingleThread};

include!(concat!(env!("OUT_DIR"), "/formats.rs"));

/// What the engine sees.
pub struct Mmu<E: Environment> {
    tables: toy_gpu::PageTable<E, SingleThread>,
}

impl<E: Environment> Mmu<E> {
    /// A unit that sees nothing, or `None` where there is no memory for its root table.
    pub fn new(environment: E) -> Option<Self> {
        Some(Self { tables: toy_gpu::PageTable::new(environment, SingleThread::default()).ok()? })
    }

    /// Maps memory for the engine to read and write.
    ///
    /// # Errors
    /// Why not all of it could be mapped.
    pub fn map(&self, range: toy_gpu::VaRange, memory: u64, flush: impl FnOnce()) -> Result<(), Reason> {
        let attributes = toy_gpu::Attributes { coherent: true, write: true };
        match self.tables.map(range, memory, &attributes) {
            Ok(done) => {
                done.fulfil(|_| flush());
                Ok(())
            }
            Err(incomplete) => Err(incomplete.reason),
        }
    }

    /// Where the engine finds an address, and how large the page is, as a power of two.
    pub fn look(&self, address: u64) -> Option<(u64, u32)> {
        let found = self.tables.reader().walk(toy_gpu::Va::new(address)?).ok()?;
        Some((found.oa + (address - found.va), found.size_lg2))
    }
}

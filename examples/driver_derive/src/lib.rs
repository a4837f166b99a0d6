//! A driver for the memory management unit of a toy display engine, described on the type of its entries.
#![no_std]

use gpt_macros::PageTable;
use gpt_runtime::{EmptyTables, Environment, Reason, SingleThread};

/// The display engine's two-level format.
#[derive(PageTable, Clone, Copy, Debug, PartialEq, Eq)]
#[page_table(
    manual = "Toy Display Engine Manual, revision 2, section 4.3",
    va(30 bits),
    pa(48 bits, at most),
    entry(64 bits, little-endian),
    levels(29:21 DIR; 20:12 TAB),
    tlb(caches(table, page), flush(context)),
)]
pub enum Display {
    /// Nothing is mapped here.
    #[at(DIR, TAB)]
    #[bits(63:1 free; 0 V = 0)]
    Absent,

    /// Leads to a table of 4 KiB pages.
    #[at(DIR)]
    #[bits(63:48 zero; 11:1 zero; 0 V = 1)]
    Table {
        /// The address of the table.
        #[bits(47:12 ADDR table)]
        table: u64,
    },

    /// A page of 4 KiB.
    #[at(TAB)]
    #[bits(63:48 zero; 11:3 zero; 0 V = 1)]
    Page {
        /// The address of the page.
        #[bits(47:12 ADDR page)]
        page: u64,
        /// Whether accesses snoop the processor's caches.
        #[bits(2 SNOOP coherent)]
        coherent: bool,
        /// Whether the engine may write.
        #[bits(1 RO not write)]
        write: bool,
    },
}

/// What the engine sees.
pub struct Mmu<E: Environment> {
    tables: display::PageTable<E, SingleThread>,
}

impl<E: Environment> Mmu<E> {
    /// A unit that sees nothing, or `None` where there is no memory for its root table.
    pub fn new(environment: E) -> Option<Self> {
        let tables = display::PageTable::new(environment, SingleThread::default()).ok()?;
        Some(Self { tables })
    }

    /// The address for the engine's root register.
    pub fn root(&self) -> u64 {
        self.tables.root()
    }

    /// Shows a frame buffer to the engine; `flush` is called where the engine has to forget what it cached.
    ///
    /// # Errors
    /// Why not all of it could be mapped.
    pub fn show(&self, range: display::VaRange, memory: u64, flush: impl FnOnce()) -> Result<(), Reason> {
        let attributes = display::Attributes { coherent: true, write: false };
        match self.tables.map(range, memory, &attributes) {
            Ok(done) => {
                done.fulfil(|_| flush());
                Ok(())
            }
            Err(incomplete) => Err(incomplete.reason),
        }
    }

    /// Takes a frame buffer away again.
    ///
    /// # Errors
    /// Why not all of it could be unmapped.
    pub fn hide(&self, range: display::VaRange, flush: impl FnOnce()) -> Result<(), Reason> {
        match self.tables.unmap(range, EmptyTables::AtOnce, |_| {}) {
            Ok(done) => {
                done.fulfil(|_| flush());
                Ok(())
            }
            Err(incomplete) => Err(incomplete.reason),
        }
    }

    /// Where the engine finds an address, or `None` where it faults.
    pub fn look(&self, address: u64) -> Option<u64> {
        let found = self.tables.reader().walk(display::Va::new(address)?).ok()?;
        Some(found.oa + (address - found.va))
    }
}

/// What to print of the entry that the engine reports with a fault.
pub fn explain_fault(level: u8, entry: u64) -> &'static str {
    match Display::decode(level, entry) {
        Some(Display::Absent) => "nothing is mapped there",
        Some(Display::Page { write: false, .. }) => "the page is read-only",
        Some(_) => "the engine may do that: its cache is stale",
        None => "the entry is corrupt",
    }
}

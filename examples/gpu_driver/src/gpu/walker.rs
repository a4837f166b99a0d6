//! The unit that walks page tables of the GFX9 format, in the GPU's memory.

use super::{Use, engine};

/// Why an access failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// There is no translation.
    NotMapped,
    /// There is one, but not for this use.
    NotAllowed,
    /// A table entry or page points outside the memory: never, if the driver does its work.
    Broken(u64),
}

/// Where a word is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// In the GPU's memory.
    Video(u64),
    /// In the host's.
    System(u64),
}

/// A translation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Page {
    /// The first address that it covers.
    pub(super) va: u64,
    /// Its size, as a power of two.
    pub(super) size_lg2: u32,
    entry: u64,
}

const VALID: u64 = 1 << 0;
const SYSTEM: u64 = 1 << 1;
const READ: u64 = 1 << 5;
const WRITE: u64 = 1 << 6;
/// In a directory entry: it is a page.
const IS_PAGE: u64 = 1 << 54;

impl Page {
    /// Where an address is that it covers.
    pub(super) fn place(&self, va: u64, usage: Use) -> Result<Place, Fault> {
        let needed = if usage == Use::Write { WRITE } else { READ };
        if self.entry & needed == 0 {
            return Err(Fault::NotAllowed);
        }
        let inside = (1 << self.size_lg2) - 1;
        let address = self.entry & 0xffff_ffff_f000 & !inside | va & inside;
        Ok(if self.entry & SYSTEM != 0 { Place::System(address) } else { Place::Video(address) })
    }
}

/// Walks from the root down.
pub(super) fn walk(memory: &[u8], root: u64, va: u64) -> Result<Page, Fault> {
    let mut table = root;
    for low in [39, 30, 21, 12] {
        let entry = engine::load(memory, table + (va >> low & 0x1ff) * 8).ok_or(Fault::Broken(table))?;
        if entry & VALID == 0 {
            return Err(Fault::NotMapped);
        }
        if low == 12 || entry & IS_PAGE != 0 {
            return Ok(Page { va: va & !((1 << low) - 1), size_lg2: low, entry });
        }
        table = entry & 0xffff_ffff_ffc0;
    }
    Err(Fault::NotMapped)
}

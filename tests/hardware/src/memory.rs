//! Guest memory as a shared file: what one side writes, the other sees at once.
#![allow(unsafe_code)]

use std::fs::File;
use std::path::Path;
use std::ptr::NonNull;

use gpt_runtime::{Arena, GRANULE_BYTES, Granule};
use memmap2::MmapRaw;

use crate::error::{Error, Result};

/// A piece of guest memory: where the guest finds it, and where it lies in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    /// The first guest-physical address.
    pub address: u64,
    /// The offset in the file.
    pub offset: u64,
    /// The size.
    pub bytes: u64,
}

/// All guest memory.
#[derive(Debug)]
pub struct Memory {
    map: MmapRaw,
    windows: Vec<Window>,
}

impl Memory {
    /// Makes the file, all zero and without blocks until written, and maps it.
    ///
    /// # Errors
    /// What creating or mapping the file gives.
    pub fn create(path: &Path, windows: &[Window]) -> Result<Self> {
        let file = File::options().read(true).write(true).create_new(true).open(path)?;
        let bytes = windows.iter().map(|window| window.offset + window.bytes).max().unwrap_or(0);
        file.set_len(bytes)?;
        Ok(Self { map: MmapRaw::map_raw(&file)?, windows: windows.to_vec() })
    }

    /// The size of the file.
    pub fn bytes(&self) -> usize {
        self.map.len()
    }

    /// Where this process finds `bytes` bytes at a guest-physical address.
    ///
    /// # Errors
    /// Where not all of them are memory.
    pub fn pointer(&self, address: u64, bytes: usize) -> Result<NonNull<u8>> {
        let found = self.windows.iter().find_map(|window| {
            let inside = address.checked_sub(window.address)?;
            let fits = inside.checked_add(bytes as u64)? <= window.bytes;
            fits.then_some((window.offset + inside) as usize)
        });
        let offset = found.ok_or_else(|| Error::new(format!("{bytes} bytes at {address:#x} are not guest memory")))?;
        // SAFETY: every window lies inside the file, whose size `create` took from them.
        let pointer = unsafe { self.map.as_mut_ptr().add(offset) };
        NonNull::new(pointer).ok_or_else(|| Error::new("the file is mapped at address 0"))
    }

    /// Copies guest memory.
    ///
    /// # Errors
    /// Where not all of it is memory.
    pub fn read(&self, address: u64, bytes: usize) -> Result<Vec<u8>> {
        let from = self.pointer(address, bytes)?;
        let mut copy = vec![0; bytes];
        // SAFETY: `pointer` found all these bytes inside the mapping, and `copy` is elsewhere. The emulator may write
        // to them meanwhile, but tests read only what no running access writes.
        unsafe { from.as_ptr().copy_to_nonoverlapping(copy.as_mut_ptr(), bytes) };
        Ok(copy)
    }

    /// Writes guest memory.
    ///
    /// # Errors
    /// Where not all of it is memory.
    pub fn write(&self, address: u64, bytes: &[u8]) -> Result<()> {
        let to = self.pointer(address, bytes.len())?;
        // SAFETY: `pointer` found all these bytes inside the mapping, and `bytes` is elsewhere.
        unsafe { to.as_ptr().copy_from_nonoverlapping(bytes.as_ptr(), bytes.len()) };
        Ok(())
    }

    /// An array of bytes of guest memory, for `from_le_bytes` and its kin.
    ///
    /// # Errors
    /// Where not all of it is memory.
    pub fn array<const N: usize>(&self, address: u64) -> Result<[u8; N]> {
        self.read(address, N)?.try_into().map_err(|_| Error::new("a read gave too few bytes"))
    }

    /// Reads 32 bits, least significant byte first.
    ///
    /// # Errors
    /// Where not all of it is memory.
    pub fn read_u32(&self, address: u64) -> Result<u32> {
        Ok(u32::from_le_bytes(self.array(address)?))
    }

    /// Reads 64 bits, least significant byte first.
    ///
    /// # Errors
    /// Where not all of it is memory.
    pub fn read_u64(&self, address: u64) -> Result<u64> {
        Ok(u64::from_le_bytes(self.array(address)?))
    }

    /// Writes 32 bits, least significant byte first.
    ///
    /// # Errors
    /// Where not all of it is memory.
    pub fn write_u32(&self, address: u64, value: u32) -> Result<()> {
        self.write(address, &value.to_le_bytes())
    }

    /// Writes 64 bits, least significant byte first.
    ///
    /// # Errors
    /// Where not all of it is memory.
    pub fn write_u64(&self, address: u64, value: u64) -> Result<()> {
        self.write(address, &value.to_le_bytes())
    }

    /// An arena of the runtime, for tables, over a part of guest memory.
    ///
    /// # Errors
    /// Where not all of it is memory, or its start is not a multiple of 4096.
    pub fn arena<'m>(&'m self, address: u64, granules: &'m [Granule]) -> Result<Arena<'m>> {
        let memory = self.pointer(address, granules.len() * GRANULE_BYTES)?;
        // SAFETY: the bytes are mapped as long as `self` lives; tests keep their other uses of guest memory away from
        // the arena's, and the emulator is the hardware that reads tables and sets bits in them.
        let arena = unsafe { Arena::new(memory, address, granules) };
        arena.ok_or_else(|| Error::new(format!("an arena cannot start at {address:#x}")))
    }
}

//! Tables in one fixed piece of memory: firmware, boot images, memory shared with a device or an emulator.
//!
//! The memory is divided into granules of [`GRANULE_BYTES`]. A bit for each says whether it is in use; a table takes
//! as many neighbouring granules as it needs. The header of a table is the one of its first granule.
//!
//! # Safety
//! A granule belongs to who set its bit, until that one clears it.
#![allow(unsafe_code)]

use core::cell::UnsafeCell;
use core::mem::MaybeUninit;
use core::ptr::NonNull;

use crate::environment::Environment;
use crate::format::TableShape;
use crate::header::Header;
use crate::sync::{AtomicU32, Ordering};

/// How finely an arena divides its memory.
pub const GRANULE_BYTES: usize = 256;

/// What an [`Arena`] needs to know of one granule: keep an array of them, one for every [`GRANULE_BYTES`] bytes.
#[derive(Debug)]
pub struct Granule {
    used: AtomicU32,
    header: UnsafeCell<MaybeUninit<Header>>,
}

// SAFETY: the header is written only by who has set `used`, before it tells anybody of the table; everything that is
// done to it afterwards goes through shared references, and a header may be shared.
unsafe impl Sync for Granule {}

impl Default for Granule {
    fn default() -> Self {
        Self::new()
    }
}

impl Granule {
    /// A granule that is not in use.
    pub fn new() -> Self {
        Self { used: AtomicU32::new(0), header: UnsafeCell::new(MaybeUninit::uninit()) }
    }
}

/// Tables in one piece of memory that the host finds at a pointer and the hardware at an output address.
#[derive(Debug)]
pub struct Arena<'m> {
    memory: NonNull<u8>,
    base: u64,
    granules: &'m [Granule],
}

// SAFETY: the memory is reached only through granules whose bit the user has set.
unsafe impl Send for Arena<'_> {}
// SAFETY: as above; bits are set and cleared atomically.
unsafe impl Sync for Arena<'_> {}

impl<'m> Arena<'m> {
    /// An arena over `granules.len()` × [`GRANULE_BYTES`] bytes at `memory`, which the hardware finds at `base`.
    ///
    /// `None` where the memory or `base` is not a multiple of 4096, or the last address is beyond 64 bits.
    ///
    /// # Safety
    /// 1. The memory can be read and written for `'m`, and nobody else does, except that the hardware reads the
    ///    tables and sets the bits that the format marks as its own.
    pub unsafe fn new(memory: NonNull<u8>, base: u64, granules: &'m [Granule]) -> Option<Self> {
        let bytes = granules.len().checked_mul(GRANULE_BYTES)?;
        base.checked_add(bytes as u64)?;
        let aligned = memory.as_ptr().addr().is_multiple_of(4096) && base.is_multiple_of(4096);
        aligned.then_some(Self { memory, base, granules })
    }

    /// How many bytes are in use.
    pub fn used_bytes(&self) -> usize {
        self.granules.iter().filter(|granule| granule.used.load(Ordering::Relaxed) != 0).count() * GRANULE_BYTES
    }

    /// The granules of a table of this shape from `first` on, if all are there.
    fn span(&self, first: usize, shape: TableShape) -> Option<&'m [Granule]> {
        let count = shape.bytes.div_ceil(GRANULE_BYTES);
        self.granules.get(first..first.checked_add(count)?)
    }

    /// Sets the bits of a span; on failure none is set.
    fn claim(span: &[Granule]) -> bool {
        for (number, granule) in span.iter().enumerate() {
            if granule.used.compare_exchange(0, 1, Ordering::Acquire, Ordering::Relaxed).is_err() {
                for claimed in span.iter().take(number) {
                    claimed.used.store(0, Ordering::Release);
                }
                return false;
            }
        }
        true
    }

    /// The first granule of the table at an address.
    #[inline(always)]
    fn first(&self, address: u64) -> usize {
        // The address is inside the arena, whose size is a `usize`.
        (address.wrapping_sub(self.base) as usize) / GRANULE_BYTES
    }
}

// SAFETY: a table's granules are claimed before its address is given out and released when it is freed, so nobody else
// uses them; the address determines the pointer and the granule; the header is written before the address is given out.
unsafe impl Environment for Arena<'_> {
    fn allocate(&self, shape: TableShape) -> Option<u64> {
        let align = shape.align_bytes.max(GRANULE_BYTES);
        // Where the base is less aligned than the table, the first place is a little further on.
        // Alignments are powers of two, so no division is needed.
        let start = (self.base.wrapping_neg() & (align as u64 - 1)) as usize;
        let limit = u64::MAX >> (64 - shape.reach_bits.clamp(1, 64));
        let mut offset = start;
        loop {
            let first = offset / GRANULE_BYTES;
            let span = self.span(first, shape)?;
            let address = self.base + offset as u64;
            if address > limit - (shape.bytes as u64 - 1) {
                return None;
            }
            if Self::claim(span) {
                // SAFETY: the span lies inside the memory that the creator of the arena promised.
                let table = unsafe { self.memory.add(offset) };
                // SAFETY: the granules are claimed, so nobody else touches these bytes.
                unsafe { table.write_bytes(0, shape.bytes) };
                let granule = span.first()?;
                // SAFETY: as above, and the address was not given out yet.
                unsafe { (*granule.header.get()).write(Header::new(address, shape)) };
                return Some(address);
            }
            offset = offset.checked_add(align)?;
        }
    }

    unsafe fn free(&self, address: u64, shape: TableShape) {
        if let Some(span) = self.span(self.first(address), shape) {
            for granule in span {
                granule.used.store(0, Ordering::Release);
            }
        }
    }

    #[inline(always)]
    unsafe fn table(&self, address: u64, _: TableShape) -> NonNull<u8> {
        // SAFETY: by promise 1 the address is inside the arena.
        unsafe { self.memory.add(address.wrapping_sub(self.base) as usize) }
    }

    #[inline(always)]
    unsafe fn header(&self, address: u64, _: TableShape) -> NonNull<Header> {
        // SAFETY: by promise 1 the address is inside the arena, so the granule exists.
        let granule = unsafe { self.granules.get_unchecked(self.first(address)) };
        // SAFETY: a pointer to a field is never null.
        unsafe { NonNull::new_unchecked(granule.header.get().cast()) }
    }
}

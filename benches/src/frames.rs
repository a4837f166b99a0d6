//! One pool of frames for everybody's tables, so that all participants work on the same kind of memory.

use std::ptr::NonNull;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock};

use gpt_runtime::{Environment, Header, TableShape};

/// The size of a frame.
pub const FRAME_BYTES: usize = 4096;
/// How many frames there are: the tables for 64 GiB in pages of 4 KiB, seven times.
const FRAMES: usize = 256 << 10;

/// A header, at a distance from the next that is cheap to multiply by.
#[repr(align(64))]
struct Place(#[expect(dead_code, reason = "its size and alignment alone are of use")] Header);

/// The frames, where each of them is both for the host and as an output address.
struct Pool {
    memory: usize,
    headers: usize,
    free: Mutex<Free>,
}

/// Which frames are not in use.
struct Free {
    next: usize,
    returned: Vec<usize>,
}

static USED: AtomicUsize = AtomicUsize::new(0);

/// Memory from the system, zero, on huge pages where the system has them.
fn reserve(bytes: usize) -> usize {
    const HUGE: usize = 2 << 20;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: a new anonymous mapping touches nothing that exists.
    let memory = unsafe { libc::mmap(std::ptr::null_mut(), bytes + HUGE, access, flags, -1, 0) };
    assert_ne!(memory, libc::MAP_FAILED, "no memory for the tables");
    let start = memory.expose_provenance().next_multiple_of(HUGE);
    // SAFETY: the range lies inside the mapping just made.
    unsafe { libc::madvise(std::ptr::with_exposed_provenance_mut(start), bytes, libc::MADV_HUGEPAGE) };
    start
}

fn pool() -> &'static Pool {
    static POOL: OnceLock<Pool> = OnceLock::new();
    POOL.get_or_init(|| Pool {
        memory: reserve(FRAMES * FRAME_BYTES),
        headers: reserve(FRAMES * size_of::<Place>()),
        free: Mutex::new(Free { next: 0, returned: Vec::with_capacity(FRAMES) }),
    })
}

/// A frame, as its address.
pub fn take() -> Option<usize> {
    let pool = pool();
    let mut free = pool.free.lock().ok()?;
    let number = match free.returned.pop() {
        Some(number) => number,
        None if free.next < FRAMES => {
            free.next += 1;
            free.next - 1
        }
        None => return None,
    };
    USED.fetch_add(1, Ordering::Relaxed);
    Some(pool.memory + number * FRAME_BYTES)
}

/// A frame in which all bytes are zero.
pub fn take_zeroed() -> Option<usize> {
    let frame = take()?;
    // SAFETY: the frame was free, so nobody else uses it.
    unsafe { std::ptr::with_exposed_provenance_mut::<u8>(frame).write_bytes(0, FRAME_BYTES) };
    Some(frame)
}

/// Takes a frame back.
pub fn give_back(frame: usize) {
    let pool = pool();
    if let Ok(mut free) = pool.free.lock() {
        free.returned.push((frame - pool.memory) / FRAME_BYTES);
        USED.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many frames are in use.
pub fn used() -> usize {
    USED.load(Ordering::Relaxed)
}

/// The environment of our trees; `HARDWARE` says whether the hardware may write accessed and dirty bits, and `SETTLED`
/// tells trees apart whose pages have both set, so that each is compiled for itself, as in a driver that has one.
#[derive(Clone, Copy)]
pub struct Frames<const HARDWARE: bool, const SETTLED: bool> {
    /// Where the header of a table at address 0 would be.
    headers: usize,
}

impl<const HARDWARE: bool, const SETTLED: bool> Frames<HARDWARE, SETTLED> {
    pub fn new() -> Self {
        let pool = pool();
        Self { headers: pool.headers.wrapping_sub(pool.memory / FRAME_BYTES * size_of::<Place>()) }
    }

    #[inline(always)]
    fn header_at(&self, address: u64) -> NonNull<Header> {
        let header = self.headers.wrapping_add(address as usize / FRAME_BYTES * size_of::<Place>());
        // SAFETY: the headers lie in a mapping of the system's, which never is at address 0.
        unsafe { NonNull::new_unchecked(std::ptr::with_exposed_provenance_mut(header)) }
    }
}

// SAFETY: a frame belongs to one table from `take_zeroed` until `give_back`; its address names it and its header, and
// the header is written before the address is given out.
unsafe impl<const HARDWARE: bool, const SETTLED: bool> Environment for Frames<HARDWARE, SETTLED> {
    const HARDWARE_WRITES: bool = HARDWARE;

    fn allocate(&self, shape: TableShape) -> Option<u64> {
        if shape.bytes > FRAME_BYTES || shape.align_bytes > FRAME_BYTES {
            return None;
        }
        let address = take_zeroed()? as u64;
        // SAFETY: the place is that of this frame's header alone.
        unsafe { self.header_at(address).write(Header::new(address, shape)) };
        Some(address)
    }

    unsafe fn free(&self, address: u64, _: TableShape) {
        give_back(address as usize);
    }

    #[inline(always)]
    unsafe fn table(&self, address: u64, _: TableShape) -> NonNull<u8> {
        // SAFETY: the address is that of a frame, which is never 0.
        unsafe { NonNull::new_unchecked(std::ptr::with_exposed_provenance_mut(address as usize)) }
    }

    #[inline(always)]
    unsafe fn header(&self, address: u64, _: TableShape) -> NonNull<Header> {
        self.header_at(address)
    }
}

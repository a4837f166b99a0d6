//! Memory for tables on the host's heap, named by small addresses, counted, and failing where a test wants it to.

use std::alloc::{Layout, alloc_zeroed, dealloc};
use std::ptr::NonNull;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};

use gpt_runtime::{Environment, Header, TableShape};

/// How many tables there can be at once.
const SLOTS: usize = 1024;

/// One table.
struct Slot {
    memory: NonNull<u8>,
    /// What the walker would read if it did not see the processor's caches: what was announced as written.
    clean: NonNull<u8>,
    header: Header,
    shape: TableShape,
}

/// Tables whose output address is the number of a slot times 4096.
///
/// A table that is freed is given back to the allocator at once, so that a sanitizer sees who still uses it, and its
/// slot is used again as soon as possible.
pub struct Counting {
    slots: Box<[AtomicPtr<Slot>]>,
    unused: Mutex<Vec<usize>>,
    allocated: AtomicUsize,
    freed: AtomicUsize,
    /// How many allocations succeed before all fail.
    pub left: AtomicUsize,
    /// Whether announced writes are copied.
    mirror: bool,
}

fn layout(shape: TableShape) -> Layout {
    Layout::from_size_align(shape.bytes, shape.align_bytes).unwrap()
}

impl Default for Counting {
    fn default() -> Self {
        Self::new(true)
    }
}

impl Counting {
    pub fn new(mirror: bool) -> Self {
        let slots = (0..SLOTS).map(|_| AtomicPtr::default()).collect();
        let unused = Mutex::new((1..SLOTS).rev().collect());
        let (allocated, freed, left) = (AtomicUsize::new(0), AtomicUsize::new(0), AtomicUsize::new(usize::MAX));
        Self { slots, unused, allocated, freed, left, mirror }
    }

    /// How many tables are allocated now.
    pub fn live(&self) -> usize {
        self.allocated.load(Ordering::SeqCst) - self.freed.load(Ordering::SeqCst)
    }

    /// How many tables were ever allocated.
    pub fn allocated(&self) -> usize {
        self.allocated.load(Ordering::SeqCst)
    }

    fn slot(&self, address: u64) -> &Slot {
        // Relaxed: that the table can be used is for the runtime to have made sure of.
        let slot = self.slots[(address >> 12) as usize].load(Ordering::Relaxed);
        assert!(!slot.is_null(), "table {address:#x} is not allocated");
        // SAFETY: a slot stays until its table is freed.
        unsafe { &*slot }
    }

    /// The bytes of a table.
    ///
    /// # Safety
    /// 1. The table is allocated, and nobody writes to it.
    pub unsafe fn bytes(&self, address: u64) -> &[u8] {
        let slot = self.slot(address);
        // SAFETY: by promise 1.
        unsafe { std::slice::from_raw_parts(slot.memory.as_ptr(), slot.shape.bytes) }
    }

    /// The bytes of a table as the walker sees them that does not see the processor's caches.
    ///
    /// # Safety
    /// 1. The table is allocated, and nobody writes to it.
    pub unsafe fn clean(&self, address: u64) -> &[u8] {
        let slot = self.slot(address);
        // SAFETY: by promise 1.
        unsafe { std::slice::from_raw_parts(slot.clean.as_ptr(), slot.shape.bytes) }
    }

    /// Asserts that every item that differs from a new table was announced as written, in every table there is.
    pub fn assert_clean(&self) {
        for slot in &self.slots {
            // SAFETY: nobody else uses the environment while a test looks at it.
            let Some(slot) = (unsafe { slot.load(Ordering::Relaxed).as_ref() }) else { continue };
            // SAFETY: as above, and both are as long as the shape says.
            let memory = unsafe { std::slice::from_raw_parts(slot.memory.as_ptr(), slot.shape.bytes) };
            // SAFETY: as above.
            let clean = unsafe { std::slice::from_raw_parts(slot.clean.as_ptr(), slot.shape.bytes) };
            assert_eq!(memory, clean, "a write to table {:#x} was not announced", slot.header.address());
        }
    }
}

// SAFETY: each table is one allocation with a header of its own, found through its slot until it is freed.
unsafe impl Environment for Counting {
    fn allocate(&self, shape: TableShape) -> Option<u64> {
        let take = |left: usize| if left == usize::MAX { Some(left) } else { left.checked_sub(1) };
        self.left.fetch_update(Ordering::SeqCst, Ordering::SeqCst, take).ok()?;
        let number = self.unused.lock().unwrap().pop()?;
        let address = (number as u64) << 12;
        // SAFETY: no table has no bytes.
        let memory = NonNull::new(unsafe { alloc_zeroed(layout(shape)) })?;
        // SAFETY: as above.
        let clean = NonNull::new(unsafe { alloc_zeroed(layout(shape)) })?;
        // What was in the caches before is not known to the walker.
        // SAFETY: as many bytes were allocated.
        unsafe { clean.as_ptr().write_bytes(0xa5, shape.bytes) };
        let slot = Box::new(Slot { memory, clean, header: Header::new(address, shape), shape });
        self.slots[number].store(Box::into_raw(slot), Ordering::Relaxed);
        self.allocated.fetch_add(1, Ordering::SeqCst);
        Some(address)
    }

    unsafe fn free(&self, address: u64, shape: TableShape) {
        let number = (address >> 12) as usize;
        let slot = self.slots[number].swap(std::ptr::null_mut(), Ordering::Relaxed);
        assert!(!slot.is_null(), "table {address:#x} is freed twice");
        // SAFETY: it was made by `allocate`, and nobody else took it out.
        let slot = unsafe { Box::from_raw(slot) };
        assert_eq!(slot.shape, shape, "table {address:#x} is freed as another one");
        // SAFETY: allocated with this layout.
        unsafe { dealloc(slot.memory.as_ptr(), layout(shape)) };
        // SAFETY: as above.
        unsafe { dealloc(slot.clean.as_ptr(), layout(shape)) };
        self.freed.fetch_add(1, Ordering::SeqCst);
        self.unused.lock().unwrap().push(number);
    }

    unsafe fn table(&self, address: u64, shape: TableShape) -> NonNull<u8> {
        let slot = self.slot(address);
        assert_eq!(slot.shape, shape, "table {address:#x} is used as another one");
        slot.memory
    }

    unsafe fn header(&self, address: u64, shape: TableShape) -> NonNull<Header> {
        let slot = self.slot(address);
        assert_eq!(slot.shape, shape, "table {address:#x} is used as another one");
        NonNull::from(&slot.header)
    }

    fn written(&self, address: u64, shape: TableShape, first_item: usize, items: usize) {
        if !self.mirror {
            return;
        }
        let slot = self.slot(address);
        let item_bytes = shape.bytes / shape.items;
        let (start, bytes) = (first_item * item_bytes, items * item_bytes);
        assert!(start + bytes <= shape.bytes, "items {first_item} and {items} more are not in table {address:#x}");
        // SAFETY: the range lies inside the table.
        let from = unsafe { slot.memory.add(start) };
        // SAFETY: as above.
        let to = unsafe { slot.clean.add(start) };
        // SAFETY: both hold as many bytes, and they do not overlap; with a mirror there is one thread.
        unsafe { from.copy_to_nonoverlapping(to, bytes) };
    }
}

impl Drop for Counting {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            assert_eq!(self.live(), 0, "tables were leaked");
        }
    }
}

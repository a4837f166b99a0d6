//! An environment whose tables live in a device's memory: what is written to the shadow becomes a list for the device.
//!
//! # Order
//! An operation writes items of the shadow and then tells the environment. Here the list's lock is taken first and the
//! items are loaded under it. So of two threads that wrote the same item, the one that comes to the list last records what the
//! item holds by then, and the last record of an item is always its value. And a link is in the shadow only after what
//! it leads to was told of, so whichever thread records the link finds that earlier in the list.
//!
//! Only those who change tables come to the lock, and only for the time of copying what they wrote. Readers never do.
#![allow(unsafe_code)]

use alloc::sync::Arc;
use core::fmt;
use core::ptr::NonNull;

use gpt_runtime::{Environment, Format, Header, Invalidation, Obligation, Reclaim, TableEntry, TableShape, Written};
use lock_api::{Mutex, RawMutex};

use crate::batch::Batch;
use crate::log::Log;
use crate::timeline::{Mark, Timeline};

/// Records every write to tables whose shadows are in the memory of `E`, under a lock `L` of the host.
///
/// The addresses that `E` gives are those at which the device finds the tables. The device's own writes do not come back
/// to the shadow: accessed and dirty bits are not seen there.
pub struct Recording<E, L: RawMutex> {
    shadow: E,
    log: Mutex<L, Log>,
    timeline: Arc<Timeline>,
}

/// A batch that is not what it was given for.
#[derive(Debug)]
pub struct Misplaced(
    /// The batch, as it was.
    pub Batch,
);

impl fmt::Display for Misplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, end) = (self.0.waits_for(), self.0.signals());
        write!(f, "steps {first} to {end} are not under way, or were executed before steps that come first")
    }
}

impl core::error::Error for Misplaced {}

impl<E: Environment, L: RawMutex> Recording<E, L> {
    /// A list without steps, for tables with shadows in `shadow`.
    pub fn new(shadow: E) -> Self {
        Self { shadow, log: Mutex::new(Log::default()), timeline: Arc::new(Timeline::new()) }
    }

    /// How far the list was recorded and executed, for [`crate::Fenced`] and [`crate::Waiting`].
    pub fn timeline(&self) -> Arc<Timeline> {
        Arc::clone(&self.timeline)
    }

    /// The environment of the shadows.
    pub fn shadow(&self) -> &E {
        &self.shadow
    }

    /// Records an invalidation, behind everything that was recorded before, and gives the place behind it.
    pub fn invalidate(&self, what: Invalidation) -> Mark {
        self.with(|log| log.invalidate(what));
        self.timeline.mark()
    }

    /// Records the invalidation that a change owes, and acknowledges it: tables that the change unlinked are freed when
    /// the device has executed all that, if the tree has [`crate::Fenced`] as its reclaimer. Gives the place behind it.
    pub fn settle<F: Format, T: Environment, R: Reclaim>(&self, owed: Obligation<'_, F, T, R>) -> Mark {
        owed.fulfil(|what| {
            self.invalidate(what);
        });
        self.timeline.mark()
    }

    /// Hands out what no device was told yet, or the first part of it; `None` where there is nothing.
    pub fn cut(&self) -> Option<Batch> {
        self.with(Log::cut)
    }

    /// Notes that a device has executed a batch. Batches may be reported in any order.
    ///
    /// # Errors
    /// The batch, where one before it was cancelled and not handed out again: the device did not wait.
    pub fn finished(&self, batch: Batch) -> Result<(), Misplaced> {
        self.with(|log| log.finish(batch)).map_err(Misplaced)
    }

    /// Takes back a batch that no device has executed or will execute: [`Recording::cut`] hands its steps out again.
    ///
    /// # Errors
    /// The batch, where it is from another list.
    pub fn cancelled(&self, batch: Batch) -> Result<(), Misplaced> {
        self.with(|log| log.cancel(batch)).map_err(Misplaced)
    }

    /// Changes the list, and tells the timeline.
    fn with<T>(&self, change: impl FnOnce(&mut Log) -> T) -> T {
        let mut log = self.log.lock();
        let result = change(&mut log);
        self.timeline.note_recorded(log.recorded());
        self.timeline.note_executed(log.executed());
        result
    }
}

// SAFETY: tables, headers and their memory are those of the shadow's environment, which keeps the promises; recording
// only loads items.
unsafe impl<E: Environment, L: RawMutex> Environment for Recording<E, L> {
    // The device writes to its own memory, not to the shadow.
    const HARDWARE_WRITES: bool = false;
    const ZEROED: bool = E::ZEROED;
    const RECORDS: bool = true;

    fn allocate(&self, shape: TableShape) -> Option<u64> {
        self.shadow.allocate(shape)
    }

    unsafe fn free(&self, address: u64, shape: TableShape) {
        // SAFETY: the caller's promises 1 and 2 are those asked for.
        unsafe { self.shadow.free(address, shape) }
    }

    unsafe fn table(&self, address: u64, shape: TableShape) -> NonNull<u8> {
        // SAFETY: the caller's promise 1 is the one asked for.
        unsafe { self.shadow.table(address, shape) }
    }

    unsafe fn header(&self, address: u64, shape: TableShape) -> NonNull<Header> {
        // SAFETY: the caller's promise 1 is the one asked for.
        unsafe { self.shadow.header(address, shape) }
    }

    fn table_entry<F: Format>(&self, entry: &mut TableEntry<F>) {
        self.shadow.table_entry(entry);
    }

    fn written(&self, table: u64, shape: TableShape, first_item: usize, items: usize) {
        self.shadow.written(table, shape, first_item, items);
    }

    fn record(&self, written: &Written<'_>) {
        self.with(|log| log.record(written));
    }
}

impl<E, L: RawMutex> fmt::Debug for Recording<E, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording").field("timeline", &self.timeline).finish_non_exhaustive()
    }
}

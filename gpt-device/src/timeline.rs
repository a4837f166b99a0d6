//! How far a list was recorded, and how far it was executed.

use crate::sync::{AtomicUsize, Ordering};

/// The two ends of what devices have still to do, for whoever waits for some of it. Reading them takes no lock.
///
/// Positions are counted modulo the size of a `usize`: what is compared lies less than half of that apart.
#[derive(Debug)]
pub struct Timeline {
    recorded: AtomicUsize,
    executed: AtomicUsize,
}

impl Default for Timeline {
    fn default() -> Self {
        Self::new()
    }
}

/// A place in a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark(pub(crate) usize);

impl Timeline {
    /// The timeline of a list without steps.
    pub fn new() -> Self {
        Self { recorded: AtomicUsize::new(0), executed: AtomicUsize::new(0) }
    }

    /// The place behind everything that was recorded so far.
    ///
    /// What this thread has recorded, and what others had before they synchronised with it, lies before.
    pub fn mark(&self) -> Mark {
        // The list's lock orders this thread's own records; another thread's come with what was handed over from it.
        Mark(self.recorded.load(Ordering::Acquire))
    }

    /// Whether everything before a place was executed.
    pub fn reached(&self, mark: Mark) -> bool {
        // Acquire: what the device is done with may be changed after this.
        let ahead = self.executed.load(Ordering::Acquire).wrapping_sub(mark.0);
        ahead <= usize::MAX / 2
    }

    /// Notes that the list is this long. Called in order, under the list's lock.
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) fn note_recorded(&self, position: u64) {
        self.recorded.store(position as usize, Ordering::Release);
    }

    /// Notes that the list was executed up to here. Called in order, under the list's lock.
    #[allow(clippy::cast_possible_truncation)]
    pub(crate) fn note_executed(&self, position: u64) {
        self.executed.store(position as usize, Ordering::Release);
    }
}

//! Things that a device may still be using: pages that were unmapped, and whatever else goes with them.

use alloc::collections::VecDeque;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use lock_api::{Mutex, RawMutex};

use crate::timeline::{Mark, Timeline};

/// Things that are given back when the device has executed all that was recorded before they were retired.
pub struct Waiting<T, L: RawMutex> {
    timeline: Arc<Timeline>,
    // In order of marks: each is taken under the lock.
    things: Mutex<L, VecDeque<(Mark, T)>>,
}

impl<T, L: RawMutex> Waiting<T, L> {
    /// Nothing waits.
    pub fn new(timeline: Arc<Timeline>) -> Self {
        Self { timeline, things: Mutex::new(VecDeque::new()) }
    }

    /// Keeps something until the device has executed everything that is recorded now.
    pub fn retire(&self, thing: T) {
        let mut things = self.things.lock();
        things.push_back((self.timeline.mark(), thing));
    }

    /// Everything that the device is done with.
    pub fn ready(&self) -> Vec<T> {
        let mut things = self.things.lock();
        let due = things.iter().take_while(|(mark, _)| self.timeline.reached(*mark)).count();
        things.drain(..due).map(|(_, thing)| thing).collect()
    }

    /// How many things wait.
    pub fn len(&self) -> usize {
        self.things.lock().len()
    }

    /// Whether nothing waits.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Everything that waits; the device must not use any of it any more.
    pub fn drain(&mut self) -> Vec<T> {
        self.things.get_mut().drain(..).map(|(_, thing)| thing).collect()
    }
}

impl<T, L: RawMutex> fmt::Debug for Waiting<T, L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Waiting").field("timeline", &self.timeline).finish_non_exhaustive()
    }
}

//! A lock for models: what one holder did is seen by the next.

use std::sync::atomic::{AtomicBool, Ordering};

use lock_api::{GuardSend, RawMutex};

loom::lazy_static! {
    /// Hands what was done from one holder of any lock to the next.
    static ref HANDED: loom::sync::atomic::AtomicUsize = loom::sync::atomic::AtomicUsize::new(0);
}

pub struct Lock(AtomicBool);

// SAFETY: one thread at a time finds the flag clear and sets it.
unsafe impl RawMutex for Lock {
    #[allow(clippy::declare_interior_mutable_const)]
    const INIT: Self = Self(AtomicBool::new(false));
    type GuardMarker = GuardSend;

    fn lock(&self) {
        while !self.try_lock() {
            loom::thread::yield_now();
        }
    }

    fn try_lock(&self) -> bool {
        if self.0.swap(true, Ordering::SeqCst) {
            return false;
        }
        HANDED.fetch_add(1, loom::sync::atomic::Ordering::AcqRel);
        true
    }

    unsafe fn unlock(&self) {
        HANDED.fetch_add(1, loom::sync::atomic::Ordering::AcqRel);
        self.0.store(false, Ordering::SeqCst);
    }
}

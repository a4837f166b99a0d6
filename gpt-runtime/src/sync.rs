//! The one place where atomics come from: the processor's, or `loom`'s when the races are model-checked.

#[cfg(not(loom))]
pub(crate) use core::hint::spin_loop;
#[cfg(not(loom))]
pub(crate) use core::sync::atomic::{AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicUsize, Ordering, fence};

#[cfg(all(not(loom), target_has_atomic = "64", not(gpt_split_words)))]
pub(crate) use core::sync::atomic::AtomicU64;

/// A sequentially consistent fence right after a sequentially consistent change of an atomic.
///
/// On x86 that change is a locked instruction, which orders all loads and stores around it (Intel SDM volume 3A, chapter on
/// multiple processors, "Strengthening or Weakening the Memory-Ordering Model"), so that only the compiler is left to be told.
#[inline(always)]
pub(crate) fn fence_after_exchange() {
    if cfg!(all(any(target_arch = "x86", target_arch = "x86_64"), not(any(loom, miri)))) {
        core::sync::atomic::compiler_fence(Ordering::SeqCst);
    } else {
        fence(Ordering::SeqCst);
    }
}

#[cfg(loom)]
pub(crate) use loom::hint::spin_loop;
#[cfg(loom)]
pub(crate) use loom::sync::atomic::{AtomicPtr, AtomicU8, AtomicU16, AtomicU32, AtomicUsize, Ordering, fence};

#[cfg(all(loom, not(gpt_split_words)))]
pub(crate) use loom::sync::atomic::AtomicU64;

/// What a word without an atomic of its own is made of: the widest integer that the host changes in one step, in the
/// sizes that there are.
#[cfg(all(target_pointer_width = "64", target_has_atomic = "64", not(gpt_split_words)))]
pub(crate) type Part = u64;
/// As above.
#[cfg(not(all(target_pointer_width = "64", target_has_atomic = "64", not(gpt_split_words))))]
pub(crate) type Part = u32;

/// A [`Part`] in memory.
#[cfg(all(target_pointer_width = "64", target_has_atomic = "64", not(gpt_split_words)))]
pub(crate) type AtomicPart = AtomicU64;
/// As above.
#[cfg(not(all(target_pointer_width = "64", target_has_atomic = "64", not(gpt_split_words))))]
pub(crate) type AtomicPart = AtomicU32;

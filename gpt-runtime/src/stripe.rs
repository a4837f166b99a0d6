//! Who is changing an entry that has no atomic of its own, and how often that happened: a claim and a generation for
//! every entry, shared by those whose addresses fall on the same of a few stripes.
//!
//! It is kept beside the tables and not in them, so no format has to spare a bit for it and the hardware never sees it.
//! What two entries share costs time when both change at once, and nothing else.

use crate::sync::{AtomicPart, AtomicU32, AtomicUsize, Ordering, Part, spin_loop};

/// How many parts the widest word has.
const MOST_PARTS: usize = 16 / size_of::<Part>();

/// Set in the owner of a stripe while its cell is on the way from one entry to another. Cells are aligned to parts,
/// so it is free in their addresses.
const MOVING: usize = 1;

/// The claim and the generation of some of the cells.
#[derive(Debug)]
pub(crate) struct Stripe {
    /// The address of the cell that is claimed, or 0.
    owner: AtomicUsize,
    /// Counts the changes that a reader must not overlook.
    generation: AtomicU32,
    /// What a cell that is moving held before.
    old: [AtomicPart; MOST_PARTS],
}

#[cfg(not(loom))]
const STRIPES: usize = 16;

#[cfg(not(loom))]
static ALL: [Stripe; STRIPES] = [const {
    Stripe {
        owner: AtomicUsize::new(0),
        generation: AtomicU32::new(0),
        old: [const { AtomicPart::new(0) }; MOST_PARTS],
    }
}; STRIPES];

// All cells share one stripe in a model: addresses are not the same in every run of it.
#[cfg(loom)]
loom::lazy_static! {
    static ref ALL: [Stripe; 1] = [Stripe {
        owner: AtomicUsize::new(0),
        generation: AtomicU32::new(0),
        old: core::array::from_fn(|_| AtomicPart::new(0)),
    }];
}

impl Stripe {
    /// The stripe of the cell of this many bytes at an address.
    #[inline(always)]
    pub(crate) fn of(cell: usize, bytes: usize) -> &'static Self {
        let all: &'static [Self] = &ALL[..];
        // Neighbours are on different stripes. There are as many as a power of two.
        &all[(cell / bytes) & (all.len() - 1)]
    }

    /// The generation now. Acquire: a reader that sees a count sees what was done before it was counted.
    #[inline(always)]
    pub(crate) fn generation(&self) -> u32 {
        self.generation.load(Ordering::Acquire)
    }

    /// Counts a change. Acquire and release: what was written before stays before, what comes after stays after.
    #[inline(always)]
    pub(crate) fn count(&self) {
        self.generation.fetch_add(1, Ordering::AcqRel);
    }

    /// What the cell held before it was moved, if it is on the way; true of a moment in which the reader's generation
    /// did not change.
    #[inline(always)]
    pub(crate) fn moving<const N: usize>(&self, cell: usize) -> Option<[Part; N]> {
        if self.owner.load(Ordering::Acquire) != cell | MOVING {
            return None;
        }
        let mut parts = [0; N];
        for (part, old) in parts.iter_mut().zip(&self.old) {
            *part = old.load(Ordering::Acquire);
        }
        Some(parts)
    }

    /// Claims the stripe for a cell: no other entry of it changes until the claim is dropped.
    #[inline]
    pub(crate) fn claim(&'static self, cell: usize) -> Claim {
        while self.owner.compare_exchange(0, cell, Ordering::Acquire, Ordering::Relaxed).is_err() {
            spin_loop();
        }
        Claim { stripe: self, cell, moving: false }
    }
}

/// The right to change the entries of a stripe.
#[derive(Debug)]
#[must_use = "the claim lasts as long as the value"]
pub(crate) struct Claim {
    stripe: &'static Stripe,
    cell: usize,
    moving: bool,
}

impl Claim {
    /// Tells readers what the cell holds until the claim is dropped.
    #[inline]
    pub(crate) fn depart<const N: usize>(&mut self, parts: [Part; N]) {
        // A reader that still takes the cell for moved by an earlier claim must not take these words for that one's.
        self.stripe.count();
        for (old, part) in self.stripe.old.iter().zip(parts) {
            old.store(part, Ordering::Release);
        }
        self.stripe.owner.store(self.cell | MOVING, Ordering::Release);
        self.moving = true;
    }
}

impl Drop for Claim {
    #[inline]
    fn drop(&mut self) {
        if self.moving {
            self.stripe.count();
        }
        self.stripe.owner.store(0, Ordering::Release);
    }
}

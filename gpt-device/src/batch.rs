//! A piece of the list on its way to a device.

use alloc::vec::Vec;

use crate::emit::Emit;
use crate::step::Step;

/// Steps that were handed out for a device to execute.
///
/// Batches of one list are executed in order: whichever queue one is put into, it waits until everything before
/// [`Batch::waits_for`] is done, and makes known that it is done up to [`Batch::signals`]. A 64-bit semaphore that only
/// grows does both.
///
/// A batch ends with [`crate::Recording::finished`] or [`crate::Recording::cancelled`]. One that is dropped counts as under
/// way for ever, so nothing that was retired since is freed.
#[derive(Debug, PartialEq, Eq)]
#[must_use = "the device has to be told, or the batch cancelled"]
pub struct Batch {
    pub(crate) first: u64,
    pub(crate) end: u64,
    pub(crate) steps: Vec<Step>,
}

impl Batch {
    /// The position up to which the device has to be done before it starts on this batch.
    pub fn waits_for(&self) -> u64 {
        self.first
    }

    /// The position up to which the device is done when this batch is.
    pub fn signals(&self) -> u64 {
        self.end
    }

    /// The steps, in order.
    pub fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Executes the steps: `store` is called with the address and the bytes of each item. For a device whose memory the
    /// host can write.
    pub fn apply(&self, mut store: impl FnMut(u64, &[u8])) {
        for step in &self.steps {
            if let Step::Write(write) = step {
                write.apply(&mut store);
            }
        }
    }

    /// Turns the steps into a device's commands, and has it signal [`Batch::signals`] in the end.
    ///
    /// # Errors
    /// The first that the emitter gives; what was emitted before is to be thrown away.
    pub fn emit<E: Emit>(&self, to: &mut E) -> Result<(), E::Error> {
        for step in &self.steps {
            match step {
                Step::Write(write) => to.write(write)?,
                Step::Barrier => to.barrier()?,
                Step::Invalidate(what) => to.invalidate(what)?,
            }
        }
        to.signal(self.end)
    }
}

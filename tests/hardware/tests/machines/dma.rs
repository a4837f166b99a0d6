//! Loads and stores of a device behind an IOMMU: it copies a word between the address under test and one of its own.

use gpt_hardware_tests::edu::Edu;
use gpt_hardware_tests::{Emulator, Result};

use crate::walker::{ALL, Access, Answer, Mapped};

/// A word of memory that the device always reaches at the same address; on machines whose memory starts higher, it
/// lies as far from the start.
const SCRATCH: u64 = 0x20_0000;
/// The size of the page of that word: the largest among the smallest pages of all formats.
const SCRATCH_BYTES: u64 = 0x1_0000;

/// The mapping that the device needs for itself.
pub(crate) const fn stage(memory: u64) -> Mapped {
    Mapped { va: memory + SCRATCH, oa: memory + SCRATCH, bytes: SCRATCH_BYTES, rights: ALL }
}

/// A device, with where memory starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Device {
    pub(crate) edu: Edu,
    pub(crate) memory: u64,
}

impl Device {
    fn scratch(self) -> u64 {
        self.memory + SCRATCH
    }

    /// Lets the device take a word into its buffer.
    fn hold(self, emulator: &mut Emulator, value: u64) -> Result<()> {
        emulator.memory().write_u64(self.scratch(), value)?;
        self.edu.read(emulator.qtest()?, self.scratch(), 8)
    }

    /// What the device has in its buffer.
    fn held(self, emulator: &mut Emulator) -> Result<u64> {
        self.edu.write(emulator.qtest()?, self.scratch(), 8)?;
        emulator.memory().read_u64(self.scratch())
    }

    /// Starts a load or store.
    pub(crate) fn begin(self, emulator: &mut Emulator, access: Access, va: u64, value: u64) -> Result<()> {
        match access {
            Access::Load | Access::Fetch => self.edu.read(emulator.qtest()?, va, 8),
            Access::Store => {
                self.hold(emulator, value)?;
                self.edu.write(emulator.qtest()?, va, 8)
            }
        }
    }

    /// Ends a load or store of which no fault was recorded.
    pub(crate) fn end(self, emulator: &mut Emulator, access: Access) -> Result<Answer> {
        let loaded = if access == Access::Store { 0 } else { self.held(emulator)? };
        Ok(Answer::Done(loaded))
    }
}

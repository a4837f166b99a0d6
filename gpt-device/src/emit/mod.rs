//! From the list to the commands of a device.

mod amd_sdma;
mod intel_mi;

use core::fmt;

use gpt_runtime::Invalidation;

pub use amd_sdma::AmdSdma;
pub use intel_mi::IntelMi;

use crate::write::Write;

/// Turns steps into a device's commands.
///
/// The commands have to be executed so that a walk of the tables never sees half of an item of up to 8 bytes, and that
/// what a step promises holds: see [`crate::Step`].
pub trait Emit {
    /// Why something has no command.
    type Error;

    /// Writes items.
    ///
    /// # Errors
    /// Where the device has no command for this.
    fn write(&mut self, write: &Write) -> Result<(), Self::Error>;

    /// Makes all writes before this one be done before any behind it.
    ///
    /// # Errors
    /// Where the device has no command for this.
    fn barrier(&mut self) -> Result<(), Self::Error>;

    /// Makes the device forget what it has cached of these addresses, once all writes before are done.
    ///
    /// # Errors
    /// Where the device has no command for this.
    fn invalidate(&mut self, what: &Invalidation) -> Result<(), Self::Error>;

    /// Makes the device tell that it has done everything up to this position.
    ///
    /// # Errors
    /// Where the device has no command for this.
    fn signal(&mut self, position: u64) -> Result<(), Self::Error>;
}

/// Why a write has no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NoCommand {
    /// The commands write whole 32-bit words; items have this many bytes.
    ItemBytes(u32),
    /// An address is not a multiple of 4, or of 8 for items of 8 bytes and more.
    Misaligned(u64),
    /// The commands have no room for an address so high.
    TooHigh(u64),
}

impl fmt::Display for NoCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ItemBytes(bytes) => write!(f, "no command writes items of {bytes} bytes"),
            Self::Misaligned(address) => write!(f, "the address {address:#x} is not a multiple of the item's size"),
            Self::TooHigh(address) => write!(f, "the address {address:#x} is beyond what a command can hold"),
        }
    }
}

impl core::error::Error for NoCommand {}

/// The lower and the upper half of an address or a word.
#[allow(clippy::cast_possible_truncation)]
fn halves(word: u64) -> [u32; 2] {
    [word as u32, (word >> 32) as u32]
}

/// The 32-bit words of all items of a write, in order of addresses, lowest byte first.
fn dwords(write: &Write) -> impl Iterator<Item = u32> + '_ {
    write.words().flat_map(|word| {
        let memory = write.item.in_memory(word);
        let dwords = memory.chunks_exact(4).take(write.item.bytes as usize / 4);
        let dwords: [u32; 4] = core::array::from_fn(|number| {
            dwords.clone().nth(number).and_then(|bytes| bytes.try_into().ok()).map_or(0, u32::from_le_bytes)
        });
        dwords.into_iter().take(write.item.bytes as usize / 4)
    })
}

/// Checks that all items of a write can be written as 32-bit words at addresses of so many bits.
fn check(write: &Write, address_bits: u32) -> Result<(), NoCommand> {
    let bytes = write.item.bytes;
    if !bytes.is_multiple_of(4) {
        return Err(NoCommand::ItemBytes(bytes));
    }
    if !write.address.is_multiple_of(u64::from(bytes.min(8))) {
        return Err(NoCommand::Misaligned(write.address));
    }
    if address_bits < 64 && (write.end() - 1) >> address_bits != 0 {
        return Err(NoCommand::TooHigh(write.address));
    }
    Ok(())
}

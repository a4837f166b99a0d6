//! Batches of Intel's memory-interface commands, for the copy engine of generation 8 and later.
//!
//! Facts from Linux: `drivers/gpu/drm/xe/instructions/xe_mi_commands.h` (commit 0134f130e76a) and
//! `drivers/gpu/drm/i915/gt/intel_gpu_commands.h` (commit 03c601927b67) for opcodes, lengths and flags;
//! `drivers/gpu/drm/xe/xe_migrate.c` for the longest `MI_STORE_DATA_IMM`: 0x3fe in its length, 510 words of 64 bits.

use alloc::vec::Vec;

use gpt_runtime::Invalidation;

use super::{Emit, NoCommand, check, dwords, halves};
use crate::write::Write;

/// `MI_BATCH_BUFFER_END`, opcode 0x0a in bits 28:23.
const BATCH_BUFFER_END: u32 = 0x0a << 23;
/// `MI_STORE_DATA_IMM`, opcode 0x20; its length, bits 9:0, counts 32-bit words less two.
const STORE_DATA_IMM: u32 = 0x20 << 23;
/// `MI_STORE_DATA_IMM` stores 64-bit words, each in one step.
const STORE_QWORDS: u32 = 1 << 21;
/// `MI_FLUSH_DW`, opcode 0x26; its length, bits 5:0, counts 32-bit words less two.
const FLUSH_DW: u32 = 0x26 << 23;
/// `MI_FLUSH_DW` invalidates the TLB.
const INVALIDATE_TLB: u32 = 1 << 18;
/// `MI_FLUSH_DW` stores a word when all before it is done.
const POST_SYNC_STORE: u32 = 1 << 14;
/// `MI_FLUSH_DW` stores to a global address.
const USE_GTT: u32 = 1 << 2;

/// How many 64-bit words one `MI_STORE_DATA_IMM` stores at most.
const MOST_QWORDS: u64 = 0x1fe;

/// Emits a batch of `MI_STORE_DATA_IMM` and `MI_FLUSH_DW`.
///
/// Addresses are those of the address space that the batch runs in: a driver that has its tables at another place there
/// adds that offset with [`IntelMi::with_offset`]. The fence is a 64-bit word at a global address.
#[derive(Clone, Debug)]
pub struct IntelMi {
    commands: Vec<u32>,
    offset: u64,
    fence: u64,
}

impl IntelMi {
    /// No commands yet. What is signalled is stored at the global address `fence`, a multiple of 8; the word after it is
    /// written by invalidations.
    pub fn new(fence: u64) -> Self {
        Self::with_offset(fence, 0)
    }

    /// As [`IntelMi::new`], for a batch that sees the table at the device address *a* at *a* + `offset`.
    pub fn with_offset(fence: u64, offset: u64) -> Self {
        Self { commands: Vec::new(), offset, fence }
    }

    /// The commands, with the end of the batch behind them, and a word to fill up the last 64 bits.
    pub fn into_commands(mut self) -> Vec<u32> {
        self.commands.push(BATCH_BUFFER_END);
        if !self.commands.len().is_multiple_of(2) {
            self.commands.push(0);
        }
        self.commands
    }

    fn push(&mut self, commands: impl IntoIterator<Item = u32>) {
        self.commands.extend(commands);
    }

    /// A flush that stores a 64-bit word once all that was written before can be seen.
    fn flush_and_store(&mut self, flags: u32, address: u64, word: u64) {
        let [low, high] = halves(address);
        self.push([FLUSH_DW | flags | POST_SYNC_STORE | (5 - 2), low | USE_GTT, high]);
        self.push(halves(word));
    }
}

impl Emit for IntelMi {
    type Error = NoCommand;

    fn write(&mut self, write: &Write) -> Result<(), NoCommand> {
        let moved = Write { address: write.address.wrapping_add(self.offset), ..write.clone() };
        check(&moved, 48)?;
        let dwords: Vec<u32> = dwords(write).collect();
        let qwords = write.item.bytes >= 8;
        // An item of 16 bytes is not torn between two commands: 510 is even.
        let chunk = if qwords { MOST_QWORDS * 2 } else { MOST_QWORDS * 2 + 1 };
        let mut address = moved.address;
        for words in dwords.chunks(chunk as usize) {
            // Header, address and data, less two; at most 0x3fe.
            let length = (words.len() + 3 - 2) as u32;
            let [low, high] = halves(address);
            self.push([STORE_DATA_IMM | if qwords { STORE_QWORDS } else { 0 } | length, low, high]);
            self.push(words.iter().copied());
            address += words.len() as u64 * 4;
        }
        Ok(())
    }

    fn barrier(&mut self) -> Result<(), NoCommand> {
        self.push([FLUSH_DW | (4 - 2), 0, 0, 0]);
        Ok(())
    }

    fn invalidate(&mut self, _: &Invalidation) -> Result<(), NoCommand> {
        // The command has no range: everything goes. It needs something to store.
        self.flush_and_store(INVALIDATE_TLB, self.fence + 8, 0);
        Ok(())
    }

    fn signal(&mut self, position: u64) -> Result<(), NoCommand> {
        self.flush_and_store(0, self.fence, position);
        Ok(())
    }
}

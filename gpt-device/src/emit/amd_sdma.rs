//! Packets of AMD's system DMA engine, as generation 4 (Vega) and those up to 6 (RDNA 3) take them.
//!
//! Facts from Linux, `drivers/gpu/drm/amd/amdgpu/`: `vega10_sdma_pkt_open.h` and `sdma_v6_0_0_pkt_open.h` for opcodes and
//! the widths of fields; `sdma_v4_0.c` and `sdma_v5_2.c` for the words of `WRITE` (`sdma_v4_0_vm_write_pte`), `PTEPDE`
//! (`sdma_v4_0_vm_set_pte_pde`) and `FENCE` (`sdma_v5_2_ring_emit_fence`). For `CONST_FILL` with a fill size of 32 bits,
//! the ROCm runtime's `BlitSdma::BuildFillCommand`.

use alloc::vec::Vec;

use gpt_runtime::Invalidation;

use super::{Emit, NoCommand, check, dwords, halves};
use crate::write::{Words, Write};

/// Stores words that follow the header.
const WRITE_LINEAR: u32 = 2;
/// Stores a 32-bit word when all before it is done.
const FENCE: u32 = 5;
/// Raises an interrupt.
const TRAP: u32 = 6;
/// Fills memory with one word.
const CONST_FILL: u32 = 11;
/// `CONST_FILL` with a 32-bit word.
const FILL_DWORDS: u32 = 2 << 30;
/// Generates table entries: a value that grows, and bits that are the same in all.
const PTEPDE_GENERATE: u32 = 12;
/// The memory type of a fence from generation 5 on: uncached.
const FENCE_UNCACHED: u32 = 3 << 16;

/// How many 32-bit words one `WRITE` holds at most: 20 bits, less one in the packet.
const MOST_DWORDS: usize = 1 << 20;
/// How many entries one `PTEPDE` generates at most: 19 bits, less one in the packet.
const MOST_ENTRIES: u64 = 1 << 19;
/// How many bytes one `CONST_FILL` fills at most: 22 bits, less one word in the packet.
const MOST_BYTES: u64 = 1 << 22;

/// Emits packets for the engine's ring or an indirect buffer.
///
/// The engine executes packets in order, and a packet's writes are done before the next packet's, so a barrier takes no
/// packet. It has no packet of its own that invalidates the TLB in all generations: what is to be invalidated is kept for the
/// driver, in [`AmdSdma::invalidations`], with the place in the packets where it is due.
#[derive(Clone, Debug)]
pub struct AmdSdma {
    packets: Vec<u32>,
    fence: u64,
    interrupt: u32,
    due: Vec<(usize, Invalidation)>,
}

impl AmdSdma {
    /// No packets yet. What is signalled is stored at `fence`, a multiple of 8: the lower half first, so that who
    /// reads between the two sees a position that was reached before. Then an interrupt is raised with this context.
    pub fn new(fence: u64, interrupt: u32) -> Self {
        Self { packets: Vec::new(), fence, interrupt, due: Vec::new() }
    }

    /// The packets.
    pub fn packets(&self) -> &[u32] {
        &self.packets
    }

    /// What has to be invalidated, each with the number of 32-bit words of the packets that come before.
    pub fn invalidations(&self) -> &[(usize, Invalidation)] {
        &self.due
    }

    fn push(&mut self, packet: impl IntoIterator<Item = u32>) {
        self.packets.extend(packet);
    }

    /// Generates entries: `first`, and each the one before plus `increment`.
    fn generate(&mut self, address: u64, first: u64, increment: u64, count: u64) {
        let mut done = 0;
        while done < count {
            let entries = (count - done).min(MOST_ENTRIES);
            let word = first.wrapping_add(increment.wrapping_mul(done));
            let value = word & growing(word, increment, entries);
            self.push([PTEPDE_GENERATE]);
            self.push(halves(address + done * 8));
            self.push(halves(word & !value));
            self.push(halves(value));
            self.push(halves(increment));
            // Below 2¹⁹.
            self.push([(entries - 1) as u32]);
            done += entries;
        }
    }

    /// Fills memory with a 32-bit word.
    fn fill(&mut self, address: u64, word: u32, bytes: u64) {
        let mut done = 0;
        while done < bytes {
            let part = (bytes - done).min(MOST_BYTES);
            self.push([CONST_FILL | FILL_DWORDS]);
            self.push(halves(address + done));
            // Below 2²².
            self.push([word, (part - 4) as u32]);
            done += part;
        }
    }

    /// Stores words.
    fn literal(&mut self, write: &Write) {
        let dwords: Vec<u32> = dwords(write).collect();
        let mut address = write.address;
        for words in dwords.chunks(MOST_DWORDS) {
            self.push([WRITE_LINEAR]);
            self.push(halves(address));
            self.push([(words.len() - 1) as u32]);
            self.push(words.iter().copied());
            address += words.len() as u64 * 4;
        }
    }
}

/// The bits that differ between the entries of a run, and all between these: what is added to. The other bits of an entry
/// are the packet's mask, which is put over each entry.
fn growing(first: u64, increment: u64, entries: u64) -> u64 {
    // A run that goes down, or around, may change any bit above.
    let last = increment.checked_mul(entries - 1).and_then(|further| first.checked_add(further));
    let differing = last.map_or(u64::MAX, |last| first ^ last);
    let above = u64::MAX.checked_shl(64 - differing.leading_zeros()).unwrap_or(0);
    let below = u64::MAX.checked_shl(increment.trailing_zeros()).unwrap_or(0);
    !above & below
}

/// The two 64-bit words of an item's memory.
fn qwords(memory: [u8; 16]) -> [u64; 2] {
    let word = u128::from_le_bytes(memory);
    [word as u64, (word >> 64) as u64]
}

impl Emit for AmdSdma {
    type Error = NoCommand;

    fn write(&mut self, write: &Write) -> Result<(), NoCommand> {
        check(write, 64)?;
        let bytes = write.end() - write.address;
        let single = |word: u128| {
            let memory = write.item.in_memory(word);
            let mut dwords = memory.chunks_exact(4).take(write.item.bytes as usize / 4);
            let first: [u8; 4] = dwords.next()?.try_into().ok()?;
            dwords.all(|dword| dword == first).then_some(u32::from_le_bytes(first))
        };
        match &write.words {
            Words::Fill { word, .. } if single(*word).is_some() => {
                self.fill(write.address, single(*word).unwrap_or_default(), bytes);
            }
            Words::Fill { word, count } if write.item.bytes == 8 => {
                let [word, ..] = qwords(write.item.in_memory(*word));
                self.generate(write.address, word, 0, *count);
            }
            Words::Run { first, increment, count } if write.item.bytes == 8 && !write.item.big_endian => {
                self.generate(write.address, *first as u64, *increment as u64, *count);
            }
            Words::Literal(_) | Words::Fill { .. } | Words::Run { .. } => self.literal(write),
        }
        Ok(())
    }

    fn barrier(&mut self) -> Result<(), NoCommand> {
        Ok(())
    }

    fn invalidate(&mut self, what: &Invalidation) -> Result<(), NoCommand> {
        self.due.push((self.packets.len(), *what));
        Ok(())
    }

    fn signal(&mut self, position: u64) -> Result<(), NoCommand> {
        let [low, high] = halves(position);
        for (address, word) in [(self.fence, low), (self.fence + 4, high)] {
            self.push([FENCE | FENCE_UNCACHED]);
            self.push(halves(address));
            self.push([word]);
        }
        self.push([TRAP, self.interrupt]);
        Ok(())
    }
}

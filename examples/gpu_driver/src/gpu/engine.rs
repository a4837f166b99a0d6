//! A copy engine: executes the packets of AMD's system DMA that a driver needs for its tables.

/// What a packet did beside writing memory.
#[derive(Debug, Default)]
pub(super) struct Done {
    /// It stored this in the lower half of the semaphore, or in the upper one.
    pub(super) signal: Option<(u32, bool)>,
    /// It raised an interrupt.
    pub(super) interrupt: bool,
}

/// Where the semaphore is, for this GPU: a store there is a signal.
pub(crate) const SEMAPHORE: u64 = 0xffff_ffff_0000;

fn word(packet: &[u32], at: usize) -> u32 {
    packet.get(at).copied().unwrap_or(0)
}

fn pair(packet: &[u32], at: usize) -> u64 {
    u64::from(word(packet, at)) | u64::from(word(packet, at + 1)) << 32
}

/// How many words the first packet has.
pub(super) fn length(packets: &[u32]) -> usize {
    match word(packets, 0) & 0xff {
        2 => 4 + (word(packets, 3) & 0xf_ffff) as usize + 1,
        5 => 4,
        6 => 2,
        11 => 5,
        12 => 10,
        _ => 1,
    }
}

/// Executes a packet.
pub(super) fn execute(packet: &[u32], memory: &mut [u8]) -> Done {
    let mut done = Done::default();
    let address = pair(packet, 1);
    match word(packet, 0) & 0xff {
        // WRITE: the words that follow.
        2 => {
            for (at, word) in (address..).step_by(4).zip(packet.get(4..).unwrap_or_default()) {
                store(memory, at, &word.to_le_bytes());
            }
        }
        // FENCE: one word, here half of the semaphore.
        5 if address == SEMAPHORE => done.signal = Some((word(packet, 3), false)),
        5 if address == SEMAPHORE + 4 => done.signal = Some((word(packet, 3), true)),
        // TRAP: an interrupt.
        6 => done.interrupt = true,
        // CONST_FILL: the same word.
        11 => {
            for at in (0..u64::from(word(packet, 4) & 0x3f_ffff) + 4).step_by(4) {
                store(memory, address + at, &word(packet, 3).to_le_bytes());
            }
        }
        // PTEPDE: a mask over a value that grows.
        12 => {
            let [mask, first, increment] = [3, 5, 7].map(|at| pair(packet, at));
            for number in 0..u64::from(word(packet, 9) & 0x7_ffff) + 1 {
                let entry = mask | first.wrapping_add(increment.wrapping_mul(number));
                store(memory, address + number * 8, &entry.to_le_bytes());
            }
        }
        _ => {}
    }
    done
}

/// The 64-bit word at an address, if it is in memory.
pub(super) fn load(memory: &[u8], address: u64) -> Option<u64> {
    let start = usize::try_from(address).ok()?;
    let bytes = memory.get(start..start.checked_add(8)?)?;
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}

/// Writes bytes; what is not in memory is lost.
pub(super) fn store(memory: &mut [u8], address: u64, bytes: &[u8]) {
    let Ok(start) = usize::try_from(address) else { return };
    let end = start.saturating_add(bytes.len());
    if let Some(there) = memory.get_mut(start..end) {
        there.copy_from_slice(bytes);
    }
}

//! Intel's memory-interface commands.

use gpt_device::{Emit, IntelMi, Item, NoCommand, Write};
use gpt_runtime::Invalidation;

use super::{Memory, applied, fill, literal, run, shapes, store, trees};

const FENCE: u64 = 0x7_0000_0000;

const ALL: Invalidation = Invalidation { first: 0, last: 0xfff, smallest_page_lg2: 12, levels: 1, tables: false };

fn commands(writes: &[Write]) -> Vec<u32> {
    let mut emitter = IntelMi::new(FENCE);
    writes.iter().for_each(|write| emitter.write(write).unwrap());
    emitter.into_commands()
}

/// Executes a batch, and gives the places where caches and TLB were flushed.
fn interpret(commands: &[u32], memory: &mut Memory) -> (usize, usize) {
    let (mut flushes, mut invalidations) = (0, 0);
    let mut rest = commands;
    loop {
        let header = rest[0];
        assert_eq!(header >> 29, 0, "a command of the memory interface");
        match header >> 23 & 0x3f {
            0x00 => rest = &rest[1..],
            0x0a => return (flushes, invalidations),
            0x20 => {
                assert!(header & 0x3ff <= 0x3fe, "the length is one that the engine takes");
                let length = (header & 0x3ff) as usize + 2;
                let address = u64::from(rest[1]) | u64::from(rest[2]) << 32;
                let qwords = header >> 21 & 1 == 1;
                assert!(address.is_multiple_of(if qwords { 8 } else { 4 }) && (!qwords || length % 2 == 1));
                for (number, word) in (0..).zip(&rest[3..length]) {
                    store(memory, address + number * 4, &word.to_le_bytes());
                }
                rest = &rest[length..];
            }
            0x26 => {
                let length = (header & 0x3f) as usize + 2;
                flushes += 1;
                invalidations += usize::from(header >> 18 & 1 == 1);
                if header >> 14 & 3 == 1 {
                    assert_eq!(rest[1] & 4, 4, "a global address");
                    let address = u64::from(rest[1] & !7) | u64::from(rest[2]) << 32;
                    for (number, word) in (0..).zip(&rest[3..length]) {
                        store(memory, address + number * 4, &word.to_le_bytes());
                    }
                }
                rest = &rest[length..];
            }
            other => panic!("no command has the opcode {other:#x}"),
        }
    }
}

/// `MI_STORE_DATA_IMM` is 0x20 << 23, with bit 21 for words of 64 bits; its length is 2 × n + 1 for n such words. The end
/// of a batch is 0x0a << 23, and fills up 64 bits.
#[test]
fn stores_are_as_in_the_header() {
    let words = [0x1122_3344_5566_7788, 0x99];
    let expected = [0x1020_0005, 0x0000_1000, 0x12, 0x5566_7788, 0x1122_3344, 0x99, 0, 0x0500_0000];
    assert_eq!(commands(&[literal(0x12_0000_1000, &words)]), expected);
    let small = Write { item: Item { bytes: 4, big_endian: false }, ..literal(0x1004, &[7]) };
    assert_eq!(commands(&[small]), [0x1000_0002, 0x1004, 0, 7, 0x0500_0000, 0]);
}

/// `MI_FLUSH_DW` is 0x26 << 23; it stores (bit 14) after invalidating the TLB (bit 18), at a global address (bit 2).
#[test]
fn flushes_are_as_in_the_header() {
    let mut emitter = IntelMi::new(FENCE);
    emitter.barrier().unwrap();
    emitter.invalidate(&ALL).unwrap();
    emitter.signal(0x5_0000_0009).unwrap();
    let expected = [
        0x1300_0002,
        0,
        0,
        0, // flush
        0x1304_4003,
        0x0000_000c,
        7,
        0,
        0, // flush, invalidate, store 0 beside the fence
        0x1300_4003,
        0x0000_0004,
        7,
        9,
        5, // flush, store the position
        0x0500_0000,
        0,
    ];
    assert_eq!(emitter.into_commands(), expected[..]);
}

/// 512 words do not fit into one command, which takes 510: length 0x3fd.
#[test]
fn a_long_run_takes_several_commands() {
    let commands = commands(&[run(0x1000, 0x67, 0x1000, 512)]);
    assert_eq!(commands[..5], [0x1020_03fd, 0x1000, 0, 0x67, 0]);
    assert_eq!(commands[3 + 1020..][..5], [0x1020_0005, 0x1000 + 510 * 8, 0, 0x67 + 510 * 0x1000, 0]);
    assert_eq!(commands.len(), 3 + 1020 + 3 + 4 + 2);
}

#[test]
fn the_stream_leaves_the_same_bytes() {
    for writes in shapes() {
        let mut memory = Memory::new();
        assert_eq!(interpret(&commands(&writes), &mut memory), (0, 0));
        assert!(memory == applied(&writes), "{writes:?}");
    }
    for batch in trees() {
        let mut emitter = IntelMi::new(FENCE);
        batch.emit(&mut emitter).unwrap();
        let (mut memory, mut expected) = (Memory::new(), Memory::new());
        interpret(&emitter.into_commands(), &mut memory);
        batch.apply(|address, bytes| store(&mut expected, address, bytes));
        let signalled: Vec<u8> = (FENCE..FENCE + 8).map(|at| memory.remove(&at).unwrap()).collect();
        assert_eq!(signalled, batch.signals().to_le_bytes());
        memory.retain(|at, _| !(FENCE..FENCE + 16).contains(at));
        assert!(memory == expected);
    }
}

#[test]
fn what_has_no_command_is_refused() {
    let mut emitter = IntelMi::new(FENCE);
    let bytes = Item { bytes: 2, big_endian: false };
    assert_eq!(emitter.write(&Write { item: bytes, ..fill(0, 0, 1) }), Err(NoCommand::ItemBytes(2)));
    assert_eq!(emitter.write(&fill(4, 0, 1)), Err(NoCommand::Misaligned(4)));
    assert_eq!(emitter.write(&fill(0xffff_ffff_fff8, 0, 2)), Err(NoCommand::TooHigh(0xffff_ffff_fff8)));
    assert_eq!(emitter.into_commands(), [0x0500_0000, 0]);
}

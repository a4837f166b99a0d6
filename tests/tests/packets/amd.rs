//! AMD's system DMA packets.

use gpt_device::{AmdSdma, Emit, Item, Write};
use gpt_runtime::Invalidation;

use super::{Memory, applied, fill, literal, run, shapes, store, trees};

const FENCE: u64 = 0x7_0000_0000;

fn packets(writes: &[Write]) -> Vec<u32> {
    let mut emitter = AmdSdma::new(FENCE, 0);
    writes.iter().for_each(|write| emitter.write(write).unwrap());
    emitter.packets().to_vec()
}

/// Executes packets, and gives the number of traps.
fn interpret(packets: &[u32], memory: &mut Memory) -> usize {
    let mut traps = 0;
    let mut rest = packets;
    let pair = |words: &[u32]| u64::from(words[0]) | u64::from(words[1]) << 32;
    while let Some(header) = rest.first() {
        assert_eq!(header >> 8 & 0xff, 0, "no operation here has a sub-operation");
        let length = match header & 0xff {
            2 => {
                let count = (rest[3] & 0xf_ffff) as usize + 1;
                let address = pair(&rest[1..]);
                for (number, word) in (0..).zip(&rest[4..4 + count]) {
                    store(memory, address + number * 4, &word.to_le_bytes());
                }
                4 + count
            }
            5 => {
                assert_eq!(rest[1] & 3, 0);
                store(memory, pair(&rest[1..]), &rest[3].to_le_bytes());
                4
            }
            6 => {
                traps += 1;
                2
            }
            11 => {
                assert_eq!(header >> 30, 2, "filled with 32-bit words");
                let bytes = u64::from(rest[4] & 0x3f_ffff) + 4;
                for at in (0..bytes).step_by(4) {
                    store(memory, pair(&rest[1..]) + at, &rest[3].to_le_bytes());
                }
                5
            }
            12 => {
                let [address, mask, value, increment] = [1, 3, 5, 7].map(|at| pair(&rest[at..]));
                for number in 0..u64::from(rest[9] & 0x7_ffff) + 1 {
                    let word = mask | value.wrapping_add(increment.wrapping_mul(number));
                    store(memory, address + number * 8, &word.to_le_bytes());
                }
                10
            }
            other => panic!("no packet has the operation {other}"),
        };
        rest = &rest[length..];
    }
    traps
}

/// `PTEPDE` (12): where, the bits that all entries have, the first value, what is added, and how many less one. This is
/// what Linux sends for 512 pages of 4 KiB from 0x1_2340_0000 on with flags 0x73.
#[test]
fn a_run_is_generated() {
    let expected = [12, 0x3000, 0x80, 0x73, 0, 0x2340_0000, 1, 0x1000, 0, 511];
    assert_eq!(packets(&[run(0x80_0000_3000, 0x1_2340_0073, 0x1000, 512)])[..3], expected[..3]);
    let packets = packets(&[run(0x80_0000_3000, 0x1_2340_0073, 0x1000, 512)]);
    // Of the address only bits 20:12 change; the rest may be in the mask as well as in the value.
    assert_eq!((packets[3] | packets[5], packets[4] | packets[6]), (0x2340_0073, 1));
    assert_eq!((packets[3] & packets[5], packets[5] & 0xfff), (0, 0));
    assert_eq!(packets[7..], expected[7..]);
}

/// `CONST_FILL` (11) with a fill size of 32 bits (2 in bits 31:30): where, the word, and how many bytes less four.
/// `WRITE` (2): where, how many words less one, the words.
#[test]
fn fills_and_stores_are_as_in_the_header() {
    assert_eq!(packets(&[fill(0x80_0000_2000, 0, 512)]), [0x8000_000b, 0x2000, 0x80, 0, 0xffc]);
    let expected = [2, 0x2008, 0, 3, 0x5566_7788, 0x1122_3344, 9, 0];
    assert_eq!(packets(&[literal(0x2008, &[0x1122_3344_5566_7788, 9])]), expected);
    // A word of which the halves differ is generated, with nothing added.
    assert_eq!(packets(&[fill(0x2000, 1 << 63 | 1, 4)]), [12, 0x2000, 0, 1, 0x8000_0000, 0, 0, 0, 0, 3]);
}

/// `FENCE` (5, with the uncached memory type, 3 in bits 18:16): where and what, for each half; then `TRAP` (6).
#[test]
fn a_fence_is_two_stores_and_an_interrupt() {
    let mut emitter = AmdSdma::new(FENCE, 3);
    emitter.barrier().unwrap();
    let what = Invalidation { first: 0, last: 0xfff, smallest_page_lg2: 12, levels: 1, tables: false };
    emitter.write(&literal(0x1000, &[1])).unwrap();
    emitter.invalidate(&what).unwrap();
    emitter.signal(0x5_0000_0009).unwrap();
    let expected = [2, 0x1000, 0, 1, 1, 0, 0x3_0005, 0, 7, 9, 0x3_0005, 4, 7, 5, 6, 3];
    assert_eq!(emitter.packets(), expected);
    assert_eq!(emitter.invalidations(), [(6, what)]);
}

/// A field of 19 bits counts entries, one of 22 bits bytes.
#[test]
fn long_writes_take_several_packets() {
    let packets = packets(&[run(0, 0x67, 0x1000, (1 << 19) + 1), fill(0x100_0000, 0, (1 << 19) + 1)]);
    assert_eq!((packets[9], packets[19]), ((1 << 19) - 1, 0));
    assert_eq!(packets[10..13], [12, 8 << 19, 0]);
    assert_eq!(packets[13] | packets[15], 0x67 + (1 << 31));
    assert_eq!(packets[20..], [0x8000_000b, 0x100_0000, 0, 0, (1 << 22) - 4, 0x8000_000b, 0x140_0000, 0, 0, 4]);
}

#[test]
fn the_stream_leaves_the_same_bytes() {
    for writes in shapes() {
        let mut memory = Memory::new();
        assert_eq!(interpret(&packets(&writes), &mut memory), 0);
        assert!(memory == applied(&writes), "{writes:?}");
    }
    for batch in trees() {
        let mut emitter = AmdSdma::new(FENCE, 0);
        batch.emit(&mut emitter).unwrap();
        let (mut memory, mut expected) = (Memory::new(), Memory::new());
        assert_eq!(interpret(emitter.packets(), &mut memory), 1);
        batch.apply(|address, bytes| store(&mut expected, address, bytes));
        let signalled: Vec<u8> = (FENCE..FENCE + 8).map(|at| memory.remove(&at).unwrap()).collect();
        assert_eq!(signalled, batch.signals().to_le_bytes());
        assert!(memory == expected);
    }
}

#[test]
fn what_has_no_command_is_refused() {
    let mut emitter = AmdSdma::new(FENCE, 0);
    let bytes = Item { bytes: 1, big_endian: false };
    assert!(emitter.write(&Write { item: bytes, ..fill(0, 0, 1) }).is_err());
    assert!(emitter.write(&fill(4, 0, 1)).is_err());
    assert!(emitter.packets().is_empty());
}

//! Commands for two real devices: golden packets, worked out by hand from the headers that the emitters name, and an
//! interpreter of each stream that knows nothing of the emitters and comes to the same bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

mod amd;
mod intel;
mod steps;

use std::collections::BTreeMap;

use gpt_device::{Batch, DeviceTable, Fenced, Item, Recording, Words, Write};
use gpt_formats::{amdgpu_gfx12, nv_ver3, s390, x86_64};
use gpt_runtime::{AddressRange, EmptyTables, Format, Heap, SingleThread};

/// Bytes by address.
pub type Memory = BTreeMap<u64, u8>;

pub const ITEM: Item = Item { bytes: 8, big_endian: false };

pub fn literal(address: u64, words: &[u128]) -> Write {
    Write { address, item: ITEM, words: Words::Literal(words.to_vec()) }
}

pub fn fill(address: u64, word: u128, count: u64) -> Write {
    Write { address, item: ITEM, words: Words::Fill { word, count } }
}

pub fn run(address: u64, first: u128, increment: u128, count: u64) -> Write {
    Write { address, item: ITEM, words: Words::Run { first, increment, count } }
}

/// What the writes do to memory.
pub fn applied(writes: &[Write]) -> Memory {
    let mut memory = Memory::new();
    for write in writes {
        write.apply(|address, bytes| store(&mut memory, address, bytes));
    }
    memory
}

pub fn store(memory: &mut Memory, address: u64, bytes: &[u8]) {
    memory.extend((address..).zip(bytes.iter().copied()));
}

/// Writes of every shape.
pub fn shapes() -> Vec<Vec<Write>> {
    let wide = Item { bytes: 16, big_endian: false };
    let big = Item { bytes: 8, big_endian: true };
    let small = Item { bytes: 4, big_endian: false };
    vec![
        vec![literal(0x1000, &[0x1122_3344_5566_7788, 2, 3])],
        vec![fill(0x2000, 0, 512), run(0x3000, 0x8000_0000_0010_0067, 0x1000, 512)],
        vec![fill(0x2008, 0x8000_0000_1234_0067, 511), literal(0x2000, &[7])],
        // Down, around, and with a carry into the highest bit.
        vec![run(0x4000, 0x9000, 0xffff_ffff_ffff_f000, 8), run(0x5000, 0xffff_ffff_ffff_f000, 0x1000, 4)],
        vec![run(0x6000, 0, 1 << 63, 5), run(0x7000, 0x7fff_ffff_ffff_f067, 0x1000, 4)],
        vec![run(0x8000, 0x67, 0x1_0000_0000, 1_200)],
        vec![fill(0x10_0000, u128::from(u64::MAX), 1_300)],
        vec![
            Write { item: wide, ..fill(0x9000, 5 << 64 | 6, 4) },
            Write { item: wide, ..literal(0xa000, &[1 << 127, 1]) },
        ],
        vec![Write { item: wide, ..run(0xb000, 1, 1 << 40, 700) }],
        vec![Write { item: big, ..run(0xc000, 0x1067, 0x1000, 9) }, Write { item: big, ..fill(0xd000, 0x20, 2048) }],
        vec![Write { item: small, ..run(0xe004, 0x1067, 0x1000, 9) }, Write { item: small, ..fill(0xf004, 9, 3) }],
    ]
}

/// What a tree records that is filled, changed and emptied.
pub fn recorded<F: Format>(attributes: &F::Attributes, change: &F::Change) -> Vec<Batch> {
    let recording: Recording<Heap, parking_lot::RawMutex> = Recording::new(Heap);
    let fenced = Fenced::new(SingleThread::default(), recording.timeline());
    let tree: DeviceTable<F, _, _, SingleThread> = DeviceTable::new(recording, fenced).unwrap();
    let range = |start, bytes| AddressRange::new(start, bytes).unwrap();
    let mut batches = Vec::new();
    let mut cut = |tree: &DeviceTable<F, _, _, SingleThread>| batches.extend(tree.environment().cut());
    tree.environment().settle(tree.map(range(0x1000, 0x60_0000), 0x1000, attributes).unwrap());
    cut(&tree);
    tree.environment().settle(tree.protect(range(0x20_0000, 0x20_0000), change).unwrap());
    cut(&tree);
    tree.environment().settle(tree.unmap(range(0x1000, 0x3f_f000), EmptyTables::AtOnce, |_| {}).unwrap());
    cut(&tree);
    // The device would have to be told before the tables go; here there is none.
    batches
}

/// Batches of trees in several formats: with entries of 16 bytes, with the most significant byte first.
pub fn trees() -> Vec<Batch> {
    let nv = nv_ver3::Attributes { write: true, ..nv_ver3::Attributes::default() };
    let nv_read_only = nv_ver3::Change { write: Some(false), ..nv_ver3::Change::default() };
    let gfx = amdgpu_gfx12::Attributes { write: true, ..amdgpu_gfx12::Attributes::default() };
    let gfx_read_only = amdgpu_gfx12::Change { write: Some(false), ..amdgpu_gfx12::Change::default() };
    let x86 = x86_64::Attributes { write: true, ..x86_64::Attributes::default() };
    let x86_read_only = x86_64::Change { write: Some(false), ..x86_64::Change::default() };
    let s390 = s390::Attributes::default();
    let s390_read_only = s390::Change { write: Some(false), ..s390::Change::default() };
    let mut batches = recorded::<nv_ver3::NvVer3>(&nv, &nv_read_only);
    batches.extend(recorded::<amdgpu_gfx12::AmdgpuGfx12>(&gfx, &gfx_read_only));
    batches.extend(recorded::<x86_64::X86_64>(&x86, &x86_read_only));
    batches.extend(recorded::<s390::S390>(&s390, &s390_read_only));
    batches
}

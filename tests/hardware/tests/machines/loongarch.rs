//! A LoongArch processor, whose tables are walked by instructions: `lddir` from directory to directory, `ldpte` for the two
//! pages of a TLB entry. They are stepped as a handler would execute them, and what they prepared for the TLB is read.
//!
//! The TLB itself is not used: where pages have 4 KiB, the emulator finds the wrong ones; see `KNOWN_DIFFERENCES.md`.
//!
//! Instructions and registers: LoongArch Reference Manual volume 1, chapters 4 and 7.

use std::sync::Arc;

use gpt_formats::loongarch64::{Loongarch64, Mat, Plv};
use gpt_hardware_tests::{Emulator, Error, Machine, Memory, Order, Result, Window};
use gpt_runtime::Invalidation;

use crate::walker::{Access, Answer, AttributesOf, ChangeOf, Privilege, Rights, Walker};

/// 256 MiB from 0, and the rest of what the machine has to have.
const WINDOWS: [Window; 2] = [
    Window { address: 0, offset: 0, bytes: 256 << 20 },
    Window { address: 0x8000_0000, offset: 256 << 20, bytes: 768 << 20 },
];
/// Where each instruction is put; its operand is `r4`.
const PLACE: u64 = 0x1000;

/// `lddir r4,r4,level`.
const fn directory(level: u32) -> u32 {
    0x0640_0000 | level << 10 | 4 << 5 | 4
}

/// `ldpte r4,0` and `ldpte r4,1`.
const PAGES: [u32; 2] = [0x0644_0000 | 4 << 5, 0x0644_0000 | 1 << 10 | 4 << 5];

/// Control and status registers: the shape of tables, the address that is walked, and what goes into the TLB.
const SHAPE_LOW: u32 = 0x1c;
const SHAPE_HIGH: u32 = 0x1d;
const ADDRESS: u32 = 0x89;
const ENTRIES: [u32; 2] = [0x8c, 0x8d];
const TAG: u32 = 0x8e;

/// Output address bits of an entry.
const OUTPUT: u64 = 0xffff_ffff_f000;

/// The processor.
pub(crate) struct LoongArch {
    emulator: Emulator,
    root: u64,
}

impl LoongArch {
    /// Steps an instruction with its operand in `r4`, and gives that.
    fn run(&mut self, word: u32, r4: u64) -> Result<u64> {
        self.emulator.memory().write_u32(PLACE, word)?;
        let gdb = self.emulator.gdb()?;
        gdb.set("pc", PLACE)?;
        gdb.set("r4", r4)?;
        gdb.step()?;
        match gdb.get("pc")? {
            end if end == PLACE + 4 => gdb.get("r4"),
            end => Err(Error::new(format!("the instruction {word:#x} ended at {end:#x}"))),
        }
    }

    fn write(&mut self, register: u32, value: u64) -> Result<()> {
        self.run(0x0400_0020 | register << 10 | 4, value).map(drop)
    }

    fn read(&mut self, register: u32) -> Result<u64> {
        self.run(0x0400_0000 | register << 10 | 4, 0)
    }
}

impl Walker for LoongArch {
    type Format = Loongarch64;

    const EMULATOR: &'static str = "qemu-system-loongarch64";
    const NOP: &'static [u8] = &[];
    const OUTPUT_BITS: u32 = 48;
    const TABLES: &'static [u64] = &[0x200_0000];
    const DATA: (u64, u64) = (0x400_0000, 128 << 20);
    // A page in a directory becomes one of 2 MiB, whatever the directory; see `KNOWN_DIFFERENCES.md`.
    const SIZES: u64 = 1 << 12 | 1 << 21;
    const WRITES_BITS: bool = false;

    fn start() -> Result<Self> {
        let machine = Machine {
            binary: "qemu-system-loongarch64",
            machine: "virt",
            arguments: &["-cpu", "la464-loongarch-cpu"],
            windows: &WINDOWS,
            firmware: &[],
            debug: Some(Order::Little),
            test: false,
        };
        let mut processor = Self { emulator: machine.start()?, root: 0 };
        // Nine bits from 12, 21, 30 and 39 on.
        processor.write(SHAPE_LOW, 12 | 9 << 5 | 21 << 10 | 9 << 15 | 30 << 20 | 9 << 25)?;
        processor.write(SHAPE_HIGH, 39 | 9 << 6)?;
        Ok(processor)
    }

    fn memory(&self) -> Arc<Memory> {
        Arc::clone(self.emulator.memory())
    }

    fn rights() -> Vec<Rights> {
        let rights = |write| Rights { read: true, write, execute: true, user: true };
        [false, true].into_iter().map(rights).collect()
    }

    fn allows(rights: Rights, _: Privilege, access: Access) -> bool {
        access != Access::Store || rights.write
    }

    fn attributes(rights: Rights) -> AttributesOf<Self> {
        AttributesOf::<Self> {
            read: true,
            write: rights.write,
            execute: true,
            memory_type: Mat::COHERENT_CACHED,
            level: Plv::LEVEL_3,
            ..Default::default()
        }
    }

    fn same(attributes: AttributesOf<Self>, rights: Rights) -> bool {
        attributes == Self::attributes(rights)
    }

    fn events(_: AttributesOf<Self>) -> Option<(bool, bool)> {
        None
    }

    fn write_change(write: bool) -> ChangeOf<Self> {
        ChangeOf::<Self> { write: Some(write), ..Default::default() }
    }

    fn attach(&mut self, root: u64) -> Result<()> {
        self.root = root;
        Ok(())
    }

    fn access(&mut self, _: Privilege, access: Access, va: u64, _: u64) -> Result<Answer> {
        Err(Error::new(format!("{access:?} {va:#x}: this machine only walks")))
    }

    fn debug_walk(&mut self, va: u64) -> Result<Option<u64>> {
        self.write(ADDRESS, va)?;
        let mut base = self.root;
        for level in [3, 2, 1] {
            base = self.run(directory(level), base)?;
        }
        for word in PAGES {
            self.run(word, base)?;
        }
        let size_lg2 = self.read(TAG)? & 0x3f;
        let [even, odd] = ENTRIES;
        let entry = self.read(if va >> size_lg2 & 1 == 0 { even } else { odd })?;
        let inside = (1 << size_lg2) - 1;
        Ok((entry & 1 != 0).then_some(entry & OUTPUT & !inside | va & inside))
    }

    fn invalidate(&mut self, _: Invalidation) -> Result<()> {
        Ok(())
    }
}

//! A LoongArch processor, whose tables are walked by instructions: `lddir` from directory to directory, `ldpte` for the two
//! pages of a TLB entry. They are stepped as a handler would execute them, and what they prepared for the TLB is read.
//!
//! The TLB itself is not used: where pages have 4 KiB, the emulator finds the wrong ones; see `KNOWN_DIFFERENCES.md`. With
//! pages of 16 KiB it is, in `loongarch_tlb`.
//!
//! Instructions and registers: LoongArch Reference Manual volume 1, chapters 4 and 7.

use std::sync::Arc;

use gpt_formats::loongarch64::{Loongarch64, Mat, Plv};
use gpt_hardware_tests::{Emulator, Error, Machine, Memory, Order, Result, Window};
use gpt_runtime::Invalidation;

use crate::walker::{Access, Answer, AttributesOf, ChangeOf, Privilege, Rights, Walker};

/// 256 MiB from 0, and the rest of 4 GiB from 2.25 GiB on.
const WINDOWS: [Window; 2] = [
    Window { address: 0, offset: 0, bytes: 256 << 20 },
    Window { address: 0x9000_0000, offset: 256 << 20, bytes: 3840 << 20 },
];
/// Where tables lie: below and above 4 GiB.
pub(crate) const TABLES: [u64; 2] = [0x200_0000, 0x1_5000_0000];
/// Memory for data.
pub(crate) const DATA: (u64, u64) = (0xa000_0000, 1 << 30);
/// Where each instruction is put; its operand is `r4`.
const PLACE: u64 = 0x1000;

/// `lddir r4,r4,level`.
pub(crate) const fn directory(level: u32) -> u32 {
    0x0640_0000 | level << 10 | 4 << 5 | 4
}

/// `ldpte r4,0` and `ldpte r4,1`.
pub(crate) const PAGES: [u32; 2] = [0x0644_0000 | 4 << 5, 0x0644_0000 | 1 << 10 | 4 << 5];

/// Control and status registers: the shape of tables, the address that is walked, and what goes into the TLB.
const SHAPE_LOW: u32 = 0x1c;
const SHAPE_HIGH: u32 = 0x1d;
const ADDRESS: u32 = 0x89;
pub(crate) const ENTRIES: [u32; 2] = [0x8c, 0x8d];
const TAG: u32 = 0x8e;

/// Output address bits of an entry.
const OUTPUT: u64 = 0xffff_ffff_f000;

/// The processor.
pub(crate) struct LoongArch {
    pub(crate) emulator: Emulator,
    /// Where the processor sees physical address 0 at present.
    pub(crate) window: u64,
    root: u64,
}

impl LoongArch {
    /// The processor with tables of this shape (PWCL, PWCH).
    pub(crate) fn start_with(shape_low: u64, shape_high: u64) -> Result<Self> {
        let machine = Machine {
            binary: "qemu-system-loongarch64",
            machine: "virt",
            arguments: &["-cpu", "la464-loongarch-cpu"],
            windows: &WINDOWS,
            firmware: &[],
            debug: Some(Order::Little),
            test: false,
        };
        let mut processor = Self { emulator: machine.start()?, window: 0, root: 0 };
        processor.write(SHAPE_LOW, shape_low)?;
        processor.write(SHAPE_HIGH, shape_high)?;
        Ok(processor)
    }

    /// Steps an instruction with its operand in `r4`, and gives that.
    pub(crate) fn run(&mut self, word: u32, r4: u64) -> Result<u64> {
        let place = self.window + PLACE;
        match self.end_of(word, r4)? {
            end if end == place + 4 => self.emulator.gdb()?.get("r4"),
            end => Err(Error::new(format!("the instruction {word:#x} ended at {end:#x}"))),
        }
    }

    /// Steps an instruction with its operand in `r4`, and gives where that ends.
    pub(crate) fn end_of(&mut self, word: u32, r4: u64) -> Result<u64> {
        self.emulator.memory().write_u32(PLACE, word)?;
        let gdb = self.emulator.gdb()?;
        gdb.set("pc", self.window + PLACE)?;
        gdb.set("r4", r4)?;
        gdb.step()?;
        gdb.get("pc")
    }

    pub(crate) fn write(&mut self, register: u32, value: u64) -> Result<()> {
        self.run(0x0400_0020 | register << 10 | 4, value).map(drop)
    }

    pub(crate) fn read(&mut self, register: u32) -> Result<u64> {
        self.run(0x0400_0000 | register << 10 | 4, 0)
    }
}

impl Walker for LoongArch {
    type Format = Loongarch64;

    const EMULATOR: &'static str = "qemu-system-loongarch64";
    const NOP: &'static [u8] = &[];
    const OUTPUT_BITS: u32 = 48;
    const TABLES: &'static [u64] = &TABLES;
    const DATA: (u64, u64) = DATA;
    // A page in a directory becomes one of 2 MiB, whatever the directory; see `KNOWN_DIFFERENCES.md`.
    const SIZES: u64 = 1 << 12 | 1 << 21;
    const WRITES_BITS: bool = false;

    fn start() -> Result<Self> {
        // Nine bits from 12, 21, 30 and 39 on.
        Self::start_with(12 | 9 << 5 | 21 << 10 | 9 << 15 | 30 << 20 | 9 << 25, 39 | 9 << 6)
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

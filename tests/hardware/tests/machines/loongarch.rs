//! A LoongArch processor whose TLB is filled by the instructions that walk tables, stepped one by one as a handler would
//! execute them.
//!
//! Instructions, registers and exceptions: LoongArch Reference Manual volume 1, chapters 4 to 7.

use std::sync::Arc;

use gpt_formats::loongarch64::{Loongarch64, Mat, Plv};
use gpt_hardware_tests::{Emulator, Error, Machine, Memory, Order, Result, Window};
use gpt_runtime::Invalidation;

use crate::walker::{Access, Answer, AttributesOf, ChangeOf, Fault, Privilege, Rights, Walker};

/// 256 MiB from 0, and the rest of what the machine has to have.
const WINDOWS: [Window; 2] = [
    Window { address: 0, offset: 0, bytes: 256 << 20 },
    Window { address: 0x8000_0000, offset: 256 << 20, bytes: 768 << 20 },
];
/// A page of single instructions: `r5` is the address, `r4` the value.
const PAGE: u64 = 0x1000;
/// Where exceptions go, and where the TLB is filled.
const EXCEPTIONS: u64 = 0x2000;
const REFILL: u64 = 0x3000;
/// Where all memory is seen without tables.
const DIRECT: u64 = 0x9000_0000_0000_0000;

/// `ld.d r4,[r5]`; `st.d r4,[r5]`; `invtlb 0`; one that is written anew each time.
const LOAD: u64 = PAGE;
const STORE: u64 = PAGE + 0x10;
const INVALIDATE: u64 = PAGE + 0x20;
const ONE: u64 = PAGE + 0x30;

/// `csrrd r12,PGD`; `lddir` of the levels 3, 2, 1; `ldpte` of the even and the odd page; `tlbfill`; `ertn`.
const FILL: [u32; 8] = [
    0x0400_0000 | 0x1b << 10 | 12,
    directory(3),
    directory(2),
    directory(1),
    0x0644_0000 | 12 << 5,
    0x0644_0000 | 1 << 10 | 12 << 5,
    0x0648_3400,
    0x0648_3800,
];

const fn directory(level: u32) -> u32 {
    0x0640_0000 | level << 10 | 12 << 5 | 12
}

/// Control and status registers.
const MODE: u32 = 0;
const STATUS: u32 = 5;
const BAD_ADDRESS: u32 = 7;
const ENTRY: u32 = 0xc;
const LOW_ROOT: u32 = 0x19;
const HIGH_ROOT: u32 = 0x1a;
const WALK_LOW: u32 = 0x1c;
const WALK_HIGH: u32 = 0x1d;
const PAGE_SIZE: u32 = 0x1e;
const REFILL_ENTRY: u32 = 0x88;
const WINDOW: u32 = 0x180;

/// The processor.
pub(crate) struct LoongArch {
    emulator: Emulator,
    /// Where instructions are seen: without translation first.
    base: u64,
}

impl LoongArch {
    /// Steps the instruction at a place, and gives where that ends.
    fn run(&mut self, place: u64, r5: u64, r4: u64) -> Result<u64> {
        let gdb = self.emulator.gdb()?;
        for (register, value) in [("pc", place), ("r5", r5), ("r4", r4)] {
            gdb.set(register, value)?;
        }
        gdb.step()?;
        gdb.get("pc")
    }

    /// Steps an instruction with its operand in `r4`, and gives that.
    fn must_run(&mut self, word: u32, r4: u64) -> Result<u64> {
        self.emulator.memory().write_u32(ONE, word)?;
        let place = self.base + ONE;
        match self.run(place, 0, r4)? {
            end if end == place + 4 => self.emulator.gdb()?.get("r4"),
            end => Err(Error::new(format!("the instruction {word:#x} ended at {end:#x}"))),
        }
    }

    fn write(&mut self, register: u32, value: u64) -> Result<()> {
        self.must_run(0x0400_0020 | register << 10 | 4, value).map(drop)
    }

    fn read(&mut self, register: u32) -> Result<u64> {
        self.must_run(0x0400_0000 | register << 10 | 4, 0)
    }

    fn invalidate_all(&mut self) -> Result<()> {
        let place = self.base + INVALIDATE;
        match self.run(place, 0, 0)? {
            end if end == place + 4 => Ok(()),
            end => Err(Error::new(format!("the invalidation ended at {end:#x}"))),
        }
    }

    /// Walks the tables and fills the TLB, as a handler would.
    fn refill(&mut self, back: u64) -> Result<()> {
        let gdb = self.emulator.gdb()?;
        for _ in FILL {
            gdb.step()?;
        }
        match gdb.get("pc")? {
            end if end == back => Ok(()),
            end => Err(Error::new(format!("filling the TLB ended at {end:#x}"))),
        }
    }
}

impl Walker for LoongArch {
    type Format = Loongarch64;

    const EMULATOR: &'static str = "qemu-system-loongarch64";
    const NOP: &'static [u8] = &0x0340_0000_u32.to_le_bytes();
    const PRIVILEGES: &'static [Privilege] = &[Privilege::Kernel];
    const OUTPUT_BITS: u32 = 48;
    const TABLES: &'static [u64] = &[0x200_0000];
    const DATA: (u64, u64) = (0x400_0000, 128 << 20);
    // `ldpte` of a page in a directory makes one of 2 MiB; see `KNOWN_DIFFERENCES.md`.
    const SIZES: u64 = 1 << 12 | 1 << 21;
    const WRITES_BITS: bool = false;
    const DEBUGGER: bool = false;
    const CHECKS_RESERVED: bool = false;
    const MALFORMED: &'static [Fault] = &[Fault::Absent];

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
        let mut processor = Self { emulator: machine.start()?, base: 0 };
        let memory = processor.memory();
        for (place, word) in [(LOAD, 0x28c0_00a4), (STORE, 0x29c0_00a4), (INVALIDATE, 0x0649_8000)] {
            memory.write_u32(place, word)?;
        }
        for (number, word) in (0..).zip(FILL) {
            memory.write_u32(REFILL + 4 * number, word)?;
        }
        // Nine bits from 12, 21, 30 and 39 on; small pages of 4 KiB; one direct window, cached.
        for (register, value) in [
            (WALK_LOW, 12 | 9 << 5 | 21 << 10 | 9 << 15 | 30 << 20 | 9 << 25),
            (WALK_HIGH, 39 | 9 << 6),
            (PAGE_SIZE, 12),
            (REFILL_ENTRY, REFILL),
            (ENTRY, DIRECT | EXCEPTIONS),
            (WINDOW, DIRECT | 1 << 4 | 1),
        ] {
            processor.write(register, value)?;
        }
        // From here on addresses are translated.
        processor.write(MODE, 1 << 4)?;
        processor.base = DIRECT;
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
        self.write(LOW_ROOT, root)?;
        self.write(HIGH_ROOT, root)?;
        self.invalidate_all()
    }

    fn access(&mut self, _: Privilege, access: Access, va: u64, value: u64) -> Result<Answer> {
        let place = match access {
            Access::Load => DIRECT | LOAD,
            Access::Store => DIRECT | STORE,
            // The test put a `nop` there.
            Access::Fetch => va,
        };
        let mut end = self.run(place, va, value)?;
        if end == REFILL {
            self.refill(place)?;
            end = self.run(place, va, value)?;
        }
        if end == place.wrapping_add(4) {
            let loaded = if access == Access::Load { self.emulator.gdb()?.get("r4")? } else { 0 };
            return Ok(Answer::Done(loaded));
        }
        let (status, address) = (self.read(STATUS)?, self.read(BAD_ADDRESS)?);
        if end != DIRECT | EXCEPTIONS || address != va {
            return Err(Error::new(format!("{access:?} {va:#x} ended at {end:#x}: {status:#x} at {address:#x}")));
        }
        match (status >> 16 & 0x3f, access) {
            (1, Access::Load) | (2, Access::Store) | (3, Access::Fetch) => Ok(Answer::Fault(Fault::Absent)),
            (4, Access::Store) | (5, Access::Load) | (6, Access::Fetch) | (7, _) => {
                Ok(Answer::Fault(Fault::Permission))
            }
            (code, _) => Err(Error::new(format!("{access:?} {va:#x}: exception {code:#x}"))),
        }
    }

    /// Everything, whatever is asked for: the emulator keeps few entries.
    fn invalidate(&mut self, _: Invalidation) -> Result<()> {
        self.invalidate_all()
    }
}

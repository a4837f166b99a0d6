//! A POWER9 processor in hypervisor mode that walks its own radix tree: partition 0, process 1.
//!
//! Instructions, registers, tables and interrupts: Power ISA 3.0B, Book III.

use std::sync::Arc;

use gpt_formats::powerpc_radix::{self, PowerpcRadix};
use gpt_hardware_tests::{Emulator, Error, Machine, Memory, Order, Result, Window};
use gpt_runtime::Invalidation;

use crate::walker::{ALL, Access, Answer, AttributesOf, ChangeOf, Fault, Mapped, Privilege, Rights, Walker};

/// 6 GiB from 0.
const WINDOWS: [Window; 1] = [Window { address: 0, offset: 0, bytes: 6 << 30 }];
/// The partition table and the process table.
const PARTITIONS: u64 = 0x100_0000;
const PROCESSES: u64 = 0x101_0000;
const PROCESS: u64 = 1;
/// A page of code that both privileges may execute.
const PAGE: u64 = 0x8000;
/// The processor finds the process table through the tree of the partition, which is the same.
const STAGE: [Mapped; 2] = [
    Mapped { va: PAGE, oa: PAGE, bytes: 0x1000, rights: ALL },
    Mapped { va: PROCESSES, oa: PROCESSES, bytes: 0x1000, rights: ALL },
];

/// An instruction on that page: `r4` is the address, `r3` the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Load = 0,
    Store = 1,
    Synchronize = 2,
    SetProcess = 3,
    SetDecrementer = 4,
    InvalidatePage = 5,
}

/// `mtspr` of this register from `r3`.
const fn move_to(register: u32) -> u32 {
    31 << 26 | 3 << 21 | (register & 0x1f) << 16 | (register >> 5) << 11 | 467 << 1
}

/// `ld r3,0(r4)`; `std r3,0(r4)`; `ptesync`; `mtspr PIDR`; `mtspr DEC`; `tlbie r4,r3,0,1,1`.
const WORDS: [u32; 6] = [
    0xe864_0000,
    0xf864_0000,
    0x7c40_04ac,
    move_to(48),
    move_to(22),
    31 << 26 | 3 << 21 | 1 << 17 | 1 << 16 | 4 << 11 | 306 << 1,
];

/// MSR: 64 bits, hypervisor, recoverable; both kinds of addresses translated; problem state.
const REAL: u64 = 1 << 63 | 1 << 60 | 1 << 1;
const TRANSLATED: u64 = 1 << 5 | 1 << 4;
const PROBLEM: u64 = 1 << 14;
/// LPCR: host radix, and process tables of that kind.
const HOST_RADIX: u64 = 1 << 20 | 1 << 22;
/// 52 input bits, and a root of 2¹³ entries.
const SHAPE: u64 = 2 << 61 | 5 << 5 | 13;

/// The processor.
pub(crate) struct Power(Emulator);

impl Power {
    fn set(&mut self, register: &str, value: u64) -> Result<()> {
        self.0.gdb()?.set(register, value)
    }

    fn put(&self, address: u64, value: u64) -> Result<()> {
        self.0.memory().write(address, &value.to_be_bytes())
    }

    /// Steps an instruction where it lies, and gives where that ends.
    fn run(&mut self, place: u64, state: u64, r4: u64, r3: u64) -> Result<u64> {
        for (register, value) in [("msr", state), ("pc", place), ("r4", r4), ("r3", r3)] {
            self.set(register, value)?;
        }
        let gdb = self.0.gdb()?;
        gdb.step()?;
        gdb.get("pc")
    }

    /// Steps an instruction without translation.
    fn must_step(&mut self, step: Step, r4: u64, r3: u64) -> Result<()> {
        let place = PAGE + 16 * step as u64;
        let end = self.run(place, REAL, r4, r3)?;
        if end == place + 4 { Ok(()) } else { Err(Error::new(format!("{step:?} ended at {end:#x}"))) }
    }

    /// What the interrupt says: DSISR and DAR, or SRR1 where an instruction was fetched.
    fn interrupt(&mut self, access: Access, va: u64, end: u64) -> Result<Answer> {
        let gdb = self.0.gdb()?;
        let (vector, code, address) = match access {
            Access::Fetch => (0x400, gdb.get("srr1")? & 0x5808_0000, gdb.get("srr0")?),
            _ => (0x300, gdb.get("dsisr")?, gdb.get("dar")?),
        };
        let stored = access != Access::Fetch && code & 0x0200_0000 != 0;
        if end != vector || address != va || stored != (access == Access::Store) {
            return Err(Error::new(format!("{access:?} {va:#x} ended at {end:#x}, code {code:#x}, {address:#x}")));
        }
        match code & !0x0200_0000 {
            0x4000_0000 => Ok(Answer::Fault(Fault::Absent)),
            0x0800_0000 | 0x1000_0000 => Ok(Answer::Fault(Fault::Permission)),
            // Unsupported radix tree configuration.
            0x0008_0000 => Ok(Answer::Fault(Fault::Reserved)),
            _ => Err(Error::new(format!("{access:?} {va:#x}: code {code:#x}"))),
        }
    }
}

impl Walker for Power {
    type Format = PowerpcRadix;

    const EMULATOR: &'static str = "qemu-system-ppc64";
    const BIG_ENDIAN_DATA: bool = true;
    const NOP: &'static [u8] = &0x6000_0000_u32.to_be_bytes();
    const OUTPUT_BITS: u32 = 53;
    const TABLES: &'static [u64] = &[0x1000_0000, 0x1_5000_0000];
    const DATA: (u64, u64) = (0x4000_0000, 1 << 30);
    const WRITES_BITS: bool = true;
    const CHECKS_RESERVED: bool = false;
    // A table entry taken for a page allows nothing; a table may be looked for where there is no memory.
    const MALFORMED: &'static [Fault] = &[Fault::Permission, Fault::Absent];

    fn start() -> Result<Self> {
        let machine = Machine {
            binary: "qemu-system-ppc64",
            machine: "powernv9",
            arguments: &[],
            windows: &WINDOWS,
            firmware: &[0; 4096],
            debug: Some(Order::Big),
            test: false,
        };
        let mut power = Self(machine.start()?);
        for (number, word) in (0..).zip(WORDS) {
            power.0.memory().write(PAGE + 16 * number, &word.to_be_bytes())?;
        }
        power.put(PARTITIONS + 8, 1 << 63 | PROCESSES | 4)?;
        let control = power.0.gdb()?.get("lpcr")?;
        power.set("lpcr", control | HOST_RADIX)?;
        power.set("ptcr", PARTITIONS | 4)?;
        power.set("lpidr", 0)?;
        Ok(power)
    }

    fn memory(&self) -> Arc<Memory> {
        Arc::clone(self.0.memory())
    }

    fn stage() -> &'static [Mapped] {
        &STAGE
    }

    fn rights() -> Vec<Rights> {
        let with =
            |(read, write, execute)| [false, true].into_iter().map(move |user| Rights { read, write, execute, user });
        let triples =
            [(true, false, false), (true, true, false), (true, false, true), (true, true, true), (false, false, true)];
        triples.into_iter().flat_map(with).collect()
    }

    /// With AMR and IAMR clear, the kernel may do with the user's pages what the user may.
    fn allows(rights: Rights, privilege: Privilege, access: Access) -> bool {
        let granted = match access {
            Access::Load => rights.read,
            Access::Store => rights.write,
            Access::Fetch => rights.execute,
        };
        granted && (privilege == Privilege::Kernel || rights.user)
    }

    fn attributes(rights: Rights) -> AttributesOf<Self> {
        let access = match (rights.read, rights.write) {
            (_, true) => powerpc_radix::Access::READ_WRITE,
            (true, false) => powerpc_radix::Access::READ,
            (false, false) => powerpc_radix::Access::NONE,
        };
        AttributesOf::<Self> { access, execute: rights.execute, user: rights.user, ..Default::default() }
    }

    fn same(attributes: AttributesOf<Self>, rights: Rights) -> bool {
        let plain = AttributesOf::<Self> { accessed: false, dirty: false, ..attributes };
        plain == Self::attributes(rights)
    }

    fn events(attributes: AttributesOf<Self>) -> Option<(bool, bool)> {
        Some((attributes.accessed, attributes.dirty))
    }

    fn write_change(write: bool) -> ChangeOf<Self> {
        let access = if write { powerpc_radix::Access::READ_WRITE } else { powerpc_radix::Access::READ };
        ChangeOf::<Self> { access: Some(access), ..Default::default() }
    }

    fn attach(&mut self, root: u64) -> Result<()> {
        self.put(PARTITIONS, 1 << 63 | SHAPE | root)?;
        for process in [0, PROCESS] {
            self.put(PROCESSES + 16 * process, SHAPE | root)?;
        }
        // No timer, and nothing cached: a write of the process drops everything.
        self.must_step(Step::SetDecrementer, 0, 0x7fff_ffff)?;
        self.must_step(Step::SetProcess, 0, PROCESS)
    }

    fn access(&mut self, privilege: Privilege, access: Access, va: u64, value: u64) -> Result<Answer> {
        let place = match access {
            Access::Load => PAGE + 16 * Step::Load as u64,
            Access::Store => PAGE + 16 * Step::Store as u64,
            // The test put a `nop` there.
            Access::Fetch => va,
        };
        let state = REAL | TRANSLATED | if privilege == Privilege::User { PROBLEM } else { 0 };
        let end = self.run(place, state, va, value)?;
        if end != place + 4 {
            return self.interrupt(access, va, end);
        }
        Ok(Answer::Done(if access == Access::Load { self.0.gdb()?.get("r3")? } else { 0 }))
    }

    fn debug_walk(&mut self, va: u64) -> Result<Option<u64>> {
        self.set("msr", REAL | TRANSLATED)?;
        self.0.qmp()?.translate(va)
    }

    /// `tlbie` for each page of the range, and `ptesync`; a write of the process where those would be many, or where
    /// tables went.
    fn invalidate(&mut self, owed: Invalidation) -> Result<()> {
        let lg2 = owed.smallest_page_lg2;
        if owed.tables || (owed.last - owed.first) >> lg2 > 256 {
            return self.must_step(Step::SetProcess, 0, PROCESS);
        }
        let size = match lg2 {
            12 => 0,
            21 => 1,
            _ => 2,
        };
        for page in owed.first >> lg2..=owed.last >> lg2 {
            self.must_step(Step::InvalidatePage, page << lg2 | size << 5, PROCESS << 32)?;
        }
        self.must_step(Step::Synchronize, 0, 0)
    }
}

//! An ARMv7 processor in supervisor and user mode, with short or long descriptors.
//!
//! Instructions, registers and fault codes: Arm Architecture Reference Manual, ARMv7-A, part B.

use std::sync::Arc;

use gpt_hardware_tests::{Emulator, Error, Machine, Memory, Order, Result, Window};
use gpt_runtime::Invalidation;

use crate::walker::{ALL, Access, Answer, Fault, Mapped, Privilege};

/// 6 GiB from 1 GiB on.
const MEMORY: u64 = 0x4000_0000;
const WINDOWS: [Window; 1] = [Window { address: MEMORY, offset: 0, bytes: 6 << 30 }];
/// Where tables lie; entries of 32 bits reach only the first place.
pub(crate) const TABLES: [u64; 2] = [0x5000_0000, 0x1_5000_0000];
/// The emulator for processors of 64 bits has those of 32 too; the other looks for tables above 4 GiB elsewhere, see
/// `KNOWN_DIFFERENCES.md`.
pub(crate) const EMULATOR: &str = "qemu-system-aarch64";
/// A page of code for both modes, with the vectors of exceptions in its second half.
const PAGE: u64 = MEMORY + 0x1_0000;
const VECTORS: u64 = PAGE + 0x800;
pub(crate) const STAGE: [Mapped; 1] = [Mapped { va: PAGE, oa: PAGE, bytes: 0x1000, rights: ALL }];

/// An instruction on that page: `r1` is the address, `r0` the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Load = 0,
    Store = 1,
    SetRoot = 2,
    SetLongRoot = 3,
    SetTableControl = 4,
    SetDomains = 5,
    SetMemoryTypes = 6,
    SetVectors = 7,
    SetControl = 8,
    InvalidateAll = 9,
    InvalidatePage = 10,
    DataStatus = 11,
    DataAddress = 12,
    FetchStatus = 13,
    FetchAddress = 14,
    Call = 15,
}

/// `mcr p15, 0, r0, n, m, o`, or `mrc`.
const fn system(read: u32, n: u32, m: u32, o: u32) -> u32 {
    0xee00_0f10 | read << 20 | n << 16 | o << 5 | m
}

/// `ldr r0,[r1]`; `str r0,[r1]`; TTBR0, also as `mcrr` of `r0` and `r1`; TTBCR; DACR; MAIR0; VBAR; SCTLR; TLBIALL;
/// TLBIMVAA; DFSR; DFAR; IFSR; IFAR; `svc #0`.
const WORDS: [u32; 16] = [
    0xe591_0000,
    0xe581_0000,
    system(0, 2, 0, 0),
    0xec41_0f02,
    system(0, 2, 0, 2),
    system(0, 3, 0, 0),
    system(0, 10, 2, 0),
    system(0, 12, 0, 0),
    system(0, 1, 0, 0),
    system(0, 8, 7, 0),
    system(0, 8, 7, 3),
    system(1, 5, 0, 0),
    system(1, 6, 0, 0),
    system(1, 5, 0, 1),
    system(1, 6, 0, 2),
    0xef00_0000,
];

/// The program status: no interrupts, the A32 instructions, and the mode.
const SUPERVISOR: u64 = 0x1d3;
const USER: u64 = 0x1d0;
/// SCTLR: the bits that are one, and the MMU; with AFE, entries of the short format have an access flag.
const CONTROL: u64 = 0x00c5_0078 | 1;
const ACCESS_FLAG: u64 = 1 << 29;

/// How entries look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Descriptors {
    /// 32 bits, with an access flag.
    Short,
    /// 32 bits, with access permissions of three bits.
    ShortAp,
    /// 64 bits.
    Long,
}

/// The processor.
#[derive(Debug)]
pub(crate) struct Arm32 {
    emulator: Emulator,
    descriptors: Descriptors,
    on: bool,
}

impl Arm32 {
    pub(crate) fn start(descriptors: Descriptors) -> Result<Self> {
        let machine = Machine {
            binary: EMULATOR,
            machine: "virt",
            arguments: &["-cpu", "cortex-a15"],
            windows: &WINDOWS,
            firmware: &[],
            debug: Some(Order::Little),
            test: false,
        };
        let arm = Self { emulator: machine.start()?, descriptors, on: false };
        let memory = arm.memory();
        for (number, word) in (0..).zip(WORDS) {
            memory.write_u32(PAGE + 16 * number, word)?;
        }
        for vector in 0..8 {
            memory.write_u32(VECTORS + 4 * vector, 0xeaff_fffe)?;
        }
        Ok(arm)
    }

    pub(crate) fn memory(&self) -> Arc<Memory> {
        Arc::clone(self.emulator.memory())
    }

    /// Steps the instruction at a place, and gives where that ends.
    fn run(&mut self, place: u64, mode: u64, r1: u64, r0: u64) -> Result<u64> {
        let gdb = self.emulator.gdb()?;
        for (register, value) in [("cpsr", mode), ("pc", place), ("r1", r1), ("r0", r0)] {
            gdb.set(register, value)?;
        }
        gdb.step()?;
        gdb.get("pc")
    }

    /// Steps an instruction of the page, and gives the value.
    fn must_step(&mut self, step: Step, r1: u64, r0: u64) -> Result<u64> {
        let place = PAGE + 16 * step as u64;
        match self.run(place, SUPERVISOR, r1, r0)? {
            end if end == place + 4 => self.emulator.gdb()?.get("r0"),
            end => Err(Error::new(format!("{step:?} ended at {end:#x}"))),
        }
    }

    pub(crate) fn attach(&mut self, root: u64) -> Result<()> {
        if self.descriptors == Descriptors::Long {
            self.must_step(Step::SetTableControl, 0, 1 << 31)?;
            self.must_step(Step::SetLongRoot, root >> 32, root & 0xffff_ffff)?;
        } else {
            self.must_step(Step::SetRoot, 0, root)?;
        }
        if !self.on {
            // Permissions of all domains are looked at; memory type 0 is normal and cached.
            self.must_step(Step::SetDomains, 0, 0x5555_5555)?;
            self.must_step(Step::SetMemoryTypes, 0, 0xff)?;
            self.must_step(Step::SetVectors, 0, VECTORS)?;
            let flag = if self.descriptors == Descriptors::ShortAp { 0 } else { ACCESS_FLAG };
            self.must_step(Step::SetControl, 0, CONTROL | flag)?;
            self.on = true;
        }
        self.must_step(Step::InvalidateAll, 0, 0).map(drop)
    }

    pub(crate) fn access(&mut self, privilege: Privilege, access: Access, va: u64, value: u64) -> Result<Answer> {
        let place = match access {
            Access::Load => PAGE + 16 * Step::Load as u64,
            Access::Store => PAGE + 16 * Step::Store as u64,
            // The test put a `nop` there.
            Access::Fetch => va,
        };
        let mode = if privilege == Privilege::Kernel { SUPERVISOR } else { USER };
        let end = self.run(place, mode, va, value)?;
        if end == (place + 4) & 0xffff_ffff {
            let loaded = if access == Access::Load { self.emulator.gdb()?.get("r0")? } else { 0 };
            if privilege == Privilege::User {
                self.leave_user()?;
            }
            return Ok(Answer::Done(loaded));
        }
        let (vector, status, address) = match access {
            Access::Fetch => (0xc, Step::FetchStatus, Step::FetchAddress),
            _ => (0x10, Step::DataStatus, Step::DataAddress),
        };
        let (status, address) = (self.must_step(status, 0, 0)?, self.must_step(address, 0, 0)?);
        let wrote = access != Access::Fetch && status >> 11 & 1 != 0;
        if end != VECTORS + vector || address != va || wrote != (access == Access::Store) {
            return Err(Error::new(format!("{access:?} {va:#x} ended at {end:#x}: {status:#x} at {address:#x}")));
        }
        let fault = match self.descriptors {
            Descriptors::Long => long_fault(status & 0x3f),
            Descriptors::Short | Descriptors::ShortAp => short_fault(status & 0xf | status >> 6 & 0x10),
        };
        fault.ok_or_else(|| Error::new(format!("{access:?} {va:#x}: status {status:#x}")))
    }

    /// The debug stub cannot leave user mode: a system call does.
    fn leave_user(&mut self) -> Result<()> {
        match self.run(PAGE + 16 * Step::Call as u64, USER, 0, 0)? {
            end if end == VECTORS + 8 => Ok(()),
            end => Err(Error::new(format!("the system call ended at {end:#x}"))),
        }
    }

    pub(crate) fn debug_walk(&mut self, va: u64) -> Result<Option<u64>> {
        self.emulator.gdb()?.set("cpsr", SUPERVISOR)?;
        self.emulator.qmp()?.translate(va)
    }

    /// `TLBIMVAA` for each page of the range, or `TLBIALL` where those would be many.
    pub(crate) fn invalidate(&mut self, owed: Invalidation) -> Result<()> {
        let lg2 = owed.smallest_page_lg2;
        if (owed.last - owed.first) >> lg2 > 256 {
            return self.must_step(Step::InvalidateAll, 0, 0).map(drop);
        }
        for page in owed.first >> lg2..=owed.last >> lg2 {
            self.must_step(Step::InvalidatePage, 0, page << lg2)?;
        }
        Ok(())
    }
}

/// The status of the short-descriptor format.
fn short_fault(status: u64) -> Option<Answer> {
    match status {
        0x5 | 0x7 => Some(Answer::Fault(Fault::Absent)),
        0x3 | 0x6 => Some(Answer::Fault(Fault::NotAccessed)),
        0xd | 0xf => Some(Answer::Fault(Fault::Permission)),
        // Synchronous external aborts.
        0x8 => Some(Answer::Nowhere),
        _ => None,
    }
}

/// The status of the long-descriptor format.
fn long_fault(status: u64) -> Option<Answer> {
    match status {
        0..4 => Some(Answer::Fault(Fault::Reserved)),
        4..8 => Some(Answer::Fault(Fault::Absent)),
        8..12 => Some(Answer::Fault(Fault::NotAccessed)),
        12..16 => Some(Answer::Fault(Fault::Permission)),
        0x10 => Some(Answer::Nowhere),
        _ => None,
    }
}

//! A RISC-V hart in machine mode that loads and stores as another mode does (`mstatus.MPRV`), or on behalf of a guest.
//!
//! Instructions, registers and causes: RISC-V Instruction Set Manual, volume II.

use std::sync::Arc;

use gpt_hardware_tests::{Emulator, Error, Machine, Memory, Order, Result, Window};

use crate::walker::{Access, Answer, Fault, Privilege};

/// 6 GiB from 2 GiB on.
const MEMORY: u64 = 0x8000_0000;
const WINDOWS: [Window; 1] = [Window { address: MEMORY, offset: 0, bytes: 6 << 30 }];

/// Where tables lie: below and above 4 GiB.
pub(crate) const TABLES: [u64; 2] = [0x9000_0000, 0x1_5000_0000];
/// Memory for data.
pub(crate) const DATA: (u64, u64) = (0xa000_0000, 1 << 28);
/// `nop`.
pub(crate) const NOP: [u8; 4] = 0x0000_0013_u32.to_le_bytes();

/// Single instructions, each followed by nothing: `a1` is the address, `a0` the value.
const CODE: u64 = MEMORY + 0x1000;
/// Where exceptions go.
const HANDLER: u64 = MEMORY + 0x2000;

/// An instruction that is stepped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Load = 0,
    Store = 1,
    GuestLoad = 2,
    GuestStore = 3,
    SfenceAll = 4,
    SfencePage = 5,
    HfenceGuestAll = 6,
    HfenceGuestPage = 7,
    HfenceVirtualAll = 8,
}

/// `ld`, `sd`, `hlv.d`, `hsv.d`, `sfence.vma`, `sfence.vma a1`, `hfence.gvma`, `hfence.gvma a1`,
/// `hfence.vvma`.
const WORDS: [u32; 9] = [
    0x0005_b503,
    0x00a5_b023,
    0x6c05_c573,
    0x6ea5_c073,
    0x1200_0073,
    0x1205_8073,
    0x6200_0073,
    0x6205_8073,
    0x2200_0073,
];
/// `lw`, `sw`, `hlv.w` and `hsv.w`, for 32-bit harts.
const WORDS_32: [u32; 4] = [0x0005_a503, 0x00a5_a023, 0x6805_c573, 0x6aa5_c073];

/// `mstatus`: load and store as the mode in MPP; let the kernel reach the user's pages; 64 bits in every mode.
const MPRV: u64 = 1 << 17;
const SUM: u64 = 1 << 18;
const MPP_KERNEL: u64 = 1 << 11;
const WIDE: u64 = 0xa_0000_0000;

/// What is translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// The addresses of a supervisor and its users.
    First,
    /// The guest-physical addresses of a virtual machine.
    Guest,
}

/// The hart.
#[derive(Debug)]
pub(crate) struct RiscV {
    emulator: Emulator,
    wide: bool,
    stage: Stage,
    mode: u64,
}

impl RiscV {
    /// Starts a hart of 64 or 32 bits whose `satp` or `hgatp` gets this mode.
    pub(crate) fn start(wide: bool, stage: Stage, mode: u64) -> Result<Self> {
        let machine = Machine {
            binary: if wide { "qemu-system-riscv64" } else { "qemu-system-riscv32" },
            machine: "virt",
            arguments: if wide {
                &["-cpu", "rv64,pmp=off,svnapot=on,svpbmt=on,h=on", "-bios", "none"]
            } else {
                &["-cpu", "rv32,pmp=off,h=on", "-bios", "none"]
            },
            windows: &WINDOWS,
            firmware: &[],
            debug: Some(Order::Little),
            test: false,
        };
        let mut emulator = machine.start()?;
        let memory = emulator.memory();
        for (number, word) in (0..).zip(WORDS) {
            memory.write_u32(CODE + 16 * number, word)?;
        }
        if !wide {
            for (number, word) in (0..).zip(WORDS_32) {
                memory.write_u32(CODE + 16 * number, word)?;
            }
        }
        let gdb = emulator.gdb()?;
        gdb.set("priv", 3)?;
        gdb.set("mtvec", HANDLER)?;
        Ok(Self { emulator, wide, stage, mode })
    }

    pub(crate) fn memory(&self) -> Arc<Memory> {
        Arc::clone(self.emulator.memory())
    }

    pub(crate) fn attach(&mut self, root: u64) -> Result<()> {
        let root = root >> 12 | self.mode << if self.wide { 60 } else { 31 };
        let gdb = self.emulator.gdb()?;
        match self.stage {
            Stage::First => gdb.set("satp", root)?,
            Stage::Guest => {
                gdb.set("hgatp", root)?;
                gdb.set("vsatp", 0)?;
                // The guest accesses memory as its supervisor.
                gdb.set("hstatus", 1 << 8)?;
            }
        }
        let register = if self.stage == Stage::First { "satp" } else { "hgatp" };
        let now = self.emulator.gdb()?.get(register)?;
        if now != root {
            return Err(Error::new(format!("the hart does not take {root:#x} in {register}: {now:#x}")));
        }
        match self.stage {
            Stage::First => self.must_step(Step::SfenceAll, 0),
            Stage::Guest => {
                self.must_step(Step::HfenceGuestAll, 0)?;
                self.must_step(Step::HfenceVirtualAll, 0)
            }
        }
    }

    fn status(&self, privilege: Privilege) -> u64 {
        let mode = if privilege == Privilege::Kernel { MPP_KERNEL } else { 0 };
        mode | MPRV | SUM | if self.wide { WIDE } else { 0 }
    }

    /// Steps an instruction, in machine mode; `None` when it was done, else where it went.
    fn step(&mut self, step: Step, address: u64, value: u64, status: u64) -> Result<Option<u64>> {
        let place = CODE + 16 * step as u64;
        let gdb = self.emulator.gdb()?;
        let registers = [("priv", 3), ("mstatus", status), ("pc", place), ("a1", address), ("a0", value)];
        for (register, value) in registers {
            gdb.set(register, value)?;
        }
        gdb.step()?;
        let end = gdb.get("pc")?;
        Ok((end != place + 4).then_some(end))
    }

    fn must_step(&mut self, step: Step, address: u64) -> Result<()> {
        match self.step(step, address, 0, 0)? {
            None => Ok(()),
            Some(end) => Err(Error::new(format!("{step:?} ended at {end:#x}"))),
        }
    }

    pub(crate) fn access(&mut self, privilege: Privilege, access: Access, va: u64, value: u64) -> Result<Answer> {
        let status = self.status(privilege);
        let step = match (self.stage, access) {
            (Stage::First, Access::Load) => Step::Load,
            (Stage::First, Access::Store) => Step::Store,
            (Stage::First, Access::Fetch) => return self.fetch(privilege, va),
            (Stage::Guest, Access::Load | Access::Fetch) => Step::GuestLoad,
            (Stage::Guest, Access::Store) => Step::GuestStore,
        };
        let end = self.step(step, va, value, status & !if self.stage == Stage::Guest { MPRV } else { 0 })?;
        match end {
            None if access == Access::Load => Ok(Answer::Done(self.emulator.gdb()?.get("a0")?)),
            None => Ok(Answer::Done(0)),
            Some(end) => self.exception(access, va, end),
        }
    }

    /// Executes the `nop` at an address in its own mode.
    fn fetch(&mut self, privilege: Privilege, va: u64) -> Result<Answer> {
        let status = self.status(privilege) & !MPRV;
        let gdb = self.emulator.gdb()?;
        gdb.set("mstatus", status)?;
        gdb.set("pc", va)?;
        gdb.set("priv", u64::from(privilege == Privilege::Kernel))?;
        gdb.step()?;
        let end = gdb.get("pc")?;
        gdb.set("priv", 3)?;
        if end == va.wrapping_add(4) { Ok(Answer::Done(0)) } else { self.exception(Access::Fetch, va, end) }
    }

    /// What the exception that led to the handler says.
    fn exception(&mut self, access: Access, va: u64, end: u64) -> Result<Answer> {
        let gdb = self.emulator.gdb()?;
        let (cause, value) = (gdb.get("mcause")?, gdb.get("mtval")?);
        let (page, nowhere) = match (self.stage, access) {
            (Stage::First, Access::Fetch) => (12, 1),
            (Stage::First, Access::Load) => (13, 5),
            (Stage::First, Access::Store) => (15, 7),
            (Stage::Guest, Access::Load | Access::Fetch) => (21, 5),
            (Stage::Guest, Access::Store) => (23, 7),
        };
        if end == HANDLER && cause == nowhere {
            return Ok(Answer::Nowhere);
        }
        let guest = if self.stage == Stage::Guest { gdb.get("mtval2")? } else { va >> 2 };
        if end != HANDLER || cause != page || value != va || guest != va >> 2 {
            let text =
                format!("{access:?} {va:#x} ended at {end:#x}, mcause {cause}, mtval {value:#x}, mtval2 {guest:#x}");
            return Err(Error::new(text));
        }
        Ok(Answer::Fault(Fault::Unspecified))
    }

    pub(crate) fn debug_walk(&mut self, va: u64) -> Result<Option<u64>> {
        let status = self.status(Privilege::Kernel) & !MPRV;
        let gdb = self.emulator.gdb()?;
        gdb.set("mstatus", status)?;
        gdb.set("priv", 1)?;
        let translated = self.emulator.qmp()?.translate(va)?;
        self.emulator.gdb()?.set("priv", 3)?;
        Ok(translated)
    }

    /// `SFENCE.VMA` or `HFENCE.GVMA` for each page of the range; for all at once where those would be many.
    pub(crate) fn invalidate(&mut self, first: u64, last: u64, page_lg2: u32) -> Result<()> {
        if (last - first) >> page_lg2 > 256 {
            return match self.stage {
                Stage::First => self.must_step(Step::SfenceAll, 0),
                Stage::Guest => self.must_step(Step::HfenceGuestAll, 0),
            };
        }
        for page in first >> page_lg2..=last >> page_lg2 {
            match self.stage {
                Stage::First => self.must_step(Step::SfencePage, page << page_lg2)?,
                // The register holds the guest-physical address shifted right by 2.
                Stage::Guest => self.must_step(Step::HfenceGuestPage, page << page_lg2 >> 2)?,
            }
        }
        Ok(())
    }
}

//! An AArch64 processor that is stepped at EL1 and EL0: code through TTBR1, what is tested through TTBR0.
//!
//! Instructions, registers and fault codes: Arm Architecture Reference Manual for A-profile.

use std::sync::Arc;

use gpt_hardware_tests::{Emulator, Error, Machine, Memory, Order, Result, Window};

use crate::walker::{Access, Answer, Fault, Privilege};

/// 6 GiB from 1 GiB on.
const MEMORY: u64 = 0x4000_0000;
const WINDOWS: [Window; 1] = [Window { address: MEMORY, offset: 0, bytes: 6 << 30 }];

/// Where tables lie: below and above 4 GiB.
pub(crate) const TABLES: [u64; 2] = [0x5000_0000, 0x1_5000_0000];
/// Memory for data.
pub(crate) const DATA: (u64, u64) = (0x8000_0000, 1 << 30);
/// `nop`.
pub(crate) const NOP: [u8; 4] = 0xd503_201f_u32.to_le_bytes();

/// One instruction for EL3, before translation is on.
const BOOT: u64 = MEMORY + 0x1000;
/// The page of code, and the table of TTBR1 (64 KiB granule, 29 bits, one level) through which it is seen.
const PAGE: u64 = MEMORY + 0x1_0000;
const CODE_TABLE: u64 = MEMORY + 0x2_0000;
/// Where that page is seen, with vectors in its second half.
const CODE: u64 = 0xffff_ffff_e000_0000;
const VECTORS: u64 = CODE + 0x8000;

/// Single instructions on that page: `x1` is the address, `x0` the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Load = 0,
    Store = 1,
    UserLoad = 2,
    UserStore = 3,
    InvalidateAll = 4,
    InvalidatePage = 5,
    Return = 6,
    Call = 7,
    Synchronize = 8,
    SetRoot = 9,
    SetControl = 10,
}

/// `ldr x0,[x1]`; `str x0,[x1]`; `ldtr`; `sttr`; `tlbi vmalle1`; `tlbi vaae1,x1`; `eret`; `svc #0`; `isb`;
/// `msr ttbr0_el1,x1`; `msr tcr_el1,x1`.
const WORDS: [u32; 11] = [
    0xf940_0020,
    0xf900_0020,
    0xf840_0820,
    0xf800_0820,
    0xd508_871f,
    0xd508_8761,
    0xd69f_03e0,
    0xd400_0001,
    0xd503_3fdf,
    0xd518_2001,
    0xd518_2041,
];

/// System registers as `msr` names them: op0, op1, CRn, CRm, op2.
const SCTLR_EL1: u32 = system(0, 1, 0, 0);
const TTBR1_EL1: u32 = system(0, 2, 0, 1);
const MAIR_EL1: u32 = system(0, 10, 2, 0);
const VBAR_EL1: u32 = system(0, 12, 0, 0);
const SPSR_EL1: u32 = system(0, 4, 0, 0);
const ELR_EL1: u32 = system(0, 4, 0, 1);
const SCR_EL3: u32 = system(6, 1, 1, 0);
const HCR_EL2: u32 = system(4, 1, 1, 0);
const SPSR_EL3: u32 = system(6, 4, 0, 0);
const ELR_EL3: u32 = system(6, 4, 0, 1);

/// The operands of `msr`, with op0 3.
const fn system(op1: u32, crn: u32, crm: u32, op2: u32) -> u32 {
    op1 << 16 | crn << 12 | crm << 8 | op2 << 5
}

/// The size of pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Granule {
    K4 = 0,
    K64 = 1,
    K16 = 2,
}

/// How TTBR0's tables are walked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Regime {
    pub(crate) granule: Granule,
    /// The width of input addresses.
    pub(crate) bits: u64,
    /// The width of output addresses, 48 or 52.
    pub(crate) output_bits: u32,
    /// FEAT_LPA2: addresses of 52 bits with granules of 4 and 16 KiB.
    pub(crate) wide: bool,
    /// Whether the processor sets the access flag, and whether it marks pages dirty.
    pub(crate) sets_access: bool,
    pub(crate) sets_dirty: bool,
}

impl Regime {
    /// TCR_EL1.
    fn control(self) -> u64 {
        // TTBR1: 64 KiB granule, 29 bits; tables are read through caches; no address identifiers.
        let code = 35 << 16 | 3 << 30 | 3 << 28 | 1 << 26 | 1 << 24;
        let data = (64 - self.bits) | (self.granule as u64) << 14 | 3 << 12 | 1 << 10 | 1 << 8;
        let output = if self.output_bits == 52 { 6 } else { 5 };
        let features = output << 32 | u64::from(self.sets_access) << 39 | u64::from(self.sets_dirty) << 40;
        code | data | features | u64::from(self.wide) << 59
    }
}

/// The processor.
#[derive(Debug)]
pub(crate) struct Arm64 {
    emulator: Emulator,
    regime: Regime,
    root: Option<u64>,
}

impl Arm64 {
    pub(crate) fn start(regime: Regime) -> Result<Self> {
        let machine = Machine {
            binary: "qemu-system-aarch64",
            machine: "virt,virtualization=on,secure=on",
            arguments: &["-cpu", "max"],
            windows: &WINDOWS,
            firmware: &[],
            debug: Some(Order::Little),
            test: false,
        };
        let mut arm = Self { emulator: machine.start()?, regime, root: None };
        let memory = arm.memory();
        for (number, word) in (0..).zip(WORDS) {
            memory.write_u32(PAGE + 16 * number, word)?;
        }
        for vector in 0..16 {
            memory.write_u32(PAGE + 0x8000 + 0x80 * vector, 0x1400_0000)?;
        }
        // Both may read and execute, neither may write; at EL0 it is the user's.
        memory.write_u64(CODE_TABLE, PAGE | 1 << 10 | 3 << 8 | 3 << 6 | 3)?;
        // EL2 and EL1 are AArch64 and not secure; EL1's translation is not trapped.
        arm.boot(SCR_EL3, 1 | 1 << 8 | 1 << 10 | 0x30)?;
        arm.boot(HCR_EL2, 1 << 31)?;
        arm.boot(MAIR_EL1, 0xff)?;
        arm.boot(TTBR1_EL1, CODE_TABLE)?;
        arm.boot(VBAR_EL1, VECTORS)?;
        arm.boot(system(0, 2, 0, 2), regime.control())?;
        arm.boot(SCTLR_EL1, 0x30d0_0800 | 1)?;
        arm.boot(ELR_EL3, CODE)?;
        arm.boot(SPSR_EL3, 0x3c5)?;
        memory.write_u32(BOOT, 0xd69f_03e0)?;
        let gdb = arm.emulator.gdb()?;
        gdb.set("pc", BOOT)?;
        gdb.step()?;
        match gdb.get("pc")? {
            CODE => Ok(arm),
            pc => Err(Error::new(format!("the processor is at {pc:#x}, not at EL1"))),
        }
    }

    /// `msr` at EL3.
    fn boot(&mut self, register: u32, value: u64) -> Result<()> {
        self.emulator.memory().write_u32(BOOT, 0xd518_0000 | register)?;
        let gdb = self.emulator.gdb()?;
        gdb.set("x0", value)?;
        gdb.set("pc", BOOT)?;
        gdb.step()?;
        match gdb.get("pc")? {
            pc if pc == BOOT + 4 => Ok(()),
            pc => Err(Error::new(format!("writing a system register ({register:#x}) ended at {pc:#x}"))),
        }
    }

    pub(crate) fn memory(&self) -> Arc<Memory> {
        Arc::clone(self.emulator.memory())
    }

    pub(crate) fn attach(&mut self, root: u64) -> Result<()> {
        if self.root != Some(root) {
            // With 52 bits the highest four bits of the address are in bits 5 to 2.
            self.must_step(Step::SetRoot, root & !(0xf << 48) | (root >> 48 & 0xf) << 2, 0)?;
            self.must_step(Step::SetControl, self.regime.control(), 0)?;
            self.root = Some(root);
        }
        self.must_step(Step::InvalidateAll, 0, 0)?;
        self.must_step(Step::Synchronize, 0, 0)
    }

    /// Steps an instruction of the page; `None` when it was done, else where it went.
    fn step(&mut self, step: Step, x1: u64, x0: u64) -> Result<Option<u64>> {
        let place = CODE + 16 * step as u64;
        let gdb = self.emulator.gdb()?;
        for (register, value) in [("pc", place), ("x1", x1), ("x0", x0)] {
            gdb.set(register, value)?;
        }
        gdb.step()?;
        let end = gdb.get("pc")?;
        Ok((end != place + 4).then_some(end))
    }

    fn must_step(&mut self, step: Step, x1: u64, x0: u64) -> Result<()> {
        match self.step(step, x1, x0)? {
            None => Ok(()),
            Some(end) => Err(Error::new(format!("{step:?} ended at {end:#x}"))),
        }
    }

    pub(crate) fn access(&mut self, privilege: Privilege, access: Access, va: u64, value: u64) -> Result<Answer> {
        let end = match (privilege, access) {
            (_, Access::Fetch) => return self.fetch(privilege, va),
            (Privilege::Kernel, Access::Load) => self.step(Step::Load, va, value)?,
            (Privilege::Kernel, Access::Store) => self.step(Step::Store, va, value)?,
            (Privilege::User, Access::Load) => self.step(Step::UserLoad, va, value)?,
            (Privilege::User, Access::Store) => self.step(Step::UserStore, va, value)?,
        };
        match end {
            None if access == Access::Load => Ok(Answer::Done(self.emulator.gdb()?.get("x0")?)),
            None => Ok(Answer::Done(0)),
            Some(end) => self.exception(privilege, access, va, end),
        }
    }

    /// Executes the `nop` at an address.
    fn fetch(&mut self, privilege: Privilege, va: u64) -> Result<Answer> {
        if privilege == Privilege::User {
            let memory = self.memory();
            // `msr spsr_el1,x1` and `msr elr_el1,x1`, for the return to EL0 at the address.
            for (number, register, value) in [(16, SPSR_EL1, 0x3c0), (17, ELR_EL1, va)] {
                memory.write_u32(PAGE + 16 * number, 0xd518_0001 | register)?;
                let place = CODE + 16 * number;
                let gdb = self.emulator.gdb()?;
                gdb.set("pc", place)?;
                gdb.set("x1", value)?;
                gdb.step()?;
            }
            let end = self.step(Step::Return, 0, 0)?;
            if end != Some(va) {
                return Err(Error::new(format!("the return to {va:#x} ended at {end:x?}")));
            }
        }
        let gdb = self.emulator.gdb()?;
        gdb.set("pc", va)?;
        gdb.step()?;
        let end = gdb.get("pc")?;
        if end != va.wrapping_add(4) {
            return self.exception(privilege, Access::Fetch, va, end);
        }
        if privilege == Privilege::User {
            // Back to EL1 by a system call.
            let end = self.step(Step::Call, 0, 0)?;
            if end != Some(VECTORS + 0x400) {
                return Err(Error::new(format!("the system call ended at {end:x?}")));
            }
        }
        Ok(Answer::Done(0))
    }

    /// What the exception that led to a vector says: ESR_EL1.EC, DFSC or IFSC, WnR, and FAR_EL1.
    fn exception(&mut self, privilege: Privilege, access: Access, va: u64, end: u64) -> Result<Answer> {
        let gdb = self.emulator.gdb()?;
        let (syndrome, address) = (gdb.get("ESR_EL1")?, gdb.get("FAR_EL1")?);
        let from_user = privilege == Privilege::User && access == Access::Fetch;
        let (vector, class) = match (access, from_user) {
            (Access::Fetch, true) => (0x400, 0x20),
            (Access::Fetch, false) => (0x200, 0x21),
            _ => (0x200, 0x25),
        };
        let wrote = syndrome >> 6 & 1 != 0;
        let code = syndrome & 0x3f;
        let expected = end == VECTORS + vector && syndrome >> 26 == class && address == va;
        let fault = match code >> 2 {
            // At level -1, the codes are 0x29 and 0x2b.
            10 if code == 0x2b => Fault::Absent,
            10 if code == 0x29 => Fault::Reserved,
            0 => Fault::Reserved,
            1 => Fault::Absent,
            2 => Fault::NotAccessed,
            3 => Fault::Permission,
            // Synchronous external aborts, of the access or of a walk.
            4 | 5 if code != 0x11 && expected => return Ok(Answer::Nowhere),
            _ => return Err(Error::new(format!("{access:?} {va:#x}: syndrome {syndrome:#x}"))),
        };
        if !expected || access != Access::Fetch && wrote != (access == Access::Store) {
            let text = format!("{access:?} {va:#x} ended at {end:#x}, syndrome {syndrome:#x}, address {address:#x}");
            return Err(Error::new(text));
        }
        Ok(Answer::Fault(fault))
    }

    pub(crate) fn debug_walk(&mut self, va: u64) -> Result<Option<u64>> {
        self.emulator.qmp()?.translate(va)
    }

    /// `TLBI VAAE1` for each page of the range, or `TLBI VMALLE1` where those would be many.
    pub(crate) fn invalidate(&mut self, first: u64, last: u64, page_lg2: u32) -> Result<()> {
        if (last - first) >> page_lg2 > 256 {
            return self.must_step(Step::InvalidateAll, 0, 0);
        }
        for page in first >> page_lg2..=last >> page_lg2 {
            // The register holds the address shifted right by 12, without its highest bits.
            self.must_step(Step::InvalidatePage, page << page_lg2 >> 12 & 0xfff_ffff_ffff, 0)?;
        }
        Ok(())
    }
}

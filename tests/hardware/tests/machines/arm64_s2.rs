//! Arm's stage 2, walked by an AArch64 processor at EL1 whose stage 1 is off: what it accesses, its own code too, goes
//! through the tables under test.
//!
//! Instructions, registers and fault codes: Arm Architecture Reference Manual for A-profile.

use std::sync::Arc;

use gpt_hardware_tests::{Emulator, Error, Machine, Memory, Order, Result, Window};
use gpt_runtime::Invalidation;

use crate::arm64::Granule;
use crate::walker::{ALL, Access, Answer, Fault, Mapped};

/// 6 GiB from 1 GiB on.
const MEMORY: u64 = 0x4000_0000;
const WINDOWS: [Window; 1] = [Window { address: MEMORY, offset: 0, bytes: 6 << 30 }];

/// One instruction for EL3, and those for EL2, where nothing is translated.
const BOOT: u64 = MEMORY + 0x1000;
const HYPERVISOR: u64 = MEMORY + 0x2000;
/// Where exceptions from EL1 to EL2 go: an `eret` each.
const VECTORS: u64 = MEMORY + 0x4000;
/// The page of code for EL1, with its own vectors in its second half.
const PAGE: u64 = MEMORY + 0x1_0000;
pub(crate) const STAGE: [Mapped; 1] = [Mapped { va: PAGE, oa: PAGE, bytes: 0x1_0000, rights: ALL }];

/// `ldr x0,[x1]`; `str x0,[x1]`; `hvc #0`.
const LOAD: u64 = PAGE;
const STORE: u64 = PAGE + 0x10;
const CALL: u64 = PAGE + 0x20;

/// An instruction for EL2 with its operand in `x1`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    SetRoot = 0,
    InvalidateGuest = 1,
    InvalidatePage = 2,
    InvalidateCombined = 3,
}

/// `msr vttbr_el2,x1`; `tlbi vmalls12e1`; `tlbi ipas2e1,x1`; `tlbi vmalle1`.
const WORDS: [u32; 4] = [0xd51c_2101, 0xd50c_87df, 0xd50c_8421, 0xd508_871f];
const ERET: u32 = 0xd69f_03e0;

/// The operands of `msr`, with op0 3.
const fn system(op1: u32, crn: u32, crm: u32, op2: u32) -> u32 {
    op1 << 16 | crn << 12 | crm << 8 | op2 << 5
}

/// How the tables are walked.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Regime {
    pub(crate) granule: Granule,
    /// The width of input addresses.
    pub(crate) bits: u64,
    /// VTCR_EL2.SL0: where the walk starts, as the granule has it.
    pub(crate) start: u64,
    /// VTCR_EL2.HA and HD: whether the processor sets the access flag and marks pages dirty.
    pub(crate) hardware: bool,
}

/// The processor.
#[derive(Debug)]
pub(crate) struct Guest {
    emulator: Emulator,
    root: Option<u64>,
}

impl Guest {
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
        let mut guest = Self { emulator: machine.start()?, root: None };
        let memory = guest.memory();
        for (place, word) in [(LOAD, 0xf940_0020), (STORE, 0xf900_0020), (CALL, 0xd400_0002)] {
            memory.write_u32(place, word)?;
        }
        for (number, word) in (0..).zip(WORDS) {
            memory.write_u32(HYPERVISOR + 16 * number, word)?;
        }
        for vector in 0..16 {
            memory.write_u32(VECTORS + 0x80 * vector, ERET)?;
            memory.write_u32(PAGE + 0x8000 + 0x80 * vector, 0x1400_0000)?;
        }
        // 48 output bits; tables are read through caches.
        let control = (64 - regime.bits)
            | regime.start << 6
            | 1 << 8
            | 1 << 10
            | 3 << 12
            | (regime.granule as u64) << 14
            | 5 << 16
            | u64::from(regime.hardware) << 21
            | u64::from(regime.hardware) << 22
            | 1 << 31;
        // EL2 and EL1 are AArch64 and not secure, EL1 may call; EL1's addresses are translated once.
        guest.boot(system(6, 1, 1, 0), 1 | 1 << 8 | 1 << 10 | 0x30)?;
        guest.boot(system(4, 1, 1, 0), 1 << 31 | 1)?;
        guest.boot(system(4, 2, 1, 2), control)?;
        guest.boot(system(4, 12, 0, 0), VECTORS)?;
        guest.boot(system(0, 12, 0, 0), PAGE + 0x8000)?;
        guest.boot(system(0, 1, 0, 0), 0x30d0_0800)?;
        Ok(guest)
    }

    pub(crate) fn memory(&self) -> Arc<Memory> {
        Arc::clone(self.emulator.memory())
    }

    /// `msr` at EL3.
    fn boot(&mut self, register: u32, value: u64) -> Result<()> {
        self.emulator.memory().write_u32(BOOT, 0xd518_0000 | register)?;
        let end = self.run(BOOT, &[("x0", value)])?;
        if end == BOOT + 4 {
            Ok(())
        } else {
            Err(Error::new(format!("writing register {register:#x} ended at {end:#x}")))
        }
    }

    /// Steps the instruction at a place, and gives where that ends.
    fn run(&mut self, place: u64, registers: &[(&str, u64)]) -> Result<u64> {
        let gdb = self.emulator.gdb()?;
        gdb.set("pc", place)?;
        for (register, value) in registers {
            gdb.set(register, *value)?;
        }
        gdb.step()?;
        gdb.get("pc")
    }

    /// Points the processor at a root, with nothing cached.
    pub(crate) fn attach(&mut self, root: u64) -> Result<()> {
        match self.root.replace(root) {
            Some(before) if before == root => return self.hypervisor(&[(Step::InvalidateGuest, 0)]),
            Some(_) => return self.hypervisor(&[(Step::SetRoot, root), (Step::InvalidateGuest, 0)]),
            None => {}
        }
        self.boot(system(4, 2, 1, 0), root)?;
        self.boot(system(6, 4, 0, 1), PAGE)?;
        self.boot(system(6, 4, 0, 0), 0x3c5)?;
        self.emulator.memory().write_u32(BOOT, ERET)?;
        let end = self.run(BOOT, &[])?;
        if end == PAGE { Ok(()) } else { Err(Error::new(format!("the processor is at {end:#x}, not at EL1"))) }
    }

    /// Steps instructions at EL2, and returns.
    fn hypervisor(&mut self, steps: &[(Step, u64)]) -> Result<()> {
        let end = self.run(CALL, &[])?;
        if end != VECTORS + 0x400 {
            return Err(Error::new(format!("the call ended at {end:#x}")));
        }
        for (step, operand) in steps {
            let place = HYPERVISOR + 16 * *step as u64;
            let end = self.run(place, &[("x1", *operand)])?;
            if end != place + 4 {
                return Err(Error::new(format!("{step:?} ended at {end:#x}")));
            }
        }
        self.back(CALL + 4)
    }

    /// Returns from EL2 to EL1.
    fn back(&mut self, expected: u64) -> Result<()> {
        let end = self.run(VECTORS + 0x400, &[])?;
        if end == expected {
            Ok(())
        } else {
            Err(Error::new(format!("the return ended at {end:#x}, not {expected:#x}")))
        }
    }

    pub(crate) fn access(&mut self, access: Access, va: u64, value: u64) -> Result<Answer> {
        let place = match access {
            Access::Load => LOAD,
            Access::Store => STORE,
            // The test put a `nop` there.
            Access::Fetch => va,
        };
        let end = self.run(place, &[("x1", va), ("x0", value)])?;
        if end == place.wrapping_add(4) {
            let loaded = if access == Access::Load { self.emulator.gdb()?.get("x0")? } else { 0 };
            return Ok(Answer::Done(loaded));
        }
        if end == PAGE + 0x8000 + 0x200 {
            let syndrome = self.emulator.gdb()?.get("ESR_EL1")?;
            // Synchronous external aborts.
            return if syndrome & 0x3f == 0x10 {
                Ok(Answer::Nowhere)
            } else {
                Err(Error::new(format!("{access:?} {va:#x}: EL1 has the syndrome {syndrome:#x}")))
            };
        }
        let answer = self.exception(access, va, end)?;
        self.back(place)?;
        Ok(answer)
    }

    /// What the exception to EL2 says: ESR_EL2.EC, DFSC or IFSC, WnR, FAR_EL2 and HPFAR_EL2.
    fn exception(&mut self, access: Access, va: u64, end: u64) -> Result<Answer> {
        let gdb = self.emulator.gdb()?;
        let (syndrome, address, page) = (gdb.get("ESR_EL2")?, gdb.get("FAR_EL2")?, gdb.get("HPFAR_EL2")?);
        let class = if access == Access::Fetch { 0x20 } else { 0x24 };
        let wrote = syndrome >> 6 & 1 != 0;
        let right_access = access == Access::Fetch || wrote == (access == Access::Store);
        let right_place = address == va && page >> 4 == va >> 12;
        let fault = match syndrome & 0x3f {
            0..4 => Fault::Reserved,
            4..8 => Fault::Absent,
            8..12 => Fault::NotAccessed,
            12..16 => Fault::Permission,
            _ => return Err(Error::new(format!("{access:?} {va:#x}: syndrome {syndrome:#x}"))),
        };
        if end != VECTORS + 0x400 || syndrome >> 26 != class || !right_access || !right_place {
            let text = format!("{access:?} {va:#x} ended at {end:#x}: syndrome {syndrome:#x}, {address:#x}, {page:#x}");
            return Err(Error::new(text));
        }
        Ok(Answer::Fault(fault))
    }

    pub(crate) fn debug_walk(&mut self, va: u64) -> Result<Option<u64>> {
        self.emulator.qmp()?.translate(va)
    }

    /// `TLBI IPAS2E1` for each page of the range and then `TLBI VMALLE1` for what combines both stages, or
    /// `TLBI VMALLS12E1` where the pages would be many.
    pub(crate) fn invalidate(&mut self, owed: Invalidation) -> Result<()> {
        let lg2 = owed.smallest_page_lg2;
        if (owed.last - owed.first) >> lg2 > 256 {
            return self.hypervisor(&[(Step::InvalidateGuest, 0)]);
        }
        let pages = owed.first >> lg2..=owed.last >> lg2;
        let mut steps: Vec<_> = pages.map(|page| (Step::InvalidatePage, page << lg2 >> 12)).collect();
        steps.push((Step::InvalidateCombined, 0));
        self.hypervisor(&steps)
    }
}

//! A SPARC version 8 processor with the reference MMU.
//!
//! Instructions, registers and traps: The SPARC Architecture Manual version 8, chapters 4 to 7 and appendix H.

use std::sync::Arc;

use gpt_formats::sparc_srmmu::{Acc, SparcSrmmu};
use gpt_hardware_tests::{Emulator, Error, Machine, Memory, Order, Result, Window};
use gpt_runtime::Invalidation;

use crate::walker::{ALL, Access, Answer, AttributesOf, ChangeOf, Fault, Mapped, Privilege, Rights, Walker};

/// 256 MiB from 0.
const WINDOWS: [Window; 1] = [Window { address: 0, offset: 0, bytes: 256 << 20 }];
/// The table of contexts, of which the first is used.
const CONTEXTS: u64 = 0x10_0000;
/// A page of code; until the MMU is on, it is read from the firmware.
const PAGE: u64 = 0x2000;
const STAGE: [Mapped; 1] = [Mapped { va: PAGE, oa: PAGE, bytes: 0x1000, rights: ALL }];

/// An instruction on that page: `g2` is the address, `g1` the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Load = 0,
    Store = 1,
    LoadRegister = 2,
    StoreRegister = 3,
    Flush = 4,
}

/// A load or store of `g1` at `[g2]`, plain or in an address space of its own.
const fn memory(operation: u32, space: u32) -> u32 {
    3 << 30 | 1 << 25 | operation << 19 | 2 << 14 | space << 5
}

/// `ld [%g2],%g1`; `st %g1,[%g2]`; the same in the space of MMU registers; a store in that of flushes.
const WORDS: [u32; 5] = [memory(0, 0), memory(4, 0), memory(0x10, 4), memory(0x14, 4), memory(0x14, 3)];

/// The numbers of registers in the block that the debug stub sends.
const VALUE: usize = 1;
const ADDRESS: usize = 2;
const STATE: usize = 65;
const INVALID_WINDOWS: usize = 66;
const PC: usize = 68;
const NEXT_PC: usize = 69;

/// The processor state: traps on, no interrupts; supervisor.
const USER: u32 = 0x4000_0f20;
const KERNEL: u32 = USER | 0x80;

/// Registers of the MMU.
const CONTROL: u32 = 0;
const CONTEXT_TABLE: u32 = 0x100;
const CONTEXT: u32 = 0x200;
const FAULT_STATUS: u32 = 0x300;
const FAULT_ADDRESS: u32 = 0x400;
/// The control register: on; fetches come from the firmware.
const ENABLE: u32 = 1;
const BOOT: u32 = 1 << 14;

/// The processor.
pub(crate) struct Sparc {
    emulator: Emulator,
    on: bool,
}

impl Sparc {
    /// Reads a register out of a block.
    fn at(block: &[u8], register: usize) -> Result<u32> {
        let bytes = block.get(4 * register..4 * register + 4).and_then(|bytes| bytes.try_into().ok());
        bytes.map(u32::from_be_bytes).ok_or_else(|| Error::new(format!("there is no register {register}")))
    }

    /// Steps the instruction at a place; gives where that ends, and the value.
    fn run(&mut self, place: u32, state: u32, address: u32, value: u32) -> Result<(u32, u32)> {
        let gdb = self.emulator.gdb()?;
        let mut block = gdb.block()?;
        for (register, value) in [
            (VALUE, value),
            (ADDRESS, address),
            (STATE, state),
            (INVALID_WINDOWS, 2),
            (PC, place),
            (NEXT_PC, place.wrapping_add(4)),
        ] {
            let there = block.get_mut(4 * register..4 * register + 4);
            there
                .ok_or_else(|| Error::new("the block of registers is too short"))?
                .copy_from_slice(&value.to_be_bytes());
        }
        gdb.set_block(&block);
        gdb.step()?;
        let block = gdb.block()?;
        Ok((Self::at(&block, PC)?, Self::at(&block, VALUE)?))
    }

    fn must_step(&mut self, step: Step, address: u32, value: u32) -> Result<u32> {
        let place = PAGE as u32 + 16 * step as u32;
        let (end, value) = self.run(place, KERNEL, address, value)?;
        if end == place + 4 { Ok(value) } else { Err(Error::new(format!("{step:?} {address:#x} ended at {end:#x}"))) }
    }

    /// What the trap says: fault status and address.
    fn trap(&mut self, access: Access, va: u32, end: u32) -> Result<Answer> {
        let status = self.must_step(Step::LoadRegister, FAULT_STATUS, 0)?;
        let address = self.must_step(Step::LoadRegister, FAULT_ADDRESS, 0)?;
        // The address of an instruction is the program counter.
        let (vector, right_address) =
            if access == Access::Fetch { (0x10, true) } else { (0x90, address & !0xfff == va & !0xfff) };
        let stored = status >> 7 & 1 != 0;
        // Access errors have traps of their own.
        if [0x210, 0x290].contains(&end) && status >> 2 & 7 == 5 {
            return Ok(Answer::Nowhere);
        }
        if end != vector || !right_address || stored != (access == Access::Store) {
            return Err(Error::new(format!("{access:?} {va:#x} ended at {end:#x}: {status:#x} at {address:#x}")));
        }
        match status >> 2 & 7 {
            1 => Ok(Answer::Fault(Fault::Absent)),
            2 | 3 => Ok(Answer::Fault(Fault::Permission)),
            4 => Ok(Answer::Fault(Fault::Reserved)),
            _ => Err(Error::new(format!("{access:?} {va:#x}: status {status:#x}"))),
        }
    }
}

impl Walker for Sparc {
    type Format = SparcSrmmu;

    const EMULATOR: &'static str = "qemu-system-sparc";
    const WORD_BYTES: usize = 4;
    const BIG_ENDIAN_DATA: bool = true;
    const NOP: &'static [u8] = &0x0100_0000_u32.to_be_bytes();
    const OUTPUT_BITS: u32 = 36;
    const TABLES: &'static [u64] = &[0x400_0000];
    const WHY_LOW: &'static str = "the machine (SS-5) has at most 256 MiB";
    const DATA: (u64, u64) = (0x800_0000, 128 << 20);
    const WRITES_BITS: bool = true;
    const CHECKS_RESERVED: bool = false;
    const MALFORMED: &'static [Fault] = &[Fault::Absent];

    fn start() -> Result<Self> {
        let code: Vec<u8> = WORDS.into_iter().flat_map(|word| [word, 0, 0, 0]).flat_map(u32::to_be_bytes).collect();
        let mut firmware = vec![0; 0x1_0000];
        firmware.splice(PAGE as usize..PAGE as usize + code.len(), code.iter().copied());
        let machine = Machine {
            binary: "qemu-system-sparc",
            machine: "SS-5",
            arguments: &[],
            windows: &WINDOWS,
            firmware: &firmware,
            debug: Some(Order::Big),
            test: false,
        };
        let sparc = Self { emulator: machine.start()?, on: false };
        sparc.emulator.memory().write(PAGE, &code)?;
        Ok(sparc)
    }

    fn memory(&self) -> Arc<Memory> {
        Arc::clone(self.emulator.memory())
    }

    fn stage() -> &'static [Mapped] {
        &STAGE
    }

    fn rights() -> Vec<Rights> {
        let rights = |(read, write, execute, user)| Rights { read, write, execute, user };
        let all = [
            (true, false, false, true),
            (true, true, false, true),
            (true, false, true, true),
            (true, true, true, true),
            (false, false, true, true),
            (true, false, true, false),
            (true, true, true, false),
        ];
        all.into_iter().map(rights).collect()
    }

    fn allows(rights: Rights, privilege: Privilege, access: Access) -> bool {
        let granted = match access {
            Access::Load => rights.read,
            Access::Store => rights.write,
            Access::Fetch => rights.execute,
        };
        granted && (privilege == Privilege::Kernel || rights.user)
    }

    fn attributes(rights: Rights) -> AttributesOf<Self> {
        let access = match (rights.user, rights.read, rights.write, rights.execute) {
            (true, false, ..) => Acc::EXECUTE,
            (true, true, false, false) => Acc::READ,
            (true, true, true, false) => Acc::READ_WRITE,
            (true, true, false, true) => Acc::READ_EXECUTE,
            (true, true, true, true) => Acc::ALL,
            (false, _, false, _) => Acc::PRIVILEGED_READ_EXECUTE,
            (false, _, true, _) => Acc::PRIVILEGED,
        };
        AttributesOf::<Self> { access, ..Default::default() }
    }

    fn same(attributes: AttributesOf<Self>, rights: Rights) -> bool {
        let plain = AttributesOf::<Self> { accessed: false, dirty: false, ..attributes };
        plain == Self::attributes(rights)
    }

    fn events(attributes: AttributesOf<Self>) -> Option<(bool, bool)> {
        Some((attributes.accessed, attributes.dirty))
    }

    /// Of a page of which all was allowed.
    fn write_change(write: bool) -> ChangeOf<Self> {
        let access = if write { Acc::ALL } else { Acc::READ_EXECUTE };
        ChangeOf::<Self> { access: Some(access), ..Default::default() }
    }

    fn attach(&mut self, root: u64) -> Result<()> {
        // A pointer to a table: its address shifted right by 4, and the type.
        let pointer = (root >> 4) as u32 | 1;
        self.emulator.memory().write(CONTEXTS, &pointer.to_be_bytes())?;
        if !self.on {
            self.must_step(Step::StoreRegister, CONTEXT_TABLE, (CONTEXTS >> 4) as u32)?;
            self.must_step(Step::StoreRegister, CONTEXT, 0)?;
            let control = self.must_step(Step::LoadRegister, CONTROL, 0)?;
            self.must_step(Step::StoreRegister, CONTROL, control & !BOOT | ENABLE)?;
            self.on = true;
        }
        self.must_step(Step::Flush, 4 << 8, 0).map(drop)
    }

    fn access(&mut self, privilege: Privilege, access: Access, va: u64, value: u64) -> Result<Answer> {
        let va = va as u32;
        let place = match access {
            Access::Load => PAGE as u32 + 16 * Step::Load as u32,
            Access::Store => PAGE as u32 + 16 * Step::Store as u32,
            // The test put a `nop` there.
            Access::Fetch => va,
        };
        let state = if privilege == Privilege::Kernel { KERNEL } else { USER };
        let (end, loaded) = self.run(place, state, va, value as u32)?;
        if end != place.wrapping_add(4) {
            return self.trap(access, va, end);
        }
        Ok(Answer::Done(if access == Access::Load { loaded.into() } else { 0 }))
    }

    fn debug_walk(&mut self, va: u64) -> Result<Option<u64>> {
        // A step that does nothing leaves the processor in the supervisor's state.
        self.must_step(Step::LoadRegister, CONTEXT, 0)?;
        self.emulator.qmp()?.translate(va)
    }

    /// A flush of each page, or of everything where those would be many.
    fn invalidate(&mut self, owed: Invalidation) -> Result<()> {
        let lg2 = owed.smallest_page_lg2;
        if (owed.last - owed.first) >> lg2 > 256 {
            return self.must_step(Step::Flush, 4 << 8, 0).map(drop);
        }
        // Page, segment, region.
        let kind = match lg2 {
            12 => 0,
            18 => 1,
            _ => 2,
        };
        for page in owed.first >> lg2..=owed.last >> lg2 {
            self.must_step(Step::Flush, (page << lg2) as u32 | kind << 8, 0)?;
        }
        Ok(())
    }
}

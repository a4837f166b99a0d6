//! A PC whose processor is stepped: registers, and the code and descriptors that single instructions need.
//!
//! Error codes and descriptors: Intel SDM volume 3A, chapters Interrupt and Exception Handling, and Paging.

use std::sync::Arc;

use gpt_hardware_tests::{Emulator, Error, Machine, Memory, Order, Result, Window};

use crate::walker::{Access, Answer, Fault, Mapped, Privilege, Rights};

/// How the processor pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paging {
    Bits32,
    Pae,
    Levels4,
    Levels5,
}

/// 3 GiB from 0, and 3 GiB from 4 GiB on.
const WINDOWS: [Window; 2] =
    [Window { address: 0, offset: 0, bytes: 3 << 30 }, Window { address: 4 << 30, offset: 3 << 30, bytes: 3 << 30 }];

const KERNEL_ONLY: Rights = Rights { read: true, write: true, execute: true, user: false };
const USER_CODE: Rights = Rights { read: true, write: false, execute: true, user: true };

/// Descriptors, handlers and a stack for the kernel, and a page of code that both may execute.
pub(crate) const STAGE: [Mapped; 2] = [
    Mapped { va: 0, oa: 0, bytes: CODE, rights: KERNEL_ONLY },
    Mapped { va: CODE, oa: CODE, bytes: 0x1000, rights: USER_CODE },
];

/// Memory for data.
pub(crate) const DATA: (u64, u64) = (0x4000_0000, 1 << 30);
/// `nop`.
pub(crate) const NOP: [u8; 1] = [0x90];

/// Selectors: the descriptor table is at 0, and so is the task state, of which only the stack pointer at 4 is used.
const KERNEL_CODE_32: u64 = 0x208;
const KERNEL_DATA: u64 = 0x210;
const USER_DATA: u64 = 0x21b;
const USER_CODE_32: u64 = 0x223;
const KERNEL_CODE_64: u64 = 0x228;
const USER_CODE_64: u64 = 0x233;
const TASK_STATE: u64 = 0x240;
/// Handlers of exceptions, 16 bytes apart.
const GATES: u64 = 0x1000;
const HANDLERS: u64 = 0x2000;
const GATES_POINTER: u64 = 0x2800;
const STACK: u64 = 0x4000;
const CODE: u64 = 0x8000;
/// Five levels, one table each, that map the first 2 MiB to themselves.
const BOOT_TABLES: u64 = 0x9000;

/// `mov a, [di]`; `mov [di], a`; `invlpg [di]`; `lidt [di]`; `ltr ax`.
const LOAD: u64 = CODE;
const STORE: u64 = CODE + 0x10;
const INVLPG: u64 = CODE + 0x20;
const LIDT: u64 = CODE + 0x30;
const LTR: u64 = CODE + 0x40;

/// The PC.
#[derive(Debug)]
pub(crate) struct Pc {
    emulator: Emulator,
    paging: Paging,
    on: bool,
}

impl Pc {
    pub(crate) fn start(paging: Paging) -> Result<Self> {
        Self::start_with(paging, "max")
    }

    pub(crate) fn start_with(paging: Paging, cpu: &str) -> Result<Self> {
        let machine = Machine {
            binary: "qemu-system-x86_64",
            machine: "pc",
            arguments: &["-cpu", cpu],
            windows: &WINDOWS,
            firmware: &gpt_hardware_tests::halting_firmware(),
            debug: Some(Order::Little),
            test: false,
        };
        let pc = Self { emulator: machine.start()?, paging, on: false };
        pc.write_stage()?;
        Ok(pc)
    }

    pub(crate) fn memory(&self) -> Arc<Memory> {
        Arc::clone(self.emulator.memory())
    }

    fn long(&self) -> bool {
        matches!(self.paging, Paging::Levels4 | Paging::Levels5)
    }

    fn write_stage(&self) -> Result<()> {
        let memory = self.emulator.memory();
        for (selector, descriptor) in [
            (KERNEL_CODE_32, 0x00cf_9a00_0000_ffff),
            (KERNEL_DATA, 0x00cf_9200_0000_ffff),
            (USER_DATA, 0x00cf_f200_0000_ffff),
            (USER_CODE_32, 0x00cf_fa00_0000_ffff),
            (KERNEL_CODE_64, 0x00af_9a00_0000_ffff),
            (USER_CODE_64, 0x00af_fa00_0000_ffff),
            (TASK_STATE, 0x0000_8900_0000_ffff),
        ] {
            memory.write_u64(selector & !7, descriptor)?;
        }
        for vector in 0..32 {
            let handler = HANDLERS + vector * 16;
            let code = if self.long() { KERNEL_CODE_64 } else { KERNEL_CODE_32 };
            let gate = handler | code << 16 | 0x8e00 << 32;
            memory.write_u64(GATES + vector * if self.long() { 16 } else { 8 }, gate)?;
            memory.write(handler, &[0xf4])?;
        }
        for (level, word) in
            [(0, BOOT_TABLES + 0x1007), (1, BOOT_TABLES + 0x2007), (2, BOOT_TABLES + 0x3007), (3, 0x87)]
        {
            memory.write_u64(BOOT_TABLES + level * 0x1000, word)?;
        }
        memory.write(GATES_POINTER, &0x1ff_u16.to_le_bytes())?;
        memory.write_u64(GATES_POINTER + 2, GATES)?;
        // The stack for exceptions from user mode; with 32 bits the stack's segment follows.
        memory.write_u32(4, STACK as u32)?;
        memory.write_u32(8, if self.long() { 0 } else { KERNEL_DATA as u32 })?;
        let wide: &[u8] = if self.long() { &[0x48] } else { &[] };
        for (place, code) in [(LOAD, [0x8b, 0x07]), (STORE, [0x89, 0x07])] {
            memory.write(place, &[wide, &code].concat())?;
        }
        memory.write(INVLPG, &[0x0f, 0x01, 0x3f])?;
        memory.write(LIDT, &[0x0f, 0x01, 0x1f])?;
        memory.write(LTR, &[0x0f, 0x00, 0xd8])
    }

    /// Points the processor at a root; nothing is cached afterwards.
    pub(crate) fn attach(&mut self, root: u64) -> Result<()> {
        if !self.on {
            // The debug stub writes 64 bits of CR3 only once the processor executes 64-bit code.
            let first = match self.paging {
                Paging::Bits32 | Paging::Pae => root,
                Paging::Levels4 => BOOT_TABLES + 0x1000,
                Paging::Levels5 => BOOT_TABLES,
            };
            self.turn_on(first)?;
            self.on = true;
        }
        let gdb = self.emulator.gdb()?;
        gdb.set("cr3", root)?;
        match gdb.get("cr3")? {
            now if now == root => Ok(()),
            now => Err(Error::new(format!("CR3 is {now:#x} instead of {root:#x}"))),
        }
    }

    /// Turns paging on, and leads exceptions to their handlers.
    fn turn_on(&mut self, root: u64) -> Result<()> {
        let (efer, cr4) = match self.paging {
            Paging::Bits32 => (0, 1 << 4),
            Paging::Pae => (1 << 11, 1 << 5),
            Paging::Levels4 => (1 << 8 | 1 << 11, 1 << 5),
            Paging::Levels5 => (1 << 8 | 1 << 11, 1 << 5 | 1 << 12),
        };
        let gdb = self.emulator.gdb()?;
        gdb.set("efer", efer)?;
        // Global pages on: that an invalidation takes them too is part of the test.
        gdb.set("cr4", cr4 | 1 << 7)?;
        gdb.set("cr3", root)?;
        gdb.set("cr0", 1 << 31 | 1 << 16 | 1)?;
        self.enter(Privilege::Kernel)?;
        for (place, rdi, rax) in [(LIDT, GATES_POINTER, 0), (LTR, 0, TASK_STATE)] {
            let end = self.run(place, rdi, rax)?;
            if end != place + 3 {
                return Err(Error::new(format!("the instruction at {place:#x} ended at {end:#x}")));
            }
        }
        Ok(())
    }

    fn enter(&mut self, privilege: Privilege) -> Result<()> {
        let (code, data) = match (privilege, self.long()) {
            (Privilege::Kernel, false) => (KERNEL_CODE_32, KERNEL_DATA),
            (Privilege::Kernel, true) => (KERNEL_CODE_64, KERNEL_DATA),
            (Privilege::User, false) => (USER_CODE_32, USER_DATA),
            (Privilege::User, true) => (USER_CODE_64, USER_DATA),
        };
        let gdb = self.emulator.gdb()?;
        for (register, selector) in [("cs", code), ("ss", data), ("ds", data)] {
            gdb.set(register, selector)?;
        }
        Ok(())
    }

    /// Steps the instruction at `place`, and gives where that ends.
    pub(crate) fn run(&mut self, place: u64, rdi: u64, rax: u64) -> Result<u64> {
        let gdb = self.emulator.gdb()?;
        for (register, value) in [("rip", place), ("rdi", rdi), ("rax", rax), ("rsp", STACK)] {
            gdb.set(register, value)?;
        }
        gdb.step()?;
        gdb.get("rip")
    }

    pub(crate) fn access(&mut self, privilege: Privilege, access: Access, va: u64, value: u64) -> Result<Answer> {
        self.enter(privilege)?;
        let (place, length) = match access {
            Access::Load => (LOAD, 2 + u64::from(self.long())),
            Access::Store => (STORE, 2 + u64::from(self.long())),
            // The test put a `nop` there.
            Access::Fetch => (va, 1),
        };
        let end = self.run(place, va, value)?;
        if end == place + length {
            let loaded = if access == Access::Load { self.emulator.gdb()?.get("rax")? } else { 0 };
            return Ok(Answer::Done(loaded));
        }
        let Some(vector) = end.checked_sub(HANDLERS).map(|offset| offset / 16).filter(|vector| *vector < 32) else {
            return Err(Error::new(format!("{access:?} {va:#x} ended at {end:#x}")));
        };
        let pointer = self.emulator.gdb()?.get("rsp")?;
        let code = self.emulator.memory().read_u32(pointer)?;
        let address = self.emulator.gdb()?.get("cr2")?;
        if vector != 14 || address != va {
            return Err(Error::new(format!("{access:?} {va:#x}: vector {vector}, code {code:#x}, CR2 {address:#x}")));
        }
        page_fault(privilege, access, self.paging, code).map(Answer::Fault)
    }

    pub(crate) fn debug_walk(&mut self, va: u64) -> Result<Option<u64>> {
        self.emulator.qmp()?.translate(va)
    }

    /// `INVLPG` for each page of the range.
    pub(crate) fn invalidate(&mut self, first: u64, last: u64, page_lg2: u32) -> Result<()> {
        self.enter(Privilege::Kernel)?;
        // A move to CR4 that changes PGE drops everything, global pages too.
        if (last - first) >> page_lg2 > 256 {
            let gdb = self.emulator.gdb()?;
            let cr4 = gdb.get("cr4")?;
            gdb.set("cr4", cr4 & !(1 << 7))?;
            return gdb.set("cr4", cr4);
        }
        for page in first >> page_lg2..=last >> page_lg2 {
            if self.run(INVLPG, page << page_lg2, 0)? != INVLPG + 3 {
                return Err(Error::new("invlpg failed"));
            }
        }
        Ok(())
    }
}

/// What a page fault's error code says: P, W/R, U/S, RSVD, I/D.
///
/// QEMU leaves P clear with RSVD, where a processor sets both; see `KNOWN_DIFFERENCES.md`.
fn page_fault(privilege: Privilege, access: Access, paging: Paging, code: u32) -> Result<Fault> {
    let instruction = access == Access::Fetch && paging != Paging::Bits32;
    let expected = u32::from(access == Access::Store) << 1
        | u32::from(privilege == Privilege::User) << 2
        | u32::from(instruction) << 4;
    match code ^ expected {
        0 => Ok(Fault::Absent),
        1 => Ok(Fault::Permission),
        8 | 9 => Ok(Fault::Reserved),
        _ => Err(Error::new(format!("{privilege:?} {access:?}: error code {code:#x}"))),
    }
}

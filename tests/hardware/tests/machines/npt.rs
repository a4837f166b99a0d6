//! AMD's nested paging: a guest of one instruction, whose physical addresses are what is tested.
//!
//! The control block, exit codes and registers: AMD64 Architecture Programmer's Manual volume 2, chapter 15 and appendix B.

use std::sync::Arc;

use gpt_formats::amd_npt;
use gpt_hardware_tests::{Emulator, Error, Machine, Memory, Order, Result, Window, halting_firmware};
use gpt_runtime::Invalidation;

use crate::pc::{DATA, NOP};
use crate::walker::{ALL, Access, Answer, AttributesOf, ChangeOf, Fault, Mapped, Privilege, Rights, Walker};

/// 3 GiB from 0, and 3 GiB from 4 GiB on.
const WINDOWS: [Window; 2] =
    [Window { address: 0, offset: 0, bytes: 3 << 30 }, Window { address: 4 << 30, offset: 3 << 30, bytes: 3 << 30 }];

/// The host: descriptors, instructions, tables that map the first 2 MiB to themselves, where its state is saved.
const DESCRIPTORS: u64 = 0x200;
const WRITE_REGISTER: u64 = 0x8000;
const RUN: u64 = 0x8010;
const HOST_TABLES: u64 = 0x10_0000;
const SAVED: u64 = 0x3_0000;
/// The control block of the guest.
const BLOCK: u64 = 0x2_0000;

/// What is the guest's own: four levels of its tables in three pages, and a page of code.
const GUEST: u64 = 0x40_0000;
const GUEST_TOP: u64 = GUEST;
const GUEST_CODE_TABLE: u64 = GUEST + 0x1000;
const GUEST_DATA_TABLE: u64 = GUEST + 0x2000;
const LOAD: u64 = GUEST + 0x3000;
const STORE: u64 = LOAD + 0x10;
const LEAVE: u64 = LOAD + 0x20;
const STAGE: [Mapped; 1] = [Mapped { va: GUEST, oa: GUEST, bytes: 0x4000, rights: ALL }];

/// CR0, CR4 and EFER of host and guest.
const CR0: u64 = 1 << 31 | 1 << 16 | 1;
const CR4: u64 = 1 << 5;
const EFER: u64 = 1 << 8 | 1 << 11 | 1 << 12;
const LONG_MODE: u64 = 1 << 10;

/// A 64-bit code segment and a data segment as the control block has their attributes.
const CODE_SEGMENT: u16 = 0xa9b;
const DATA_SEGMENT: u16 = 0xc93;
/// Where segments lie in the control block: ES, CS, SS, DS, FS, GS, LDTR, TR.
const SEGMENTS: [(u64, u16, u16); 8] = [
    (0x400, 0, DATA_SEGMENT),
    (0x410, 8, CODE_SEGMENT),
    (0x420, 0, DATA_SEGMENT),
    (0x430, 0, DATA_SEGMENT),
    (0x440, 0, DATA_SEGMENT),
    (0x450, 0, DATA_SEGMENT),
    (0x470, 0, 0x82),
    (0x490, 0, 0x8b),
];

/// The exit codes for a nested page fault and for `vmmcall`.
const NESTED_FAULT: u64 = 0x400;
const CALL: u64 = 0x81;

/// The host with its guest.
pub(crate) struct Npt {
    emulator: Emulator,
    root: u64,
}

impl Npt {
    fn block(&self, offset: u64, value: u64) -> Result<()> {
        self.emulator.memory().write_u64(BLOCK + offset, value)
    }

    fn write_host(&self) -> Result<()> {
        let memory = self.emulator.memory();
        for (address, word) in [
            (HOST_TABLES, (HOST_TABLES + 0x1000) | 3),
            (HOST_TABLES + 0x1000, (HOST_TABLES + 0x2000) | 3),
            (HOST_TABLES + 0x2000, 0x83),
            (DESCRIPTORS + 8, 0x00af_9a00_0000_ffff),
            (DESCRIPTORS + 16, 0x00cf_9200_0000_ffff),
            (GUEST_TOP, GUEST_CODE_TABLE | 7),
            (GUEST_TOP + 8, GUEST_DATA_TABLE | 7),
            (GUEST_CODE_TABLE, 0x87),
        ] {
            memory.write_u64(address, word)?;
        }
        // `wrmsr`, `vmrun`; `mov rax,[rdi]`, `mov [rdi],rax`, `vmmcall`.
        for (place, code) in [
            (WRITE_REGISTER, &[0x0f, 0x30][..]),
            (RUN, &[0x0f, 0x01, 0xd8]),
            (LOAD, &[0x48, 0x8b, 0x07]),
            (STORE, &[0x48, 0x89, 0x07]),
            (LEAVE, &[0x0f, 0x01, 0xd9]),
        ] {
            memory.write(place, code)?;
        }
        Ok(())
    }

    /// The control block of a guest that starts at `place`.
    fn write_block(&self, place: u64, rax: u64) -> Result<()> {
        let memory = self.emulator.memory();
        memory.write(BLOCK, &[0; 0x1000])?;
        // Every exception, `vmrun` and `vmmcall` end the guest.
        memory.write_u32(BLOCK + 8, u32::MAX)?;
        memory.write_u32(BLOCK + 0x10, 3)?;
        // Address space 1; drop what is cached; nested paging and its root.
        memory.write_u64(BLOCK + 0x58, 1 | 1 << 32)?;
        self.block(0x90, 1)?;
        self.block(0xb0, self.root)?;
        for (offset, selector, attributes) in SEGMENTS {
            let word = u64::from(selector) | u64::from(attributes) << 16 | 0xffff_ffff << 32;
            self.block(offset, word)?;
        }
        for (offset, value) in [
            (0x4d0, EFER | LONG_MODE),
            (0x548, CR4),
            (0x550, GUEST_TOP),
            (0x558, CR0),
            (0x560, 0x400),
            (0x568, 0xffff_0ff0),
            (0x570, 2),
            (0x578, place),
            (0x5f8, rax),
            (0x668, 0x0007_0406_0007_0406),
        ] {
            self.block(offset, value)?;
        }
        Ok(())
    }

    /// Steps the instruction at a place, and gives where that ends.
    fn run(&mut self, registers: &[(&str, u64)]) -> Result<u64> {
        let gdb = self.emulator.gdb()?;
        for (register, value) in registers {
            gdb.set(register, *value)?;
        }
        gdb.step()?;
        gdb.get("rip")
    }

    /// What ended the guest: the code and its two words of information.
    fn ended(&self) -> Result<(u64, u64, u64)> {
        let memory = self.emulator.memory();
        Ok((memory.read_u64(BLOCK + 0x70)?, memory.read_u64(BLOCK + 0x78)?, memory.read_u64(BLOCK + 0x80)?))
    }
}

impl Walker for Npt {
    type Format = amd_npt::AmdNpt;

    const EMULATOR: &'static str = "qemu-system-x86_64";
    const NOP: &'static [u8] = &NOP;
    const PRIVILEGES: &'static [Privilege] = &[Privilege::Kernel];
    const OUTPUT_BITS: u32 = 40;
    const TABLES: &'static [u64] = &[0x1000_0000, 0x1_5000_0000];
    const DATA: (u64, u64) = DATA;
    const WRITES_BITS: bool = true;
    // What the user may not access: U/S is clear.
    const MALFORMED: &'static [Fault] = &[Fault::Permission];
    const DEBUGGER: bool = false;
    // Entering the guest drops everything.
    const KEEPS_STALE: bool = false;
    const WHY_FRESH: &'static str = "entering the guest drops everything, so nothing stale can be seen";

    fn start() -> Result<Self> {
        let machine = Machine {
            binary: "qemu-system-x86_64",
            machine: "pc",
            arguments: &["-cpu", "max,+svm,+npt"],
            windows: &WINDOWS,
            firmware: &halting_firmware(),
            debug: Some(Order::Little),
            test: false,
        };
        let mut npt = Self { emulator: machine.start()?, root: 0 };
        npt.write_host()?;
        let gdb = npt.emulator.gdb()?;
        for (register, value) in [
            ("efer", EFER),
            ("cr4", CR4),
            ("cr3", HOST_TABLES),
            ("cr0", CR0),
            ("cs", 0x208),
            ("ss", 0x210),
            ("ds", 0x210),
        ] {
            gdb.set(register, value)?;
        }
        // VM_HSAVE_PA.
        let end = npt.run(&[("rip", WRITE_REGISTER), ("rcx", 0xc001_0117), ("rax", SAVED), ("rdx", 0)])?;
        if end == WRITE_REGISTER + 2 { Ok(npt) } else { Err(Error::new(format!("`wrmsr` ended at {end:#x}"))) }
    }

    fn memory(&self) -> Arc<Memory> {
        Arc::clone(self.emulator.memory())
    }

    /// The guest's own entries have no more address bits on this machine.
    fn input_bits() -> u32 {
        40
    }

    fn stage() -> &'static [Mapped] {
        &STAGE
    }

    fn rights() -> Vec<Rights> {
        let rights = |bits| Rights { read: true, write: bits & 1 != 0, execute: bits & 2 != 0, user: true };
        (0..4).map(rights).collect()
    }

    fn allows(rights: Rights, _: Privilege, access: Access) -> bool {
        match access {
            Access::Load => true,
            Access::Store => rights.write,
            Access::Fetch => rights.execute,
        }
    }

    fn attributes(rights: Rights) -> AttributesOf<Self> {
        AttributesOf::<Self> { write: rights.write, execute: rights.execute, ..Default::default() }
    }

    fn same(attributes: AttributesOf<Self>, rights: Rights) -> bool {
        let plain = AttributesOf::<Self> { accessed: false, dirty: false, ..attributes };
        plain == Self::attributes(rights)
    }

    fn events(attributes: AttributesOf<Self>) -> Option<(bool, bool)> {
        Some((attributes.accessed, attributes.dirty))
    }

    fn write_change(write: bool) -> ChangeOf<Self> {
        ChangeOf::<Self> { write: Some(write), ..Default::default() }
    }

    fn attach(&mut self, root: u64) -> Result<()> {
        self.root = root;
        Ok(())
    }

    fn access(&mut self, _: Privilege, access: Access, va: u64, value: u64) -> Result<Answer> {
        // The guest sees the 1 GiB around the address from 512 GiB on.
        let inside = (1 << 30) - 1;
        self.emulator.memory().write_u64(GUEST_DATA_TABLE, va & !inside | 0x87)?;
        let seen = 1 << 39 | va & inside;
        let (place, length) = match access {
            Access::Load => (LOAD, 3),
            Access::Store => (STORE, 3),
            // The test put a `nop` there.
            Access::Fetch => (seen, 1),
        };
        self.write_block(place, value)?;
        let entered = self.run(&[("rip", RUN), ("rax", BLOCK), ("rdi", seen)])?;
        let mut end = entered;
        if entered == place {
            end = self.run(&[])?;
            if end == place + length {
                let loaded = if access == Access::Load { self.emulator.gdb()?.get("rax")? } else { 0 };
                let end = self.run(&[("rip", LEAVE)])?;
                return match self.ended()? {
                    (CALL, ..) => Ok(Answer::Done(loaded)),
                    ended => Err(Error::new(format!("the guest was left at {end:#x}: {ended:x?}"))),
                };
            }
        }
        let (code, info, address) = self.ended()?;
        let expected = u64::from(access == Access::Store) << 1 | 1 << 2 | u64::from(access == Access::Fetch) << 4;
        if code != NESTED_FAULT || address & !0xfff != va & !0xfff {
            return Err(Error::new(format!("{access:?} {va:#x} ended at {end:#x}: {code:#x} {info:#x} {address:#x}")));
        }
        match info & 0x1f ^ expected {
            0 => Ok(Answer::Fault(Fault::Absent)),
            1 => Ok(Answer::Fault(Fault::Permission)),
            8 | 9 => Ok(Answer::Fault(Fault::Reserved)),
            _ => Err(Error::new(format!("{access:?} {va:#x}: information {info:#x}"))),
        }
    }

    fn invalidate(&mut self, _: Invalidation) -> Result<()> {
        Ok(())
    }
}

//! A z/Architecture processor whose primary space is what is tested.
//!
//! Instructions, control registers and interruption codes: z/Architecture Principles of Operation SA22-7832.

use std::sync::Arc;

use gpt_formats::s390::S390;
use gpt_hardware_tests::{Emulator, Error, Machine, Memory, Order, Result, Window};
use gpt_runtime::Invalidation;

use crate::walker::{ALL, Access, Answer, AttributesOf, ChangeOf, Fault, Mapped, Privilege, Rights, Walker};

/// 6 GiB from 0.
const WINDOWS: [Window; 1] = [Window { address: 0, offset: 0, bytes: 6 << 30 }];
/// The lowest addresses, where interruptions are told, and a page of code.
const PAGE: u64 = 0x8000;
const STAGE: [Mapped; 1] = [Mapped { va: PAGE, oa: PAGE, bytes: 0x1000, rights: ALL }];
/// Where program interruptions go.
const HANDLER: u64 = 0x9000;

/// `lg r2,0(r3)`; `stg r2,0(r3)`; `ptlb`.
const LOAD: (u64, [u8; 6]) = (PAGE, [0xe3, 0x20, 0x30, 0, 0, 0x04]);
const STORE: (u64, [u8; 6]) = (PAGE + 0x10, [0xe3, 0x20, 0x30, 0, 0, 0x24]);
const PURGE: (u64, [u8; 4]) = (PAGE + 0x20, [0xb2, 0x0d, 0, 0]);

/// The program status word: 64-bit addresses; translation on; problem state.
const WIDE: u64 = 3 << 31;
const TRANSLATED: u64 = 1 << 58;
const PROBLEM: u64 = 1 << 48;
/// Control register 0: enhanced DAT, and protection of pages from fetches.
const CONTROL: u64 = 1 << 23 | 1 << 20;

/// The processor.
#[derive(Debug)]
pub(crate) struct Z(Emulator);

impl Z {
    fn start() -> Result<Self> {
        let machine = Machine {
            binary: "qemu-system-s390x",
            machine: "s390-ccw-virtio",
            arguments: &["-cpu", "max"],
            windows: &WINDOWS,
            firmware: &[],
            debug: Some(Order::Big),
            test: false,
        };
        let mut z = Self(machine.start()?);
        let memory = z.0.memory();
        memory.write(LOAD.0, &LOAD.1)?;
        memory.write(STORE.0, &STORE.1)?;
        memory.write(PURGE.0, &PURGE.1)?;
        // The new status word of program interruptions.
        memory.write(0x1d0, &WIDE.to_be_bytes())?;
        memory.write(0x1d8, &HANDLER.to_be_bytes())?;
        z.0.gdb()?.set("cr0", CONTROL)?;
        Ok(z)
    }

    fn array(&self, address: u64) -> Result<u64> {
        Ok(u64::from_be_bytes(self.0.memory().array(address)?))
    }

    /// Steps the instruction at a place, and gives where that ends.
    fn run(&mut self, place: u64, state: u64, r3: u64, r2: u64) -> Result<u64> {
        let gdb = self.0.gdb()?;
        for (register, value) in [("pswm", state), ("pswa", place), ("r3", r3), ("r2", r2)] {
            gdb.set(register, value)?;
        }
        gdb.step()?;
        gdb.get("pswa")
    }

    /// Nothing is cached afterwards.
    fn purge(&mut self) -> Result<()> {
        match self.run(PURGE.0, WIDE, 0, 0)? {
            end if end == PURGE.0 + 4 => Ok(()),
            end => Err(Error::new(format!("the purge ended at {end:#x}"))),
        }
    }

    fn attach(&mut self, root: u64, kind: u64) -> Result<()> {
        // The whole root table.
        self.0.gdb()?.set("cr1", root | kind << 2 | 3)?;
        self.purge()
    }

    fn access(&mut self, privilege: Privilege, access: Access, va: u64, value: u64) -> Result<Answer> {
        let (place, length) = match access {
            Access::Load => (LOAD.0, 6),
            Access::Store => (STORE.0, 6),
            // The test put a `nop` there.
            Access::Fetch => (va, 4),
        };
        let state = WIDE | TRANSLATED | if privilege == Privilege::User { PROBLEM } else { 0 };
        let end = self.run(place, state, va, value)?;
        if end == place.wrapping_add(length) {
            let loaded = if access == Access::Load { self.0.gdb()?.get("r2")? } else { 0 };
            return Ok(Answer::Done(loaded));
        }
        let (code, address) = (self.array(0x88)? & 0xffff, self.array(0xa8)? & !0xfff);
        if end != HANDLER || address != va & !0xfff && ![0x05, 0x12].contains(&code) {
            return Err(Error::new(format!("{access:?} {va:#x} ended at {end:#x}, code {code:#x}, {address:#x}")));
        }
        match code {
            0x04 => Ok(Answer::Fault(Fault::Permission)),
            0x05 => Ok(Answer::Nowhere),
            // Segment, page, and region first to third; the type of the root.
            0x10 | 0x11 | 0x38..=0x3b => Ok(Answer::Fault(Fault::Absent)),
            0x12 => Ok(Answer::Fault(Fault::Reserved)),
            _ => Err(Error::new(format!("{access:?} {va:#x}: code {code:#x}"))),
        }
    }

    fn debug_walk(&mut self, va: u64) -> Result<Option<u64>> {
        self.0.gdb()?.set("pswm", WIDE | TRANSLATED)?;
        self.0.qmp()?.translate(va)
    }
}

macro_rules! space {
    ($machine:ident, $kind:expr) => {
        /// The processor with this type of root.
        pub(crate) struct $machine(Z);

        impl Walker for $machine {
            type Format = S390;

            const NAME: &'static str = stringify!($machine);
            const EMULATOR: &'static str = "qemu-system-s390x";
            const BIG_ENDIAN_DATA: bool = true;
            const NOP: &'static [u8] = &[0x47, 0, 0, 0];
            const OUTPUT_BITS: u32 = 32;
            // It gives only what is memory.
            const DEBUGGER_BITS: u32 = 32;
            const TABLES: &'static [u64] = &[0x1000_0000, 0x1_5000_0000];
            const DATA: (u64, u64) = (0x4000_0000, 1 << 30);
            // The emulator has no enhanced DAT, so no large pages.
            const SIZES: u64 = 1 << 12;
            const WRITES_BITS: bool = false;
            const WHY_NO_BITS: &'static str = "referenced and changed bits are in storage keys, not in entries";
            const WHY_SIZES: &'static str = "QEMU's own emulation has no enhanced DAT: it refuses `-cpu max,edat=on`";
            const MALFORMED: &'static [Fault] = &[Fault::Absent];
            const CHECKS_RESERVED: bool = false;

            fn skipped(level: &str) -> u128 {
                // Without enhanced DAT, FC is not looked at.
                if ["R3", "SEG"].contains(&level) { 1 << 10 } else { 0 }
            }

            fn start() -> Result<Self> {
                Z::start().map(Self)
            }

            fn memory(&self) -> Arc<Memory> {
                Arc::clone(self.0.0.memory())
            }

            fn root_level() -> u8 {
                3 - $kind
            }

            fn input_bits() -> u32 {
                31 + 11 * $kind
            }

            fn stage() -> &'static [Mapped] {
                &STAGE
            }

            /// The lowest addresses are the processor's own and not those that are mapped there.
            fn takes(&self, va: u64) -> bool {
                va >= 0x1_0000
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
                attributes == Self::attributes(rights)
            }

            fn events(_: AttributesOf<Self>) -> Option<(bool, bool)> {
                None
            }

            fn write_change(write: bool) -> ChangeOf<Self> {
                ChangeOf::<Self> { write: Some(write), ..Default::default() }
            }

            fn attach(&mut self, root: u64) -> Result<()> {
                self.0.attach(root, $kind)
            }

            fn access(&mut self, privilege: Privilege, access: Access, va: u64, value: u64) -> Result<Answer> {
                self.0.access(privilege, access, va, value)
            }

            fn debug_walk(&mut self, va: u64) -> Result<Option<u64>> {
                self.0.debug_walk(va)
            }

            /// `PTLB`: an entry that is absent already cannot be named to `IPTE`.
            fn invalidate(&mut self, _: Invalidation) -> Result<()> {
                self.0.purge()
            }
        }
    };
}

space!(Region1, 3);
space!(Region3, 1);
space!(Segment, 0);

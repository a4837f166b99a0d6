//! AMD's IOMMU, host page tables, walked for a device.
//!
//! Registers, device table entry and commands: AMD I/O Virtualization Technology (IOMMU) Specification 48882.

use std::sync::Arc;

use gpt_formats::amd_v1;
use gpt_hardware_tests::edu::{self, Edu};
use gpt_hardware_tests::{Emulator, Error, Machine, Memory, Result, Window, halting_firmware};
use gpt_runtime::Invalidation;

use crate::dma::{self, Device};
use crate::walker::{Access, Answer, AttributesOf, ChangeOf, Fault, Mapped, Privilege, Rights, Walker};

/// 2 GiB from 0, and 2 GiB from 4 GiB on.
const WINDOWS: [Window; 2] =
    [Window { address: 0, offset: 0, bytes: 2 << 30 }, Window { address: 4 << 30, offset: 2 << 30, bytes: 2 << 30 }];
/// Where the unit's registers are.
const UNIT: u64 = 0xfed8_0000;
/// The structures that lead to the tables, and the rings.
const DEVICES: u64 = 0x10_0000;
const COMMANDS: u64 = 0x14_0000;
const EVENTS: u64 = 0x15_0000;
/// Bytes of the ring of commands: 256 of 16.
const RING_BYTES: u64 = 4096;
/// The number of the address space.
const DOMAIN: u64 = 7;
/// The bits of an entry that allow reading and writing.
const READ_WRITE: u64 = 1 << 61 | 1 << 62;

/// What the device needs for itself.
const STAGE: [Mapped; 1] = [dma::stage(0)];

/// The unit, with a device behind it.
#[derive(Debug)]
pub(crate) struct AmdVi {
    emulator: Emulator,
    device: Device,
    tail: u64,
}

impl AmdVi {
    fn start() -> Result<Self> {
        let machine = Machine {
            binary: "qemu-system-x86_64",
            machine: "q35",
            arguments: &["-device", "amd-iommu", "-device", edu::DEVICE],
            windows: &WINDOWS,
            firmware: &halting_firmware(),
            debug: None,
            test: true,
        };
        let mut emulator = machine.start()?;
        let edu = Edu::at_ports(emulator.qtest()?, 0xe000_0000)?;
        let qtest = emulator.qtest()?;
        // Two pages of device table; rings of 256; all of it on.
        qtest.write_u64(UNIT, DEVICES | 1);
        qtest.write_u64(UNIT + 8, COMMANDS | 8 << 56);
        qtest.write_u64(UNIT + 0x10, EVENTS | 8 << 56);
        qtest.write_u64(UNIT + 0x2000, 0);
        qtest.write_u64(UNIT + 0x2008, 0);
        qtest.write_u64(UNIT + 0x18, 1 | 1 << 2 | 1 << 12);
        Ok(Self { emulator, device: Device { edu, memory: 0 }, tail: 0 })
    }

    /// Lets the device's addresses be translated by this many levels of tables from `root` on.
    fn attach(&mut self, root: u64, levels: u64) -> Result<()> {
        let entry = DEVICES + 32 * edu::REQUESTER;
        let memory = self.emulator.memory();
        memory.write_u64(entry, root | 3 | levels << 9 | READ_WRITE)?;
        memory.write_u64(entry + 8, DOMAIN)?;
        // INVALIDATE_DEVTAB_ENTRY, then all pages.
        self.command(2 << 60 | edu::REQUESTER, 0)?;
        self.invalidate_all()
    }

    /// INVALIDATE_IOMMU_PAGES: all of the domain, cached table entries too.
    fn invalidate_all(&mut self) -> Result<()> {
        self.command(3 << 60 | DOMAIN << 32, 0x7fff_ffff_ffff_f000 | 3)
    }

    /// The same for the smallest aligned power of two pages that covers a range: the lowest zero among the bits of the
    /// address from 12 on says how many.
    fn invalidate(&mut self, owed: Invalidation) -> Result<()> {
        let order = 64 - (owed.first >> 12 ^ owed.last >> 12).leading_zeros();
        if order >= 51 {
            return self.invalidate_all();
        }
        let several = u64::from(order > 0);
        let start = owed.first >> 12 >> order << order << 12;
        let size = if order > 1 { ((1 << (order - 1)) - 1) << 12 } else { 0 };
        self.command(3 << 60 | DOMAIN << 32, start | size | several | u64::from(owed.tables) << 1)
    }

    /// Queues a command and sees that the unit has taken it.
    fn command(&mut self, low: u64, high: u64) -> Result<()> {
        let memory = self.emulator.memory();
        memory.write_u64(COMMANDS + self.tail, low)?;
        memory.write_u64(COMMANDS + self.tail + 8, high)?;
        self.tail = (self.tail + 16) % RING_BYTES;
        let tail = self.tail;
        let qtest = self.emulator.qtest()?;
        qtest.write_u64(UNIT + 0x2008, tail);
        match qtest.read_u64(UNIT + 0x2000)? {
            // The emulator shows the end of the ring before it starts over.
            head if head % RING_BYTES == tail => Ok(()),
            head => Err(Error::new(format!("the unit stopped at command {head:#x} of {tail:#x}: {low:#x}"))),
        }
    }

    /// A load that finds 0 was refused: not every refusal makes an event, and no test leaves 0 in memory that can be
    /// reached. What a refused store did is for the test to see.
    fn access(&mut self, access: Access, va: u64, value: u64) -> Result<Answer> {
        self.device.begin(&mut self.emulator, access, va, value)?;
        match (access, self.device.end(&mut self.emulator, access)?) {
            (Access::Load, Answer::Done(0)) => Ok(Answer::Fault(Fault::Unspecified)),
            (_, answer) => Ok(answer),
        }
    }
}

macro_rules! unit {
    ($machine:ident, $levels:expr) => {
        /// The unit with this many levels of tables.
        pub(crate) struct $machine(AmdVi);

        impl Walker for $machine {
            type Format = amd_v1::AmdV1;

            const NAME: &'static str = stringify!($machine);
            const EMULATOR: &'static str = "qemu-system-x86_64";
            const NOP: &'static [u8] = &[];
            const PRIVILEGES: &'static [Privilege] = &[Privilege::Kernel];
            const ACCESSES: &'static [Access] = &[Access::Load, Access::Store];
            const OUTPUT_BITS: u32 = 52;
            const TABLES: &'static [u64] = &[0x1000_0000, 0x1_5000_0000];
            const DATA: (u64, u64) = (0x4000_0000, 1 << 30);
            // Of all powers of two: single items, runs of some and of many items, at three levels.
            const SIZES: u64 = 1 << 12 | 1 << 13 | 1 << 16 | 1 << 21 | 1 << 24 | 1 << 30 | 1 << 31;
            const SILENT: bool = true;
            const WRITES_BITS: bool = false;
            const WHY_NO_BITS: &'static str = "the emulated unit sets no accessed or dirty bits (HASup, HDSup)";
            const WHY_SIZES: &'static str =
                "of all powers of two: single items, runs of some and of many items, at three levels";
            const DEBUGGER: bool = false;
            const CHECKS_RESERVED: bool = false;
            const MALFORMED: &'static [Fault] = &[Fault::Absent];

            fn skipped(_: &str) -> u128 {
                // PR of a page is not looked at; see `KNOWN_DIFFERENCES.md`.
                1
            }

            fn start() -> Result<Self> {
                AmdVi::start().map(Self)
            }

            fn memory(&self) -> Arc<Memory> {
                Arc::clone(self.0.emulator.memory())
            }

            fn root_level() -> u8 {
                6 - $levels
            }

            fn input_bits() -> u32 {
                (12 + 9 * $levels).min(64)
            }

            fn stage() -> &'static [Mapped] {
                &STAGE
            }

            fn takes(&self, va: u64) -> bool {
                // Interrupt messages go there, untranslated.
                va >> 20 != 0xfee
            }

            fn rights() -> Vec<Rights> {
                let rights = |(read, write)| Rights { read, write, execute: false, user: false };
                [(true, false), (false, true), (true, true)].into_iter().map(rights).collect()
            }

            fn allows(rights: Rights, _: Privilege, access: Access) -> bool {
                if access == Access::Store { rights.write } else { rights.read }
            }

            fn attributes(rights: Rights) -> AttributesOf<Self> {
                AttributesOf::<Self> { read: rights.read, write: rights.write, ..Default::default() }
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
                self.0.attach(root, $levels)
            }

            fn access(&mut self, _: Privilege, access: Access, va: u64, value: u64) -> Result<Answer> {
                self.0.access(access, va, value)
            }

            fn invalidate(&mut self, owed: Invalidation) -> Result<()> {
                self.0.invalidate(owed)
            }
        }
    };
}

unit!(Mode3, 3);
unit!(Mode4, 4);
unit!(Mode6, 6);

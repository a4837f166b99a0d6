//! An Arm SMMUv3's first or second stage, walked for a device.
//!
//! Registers, stream table, context descriptor, commands and events: Arm SMMU architecture specification, version 3.

use std::sync::Arc;

use gpt_hardware_tests::edu::{self, Edu};
use gpt_hardware_tests::{Emulator, Error, Machine, Memory, Result, Window};

use crate::arm64::Granule;
use crate::dma::Device;
use crate::walker::{Access, Answer, Fault};

/// 6 GiB from 1 GiB on.
const MEMORY: u64 = 0x4000_0000;
const WINDOWS: [Window; 1] = [Window { address: MEMORY, offset: 0, bytes: 6 << 30 }];
/// Where the unit's registers are, and its second page of them.
const UNIT: u64 = 0x0905_0000;
const UNIT_PAGE_1: u64 = UNIT + 0x1_0000;

/// The structures that lead to the tables, and the queues.
const STREAMS: u64 = MEMORY + 0x10_0000;
const CONTEXT: u64 = MEMORY + 0x11_0000;
const COMMANDS: u64 = MEMORY + 0x12_0000;
const EVENTS: u64 = MEMORY + 0x13_0000;
/// How many entries the queues have, as a power of two.
const QUEUE_LG2: u64 = 8;

/// Where tables lie.
pub(crate) const TABLES: [u64; 2] = [0x5000_0000, 0x1_5000_0000];
/// Memory for data.
pub(crate) const DATA: (u64, u64) = (0x8000_0000, 1 << 30);
/// What is mapped for the device itself.
pub(crate) const MEMORY_START: u64 = MEMORY;

/// The number of the second stage's address space.
const MACHINE_ID: u64 = 5;

/// Which stage translates; the other is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    First,
    /// 44 bits, from level 0 on.
    Second,
}

/// The unit, with a device behind it.
#[derive(Debug)]
pub(crate) struct Smmu {
    emulator: Emulator,
    device: Device,
    granule: Granule,
    stage: Stage,
    produced: u64,
    consumed: u64,
}

impl Smmu {
    pub(crate) fn start(granule: Granule, stage: Stage) -> Result<Self> {
        let first = ["-cpu", "cortex-a57,start-powered-off=on", "-device", edu::DEVICE];
        let second = [&first[..], &["-global", "arm-smmuv3.stage=2"]].concat();
        let machine = Machine {
            binary: "qemu-system-aarch64",
            machine: "virt,iommu=smmuv3",
            arguments: if stage == Stage::First { &first } else { &second },
            windows: &WINDOWS,
            firmware: &[],
            debug: None,
            test: true,
        };
        let mut emulator = machine.start()?;
        let edu = Edu::at_memory(emulator.qtest()?, 0x40_1000_0000, 0x1000_0000)?;
        let device = Device { edu, memory: MEMORY };
        let mut smmu = Self { emulator, device, granule, stage, produced: 0, consumed: 0 };
        smmu.configure()?;
        Ok(smmu)
    }

    fn configure(&mut self) -> Result<()> {
        let stream = STREAMS + edu::REQUESTER * 64;
        let memory = self.emulator.memory();
        let (kind, context) = if self.stage == Stage::First { (5, CONTEXT) } else { (6, 0) };
        memory.write_u64(stream, 1 | kind << 1 | context)?;
        memory.write_u64(stream + 8, 1 << 2 | 1 << 4 | 3 << 6)?;
        memory.write_u64(CONTEXT + 24, 0xff)?;
        let qtest = self.emulator.qtest()?;
        qtest.write_u64(UNIT + 0x80, STREAMS | 1 << 62);
        qtest.write_u32(UNIT + 0x88, 8);
        qtest.write_u64(UNIT + 0x90, COMMANDS | QUEUE_LG2);
        qtest.write_u64(UNIT + 0xa0, EVENTS | QUEUE_LG2);
        for enable in [4, 4 | 8, 1 | 4 | 8] {
            qtest.write_u32(UNIT + 0x20, enable);
        }
        match qtest.read_u32(UNIT + 0x24)? {
            0xd => Ok(()),
            other => Err(Error::new(format!("the unit is not on: CR0ACK is {other:#x}"))),
        }
    }

    pub(crate) fn memory(&self) -> Arc<Memory> {
        Arc::clone(self.emulator.memory())
    }

    pub(crate) fn attach(&mut self, root: u64) -> Result<()> {
        let granule = self.granule as u64;
        let memory = self.emulator.memory();
        if self.stage == Stage::First {
            let control = 16 | granule << 6 | 1 << 30 | 1 << 31 | 4 << 32 | 1 << 41 | 1 << 45 | 1 << 46;
            memory.write_u64(CONTEXT, control | 7 << 48)?;
            memory.write_u64(CONTEXT + 8, root)?;
        } else {
            let stream = STREAMS + edu::REQUESTER * 64;
            let shape = 20 << 32 | 2 << 38 | 1 << 40 | 1 << 42 | 3 << 44 | granule << 46 | 4 << 48;
            memory.write_u64(stream + 16, shape | 1 << 51 | 1 << 58 | MACHINE_ID)?;
            memory.write_u64(stream + 24, root)?;
        }
        // CMD_CFGI_STE_RANGE of all streams, CMD_TLBI_NSNH_ALL.
        self.command(0x04, 31)?;
        self.command(0x30, 0)
    }

    /// Queues a command and one to wait for it, and sees that the unit has taken both.
    fn command(&mut self, low: u64, high: u64) -> Result<()> {
        for (low, high) in [(low, high), (0x46, 0)] {
            let place = COMMANDS + 16 * (self.produced % (1 << QUEUE_LG2));
            self.emulator.memory().write_u64(place, low)?;
            self.emulator.memory().write_u64(place + 8, high)?;
            self.produced = (self.produced + 1) % (2 << QUEUE_LG2);
        }
        let produced = self.produced;
        let qtest = self.emulator.qtest()?;
        qtest.write_u32(UNIT + 0x98, produced as u32);
        match qtest.read_u32(UNIT + 0x9c)? {
            consumed if u64::from(consumed) == produced => Ok(()),
            consumed => {
                Err(Error::new(format!("the unit stopped at command {consumed:#x} of {produced:#x}: {low:#x}")))
            }
        }
    }

    /// The first event of those that the unit wrote since the last call: its kind, address and whether it was a read.
    fn take_event(&mut self) -> Result<Option<(u64, u64, bool)>> {
        let produced = u64::from(self.emulator.qtest()?.read_u32(UNIT_PAGE_1 + 0xa8)?) % (2 << QUEUE_LG2);
        if produced == self.consumed {
            return Ok(None);
        }
        let place = EVENTS + 32 * (self.consumed % (1 << QUEUE_LG2));
        let memory = self.emulator.memory();
        let event =
            (memory.read_u64(place)? & 0xff, memory.read_u64(place + 16)?, memory.read_u64(place + 8)? >> 35 & 1 != 0);
        self.consumed = produced;
        self.emulator.qtest()?.write_u32(UNIT_PAGE_1 + 0xac, produced as u32);
        Ok(Some(event))
    }

    pub(crate) fn access(&mut self, access: Access, va: u64, value: u64) -> Result<Answer> {
        self.device.begin(&mut self.emulator, access, va, value)?;
        if let Some((kind, address, read)) = self.take_event()? {
            let fault = match kind {
                0x10 => Fault::Absent,
                0x11 => Fault::Reserved,
                0x12 => Fault::NotAccessed,
                0x13 => Fault::Permission,
                _ => return Err(Error::new(format!("{access:?} {va:#x}: event {kind:#x}"))),
            };
            if address != va || read != (access == Access::Load) {
                return Err(Error::new(format!("{access:?} {va:#x}: event {kind:#x} at {address:#x}, read {read}")));
            }
            return Ok(Answer::Fault(fault));
        }
        self.device.end(&mut self.emulator, access)
    }

    /// `CMD_TLBI_NH_VAA` or `CMD_TLBI_S2_IPA` for each page of the range, or `CMD_TLBI_NSNH_ALL` where those would be many.
    pub(crate) fn invalidate(&mut self, first: u64, last: u64, page_lg2: u32) -> Result<()> {
        if (last - first) >> page_lg2 > 64 {
            return self.command(0x30, 0);
        }
        for page in first >> page_lg2..=last >> page_lg2 {
            let command = if self.stage == Stage::First { 0x13 } else { 0x2a | MACHINE_ID << 32 };
            self.command(command, page << page_lg2)?;
        }
        Ok(())
    }
}

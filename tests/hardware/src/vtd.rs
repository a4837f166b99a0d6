//! A PC with Intel VT-d in front of the [`Edu`] device.
//!
//! Registers: Intel Virtualization Technology for Directed I/O, chapter 11; context and PASID entries: chapter 9.

use std::sync::Arc;

use crate::edu::{self, Edu};
use crate::emulator::{Emulator, Machine};
use crate::error::{Error, Result};
use crate::firmware::halting_firmware;
use crate::memory::{Memory, Window};

/// How the unit finds a device's tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Through a context entry.
    Legacy,
    /// Through a PASID entry.
    Scalable,
    /// Through a PASID entry, as the first stage.
    FirstStage,
}

/// A fault that the unit recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The page of the address.
    pub address: u64,
    /// Whether the device wanted to read.
    pub read: bool,
    /// The reason, as the manual numbers them.
    pub reason: u8,
    /// Whose access it was.
    pub requester: u64,
}

/// The PC.
#[derive(Debug)]
pub struct Vtd {
    emulator: Emulator,
    edu: Edu,
    mode: Mode,
    queue_tail: u64,
}

/// Guest memory: 2 GiB from 0, and 2 GiB from 4 GiB on.
const WINDOWS: [Window; 2] =
    [Window { address: 0, offset: 0, bytes: 2 << 30 }, Window { address: 4 << 30, offset: 2 << 30, bytes: 2 << 30 }];

/// Registers of the unit.
const UNIT: u64 = 0xfed9_0000;
/// The structures that lead to the tables.
const ROOT: u64 = 0x10_0000;
const CONTEXT: u64 = 0x10_1000;
const PASID_DIRECTORY: u64 = 0x10_2000;
const PASIDS: u64 = 0x10_3000;
const QUEUE: u64 = 0x10_4000;
/// The number of the address space.
const DOMAIN: u64 = 1;

impl Vtd {
    /// Starts the PC, with input addresses of at most `address_bits` bits (39, 48).
    ///
    /// # Errors
    /// Where the emulator does not start or is not the one expected.
    pub fn start(mode: Mode, address_bits: u32) -> Result<Self> {
        let scalable = match mode {
            Mode::Legacy => "",
            Mode::Scalable => ",x-scalable-mode=on",
            Mode::FirstStage => ",x-scalable-mode=on,x-flts=on",
        };
        let unit = format!("intel-iommu,intremap=off,snoop-control=on,aw-bits={address_bits}{scalable}");
        let machine = Machine {
            binary: "qemu-system-x86_64",
            machine: "q35",
            arguments: &["-device", &unit, "-device", edu::DEVICE],
            windows: &WINDOWS,
            firmware: &halting_firmware(),
            debug: None,
            test: true,
        };
        let mut emulator = machine.start()?;
        let edu = Edu::at_ports(emulator.qtest()?, 0xe000_0000)?;
        Ok(Self { emulator, edu, mode, queue_tail: 0 })
    }

    /// Guest memory.
    pub fn memory(&self) -> Arc<Memory> {
        Arc::clone(self.emulator.memory())
    }

    /// The emulator.
    pub fn emulator(&mut self) -> &mut Emulator {
        &mut self.emulator
    }

    /// The device.
    pub fn edu(&self) -> Edu {
        self.edu
    }

    /// Lets the device's addresses be translated by `levels` levels of tables from `root` on.
    ///
    /// # Errors
    /// Where the unit does not take what is written to it.
    pub fn attach(&mut self, root: u64, levels: u64) -> Result<()> {
        // 3 levels are 1, 4 are 2.
        let width = levels - 2;
        let memory = self.emulator.memory();
        memory.write_u64(ROOT, CONTEXT | 1)?;
        match self.mode {
            Mode::Legacy => {
                memory.write_u64(CONTEXT + 16 * edu::REQUESTER, root | 1)?;
                memory.write_u64(CONTEXT + 16 * edu::REQUESTER + 8, width | DOMAIN << 8)?;
            }
            Mode::Scalable | Mode::FirstStage => {
                memory.write_u64(CONTEXT + 32 * edu::REQUESTER, PASID_DIRECTORY | 1)?;
                memory.write_u64(PASID_DIRECTORY, PASIDS | 1)?;
                let (second, first) = if self.mode == Mode::Scalable { (root | 2 << 6, 0) } else { (1 << 6, root) };
                memory.write_u64(PASIDS, second | width << 2 | 1)?;
                memory.write_u64(PASIDS + 8, DOMAIN)?;
                // Four levels.
                memory.write_u64(PASIDS + 16, first)?;
            }
        }
        let scalable = u64::from(self.mode != Mode::Legacy) << 10;
        let qtest = self.emulator.qtest()?;
        qtest.write_u64(UNIT + 0x20, ROOT | scalable);
        // A command names what is to stay on, too.
        let on = qtest.read_u32(UNIT + 0x1c)? & (1 << 26 | 1 << 31);
        qtest.write_u32(UNIT + 0x18, on | 1 << 30);
        if on == 0 {
            qtest.write_u64(UNIT + 0x90, QUEUE);
            qtest.write_u32(UNIT + 0x18, 1 << 26);
            qtest.write_u32(UNIT + 0x18, 1 << 26 | 1 << 31);
        }
        let status = qtest.read_u32(UNIT + 0x1c)?;
        if status & 0xc400_0000 != 0xc400_0000 {
            return Err(Error::new(format!("the unit is not on: its status is {status:#x}")));
        }
        // Context cache and all translations: the device may have been attached before.
        self.submit(1 | 1 << 4, 0)?;
        self.submit(2 | 1 << 4, 0)
    }

    /// Invalidates the translations of the pages from `first` to `last`: those of the smallest aligned power of two
    /// that covers them, and the cached table entries too if `tables` says so.
    ///
    /// # Errors
    /// Where the unit does not take the request.
    pub fn invalidate(&mut self, first: u64, last: u64, tables: bool) -> Result<()> {
        let order = 64 - (first >> 12 ^ last >> 12).leading_zeros();
        // The first stage's go by their PASID, which is 0.
        let kind = if self.mode == Mode::FirstStage { 6 } else { 2 };
        // More than 2¹⁸ pages (CAP.MAMV) go with all of the address space.
        if order > 18 {
            return self.submit(kind | 2 << 4 | DOMAIN << 16, 0);
        }
        let start = first >> 12 >> order << order << 12;
        let leaves_only = u64::from(!tables) << 6;
        self.submit(kind | 3 << 4 | DOMAIN << 16, start | leaves_only | u64::from(order))
    }

    /// Queues a request and waits until the unit has taken it.
    fn submit(&mut self, low: u64, high: u64) -> Result<()> {
        let place = QUEUE + self.queue_tail;
        self.emulator.memory().write_u64(place, low)?;
        self.emulator.memory().write_u64(place + 8, high)?;
        self.queue_tail = (self.queue_tail + 16) % 4096;
        let tail = self.queue_tail;
        let qtest = self.emulator.qtest()?;
        qtest.write_u64(UNIT + 0x88, tail);
        match qtest.read_u64(UNIT + 0x80)? {
            head if head == tail => Ok(()),
            head => Err(Error::new(format!("the unit stopped at request {head:#x} of {tail:#x}: {low:#x}"))),
        }
    }

    /// Takes the oldest recorded fault, and clears the records.
    ///
    /// # Errors
    /// What happened to the connection.
    pub fn take_fault(&mut self) -> Result<Option<Recorded>> {
        let qtest = self.emulator.qtest()?;
        // FSTS.PPF: some record holds a fault.
        if qtest.read_u32(UNIT + 0x34)? & 2 == 0 {
            return Ok(None);
        }
        let record = UNIT + (qtest.read_u64(UNIT + 8)? >> 24 & 0x3ff) * 16;
        let (low, high) = (qtest.read_u64(record)?, qtest.read_u64(record + 8)?);
        qtest.write_u32(record + 12, 1 << 31);
        qtest.write_u32(UNIT + 0x34, 0x7f);
        Ok((high >> 63 != 0).then_some(Recorded {
            address: low & !0xfff,
            read: high >> 62 & 1 != 0,
            reason: (high >> 32) as u8,
            requester: high & 0xffff,
        }))
    }
}

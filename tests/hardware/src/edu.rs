//! QEMU's educational PCI device: it copies between its own 4 KiB buffer and addresses that the IOMMU translates.
//!
//! Registers and buffer are those of QEMU's docs/specs/edu.

use std::time::{Duration, Instant};

use crate::error::{Error, Result};
use crate::qtest::Qtest;

/// What to give to `-device`: at device 4 of the first bus, with all address bits.
pub const DEVICE: &str = "edu,addr=04.0,dma_mask=0xffffffffffffffff";

/// The device's number on the bus, as IOMMUs see it: device 4, function 0.
pub const REQUESTER: u64 = 4 << 3;

/// How many bytes one copy may have.
pub const BUFFER_BYTES: u64 = 4096;

/// Where the buffer lies in the device's own address space.
const BUFFER: u64 = 0x40000;

/// The device, with its registers mapped.
#[derive(Clone, Copy, Debug)]
pub struct Edu {
    registers: u64,
}

impl Edu {
    /// Maps the registers at `registers`, where configuration space is reached through ports (PC).
    ///
    /// # Errors
    /// Where the device is not there.
    pub fn at_ports(qtest: &mut Qtest, registers: u32) -> Result<Self> {
        for (offset, value) in [(0x10, registers), (4, 6)] {
            qtest.out_u32(0xcf8, 0x8000_0000 | 4 << 11 | offset);
            qtest.out_u32(0xcfc, value);
        }
        Self::found(qtest, registers)
    }

    /// Maps the registers at `registers`, where configuration space is mapped at `configuration`.
    ///
    /// # Errors
    /// Where the device is not there.
    pub fn at_memory(qtest: &mut Qtest, configuration: u64, registers: u32) -> Result<Self> {
        for (offset, value) in [(0x10, registers), (4, 6)] {
            qtest.write_u32(configuration + (4 << 15) + offset, value);
        }
        Self::found(qtest, registers)
    }

    fn found(qtest: &mut Qtest, registers: u32) -> Result<Self> {
        let registers = u64::from(registers);
        match qtest.read_u32(registers)? {
            0x0100_00ed => Ok(Self { registers }),
            other => Err(Error::new(format!("the edu device is not at {registers:#x}: it reads {other:#x}"))),
        }
    }

    /// Lets the device read `bytes` bytes from `address` into the start of its buffer.
    ///
    /// # Errors
    /// Where the device does not finish. It says nothing when the IOMMU refuses.
    pub fn read(self, qtest: &mut Qtest, address: u64, bytes: u64) -> Result<()> {
        self.copy(qtest, address, BUFFER, bytes, 1)
    }

    /// Lets the device write the first `bytes` bytes of its buffer to `address`.
    ///
    /// # Errors
    /// Where the device does not finish. It says nothing when the IOMMU refuses.
    pub fn write(self, qtest: &mut Qtest, address: u64, bytes: u64) -> Result<()> {
        self.copy(qtest, BUFFER, address, bytes, 3)
    }

    fn copy(self, qtest: &mut Qtest, from: u64, to: u64, bytes: u64, command: u64) -> Result<()> {
        for (offset, value) in [(0x80, from), (0x88, to), (0x90, bytes), (0x98, command)] {
            qtest.write_u64(self.registers + offset, value);
        }
        let start = Instant::now();
        while qtest.read_u64(self.registers + 0x98)? & 1 != 0 {
            if start.elapsed() > Duration::from_secs(5) {
                return Err(Error::new("the edu device does not finish its copy"));
            }
        }
        Ok(())
    }
}

//! The test protocol: reads and writes of ports and device registers from outside the guest.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use crate::error::{Error, Result};

/// A connection to the test protocol.
#[derive(Debug)]
pub struct Qtest {
    reader: BufReader<UnixStream>,
    writer: UnixStream,
}

impl Qtest {
    pub(crate) fn new(stream: UnixStream) -> Result<Self> {
        Ok(Self { reader: BufReader::new(stream.try_clone()?), writer: stream })
    }

    /// Sends a line and gives what follows `OK`; notices of interrupts on the way are dropped.
    fn command(&mut self, line: &str) -> Result<String> {
        self.writer.write_all(format!("{line}\n").as_bytes())?;
        loop {
            let mut answer = String::new();
            if self.reader.read_line(&mut answer)? == 0 {
                return Err(Error::new(format!("the emulator ended during {line:?}")));
            }
            match answer.trim().strip_prefix("OK") {
                Some(rest) => return Ok(rest.trim().to_owned()),
                None if answer.starts_with("IRQ") => {}
                None => return Err(Error::new(format!("{line:?}: {}", answer.trim()))),
            }
        }
    }

    /// Reads a number, `0x…`.
    fn number(&mut self, line: &str) -> Result<u64> {
        let answer = self.command(line)?;
        Ok(u64::from_str_radix(answer.trim_start_matches("0x"), 16)?)
    }

    /// Writes 32 bits to a port.
    ///
    /// # Errors
    /// What happened to the connection.
    pub fn out_u32(&mut self, port: u16, value: u32) -> Result<()> {
        self.command(&format!("outl {port:#x} {value:#x}")).map(drop)
    }

    /// Reads 32 bits at an address.
    ///
    /// # Errors
    /// What happened to the connection.
    pub fn read_u32(&mut self, address: u64) -> Result<u32> {
        Ok(self.number(&format!("readl {address:#x}"))? as u32)
    }

    /// Reads 64 bits at an address.
    ///
    /// # Errors
    /// What happened to the connection.
    pub fn read_u64(&mut self, address: u64) -> Result<u64> {
        self.number(&format!("readq {address:#x}"))
    }

    /// Writes 32 bits at an address.
    ///
    /// # Errors
    /// What happened to the connection.
    pub fn write_u32(&mut self, address: u64, value: u32) -> Result<()> {
        self.command(&format!("writel {address:#x} {value:#x}")).map(drop)
    }

    /// Writes 64 bits at an address.
    ///
    /// # Errors
    /// What happened to the connection.
    pub fn write_u64(&mut self, address: u64, value: u64) -> Result<()> {
        self.command(&format!("writeq {address:#x} {value:#x}")).map(drop)
    }
}

//! The test protocol: reads and writes of ports and device registers from outside the guest.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use crate::error::{Error, Result};

/// A connection to the test protocol.
///
/// Writes are sent with the next read, whose answer says that they were done.
#[derive(Debug)]
pub struct Qtest {
    reader: BufReader<UnixStream>,
    writer: UnixStream,
    /// Lines that were not sent yet.
    unsent: String,
}

impl Qtest {
    pub(crate) fn new(stream: UnixStream) -> Result<Self> {
        Ok(Self { reader: BufReader::new(stream.try_clone()?), writer: stream, unsent: String::new() })
    }

    /// Sends all lines and gives what follows the last `OK`; notices of interrupts on the way are dropped.
    fn command(&mut self, line: &str) -> Result<String> {
        self.put(line);
        let unsent = std::mem::take(&mut self.unsent);
        self.writer.write_all(unsent.as_bytes())?;
        let mut last = String::new();
        for line in unsent.lines() {
            last = self.answer(line)?;
        }
        Ok(last)
    }

    /// Puts a line behind those that were not sent yet.
    fn put(&mut self, line: &str) {
        self.unsent.push_str(line);
        self.unsent.push('\n');
    }

    /// What follows the next `OK`.
    fn answer(&mut self, line: &str) -> Result<String> {
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

    /// Writes 32 bits to a port, at the latest before the next read.
    pub fn out_u32(&mut self, port: u16, value: u32) {
        self.put(&format!("outl {port:#x} {value:#x}"));
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

    /// Writes 32 bits at an address, at the latest before the next read.
    pub fn write_u32(&mut self, address: u64, value: u32) {
        self.put(&format!("writel {address:#x} {value:#x}"));
    }

    /// Writes 64 bits at an address, at the latest before the next read.
    pub fn write_u64(&mut self, address: u64, value: u64) {
        self.put(&format!("writeq {address:#x} {value:#x}"));
    }
}

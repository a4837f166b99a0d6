//! The debug stub: registers, single steps, and memory as the guest's processor sees it.

use std::collections::HashMap;
use std::io::{Read, Write};
use std::os::unix::net::UnixStream;

use crate::error::{Error, Result};

/// In which order the stub sends the bytes of a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// Least significant byte first.
    Little,
    /// Most significant byte first.
    Big,
}

/// A connection to the debug stub.
///
/// Writes of registers are sent with the next request that has an answer of its own, so that an access costs a few round
/// trips and not one for each register.
#[derive(Debug)]
pub struct Gdb {
    stream: UnixStream,
    /// Packets that were not sent yet, and their texts: the answer to each is to be `OK`.
    unsent: Vec<u8>,
    written: Vec<String>,
    received: Vec<u8>,
    order: Order,
    registers: HashMap<String, Register>,
}

/// A register's number and its size in bytes.
#[derive(Clone, Copy, Debug)]
struct Register {
    number: u32,
    bytes: usize,
}

impl Gdb {
    pub(crate) fn new(stream: UnixStream, order: Order) -> Result<Self> {
        let mut gdb = Self {
            stream,
            unsent: Vec::new(),
            written: Vec::new(),
            received: Vec::new(),
            order,
            registers: HashMap::new(),
        };
        gdb.command("qSupported:multiprocess-;swbreak+;hwbreak+;qXfer:features:read+")?;
        gdb.command("?")?;
        gdb.registers = gdb.describe()?;
        Ok(gdb)
    }

    /// Sends a packet and gives the answer.
    ///
    /// # Errors
    /// What happened to the connection, or to a register that was written before.
    pub fn command(&mut self, text: &str) -> Result<String> {
        self.put(text);
        self.send()?;
        self.answer(text)
    }

    /// Sends what was not sent yet, and sees that it was done.
    ///
    /// # Errors
    /// What happened to the connection, or to a register that was written before.
    pub fn flush(&mut self) -> Result<()> {
        if self.written.is_empty() { Ok(()) } else { self.send() }
    }

    /// Puts a packet behind those that were not sent yet. It begins with the acknowledgement of the last answer.
    fn put(&mut self, text: &str) {
        let sum = text.bytes().fold(0u8, u8::wrapping_add);
        self.unsent.extend(format!("+${text}#{sum:02x}").into_bytes());
    }

    /// Sends all packets, and takes the answers to the writes.
    fn send(&mut self) -> Result<()> {
        let unsent = std::mem::take(&mut self.unsent);
        self.stream.write_all(&unsent)?;
        for text in std::mem::take(&mut self.written) {
            match self.answer(&text)?.as_str() {
                "OK" => {}
                answer => return Err(Error::new(format!("{text:.40}: {answer:?}"))),
            }
        }
        Ok(())
    }

    /// Waits for the next answer.
    fn answer(&mut self, text: &str) -> Result<String> {
        loop {
            let start = self.received.iter().position(|byte| *byte == b'$');
            let end = self.received.iter().position(|byte| *byte == b'#');
            if let (Some(start), Some(end)) = (start, end)
                && let Some(body) = self.received.get(start + 1..end)
                && self.received.len() >= end + 3
            {
                let body = String::from_utf8_lossy(body).into_owned();
                self.received.drain(..end + 3);
                return Ok(body);
            }
            let mut more = [0; 4096];
            let count = self.stream.read(&mut more)?;
            if count == 0 {
                return Err(Error::new(format!("the emulator ended during {text:?}")));
            }
            self.received.extend(more.iter().take(count));
        }
    }

    /// Reads a part of the target's description.
    fn description(&mut self, name: &str) -> Result<String> {
        let mut text = String::new();
        loop {
            let part = self.command(&format!("qXfer:features:read:{name}:{:x},ffb", text.len()))?;
            text.push_str(part.get(1..).unwrap_or_default());
            match part.as_bytes().first() {
                Some(b'm') => {}
                Some(b'l') => return Ok(text),
                // The target has no description; its registers have to be known otherwise.
                _ => return Ok(String::new()),
            }
        }
    }

    /// The registers that the target's description lists, numbered in its order.
    fn describe(&mut self) -> Result<HashMap<String, Register>> {
        let mut registers = HashMap::new();
        let target = self.description("target.xml")?;
        let mut next = 0;
        for part in target.split("href=\"").skip(1).filter_map(|rest| rest.split('"').next()) {
            let text = self.description(part)?;
            let options = roxmltree::ParsingOptions { allow_dtd: true, ..Default::default() };
            let document = roxmltree::Document::parse_with_options(&text, options)
                .map_err(|error| Error::new(format!("{part}: {error}")))?;
            for node in document.descendants().filter(|node| node.has_tag_name("reg")) {
                let number = node.attribute("regnum").map_or(Ok(next), str::parse)?;
                let bits: usize = node.attribute("bitsize").unwrap_or("0").parse()?;
                if let Some(name) = node.attribute("name") {
                    registers.entry(name.to_owned()).or_insert(Register { number, bytes: bits / 8 });
                }
                next = number + 1;
            }
        }
        Ok(registers)
    }

    /// Whether the target's description has this register.
    pub fn has(&self, name: &str) -> bool {
        self.registers.contains_key(name)
    }

    fn register(&self, name: &str) -> Result<Register> {
        self.registers.get(name).copied().ok_or_else(|| Error::new(format!("there is no register {name}")))
    }

    /// Reads a register.
    ///
    /// # Errors
    /// Where there is no such register, or it cannot be read.
    pub fn get(&mut self, name: &str) -> Result<u64> {
        let register = self.register(name)?;
        let answer = self.command(&format!("p{:x}", register.number))?;
        let mut bytes = from_hex(&answer).ok_or_else(|| Error::new(format!("reading {name}: {answer}")))?;
        if self.order == Order::Big {
            bytes.reverse();
        }
        Ok(bytes.iter().rev().fold(0, |value, byte| value << 8 | u64::from(*byte)))
    }

    /// Writes a register, at the latest before the next request.
    ///
    /// # Errors
    /// Where there is no such register. That it cannot be written is an error of the next request.
    pub fn set(&mut self, name: &str, value: u64) -> Result<()> {
        let register = self.register(name)?;
        let mut bytes: Vec<u8> = value.to_le_bytes().into_iter().take(register.bytes).collect();
        bytes.resize(register.bytes, 0);
        if self.order == Order::Big {
            bytes.reverse();
        }
        self.write(format!("P{:x}={}", register.number, to_hex(&bytes)));
        Ok(())
    }

    /// All registers in one block, for targets without a description.
    ///
    /// # Errors
    /// What happened to the connection.
    pub fn block(&mut self) -> Result<Vec<u8>> {
        let answer = self.command("g")?;
        from_hex(&answer).ok_or_else(|| Error::new(format!("reading all registers: {answer}")))
    }

    /// Writes all registers in one block, at the latest before the next request; that this cannot be done is its error.
    pub fn set_block(&mut self, block: &[u8]) {
        self.write(format!("G{}", to_hex(block)));
    }

    /// Memory as the processor translates the address now, without its permissions; `None` where it does not.
    ///
    /// # Errors
    /// What happened to the connection.
    pub fn memory(&mut self, address: u64, bytes: usize) -> Result<Option<Vec<u8>>> {
        let answer = self.command(&format!("m{address:x},{bytes:x}"))?;
        Ok(from_hex(&answer))
    }

    /// Executes one instruction, or takes the exception that it causes.
    ///
    /// # Errors
    /// What happened to the connection.
    pub fn step(&mut self) -> Result<()> {
        self.command("s").map(drop)
    }

    fn write(&mut self, text: String) {
        self.put(&text);
        self.written.push(text);
    }
}

/// The bytes that a string of hexadecimal digits stands for; `None` for an error such as `E14`.
fn from_hex(text: &str) -> Option<Vec<u8>> {
    if text.is_empty() || !text.len().is_multiple_of(2) {
        return None;
    }
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).ok()?, 16).ok()).collect()
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

//! The machine protocol: JSON lines, through which the human monitor is reached too.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;

use serde_json::{Value, json};

use crate::error::{Error, Result};

/// A connection to the machine protocol.
#[derive(Debug)]
pub struct Qmp {
    reader: BufReader<UnixStream>,
    writer: UnixStream,
}

impl Qmp {
    /// Reads the greeting and leaves the negotiation mode.
    pub(crate) fn new(stream: UnixStream) -> Result<Self> {
        let mut qmp = Self { reader: BufReader::new(stream.try_clone()?), writer: stream };
        qmp.reader.read_line(&mut String::new())?;
        qmp.execute("qmp_capabilities", &json!({}))?;
        Ok(qmp)
    }

    /// Executes a command and gives what it returns; events on the way are dropped.
    ///
    /// # Errors
    /// The command's own error, or what happened to the connection.
    pub fn execute(&mut self, command: &str, arguments: &Value) -> Result<Value> {
        let mut line = json!({ "execute": command, "arguments": arguments }).to_string();
        line.push('\n');
        self.writer.write_all(line.as_bytes())?;
        loop {
            let mut answer = String::new();
            if self.reader.read_line(&mut answer)? == 0 {
                return Err(Error::new(format!("the emulator ended during {command}")));
            }
            let mut answer: Value = serde_json::from_str(&answer)?;
            if let Some(value) = answer.get_mut("return") {
                return Ok(value.take());
            }
            if let Some(error) = answer.get("error") {
                return Err(Error::new(format!("{command}: {error}")));
            }
        }
    }

    /// What the human monitor prints for a line.
    ///
    /// # Errors
    /// What happened to the connection.
    pub fn monitor(&mut self, line: &str) -> Result<String> {
        let printed = self.execute("human-monitor-command", &json!({ "command-line": line }))?;
        Ok(printed.as_str().unwrap_or_default().to_owned())
    }

    /// What the monitor's `gva2gpa` translates an address to, in the processor's present state.
    ///
    /// # Errors
    /// What happened to the connection, or an answer that is no address.
    pub fn translate(&mut self, address: u64) -> Result<Option<u64>> {
        let printed = self.monitor(&format!("gva2gpa {address:#x}"))?;
        // Zero is printed without a prefix.
        let digits = printed.trim().strip_prefix("gpa: ").map(|number| number.trim_start_matches("0x"));
        Ok(digits.map(|digits| u64::from_str_radix(if digits.is_empty() { "0" } else { digits }, 16)).transpose()?)
    }
}

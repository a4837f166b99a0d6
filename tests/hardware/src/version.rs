//! Which emulators are there, and how old they are.

use std::collections::BTreeMap;
use std::fmt;
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};

/// The version of an emulator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// First number.
    pub major: u32,
    /// Second number.
    pub minor: u32,
    /// Third number.
    pub micro: u32,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.major, self.minor, self.micro)
    }
}

impl Version {
    /// Reads `7.2.22` out of `QEMU emulator version 7.2.22 (…)`.
    fn parse(text: &str) -> Option<Self> {
        let number = text.split("version ").nth(1)?.split([' ', '\n', '(']).next()?;
        let mut parts = number.split('.').map(|part| part.parse().ok());
        Some(Self { major: parts.next()??, minor: parts.next()??, micro: parts.next().flatten().unwrap_or(0) })
    }
}

/// The version of the emulator with this name, or `None` where it is not installed. Asked once in the life of the
/// process.
pub fn installed(binary: &str) -> Option<Version> {
    static KNOWN: Mutex<BTreeMap<String, Option<Version>>> = Mutex::new(BTreeMap::new());
    let mut known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner);
    *known.entry(binary.to_owned()).or_insert_with(|| ask(binary))
}

fn ask(binary: &str) -> Option<Version> {
    let output = Command::new(binary).arg("--version").stdin(Stdio::null()).output().ok()?;
    Version::parse(&String::from_utf8_lossy(&output.stdout))
}

#[cfg(test)]
mod tests {
    use super::Version;

    #[test]
    fn the_version_is_found_in_what_qemu_prints() {
        let printed = "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7+deb12u18)\nCopyright (c) 2003-2022";
        assert_eq!(Version::parse(printed), Some(Version { major: 7, minor: 2, micro: 22 }));
        assert_eq!(Version::parse("something else"), None);
    }
}

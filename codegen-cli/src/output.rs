//! Standard streams, and files that are written whole or not at all.

use std::ffi::OsString;
use std::fs;
use std::io::{self, ErrorKind, IsTerminal, Read, Write};
use std::path::{Path, PathBuf};

use gpt_codegen::text;

use crate::failure::Failure;

/// Writes data to standard output.
pub(crate) fn data(bytes: impl AsRef<[u8]>) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    match stdout.write_all(bytes.as_ref()).and_then(|()| stdout.flush()) {
        Ok(()) => Ok(()),
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(Failure::ClosedPipe),
        Err(error) => Err(Failure::file("write", Path::new("standard output"), &error)),
    }
}

/// Writes a message to standard error.
pub(crate) fn message(text: &str) {
    // Where standard error is closed there is nobody to tell.
    let _ = io::stderr().write_all(text.as_bytes());
}

/// Whether messages may be coloured.
pub(crate) fn colour() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

/// Whether a file name stands for a standard stream.
pub(crate) fn is_stream(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// The bytes of a file, or of standard input.
pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = match is_stream(path) {
        true => io::stdin().lock().read_to_end(&mut bytes).map(|_| bytes),
        false => fs::read(path),
    };
    read.map_err(|error| Failure::file("read", path, &error))
}

/// The text of a description in a file, or on standard input.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let text = match is_stream(path) {
        true => text::from_reader(io::stdin().lock()),
        false => text::from_file(path),
    };
    text.map_err(|why| Failure::new(format!("cannot read `{}`: {why}", path.display())))
}

/// Writes a file, or standard output: the bytes are put beside the file first and then take its place, so that
/// nobody ever sees a part of them.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    if is_stream(path) {
        return data(bytes);
    }
    // A link keeps pointing to its file, and devices and pipes have no place to take.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let there = fs::metadata(&target).ok();
    let written = if there.as_ref().is_some_and(|there| !there.is_file()) {
        fs::OpenOptions::new().write(true).open(&target).and_then(|mut file| file.write_all(bytes))
    } else {
        let aside = beside(&target);
        let moved = fs::write(&aside, bytes)
            .and_then(|()| there.map_or(Ok(()), |there| fs::set_permissions(&aside, there.permissions())))
            .and_then(|()| fs::rename(&aside, &target));
        if moved.is_err() {
            // The error that matters is the first one.
            let _ = fs::remove_file(&aside);
        }
        moved
    };
    written.map_err(|error| Failure::file("write", path, &error))
}

fn beside(target: &Path) -> PathBuf {
    let mut name = OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(format!(".{}", std::process::id()));
    target.with_file_name(name)
}

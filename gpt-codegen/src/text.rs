//! The text of a description, from a file or a stream.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::syntax::yaml::MOST_BYTES;

/// The text of a file.
///
/// # Errors
/// Why there is none, as a phrase: the file cannot be read, is too large for a description, or is not UTF-8.
pub fn from_file(path: &Path) -> Result<String, String> {
    File::open(path).map_err(|error| reason(&error)).and_then(from_reader)
}

/// The text of a stream, which is never read further than a description can go: devices and pipes may have no end.
///
/// # Errors
/// Why there is none, as a phrase: the stream cannot be read, is too large for a description, or is not UTF-8.
pub fn from_reader(reader: impl Read) -> Result<String, String> {
    let mut bytes = Vec::new();
    reader.take(MOST_BYTES as u64 + 1).read_to_end(&mut bytes).map_err(|error| reason(&error))?;
    if bytes.len() > MOST_BYTES {
        return Err(format!("a description has at most {MOST_BYTES} bytes"));
    }
    String::from_utf8(bytes).map_err(|_| "it is not UTF-8 text".to_owned())
}

/// An operating system's error as a lower-case phrase without its number.
pub fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or(&text);
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

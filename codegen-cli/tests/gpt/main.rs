//! The command as its users meet it: what it prints, where, and how it fails.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod descriptions;
mod entries;
mod formatting;
mod images;
mod source;
mod streams;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value as Json;

/// What a run of the command left behind.
struct Ran {
    status: i32,
    out: String,
    err: String,
}

impl Ran {
    /// Standard output of a run that succeeded without a message.
    #[track_caller]
    fn ok(self) -> String {
        assert_eq!((self.status, self.err.as_str()), (0, ""), "{}", self.out);
        self.out
    }

    /// The message of a run that failed without data.
    #[track_caller]
    fn fails(self) -> String {
        assert_eq!((self.status, self.out.as_str()), (1, ""), "{}", self.err);
        assert!(self.err.starts_with("error"), "{}", self.err);
        self.err
    }

    #[track_caller]
    fn json(self) -> Json {
        serde_json::from_str(&self.ok()).unwrap()
    }
}

fn gpt(arguments: &str) -> Ran {
    gpt_with(arguments, b"")
}

fn gpt_with(arguments: &str, input: &[u8]) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_gpt"))
        .args(arguments.split_whitespace())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // A command that does not read its input closes it.
    let _ = child.stdin.take().unwrap().write_all(input);
    let output = child.wait_with_output().unwrap();
    Ran {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// An empty directory for one test.
fn directory(test: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(test);
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

/// Writes a file and gives its path as text.
fn file(directory: &Path, name: &str, bytes: impl AsRef<[u8]>) -> String {
    let path = directory.join(name);
    fs::write(&path, bytes).unwrap();
    path.to_str().unwrap().to_owned()
}

/// The names of an object, in the order printed.
fn keys(json: &Json) -> Vec<&str> {
    json.as_object().unwrap().keys().map(String::as_str).collect()
}

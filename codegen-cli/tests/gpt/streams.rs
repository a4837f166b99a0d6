//! Broken pipes and files that are written whole or not at all.

use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::{directory, gpt};

#[test]
fn a_closed_pipe_is_no_error() {
    for arguments in [&["list"][..], &["show", "armv7_short"], &["--help"], &["completions", "zsh"]] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_gpt"))
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stderr.len()), (Some(0), 0), "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn links_and_permissions_survive_and_devices_are_written_to() {
    use std::os::unix::fs::PermissionsExt;
    let directory = directory("links");
    let (file, link) = (directory.join("file.bin"), directory.join("link.bin"));
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    std::os::unix::fs::symlink(&file, &link).unwrap();
    gpt(&format!("image x86_64 --base 0 --out {}", link.display())).ok();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    let there = fs::metadata(&file).unwrap();
    assert_eq!((there.len(), there.permissions().mode() & 0o777), (4096, 0o640));
    gpt("image x86_64 --base 0 --out /dev/null").ok();
    assert!(!fs::metadata("/dev/null").unwrap().is_file());
}

#[test]
fn starting_takes_no_time() {
    let best = (0..5).map(|_| {
        let start = Instant::now();
        gpt("explain E0202").ok();
        start.elapsed()
    });
    // Far more than it takes, so that a busy machine does not fail the test.
    assert!(best.min().unwrap() < Duration::from_millis(100));
}

//! What the compiler makes of a walk of x86-64 tables: shifts, masks and loads, and nothing else.
//!
//! `asm/x86_64_walk.s` has the instructions without operands, so that a change shows in review; `GPT_BLESS=1` writes it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The folder of the crate that is compiled, and of what came of it.
fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("asm")
}

/// The lines of the function `walk` in what the compiler wrote, or `None` on a host of another kind.
fn compiled() -> Option<Vec<String>> {
    if !cfg!(all(target_arch = "x86_64", target_os = "linux")) {
        eprintln!("SKIPPED: the instructions are those of x86-64 Linux, and this host is another");
        return None;
    }
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("walk");
    let mut cargo = Command::new(env!("CARGO"));
    cargo.args(["rustc", "--quiet", "--release", "--lib", "--", "--emit", "asm"]).current_dir(folder().join("walk"));
    cargo.env("CARGO_TARGET_DIR", &target).env_remove("RUSTFLAGS").env_remove("CARGO_ENCODED_RUSTFLAGS");
    assert!(cargo.status().unwrap().success(), "the walk does not compile");
    let written = fs::read_dir(target.join("release/deps")).unwrap().map(|file| file.unwrap().path());
    let texts = written.filter(|path| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.starts_with("walk-") && Path::new(name).extension().is_some_and(|extension| extension == "s")
    });
    let newest = texts.max_by_key(|path| fs::metadata(path).unwrap().modified().unwrap()).expect("assembly");
    let text = fs::read_to_string(newest).unwrap();
    let lines = text.lines().skip_while(|line| *line != "walk:").skip(1);
    Some(lines.take_while(|line| !line.starts_with(".Lfunc_end")).map(|line| line.trim().to_owned()).collect())
}

/// The instructions among the lines.
fn instructions(lines: &[String]) -> Vec<&str> {
    let lines = lines.iter().map(String::as_str);
    lines.filter(|line| !line.is_empty() && !line.starts_with(['.', '#']) && !line.ends_with(':')).collect()
}

/// The compiler and its version.
fn compiler() -> String {
    let rustc = env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let output = Command::new(rustc).arg("--version").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    text.split_whitespace().take(2).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_walk_is_a_few_instructions_without_calls_and_tables() {
    let Some(lines) = compiled() else { return };
    let instructions = instructions(&lines);
    assert!(instructions.len() > 20, "this is no walk of four levels: {instructions:#?}");
    for line in &instructions {
        let mnemonic = line.split_whitespace().next().unwrap();
        let operands = line[mnemonic.len()..].trim();
        assert!(!mnemonic.starts_with("call"), "a call out of line: {line}");
        assert!(!line.contains("panic"), "a path that panics: {line}");
        assert!(!mnemonic.starts_with("jmp") || operands.starts_with(".L"), "a jump out of line or by a table: {line}");
        assert!(
            !operands.contains("(%rip)") && !operands.contains("[rip"),
            "something is looked up in a table: {line}"
        );
        assert!(!mnemonic.starts_with("lock") && !mnemonic.starts_with("xchg"), "a walk only reads: {line}");
    }

    let compiler = compiler();
    let mut text = format!("# {compiler}, the function `walk` of asm/walk, optimised: instructions without operands\n");
    for line in &instructions {
        text.push_str(line.split_whitespace().next().unwrap());
        text.push('\n');
    }
    let snapshot = folder().join("x86_64_walk.s");
    if env::var_os("GPT_BLESS").is_some() {
        fs::write(&snapshot, text).unwrap();
        return;
    }
    let committed = fs::read_to_string(&snapshot).unwrap();
    if !committed.starts_with(&format!("# {compiler},")) {
        eprintln!("SKIPPED: the snapshot is of another compiler than {compiler}; GPT_BLESS=1 writes it anew");
        return;
    }
    assert!(committed == text, "the walk is compiled to other instructions; look at them, then GPT_BLESS=1:\n{text}");
}

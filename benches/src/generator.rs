//! The generator: how fast it is, how much it emits, and how much code a driver of each format has.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

use gpt_codegen::backend::rust::{Options, emit};

/// What is known of one format.
pub struct Emitted {
    pub name: &'static str,
    /// Milliseconds to read, check and emit: the median of several times.
    pub milliseconds: f64,
    /// Lines of the emitted module.
    pub lines: usize,
    /// Bytes of code, and seconds to compile it, of a driver that walks, maps, unmaps and protects.
    pub text: Option<(u64, f64)>,
}

/// Reads, checks and emits a description.
fn generate(name: &str, text: &str) -> String {
    let load = |other: &str| {
        let wanted = other.strip_suffix(".yaml").unwrap_or(other);
        let found = gpt_formats::CATALOGUE.iter().find(|(name, _)| *name == wanted);
        found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| format!("there is no {other}"))
    };
    let Ok(checked) = gpt_codegen::from_yaml(name, text, &load) else {
        panic!("the description of {name} has errors");
    };
    emit(&checked, &Options::default())
}

/// A driver for a format: four functions that say what to do and leave the rest to the emitted code.
fn driver(name: &str) -> String {
    format!(
        "#![no_std]
use gpt_formats::{name}::*;
use gpt_runtime::{{Arena, EmptyTables, Mapping}};
type Tree = PageTable<Arena<'static>>;
#[unsafe(no_mangle)] pub fn walk(tree: &Tree, va: Va) -> Option<Mapping<Attributes>> {{ tree.reader().walk(va).ok() }}
#[unsafe(no_mangle)] pub fn map(tree: &mut Tree, range: VaRange, oa: u64, says: &Attributes) -> bool {{
    tree.exclusive().map(range, oa, says).map(|debt| debt.fulfil(drop)).is_ok()
}}
#[unsafe(no_mangle)] pub fn unmap(tree: &mut Tree, range: VaRange) -> bool {{
    tree.exclusive().unmap(range, EmptyTables::WhenCovered, drop).map(|debt| debt.fulfil(drop)).is_ok()
}}
#[unsafe(no_mangle)] pub fn protect(tree: &mut Tree, range: VaRange, change: &Change) -> bool {{
    tree.exclusive().protect(range, change).map(|debt| debt.fulfil(drop)).is_ok()
}}
"
    )
}

/// The newest compiled library of a crate beside this program.
fn library(directory: &Path, name: &str) -> Option<PathBuf> {
    let prefix = format!("lib{name}-");
    let files = fs::read_dir(directory).ok()?.filter_map(Result::ok);
    let libraries = files.filter(|file| {
        let file = file.file_name();
        let file = file.to_string_lossy();
        file.starts_with(&prefix) && file.ends_with(".rlib")
    });
    libraries.max_by_key(|file| file.metadata().and_then(|data| data.modified()).ok()).map(|file| file.path())
}

/// Compiles a driver and adds up its sections of code.
fn compile(name: &str, directory: &Path) -> Option<(u64, f64)> {
    let source = directory.join(format!("{name}.rs"));
    let object = directory.join(format!("{name}.o"));
    fs::write(&source, driver(name)).ok()?;
    let libraries = std::env::current_exe().ok()?.parent()?.join("deps");
    let mut command = Command::new(env!("GPT_RUSTC"));
    command.args([
        "--edition=2024",
        "--crate-type=lib",
        "--emit=obj",
        "-Copt-level=3",
        "-Ccodegen-units=1",
        "-Cpanic=abort",
    ]);
    for dependency in ["gpt_runtime", "gpt_formats"] {
        let mut argument = std::ffi::OsString::from(format!("{dependency}="));
        argument.push(library(&libraries, dependency)?);
        command.arg("--extern").arg(argument);
    }
    command.arg("-L").arg(&libraries).arg("-o").arg(&object).arg(&source);
    let start = Instant::now();
    let output = command.output().ok()?;
    let seconds = start.elapsed().as_secs_f64();
    if !output.status.success() {
        eprintln!("{name}: {}", String::from_utf8_lossy(&output.stderr));
        return None;
    }
    let sections = Command::new("size").args(["-A", "-d"]).arg(&object).output().ok()?;
    let sections = String::from_utf8_lossy(&sections.stdout);
    let bytes = sections
        .lines()
        .filter(|line| line.starts_with(".text"))
        .filter_map(|line| line.split_whitespace().nth(1)?.parse::<u64>().ok());
    Some((bytes.sum(), seconds))
}

/// All formats of the catalogue.
pub fn all() -> Vec<Emitted> {
    let directory = std::env::temp_dir().join(format!("gpt-drivers-{}", std::process::id()));
    fs::create_dir_all(&directory).expect("there is room for temporary files");
    let all = gpt_formats::CATALOGUE
        .iter()
        .map(|(name, text)| {
            let lines = generate(name, text).lines().count();
            let mut times: Vec<f64> = (0..5)
                .map(|_| {
                    let start = Instant::now();
                    let _ = generate(name, text);
                    start.elapsed().as_secs_f64() * 1000.0
                })
                .collect();
            times.sort_unstable_by(f64::total_cmp);
            Emitted { name, milliseconds: times[2], lines, text: compile(name, &directory) }
        })
        .collect();
    // What is left behind in the temporary directory does no harm.
    let _ = fs::remove_dir_all(&directory);
    all
}

/// The formats as a table.
pub fn table(all: &[Emitted]) -> String {
    let mut text = String::from(
        "| format | read, check, emit (ms) | lines | code (bytes) | compile (s) |\n|---|--:|--:|--:|--:|\n",
    );
    for one in all {
        let (bytes, seconds) = one
            .text
            .map_or(("–".into(), "–".into()), |(bytes, seconds)| (bytes.to_string(), format!("{seconds:.1}")));
        // Writing to a string cannot fail.
        let _ = writeln!(text, "| {} | {:.1} | {} | {bytes} | {seconds} |", one.name, one.milliseconds, one.lines);
    }
    text
}

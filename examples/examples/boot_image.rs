//! Makes the page tables that a boot loader puts into memory beside a kernel, and decodes them again, with the command
//! `gpt` alone: no format has to be compiled for that.
//!
//! Run it with `cargo run --example boot_image`. It starts `gpt` through cargo; `GPT=path` takes that program instead.

use std::error::Error;
use std::path::Path;
use std::process::Command;

/// Where the image will lie in the machine's memory.
const BASE: &str = "0x80100000";
/// Memory as it is, and the kernel where it was linked, not writable and executable at the same time.
const MAPS: [&str; 4] = [
    "0x80000000:0x80000000:1G:read,write,execute,accessed,dirty",
    "0xffffffff80000000:0x80200000:2M:read,execute,global,accessed",
    "0xffffffff80200000:0x80400000:6M:read,write,global,accessed,dirty",
    // A console, whose registers need a page of their own.
    "0xffffffffc0000000:0x10000000:4K:read,write,accessed,dirty,memory_type=io",
];

fn main() -> Result<(), Box<dyn Error>> {
    let file = std::env::temp_dir().join(format!("boot_image-{}.bin", std::process::id()));
    let result = show(&file);
    std::fs::remove_file(&file)?;
    result
}

fn show(file: &Path) -> Result<(), Box<dyn Error>> {
    let path = file.to_str().ok_or("the name of the directory for temporary files is not text")?;
    let maps = MAPS.iter().flat_map(|map| ["--map", map]);
    let made = gpt(["image", "sv39", "--base", BASE, "--out", path, "--json"].into_iter().chain(maps))?;
    print!("{made}");
    let root = made.split('"').skip_while(|text| *text != "root").nth(2).ok_or("`gpt image` says where the root is")?;
    println!("satp is to be 8 << 60 | {root} >> 12; {} bytes of tables\n", std::fs::metadata(file)?.len());

    let image = ["sv39", "--image", path, "--base", BASE, "--root", root];
    print!("{}", gpt(["dump"].into_iter().chain(image))?);
    println!();
    let walked = gpt(["walk"].into_iter().chain(image).chain(["0xffffffff80201234"]))?;
    print!("{walked}");
    if !walked.contains("-> 0x80401234") {
        return Err("the kernel's data is not where it was put".into());
    }
    Ok(())
}

/// What the command prints.
fn gpt<'a>(arguments: impl Iterator<Item = &'a str>) -> Result<String, Box<dyn Error>> {
    let mut command = match std::env::var_os("GPT") {
        Some(path) => Command::new(path),
        None => {
            let mut cargo = Command::new(env!("CARGO"));
            cargo.args(["run", "--quiet", "--package", "codegen-cli", "--bin", "gpt", "--"]);
            cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
            cargo
        }
    };
    let output = command.args(arguments).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    Ok(String::from_utf8(output.stdout)?)
}

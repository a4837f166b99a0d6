//! Lists the modules of the catalogue, so that a new format is tested without being named here.
//!
//! What `catalogue.rs` gets is one call of a macro `every_format!`, which whoever includes it defines: for every module
//! its name, the type of its format, and the flags and numbers that its `Change` has.
//!
//! All formats take minutes to compile; `GPT_FORMATS=sv39,x86_64` takes these alone (and the test that all are there fails).
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

fn main() {
    let formats = Path::new(env!("CARGO_MANIFEST_DIR")).join("../formats/src");
    let listing = formats.join("lib.rs");
    println!("cargo:rerun-if-changed={}", listing.display());
    let text = fs::read_to_string(listing).unwrap();
    let names = text.split_once("\ncatalogue! {").expect("a list").1.split_once('}').unwrap().0;
    println!("cargo:rerun-if-env-changed=GPT_FORMATS");
    let only = env::var("GPT_FORMATS").ok();
    let wanted = |name: &&str| only.as_ref().is_none_or(|only| only.split(',').any(|one| one == *name));
    let mut list = String::from("every_format! {\n");
    for name in names.split(',').map(str::trim).filter(|name| !name.is_empty()).filter(wanted) {
        let module = formats.join(format!("generated/{name}.rs"));
        println!("cargo:rerun-if-changed={}", module.display());
        let text = fs::read_to_string(module).unwrap();
        writeln!(list, "    {name}: {} {{ {} }},", format_type(&text), changes(&text).join(" ")).unwrap();
    }
    list.push_str("}\n");
    fs::write(Path::new(&env::var_os("OUT_DIR").unwrap()).join("catalogue.rs"), list).unwrap();
}

/// The type that stands for the format.
fn format_type(text: &str) -> &str {
    let implementation = text.split_once("unsafe impl Format for ").expect("a format").1;
    implementation.split([' ', '{']).next().unwrap()
}

/// The fields of `Change` that are flags or numbers.
fn changes(text: &str) -> Vec<&str> {
    let fields = text.split_once("pub struct Change {").map_or("", |(_, rest)| rest.split_once("\n}").unwrap().0);
    let fields = fields.lines().filter_map(|line| line.trim().strip_prefix("pub ")?.split_once(": Option<"));
    let plain = |kind: &str| ["bool>,", "u8>,", "u16>,", "u32>,", "u64>,", "u128>,"].contains(&kind);
    fields.filter(|(_, kind)| plain(kind)).map(|(name, _)| name).collect()
}

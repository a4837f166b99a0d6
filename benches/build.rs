//! Lists the formats of the catalogue for a macro: what there is stands in one place, the catalogue itself.

use std::{env, fs, path::Path};

fn main() {
    let names: Vec<&str> = gpt_formats::CATALOGUE.iter().map(|(name, _)| *name).collect();
    let text = format!("for_each_format! {{ {} }}\n", names.join(", "));
    let out = env::var("OUT_DIR").expect("cargo names the directory");
    fs::write(Path::new(&out).join("catalogue.rs"), text).expect("the directory can be written to");
    let compiler = env::var("RUSTC").unwrap_or_else(|_| "rustc".to_owned());
    println!("cargo:rustc-env=GPT_RUSTC={compiler}");
    println!("cargo:rerun-if-changed=build.rs");
}

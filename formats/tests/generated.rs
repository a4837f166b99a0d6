//! The committed modules are what the descriptions give. `GPT_BLESS=1` writes them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::Path;

use gpt_codegen::backend::rust::{Options, emit};
use gpt_formats::CATALOGUE;

#[test]
fn every_module_is_what_its_description_gives() {
    let formats = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut stale = Vec::new();
    for (name, _) in CATALOGUE {
        let checked = gpt_codegen::from_yaml_file(formats.join(format!("{name}.yaml"))).expect("a sound format");
        let text = emit(&checked, &Options::default());
        let path = formats.join(format!("src/generated/{name}.rs"));
        if std::env::var_os("GPT_BLESS").is_some() {
            fs::write(&path, text).unwrap();
        } else if fs::read_to_string(&path).unwrap_or_default() != text {
            stale.push(*name);
        }
    }
    assert!(stale.is_empty(), "write them anew with GPT_BLESS=1: {stale:?}");
}

#[test]
fn there_is_no_module_without_a_description() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/generated");
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap().file_name().into_string().unwrap();
        let name = file.strip_suffix(".rs").expect("a module");
        assert!(CATALOGUE.iter().any(|(listed, _)| *listed == name), "{name}");
    }
}

/// An address is a number of 64 bits on every host.
#[test]
fn no_module_makes_a_usize_of_a_wider_number() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/generated");
    for (name, _) in CATALOGUE {
        let text = std::fs::read_to_string(folder.join(format!("{name}.rs"))).unwrap();
        assert!(!text.contains("as usize") && !text.contains("usize::"), "{name}");
    }
}

/// Who audits the bits of a format reads all of its module.
#[test]
fn no_module_has_over_600_lines() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/generated");
    let mut long = Vec::new();
    for (name, _) in CATALOGUE {
        let lines = fs::read_to_string(folder.join(format!("{name}.rs"))).unwrap().lines().count();
        if lines > 600 {
            long.push(format!("{name}: {lines} lines"));
        }
    }
    assert!(long.is_empty(), "{long:?}");
}

//! Every description of the catalogue is sound, and short enough to be read.
#![cfg(feature = "yaml")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use gpt_codegen::from_yaml_file;

fn descriptions() -> Vec<PathBuf> {
    let files = fs::read_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../formats")).unwrap();
    let paths = files.map(|file| file.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|extension| extension == "yaml")).collect()
}

#[test]
fn every_description_is_sound_and_names_its_source() {
    let descriptions = descriptions();
    assert!(descriptions.len() >= 49);
    for path in descriptions {
        let checked = from_yaml_file(&path).unwrap_or_else(|report| panic!("{report}"));
        let format = checked.format();
        assert_eq!(Some(format.name.as_str()), path.file_stem().and_then(|stem| stem.to_str()));
        assert!(format.manual.len() > 20, "{}: {}", format.name, format.manual);
        // Sources that change name their version, or the commit that was read.
        for project in ["Linux ", "QEMU ", "Bochs ", "sail-arm ", "open-gpu-kernel-modules "] {
            let mut versions = format.manual.split(project).skip(1);
            assert!(versions.all(|version| version.starts_with(|c: char| c.is_ascii_hexdigit())), "{}", format.manual);
        }
    }
}

#[test]
fn a_description_has_at_most_80_rows_of_its_own() {
    for path in descriptions() {
        let text = fs::read_to_string(&path).unwrap();
        let is_row = |line: &&str| {
            let row = line.strip_prefix("      - ").unwrap_or_default();
            row.starts_with(|c: char| c.is_ascii_digit())
        };
        let rows = text.lines().filter(is_row).count();
        assert!(rows <= 80, "{} has {rows} rows: inherit some with `like:` or `extends:`", path.display());
    }
}

#[test]
fn every_description_has_known_answers_or_says_that_there_are_none() {
    for path in descriptions() {
        let text = fs::read_to_string(&path).unwrap();
        let vectors = path.with_file_name("vectors").join(path.file_name().unwrap());
        let said = text.lines().take_while(|line| line.starts_with('#')).any(|line| line.contains("no known answers"));
        assert!(vectors.exists() != said, "{}", path.display());
    }
}

#[test]
fn every_description_begins_with_what_is_special_about_the_format() {
    for path in descriptions() {
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.starts_with("# "), "{}", path.display());
    }
}

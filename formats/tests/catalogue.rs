//! The list of the catalogue is the list of the files.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use gpt_formats::CATALOGUE;

#[test]
fn every_description_is_listed_once_in_order() {
    let mut files: Vec<String> = std::fs::read_dir(env!("CARGO_MANIFEST_DIR"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter_map(|name| name.strip_suffix(".yaml").map(str::to_owned))
        .collect();
    files.sort();
    let listed: Vec<&str> = CATALOGUE.iter().map(|(name, _)| *name).collect();
    assert_eq!(listed, files);
}

#[test]
fn every_description_has_the_name_of_its_file() {
    for (name, text) in CATALOGUE {
        assert!(text.lines().any(|line| line == format!("format: {name}")), "{name}");
    }
}

//! Descriptions in YAML: what they become, and that nothing hostile gets through.
#![cfg(feature = "yaml")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use gpt_codegen::{from_yaml, from_yaml_file};

fn formats() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../formats"))
}

/// A text of the documentation's own whole file.
fn toy() -> String {
    let readme = std::fs::read_to_string(formats().join("README.md")).unwrap();
    let start = readme.find("```yaml\nformat: toy").unwrap() + "```yaml\n".len();
    let end = readme[start..].find("```").unwrap();
    readme[start..start + end].to_owned()
}

fn nothing_else(name: &str) -> Result<String, String> {
    Err(format!("there is no {name}"))
}

#[test]
fn the_toy_of_the_documentation_is_a_format() {
    let checked = from_yaml("toy.yaml", &toy(), &nothing_else).unwrap_or_else(|report| panic!("{report}"));
    println!("{:#?}", checked.format());
}

#[test]
fn every_description_of_the_catalogue_is_a_format() {
    let mut wrong = String::new();
    for file in std::fs::read_dir(formats()).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "yaml")
            && let Err(report) = from_yaml_file(&path)
        {
            wrong.push_str(&report.render(false));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

//! What is said about mistakes: `mistakes/MISTAKE.rs` gives `mistakes/MISTAKE.stderr`, to the letter.
//!
//! With `TRYBUILD=overwrite` in the environment the texts are written instead of compared.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The cases with what is said about each.
fn cases() -> Vec<(String, String)> {
    let files = fs::read_dir(root().join("tests/mistakes")).unwrap().map(|entry| entry.unwrap().path());
    let said = files.filter(|path: &PathBuf| path.extension().is_some_and(|own| own == "stderr"));
    said.map(|path| (path.file_stem().unwrap().to_str().unwrap().to_owned(), fs::read_to_string(path).unwrap()))
        .collect()
}

#[test]
fn every_mistake_is_reported_as_before() {
    trybuild::TestCases::new().compile_fail("tests/mistakes/*.rs");
}

/// A case that is called like one of the files has the same mistake, and hears the same.
#[test]
fn files_and_types_hear_the_same_words() {
    let mut compared = 0;
    for (case, said) in cases() {
        let file = root().join(format!("../gpt-codegen/tests/diagnostics/{case}.yaml"));
        let Ok(text) = fs::read_to_string(&file) else { continue };
        let report = match gpt_codegen::from_yaml(&case, &text, &|_| Err("there is none".to_owned())) {
            Ok(_) => panic!("{case} has no mistake"),
            Err(report) => report,
        };
        let said = as_in_files(&said);
        for finding in report.iter() {
            let found = said.contains(finding.message) && said.contains(&format!("(gpt explain {})", finding.code));
            assert!(found, "{case} does not say: {} ({})\n{said}", finding.message, finding.code);
        }
        compared += 1;
    }
    assert!(compared > 55, "only {compared} cases are in files too");
}

/// What is said with keys written as in files.
fn as_in_files(said: &str) -> String {
    let mut said = said.replace("`manual = \"…\"`", "`manual:`");
    for key in ["at", "is", "like", "when", "run", "reach", "present", "bits"] {
        said = said.replace(&format!("`#[{key}(…)]`"), &format!("`{key}:`"));
    }
    for key in ["va", "pa", "entry", "levels", "roots", "codes", "caches", "reload"] {
        said = said.replace(&format!("`{key}(…)`"), &format!("`{key}:`"));
    }
    said
}

/// A mistake makes no others: everything that is said was said by the derive.
#[test]
fn one_mistake_is_not_followed_by_a_second_wave() {
    for (case, said) in cases() {
        let errors = said.lines().filter(|line| line.starts_with("error")).count();
        let own = said.matches("(gpt explain E").count();
        assert_eq!(errors, own, "{case}:\n{said}");
    }
}

#[test]
fn every_code_of_the_rules_has_a_case() {
    let said: String = cases().into_iter().map(|(_, said)| said).collect();
    let missing: BTreeSet<&str> = gpt_codegen::explain::codes()
        .map(|(code, _)| code)
        .filter(|code| !said.contains(&format!("(gpt explain {code})")))
        .filter(|code| !ONLY_IN_FILES.contains(code))
        .collect();
    assert!(missing.is_empty(), "without a case: {missing:?}");
}

/// Files that cannot be read, are not YAML or extend each other; and kinds of one name, which the compiler refuses.
const ONLY_IN_FILES: [&str; 4] = ["E0002", "E0108", "E0116", "E0213"];

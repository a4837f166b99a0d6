//! What is said about mistakes: each `diagnostics/MISTAKE.yaml` has a snapshot of it, to the letter. What a case extends is
//! in `diagnostics/extended/`.
#![cfg(feature = "yaml")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use gpt_codegen::{Report, from_yaml};

fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/diagnostics")
}

/// The names of the cases, sorted.
fn cases() -> BTreeSet<String> {
    let name = |path: PathBuf| {
        let is_case = path.extension()?.to_str()? == "yaml";
        is_case.then(|| path.file_stem().unwrap().to_str().unwrap().to_owned())
    };
    fs::read_dir(directory()).unwrap().filter_map(|entry| name(entry.unwrap().path())).collect()
}

/// What is said about a case.
fn report(case: &str) -> Report {
    let file = format!("{case}.yaml");
    let text = fs::read_to_string(directory().join(&file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    let load = |name: &str| {
        fs::read_to_string(directory().join("extended").join(name)).map_err(|_| "there is no such file".to_owned())
    };
    match from_yaml(&file, &text, &load) {
        Ok(_) => panic!("{file} has no mistake"),
        Err(report) => report,
    }
}

#[test]
fn every_mistake_is_reported_as_before() {
    insta::glob!("diagnostics/*.yaml", |path| {
        let case = path.file_stem().unwrap().to_str().unwrap();
        insta::assert_snapshot!(report(case).render(false));
    });
}

#[test]
fn every_code_of_the_front_end_has_a_case() {
    let said: BTreeSet<&str> =
        cases().iter().flat_map(|case| report(case).iter().map(|finding| finding.code).collect::<Vec<_>>()).collect();
    let missing: Vec<_> = gpt_codegen::syntax::CODES.iter().filter(|(code, _)| !said.contains(code)).collect();
    assert!(missing.is_empty(), "without a case: {missing:?}");
}

#[test]
fn every_finding_has_a_place_and_a_sentence() {
    for case in cases() {
        for finding in report(&case).iter() {
            let message = finding.message;
            assert!(!message.ends_with('.') && !message.starts_with(char::is_uppercase), "{case}: {message}");
            assert!(!finding.places.is_empty(), "{case}: {message} points nowhere");
        }
    }
}

#[test]
fn every_code_of_the_front_end_is_explained() {
    for (code, title) in gpt_codegen::syntax::CODES {
        let page = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("src/explanations/{code}.md"));
        let text = fs::read_to_string(&page).unwrap_or_else(|error| panic!("{}: {error}", page.display()));
        assert!(text.starts_with(&format!("# {code}: {title}\n")), "{code}");
        assert!(text.contains("\nWrong:\n") && text.contains("\nRight:\n"), "{code}");
    }
}

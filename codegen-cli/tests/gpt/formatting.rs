//! `fmt`.

use std::fs;

use super::{directory, file, gpt, gpt_with};

/// A description with its columns and its comments all over the place.
fn rough() -> String {
    gpt("new rough")
        .ok()
        .replace("- 31:1        free", "-   31:1 free     # all yours")
        .replace("D    dirty", "D  dirty")
}

#[test]
fn rows_are_aligned_and_nothing_else_changes() {
    let directory = directory("fmt");
    let path = file(&directory, "rough.yaml", rough());
    let stale = gpt(&format!("fmt --check {path}"));
    assert_eq!(stale.status, 1);
    assert!(
        stale.out.contains("\n-      -   31:1 free     # all yours\n+      - 31:1        free # all yours\n"),
        "{}",
        stale.out
    );
    assert!(stale.err.contains("rough.yaml` is not aligned: run `gpt fmt` on it"));
    assert_eq!(fs::read_to_string(&path).unwrap(), rough());

    assert_eq!(gpt(&format!("fmt {path}")).ok(), "");
    let aligned = fs::read_to_string(&path).unwrap();
    assert_eq!(aligned, gpt("new rough").ok().replace("- 31:1        free", "- 31:1        free # all yours"));
    assert_eq!(gpt(&format!("fmt --check {path}")).ok(), "");
    assert_eq!(gpt_with("fmt -", rough().as_bytes()).ok(), aligned);
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 1);
}

#[test]
fn what_does_not_check_is_left_alone() {
    let directory = directory("fmt-broken");
    let broken = rough().replace("31:1 free", "31:2 free");
    let path = file(&directory, "broken.yaml", &broken);
    assert!(gpt(&format!("fmt {path}")).fails().contains("error[E"));
    assert_eq!(fs::read_to_string(&path).unwrap(), broken);
    assert!(gpt(&format!("fmt {}/none.yaml", directory.display())).fails().contains("cannot read `"));
}

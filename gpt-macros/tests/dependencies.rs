//! What a user of the derive builds: a macro's dependencies are compiled before the driver.
#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;
use std::process::Command;

/// The crates that the macro is made of, with these features.
fn built_with(features: &str) -> BTreeSet<String> {
    let mut tree = Command::new(env!("CARGO"));
    tree.args(["tree", "--offline", "--package", "gpt-macros", "--edges", "normal,build", "--prefix", "none"]);
    tree.args(["--format", "{lib}", "--features", features]);
    let output = tree.current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(|line| line.replace(" (*)", "")).collect()
}

#[test]
fn neither_a_reader_of_files_nor_one_of_rust_is_built() {
    let expected = [
        "gpt_backend",
        "gpt_codegen",
        "gpt_language",
        "gpt_macros",
        "proc_macro2",
        "quote",
        "rustc_literal_escaper",
        "unicode_ident",
    ];
    assert_eq!(built_with(""), expected.map(str::to_owned).into());
    assert!(built_with("yaml").contains("serde_saphyr"));
}

//! What is emitted for small formats, each with a feature of its own. The modules are snapshots here, and
//! compiled in `emit_compiled.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use gpt_codegen::Checked;
use gpt_codegen::backend::rust::{Options, emit, emit_tokens};

const NAMES: [&str; 4] = ["toy", "scattered", "runs", "pair"];

fn place(name: &str, extension: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/emit/{name}.{extension}"))
}

fn checked(name: &str) -> Checked {
    gpt_codegen::from_yaml_file(place(name, "yaml")).unwrap_or_else(|report| panic!("{report}"))
}

#[test]
fn modules_are_emitted_as_they_were_reviewed() {
    insta::with_settings!({ snapshot_path => "emit", prepend_module_to_snapshot => false, omit_expression => true }, {
        for name in NAMES {
            let text = emit(&checked(name), &Options::default());
            insta::assert_binary_snapshot!(format!("{name}.rs").as_str(), text.into_bytes());
        }
    });
}

#[test]
fn the_same_format_gives_the_same_text_wherever_it_is_written() {
    let text = fs::read_to_string(place("toy", "yaml")).unwrap();
    let moved = format!("# A comment more.\n\n{text}");
    let moved =
        gpt_codegen::from_yaml("elsewhere", &moved, &|_| Err(String::new())).unwrap_or_else(|it| panic!("{it}"));
    assert_eq!(emit(&moved, &Options::default()), emit(&checked("toy"), &Options::default()));
    let other = text.replace("accessed [hw]", "vendor.accessed");
    let other = gpt_codegen::from_yaml("other", &other, &|_| Err(String::new())).unwrap_or_else(|it| panic!("{it}"));
    let hash = |checked: &Checked| {
        let text = emit(checked, &Options::default());
        text.lines().find(|line| line.contains("hash")).map(str::to_owned).expect("a line with the hash")
    };
    assert_ne!(hash(&other), hash(&checked("toy")));
}

#[test]
fn the_runtime_may_have_another_path() {
    let options = Options::default().with_runtime_path("crate::tables").unwrap();
    let text = emit(&checked("toy"), &options);
    assert!(text.contains("use crate::tables::{") && text.contains("\ncrate::tables::fields! {"));
    assert!(!text.contains("gpt_runtime"));
    let refused = Options::default().with_runtime_path("not a path").unwrap_err();
    assert_eq!(refused, "`not a path` is no path of a crate or module: write one such as `::gpt_runtime`");
}

/// The tokens of the text, without what only the text has: its comments.
#[test]
fn tokens_and_text_are_the_same_code() {
    for name in NAMES {
        let text = fs::read_to_string(place(name, "snap.rs")).unwrap();
        let text: proc_macro2::TokenStream = text.parse().unwrap();
        let text = syn::parse2::<syn::File>(text).unwrap();
        let tokens = syn::parse2::<syn::File>(emit_tokens(&checked(name), &Options::default())).unwrap();
        assert_eq!(prettyplease::unparse(&tokens), prettyplease::unparse(&text), "{name}");
    }
}

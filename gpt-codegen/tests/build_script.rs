//! What a build script emits, and what it says about mistakes.
#![cfg(feature = "yaml")]
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use gpt_codegen::Build;
use gpt_codegen::backend::rust::{Options, emit};

fn formats() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../formats")
}

/// An empty directory of its own for each test.
fn directory(name: &str) -> PathBuf {
    let directory = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&directory);
    fs::create_dir_all(&directory).unwrap();
    directory
}

#[test]
fn every_format_is_a_file_that_one_file_declares() {
    let directory = directory("build-several");
    let options = Options::default().with_runtime_path("crate::tables").unwrap();
    let build = Build::new().format(formats().join("x86_32.yaml")).format(formats().join("sv39.yaml"));
    build.options(options.clone()).directory(&directory).emit().unwrap();
    for name in ["x86_32", "sv39"] {
        let checked = gpt_codegen::from_yaml_file(formats().join(format!("{name}.yaml"))).unwrap();
        assert_eq!(fs::read_to_string(directory.join(format!("{name}.rs"))).unwrap(), emit(&checked, &options));
    }
    let modules = fs::read_to_string(directory.join("formats.rs")).unwrap();
    assert!(modules.contains("pub mod x86_32;") && modules.contains("pub mod sv39;"), "{modules}");
}

#[test]
fn mistakes_of_all_files_are_said_and_nothing_is_written() {
    let directory = directory("build-mistakes");
    for (name, text) in [("one", "format: one\nva: 48\n"), ("two", "format: two\nentires: {}\n")] {
        fs::write(directory.join(name).with_extension("yaml"), text).unwrap();
    }
    let build = Build::new().format(directory.join("one.yaml")).format(directory.join("two.yaml"));
    let error = build.format("nowhere.yaml").directory(&directory).emit().unwrap_err();
    for expected in ["one.yaml:2:", "there is no key `entires`", "cannot read `nowhere.yaml`"] {
        assert!(error.to_string().contains(expected), "{error}");
    }
    // Cargo prints the debug text of what a build script returns.
    assert!(format!("{error:?}").contains("there is no key `entires`"));
    assert!(!directory.join("one.rs").exists() && !directory.join("formats.rs").exists());
}

#[test]
fn two_formats_of_one_name_are_refused() {
    let directory = directory("build-same");
    fs::copy(formats().join("sv39.yaml"), directory.join("other.yaml")).unwrap();
    let build = Build::new().format(formats().join("sv39.yaml")).format(directory.join("other.yaml"));
    assert!(build.directory(&directory).emit().unwrap_err().to_string().contains("called `sv39`"));
}

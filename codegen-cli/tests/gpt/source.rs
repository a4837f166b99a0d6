//! `build`.

use std::fs;

use super::{directory, file, gpt};

#[test]
fn one_format_goes_to_standard_output_or_a_file_and_several_to_a_directory() {
    let directory = directory("build");
    let text = gpt("build sv39").ok();
    assert!(text.contains("gpt_runtime"), "{text}");
    assert_eq!(gpt("build sv39").ok(), text);
    let one = directory.join("one.rs");
    assert_eq!(gpt(&format!("build sv39 -o {}", one.display())).ok(), "");
    assert_eq!(fs::read_to_string(&one).unwrap(), text);
    assert_eq!(gpt(&format!("build sv39 x86_64 --lang rust -o {}", directory.display())).ok(), "");
    assert_eq!(fs::read_to_string(directory.join("sv39.rs")).unwrap(), text);
    assert_eq!(fs::read_to_string(directory.join("x86_64.rs")).unwrap(), gpt("build x86_64").ok());
    // Nothing but the three files is left behind.
    assert_eq!(fs::read_dir(&directory).unwrap().count(), 3);
    let both = gpt("build sv39 x86_64").fails();
    assert_eq!(both, "error: standard output holds one format only: give a directory with -o DIR\n");
    assert!(gpt(&format!("build sv39 x86_64 -o {}", one.display())).fails().contains("one.rs` holds one format only"));
    let nowhere = gpt(&format!("build sv39 -o {}/no/where.rs", directory.display())).fails();
    assert!(nowhere.starts_with("error: cannot write `"), "{nowhere}");
}

#[test]
fn a_description_of_ones_own_is_built_like_any_other() {
    let directory = directory("build-own");
    let mine = file(&directory, "mine.yaml", gpt("new mine").ok());
    assert!(gpt(&format!("build {mine}")).ok().contains("gpt_runtime"));
}

#[test]
fn a_description_is_not_written_over() {
    let directory = directory("build-over");
    let text = gpt("new mine").ok();
    let mine = file(&directory, "mine.yaml", &text);
    let over = format!("{}/./mine.yaml", directory.display());
    let refused = format!("error: `{over}` is the description itself: write to another file\n");
    assert_eq!(gpt(&format!("build {mine} -o {over}")).fails(), refused);
    assert_eq!(gpt(&format!("image {mine} --base 0x10000 --out {over}")).fails(), refused);
    assert_eq!(fs::read_to_string(&mine).unwrap(), text);
    // A module may be written again.
    let module = format!("build {mine} -o {}/mine.rs", directory.display());
    assert_eq!((gpt(&module).ok(), gpt(&module).ok()), (String::new(), String::new()));
}

#[test]
fn check_shows_what_is_stale_and_writes_nothing() {
    let directory = directory("build-check");
    let out = directory.join("sv39.rs");
    let check = || gpt(&format!("build sv39 -o {} --check", directory.display()));
    let missing = check();
    assert_eq!(missing.status, 1);
    assert!(missing.out.starts_with(&format!("--- {}\n+++ {} (expected)\n", out.display(), out.display())));
    assert!(!out.exists());
    gpt(&format!("build sv39 -o {}", directory.display())).ok();
    assert_eq!(check().ok(), "");
    let text = fs::read_to_string(&out).unwrap();
    fs::write(&out, text.replacen("gpt_runtime", "another_runtime", 1)).unwrap();
    let stale = check();
    assert_eq!((stale.status, stale.out.matches("\n-").count()), (1, 1), "{}", stale.out);
    let wanted = format!("error: `{}` is stale: run the same command without --check\n", out.display());
    assert_eq!(stale.err, wanted);
    assert!(gpt("build sv39 --check").fails().contains("say where it is with -o"));
}

#[test]
fn bad_formats_are_reported_before_anything_is_emitted() {
    let said = gpt("build x86_46 banana").fails();
    assert_eq!(said.lines().count(), 2);
    assert!(gpt("build x86_64 --lang cobol").fails().contains("invalid value 'cobol'"));
}

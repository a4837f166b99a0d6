//! `list`, `show`, `check`, `new`, `schema`, `explain`, `completions`, and the mistakes that all commands share.

use super::{directory, file, gpt, gpt_with, keys};

#[test]
fn list_names_every_format_of_the_catalogue() {
    let listed = gpt("list --json").json();
    let listed = listed.as_array().unwrap();
    let names: Vec<&str> = listed.iter().map(|format| format["name"].as_str().unwrap()).collect();
    assert_eq!(names, gpt_formats::CATALOGUE.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    let wanted = ["name", "about", "manual", "va_bits", "sign_extended", "pa_bits", "levels", "pages", "checked_by"];
    assert!(listed.iter().all(|format| keys(format) == wanted));
    let x86 = listed.iter().find(|format| format["name"] == "x86_64").unwrap();
    assert_eq!((&x86["va_bits"], &x86["sign_extended"], &x86["pa_bits"]), (&48.into(), &true.into(), &52.into()));
    assert_eq!(x86["levels"], serde_json::json!(["PML4", "PDPT", "PD", "PT"]));
    assert_eq!(x86["pages"], serde_json::json!(["0x1000", "0x200000", "0x40000000"]));
    // What the tests with emulated machines recorded, in full for programs.
    assert!(
        x86["checked_by"].as_str().unwrap().starts_with("QEMU ")
            && x86["checked_by"].as_str().unwrap().contains("random mappings")
    );
    let text = gpt("list").ok();
    assert!(
        text.lines().any(|line| line.starts_with("x86_64  ") && line.contains("  QEMU ") && !line.contains("random"))
    );
    assert!(text.starts_with("name ") && text.lines().next().unwrap().contains("checked by"));
    assert!(text.lines().any(|line| line.starts_with("x86_64  ") && line.contains(" 4K 2M 1G ")));
    // Every power of two from 4 KiB on but 512 GiB, as the head of its description says.
    assert!(text.lines().any(|line| line.starts_with("amd_v1  ") && line.contains("  4K 8K … 256G 1T 2T … 2P  ")));
}

#[test]
fn show_says_of_every_format_what_was_reviewed() {
    insta::glob!("../../../formats", "*.yaml", |path| {
        insta::assert_snapshot!(gpt(&format!("show {}", path.file_stem().unwrap().to_str().unwrap())).ok());
    });
}

#[test]
fn show_draws_every_format_within_the_terminal() {
    let text = gpt("show x86_64").ok();
    assert!(text.starts_with("x86_64: x86-64 4-level paging\n"));
    assert!(text.contains("  PML4  va 47:39  512 × 8 bytes, little-endian  table 4K, aligned 4K\n"), "{text}");
    assert!(text.contains("  2M  page-2m  at PD\n"));
    assert!(text.contains("table at PML4 → PDPT, PDPT → PD, PD → PT\n"), "{text}");
    assert!(text.contains("│R/W│P=1│\n"));
    assert_eq!(text.matches("\npage-4k (page) at PT\n").count(), 1);
    for format in gpt("list --json").json().as_array().unwrap() {
        let name = format["name"].as_str().unwrap();
        for line in gpt(&format!("show {name}")).ok().lines() {
            assert!(line.chars().count() <= 100, "{name}: {line}");
            // Every box is closed.
            assert_eq!(line.contains('┌'), line.contains('┐'), "{name}: {line}");
        }
    }
}

#[test]
fn check_reports_every_mistake_of_every_file() {
    let directory = directory("check");
    let good = file(&directory, "good.yaml", gpt("new good").ok());
    let bad = file(&directory, "bad.yaml", gpt("new bad").ok().replace("31:1        free", "31:2        free"));
    let worse = file(&directory, "worse.yaml", "format: Worse\nlevels: [1]\nextra: 2\n");
    assert_eq!(gpt(&format!("check {good}")).ok(), "");
    let said = gpt(&format!("check {good} {bad} {worse}")).fails();
    assert!(said.contains("bad.yaml:") && said.contains("worse.yaml:") && !said.contains("good.yaml"), "{said}");
    assert!(said.matches("error[E").count() > 2, "{said}");

    let ran = gpt(&format!("check --json {good} {bad} {worse} {}/none.yaml", directory.display()));
    assert_eq!((ran.status, ran.err.as_str()), (1, ""));
    let found: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let found = found.as_array().unwrap();
    assert!(found.iter().all(|one| keys(one) == ["file", "code", "message", "help", "places"]));
    let place = &found.iter().find(|one| one["file"] == bad.as_str()).unwrap()["places"][0];
    assert_eq!(keys(place), ["file", "line", "column", "end_line", "end_column", "text"]);
    assert!(place["line"].as_u64().unwrap() > 1);
    let missing = found.last().unwrap();
    assert!(missing["code"].is_null() && missing["message"].as_str().unwrap().starts_with("cannot read `"));
    assert_eq!(gpt(&format!("check --json {good}")).json(), serde_json::json!([]));
}

#[test]
fn check_reads_standard_input_and_names() {
    assert_eq!(gpt_with("check -", gpt("new mine").ok().as_bytes()).ok(), "");
    assert_eq!(gpt("check x86_64 sv39").ok(), "");
    let said = gpt_with("check -", b"format: x\n").fails();
    assert!(said.contains("<stdin>"), "{said}");
}

#[test]
fn what_is_no_description_is_not_read_to_its_end() {
    let directory = directory("no-description");
    let most = "a description has at most 1048576 bytes\n";
    // One byte too many: of a stream without an end no more than that is waited for.
    let large = vec![b'#'; 1 << 20 | 1];
    assert_eq!(gpt_with("check -", &large).fails(), format!("error: cannot read `-`: {most}"));
    let path = file(&directory, "large.yaml", &large);
    assert_eq!(gpt(&format!("check {path}")).fails(), format!("error[E0001]: cannot read `{path}`: {most}"));
    assert_eq!(gpt(&format!("fmt {path}")).fails(), format!("error: cannot read `{path}`: {most}"));
    // As many as there may be are read.
    assert!(!gpt_with("check -", &large[1..]).fails().contains("at most"));
    let binary = file(&directory, "binary.yaml", b"\xff\xfe");
    let said = gpt(&format!("check {binary}")).fails();
    assert_eq!(said, format!("error[E0001]: cannot read `{binary}`: it is not UTF-8 text\n"));
    let lost = file(&directory, "lost.yaml", "extends: nowhere.yaml\nformat: lost\n");
    let said = gpt(&format!("check {lost}")).fails();
    assert!(said.starts_with("error[E0001]: cannot read `nowhere.yaml`: no such file or directory\n"), "{said}");
}

#[test]
fn what_new_prints_passes_check_and_can_be_shown() {
    let directory = directory("new");
    let path = file(&directory, "my_mmu2.yaml", gpt("new my_mmu2").ok());
    assert_eq!(gpt(&format!("check {path}")).ok(), "");
    assert_eq!(gpt(&format!("fmt --check {path}")).ok(), "");
    assert!(gpt(&format!("show {path}")).ok().starts_with("my_mmu2: "));
    for name in ["My", "1a", "a-b", ""] {
        let said = if name.is_empty() { gpt("new").fails() } else { gpt(&format!("new {name}")).fails() };
        assert!(said.contains("no name for a format") || name.is_empty(), "{said}");
    }
}

#[test]
fn a_file_may_extend_one_beside_it() {
    let directory = directory("extends");
    file(&directory, "base.yaml", gpt("new base").ok());
    let derived = file(&directory, "derived.yaml", "extends: base.yaml\nformat: derived\n");
    assert!(gpt(&format!("show {derived}")).ok().starts_with("derived: "));
    let lost = file(&directory, "lost.yaml", "extends: nowhere.yaml\nformat: lost\n");
    assert!(gpt(&format!("check {lost}")).fails().contains("nowhere.yaml"));
}

#[test]
fn schema_explain_and_completions() {
    let schema = gpt("schema").json();
    assert!(schema["properties"]["levels"].is_object());
    assert!(gpt("explain E0202").ok().starts_with("# E0202: "));
    assert_eq!(gpt("explain e0202").ok(), gpt("explain E0202").ok());
    assert_eq!(
        gpt("explain E9999").fails(),
        "error: there is no mistake with the code `E9999`: write it as it stands in a message, such as E0201\n"
    );
    for shell in ["bash", "zsh", "fish"] {
        assert!(gpt(&format!("completions {shell}")).ok().contains("gpt"));
    }
    assert!(gpt("completions cat").fails().contains("invalid value"));
}

#[test]
fn unknown_formats_and_files() {
    let unknown = gpt("show x86_46").fails();
    assert_eq!(unknown, "error: there is no format `x86_46`: did you mean `x86_64`?\n");
    let unlike = gpt("show banana").fails();
    assert_eq!(
        unlike,
        "error: there is no format `banana`: `gpt list` shows the catalogue; a file is given with its path\n"
    );
    assert_eq!(gpt("show ./none.yaml").fails(), "error: cannot read `./none.yaml`: no such file or directory\n");
    assert_eq!(gpt("show /").fails(), "error: cannot read `/`: is a directory\n");
    let directory = directory("unknown");
    let binary = file(&directory, "binary.yaml", [0xff, 0xfe, 0]);
    assert!(gpt(&format!("show {binary}")).fails().contains("binary.yaml"));
}

#[test]
fn usage_is_shown_and_fails_with_one() {
    assert!(gpt("--help").ok().contains("Usage: gpt <COMMAND>"));
    assert!(gpt("--version").ok().starts_with("gpt 0"));
    for command in ["list", "show", "check", "build", "decode", "encode", "image", "walk", "dump", "new", "fmt"] {
        assert!(gpt(&format!("{command} --help")).ok().contains("Example"), "{command}");
    }
    for wrong in ["", "frobnicate", "show", "show a b", "decode x86_64", "walk x86_64"] {
        let ran = gpt(wrong);
        assert_eq!((ran.status, ran.out.as_str()), (1, ""), "{wrong}");
        assert!(ran.err.contains("Usage"), "{wrong}: {}", ran.err);
    }
}

#[test]
fn show_says_how_a_host_writes_entries() {
    // Manual: P is bit 0; PDPTEs, PDEs and PTEs have 64 bits. So the high half comes first, and P with the low half.
    let text = gpt("show x86_pae --host 32").ok();
    assert!(text.starts_with("x86_pae on a 32-bit host without 64-bit atomics\n"), "{text}");
    assert!(text.contains("    publish      63:32, then 31:0\n"), "{text}");
    let said = gpt("show x86_pae --host 32 --json").json();
    assert_eq!(keys(&said), ["format", "host", "about", "levels"]);
    let levels = said["levels"].as_array().unwrap();
    let names: Vec<&serde_json::Value> = levels.iter().map(|level| &level["levels"]).collect();
    assert_eq!(names, [&serde_json::json!(["PDPT"]), &serde_json::json!(["PD"]), &serde_json::json!(["PT"])]);
    let pt = &levels[2];
    let wanted =
        ["levels", "atomic", "gate", "refused", "hardware", "publish", "take", "not_live", "read", "in_one_step"];
    assert_eq!(keys(pt), wanted);
    assert_eq!((&pt["gate"], &pt["take"]), (&"P (0) in 31:0".into(), &"31:0, then 63:32".into()));
    assert!(pt["refused"].is_null() && pt["in_one_step"].as_array().unwrap().len() == 2, "{pt}");

    let native = gpt("show x86_pae --host 32-atomic64 --json").json();
    assert_eq!(native["levels"], serde_json::json!([{ "levels": ["PDPT", "PD", "PT"], "atomic": true }]));
    assert!(gpt("show x86_pae --host 16").fails().contains("[possible values: 64, 32-atomic64, 32]"));
    assert!(gpt("show x86_pae --json").fails().contains("--host"));
}

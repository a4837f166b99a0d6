//! Nothing that a file may hold makes reading it panic, hang or take much memory.
#![cfg(feature = "yaml")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use gpt_codegen::{Report, from_yaml};
use proptest::prelude::*;

const SEEDS: [&str; 3] = [
    include_str!("../../formats/x86_64.yaml"),
    include_str!("../../formats/sv39.yaml"),
    include_str!("../../formats/armv7_short.yaml"),
];

/// Reads a text, and looks at all that is said about it.
fn read(text: &str) -> Option<Report> {
    let load = |name: &str| if name == "sv39.yaml" { Ok(SEEDS[1].to_owned()) } else { Err("not here".to_owned()) };
    let report = from_yaml("hostile.yaml", text, &load).err()?;
    let shown = report.render(true) + &report.render(false);
    assert!(shown.len() < 64 << 20);
    for finding in report.iter() {
        assert!(!finding.message.is_empty());
        for place in &finding.places {
            assert!(place.line >= 1 && place.column >= 1);
            assert!((place.end_line, place.end_column) >= (place.line, place.column));
        }
    }
    Some(report)
}

/// The codes of what is said about a text, which takes no longer than it may.
fn codes(text: &str) -> Vec<&'static str> {
    let start = Instant::now();
    let report = read(text).expect("a mistake");
    assert!(start.elapsed() < Duration::from_secs(20), "took {:?}", start.elapsed());
    report.iter().map(|finding| finding.code).collect()
}

fn with_entries(entries: &str) -> String {
    format!(
        "format: big\nabout: big\nmanual: none\nva: 32 bits\npa: 32 bits\nentry: 32 bits, little-endian\n\
         levels: [31:22 A, 21:12 B]\nentries:\n{entries}"
    )
}

#[test]
fn a_file_of_many_megabytes_is_refused_unread() {
    assert_eq!(codes(&"# nothing\n".repeat(1 << 20)), ["E0007"]);
}

#[test]
fn what_is_nested_too_deeply_is_no_matter_of_indentation() {
    for brackets in [64, 600] {
        let text = format!("format: deep\nroots: {}{}\n", "[".repeat(brackets), "]".repeat(brackets));
        assert_eq!(codes(&text), ["E0007"]);
    }
}

#[test]
fn too_many_rows_are_refused() {
    let rows = "      - 0 zero\n".repeat(5000);
    assert!(codes(&with_entries(&format!("  absent:\n    at: [A]\n    bits:\n{rows}"))).contains(&"E0007"));
}

#[test]
fn too_many_kinds_are_refused() {
    let mut kinds = String::new();
    for number in 0..5000 {
        writeln!(kinds, "  k{number}:\n    at: [A]\n    bits: [31:0 zero]").unwrap();
    }
    assert!(codes(&with_entries(&kinds)).contains(&"E0007"));
}

#[test]
fn rows_that_multiply_by_like_and_levels_are_refused() {
    let levels: Vec<String> = (0..64).map(|level| format!("{0}:{0} L{level}", 127 - level)).collect();
    let names: Vec<String> = (0..64).map(|level| format!("L{level}")).collect();
    let rows: String = (0..4000).map(|row| format!("      - {} zero\n", row % 128)).collect();
    let mut kinds = format!("  k0:\n    at: [L0]\n    bits:\n{rows}");
    for number in 1..256 {
        writeln!(kinds, "  k{number}:\n    at: [{}]\n    like: k{}", names.join(", "), number - 1).unwrap();
    }
    let text = with_entries(&kinds).replace("[31:22 A, 21:12 B]", &format!("[{}]", levels.join(", ")));
    assert!(codes(&text).contains(&"E0007"));
}

#[test]
fn deep_nesting_is_refused() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", "")] {
        let text = format!("entries: {}x{}", open.repeat(20_000), close.repeat(20_000));
        assert!(!codes(&text).is_empty());
        assert!(!codes(&format!("entries:\n  {}x", open.repeat(20_000))).is_empty());
    }
}

#[test]
fn long_rows_and_conditions_are_refused() {
    let row = |row: &str| codes(&with_entries(&format!("  absent:\n    at: [A]\n    bits:\n      - '{row}'\n")));
    let when = |when: &str| {
        codes(&with_entries(&format!("  absent:\n    at: [A]\n    bits: [31:0 X vendor.x]\n    when: {when}\n")))
    };
    assert_eq!(row(&format!("31:0 {}", "A".repeat(100_000))), ["E0007"]);
    assert_eq!(row(&format!("31:0 A = {}", "9".repeat(450))), ["E0013"]);
    assert_eq!(row(&format!("{}:0 zero", "9".repeat(450))), ["E0011"]);
    assert_eq!(when(&"(".repeat(450)), ["E0017"]);
    assert_eq!(when(&format!("{}X", "not ".repeat(10_000))), ["E0007"]);
    assert_eq!(when("X != 3 and ".repeat(40).trim_end_matches(" and ")), ["E0115"]);
    assert_eq!(when(&format!("X != {}", u128::MAX)), ["E0112"]);
}

#[test]
fn a_file_with_a_mistake_in_every_row_is_reported_in_time() {
    let rows = "      - 31:0 ADDR tabel SOMEWHERE at NOWHERE\n".repeat(4000);
    let text = with_entries(&format!("  absent:\n    at: [A]\n    bits:\n{rows}"));
    assert_eq!(codes(&text).len(), 4000);
}

#[test]
fn control_characters_do_not_reach_the_terminal() {
    let text = with_entries("  absent:\n    at: [\"\\e[31mred\", \"a\\u202Eb\"]\n    bits: [31:0 zero]\n");
    let text = text.replace("format: big", "format: Big # \u{202e}");
    assert!(!read("a: \u{1b}[31m").expect("a mistake").render(false).contains('\u{1b}'));
    let report = read(&text).expect("a mistake");
    assert!(!report.render(false).contains(['\u{1b}', '\u{202e}']), "{report}");
    for finding in report.iter() {
        assert!(!finding.message.contains(['\u{1b}', '\u{202e}']));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_description_with_some_bytes_changed_is_read_or_refused(
        seed in 0..SEEDS.len(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0..4usize, "[ -~\n\u{e9}]{0,3}"), 1..6),
    ) {
        let mut text: Vec<char> = SEEDS[seed].chars().collect();
        for (place, removed, inserted) in changes {
            let start = place.index(text.len());
            let end = (start + removed).min(text.len());
            text.splice(start..end, inserted.chars());
        }
        read(&text.into_iter().collect::<String>());
    }

    #[test]
    fn a_description_with_some_words_exchanged_is_read_or_refused(
        seed in 0..SEEDS.len(),
        swaps in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>()), 1..6),
    ) {
        let mut words: Vec<&str> = SEEDS[seed].split_inclusive([' ', '\n', ',']).collect();
        for (one, other) in swaps {
            let (one, other) = (one.index(words.len()), other.index(words.len()));
            words.swap(one, other);
        }
        read(&words.concat());
    }

    #[test]
    fn any_row_and_any_condition_is_read_or_refused(
        row in prop::collection::vec(
            prop::sample::select(vec![
                "0", "51:12", "127:0", "1:2", "P", "U/S", "=", "1", "0x", "zero", "free", "page", "table", "not", "write",
                "as", "at", "A", ",", "[hw]", "[", "]", "[35:12]", "\u{e9}", "vendor.x",
            ]),
            0..9,
        ),
        when in prop::collection::vec(
            prop::sample::select(vec!["P", "not", "and", "or", "(", ")", "=", "!=", "==", "&&", "!", "1", "0b2", "X", "\u{e9}"]),
            0..12,
        ),
    ) {
        let (row, when) = (row.join(" "), when.join(" "));
        read(&with_entries(&format!("  absent:\n    at: [A]\n    when: '{when}'\n    bits: ['{row}', '0 P vendor.p']\n")));
    }
}

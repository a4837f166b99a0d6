//! How hosts with narrow atomics write entries: derived from nothing but the description.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;

use gpt_codegen::Checked;
use gpt_codegen::host::{Host, refusal, report};

fn catalogue(name: &str) -> Checked {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../formats").join(format!("{name}.yaml"));
    gpt_codegen::from_yaml_file(path).unwrap_or_else(|report| panic!("{report}"))
}

fn text(yaml: &str) -> Checked {
    gpt_codegen::from_yaml("test.yaml", yaml, &|_| Err("no other file".to_owned()))
        .unwrap_or_else(|report| panic!("{report}"))
}

/// The figures of the manual: P is bit 0, XD bit 63, the hardware writes bits 5 and 6.
#[test]
fn the_report_says_what_goes_first() {
    let expected = "\
x86_pae on a 32-bit host without 64-bit atomics
  PDPT
    gate         P (0) in 31:0
    publish      63:32, then 31:0
    take         31:0, then 63:32
    not live     any other change, a page made a table too: the hardware finds the entry absent for a moment
    read         gate, rest, and whether either changed since; a shut gate is enough

  PD
    gate         P (0) in 31:0
    hardware     writes A (5), D (6) in 31:0
    publish      63:32, then 31:0
    take         31:0, then 63:32
    in one step  changes of 31:0 alone: ADDR (51:21), PAT (12), AVL (11:9), G (8), D (6), A (5), PCD (4), PWT (3), U/S (2), R/W (1)
    in one step  changes of 63:32 alone: XD (63), ADDR (51:21)
    not live     any other change, a page made a table too: the hardware finds the entry absent for a moment
    read         gate, rest, and whether either changed since; a shut gate is enough

  PT
    gate         P (0) in 31:0
    hardware     writes D (6), A (5) in 31:0
    publish      63:32, then 31:0
    take         31:0, then 63:32
    in one step  changes of 31:0 alone: ADDR (51:12), AVL (11:9), G (8), PAT (7), D (6), A (5), PCD (4), PWT (3), U/S (2), R/W (1)
    in one step  changes of 63:32 alone: XD (63), ADDR (51:12)
    not live     any other change, a page made a table too: the hardware finds the entry absent for a moment
    read         gate, rest, and whether either changed since; a shut gate is enough
";
    assert_eq!(report(&catalogue("x86_pae"), Host::BITS_32), expected);
    let native = "x86_pae on a 32-bit host with 64-bit atomics\n  entries have 64 bits at most: each change is one atomic step\n";
    assert_eq!(report(&catalogue("x86_pae"), Host::BITS_32_ATOMIC_64), native);
}

/// The lines that start with a word, of a report.
fn lines(name: &str, host: Host, word: &str) -> Vec<String> {
    let report = report(&catalogue(name), host);
    let wanted = report.lines().filter_map(|line| line.trim().strip_prefix(word).map(|rest| rest.trim().to_owned()));
    let mut lines: Vec<String> = wanted.collect();
    lines.dedup();
    lines
}

#[test]
fn the_gate_is_where_the_manual_has_the_deciding_bits() {
    assert_eq!(lines("powerpc_radix", Host::BITS_32, "gate"), ["V (63) in 63:32"]);
    assert_eq!(lines("sv39", Host::BITS_32, "gate"), ["V (0) in 31:0"]);
    // W without R makes no entry. Bit 63 tells two kinds apart that are both none: a shut gate is not enough.
    assert_eq!(lines("ept", Host::BITS_32, "gate"), ["X (2), R (0) in 31:0"]);
    assert_eq!(lines("ept", Host::BITS_32, "read"), ["all parts, and whether any changed since"]);
}

/// The two halves of an entry with two tables are entries of their own.
#[test]
fn halves_may_be_entries_of_their_own() {
    let halves = "127:64 and 63:0, one after the other: a part alone is absent or one of the children";
    assert_eq!(lines("nv_ver3", Host::BITS_64, "publish"), [halves]);
    assert_eq!(
        lines("nv_ver3", Host::BITS_32, "publish"),
        ["63:32, then 31:0", "127:96 and 63:32, then 95:64 and 31:0", "63:32, then 31:0"]
    );
}

/// Every description of the catalogue has an order for every host.
#[test]
fn the_catalogue_can_be_written_everywhere() {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR")).join("../formats");
    let mut seen = 0;
    for file in std::fs::read_dir(directory).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|it| it == "yaml") {
            let checked = gpt_codegen::from_yaml_file(&path).unwrap_or_else(|report| panic!("{report}"));
            for (_, host) in Host::ALL {
                assert_eq!(refusal(&checked, *host), None);
            }
            seen += 1;
        }
    }
    assert!(seen > 30);
}

/// Which half of a word says that it is a page depends on the other half: whichever is written first, the entry is
/// one of the other kind for a moment.
#[test]
fn kinds_that_need_both_halves_are_refused() {
    let checked = text(
        "format: torn
about: Either half can make a page
manual: none
va: 21 bits
pa: 40 bits
entry: 64 bits, little-endian
levels:
  - 20:12 T
entries:
  absent:
    at: [T]
    bits:
      - 63:33 free
      - 32 H = 0
      - 31:1 free
      - 0 L = 0
  page:
    at: [T]
    bits:
      - 63:61 zero
      - 60:33 ADDR page[39:12]
      - 32 H vendor.high
      - 31:1 free
      - 0 L = 1
  other:
    at: [T]
    is: page
    run: 16 items, same address
    bits:
      - 63:61 zero
      - 60:37 ADDR page[39:16]
      - 36:33 zero
      - 32 H = 1
      - 31:1 free
      - 0 L = 0
tlb:
  caches: [table, page]
  flush: page
",
    );
    assert_eq!(refusal(&checked, Host::BITS_64), None);
    let why = refusal(&checked, Host::BITS_32).expect("a refusal");
    let expected = "`torn` cannot be used on a 32-bit host without 64-bit atomics: an entry of T is written in parts of 32 bits, \
                    and a `page` of which `L (0)` is not there yet would be taken for a `other`";
    assert_eq!(why, expected);
    assert!(report(&checked, Host::BITS_32).contains(&why));

    // The emitted module is an error on such a host, which names the same rows, and on no other.
    let source = gpt_codegen::backend::rust::emit(&checked, &Default::default());
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let refused = format!("#[cfg(not(target_has_atomic = \"64\"))] compile_error!( \"{why}\" );");
    assert!(words(&source).contains(&refused), "{source}");
    assert_eq!(source.matches("compile_error!").count(), 1);
}

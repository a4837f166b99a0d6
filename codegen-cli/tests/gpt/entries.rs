//! `decode` and `encode`. Expected words are put together from the bit positions of the manuals.

use super::{gpt, keys};

#[test]
fn decode_tells_the_levels_apart() {
    // Intel SDM: bit 7 is PS in a PDE and PAT in a PTE.
    let word = 0x2000_00e3_u64;
    let text = gpt(&format!("decode x86_64 {word:#x}")).ok();
    assert!(text.contains("0x00000000200000e3 at PD: page-2m, page 0x20000000\n"), "{text}");
    assert!(text.contains("0x00000000200000e3 at PT: page-4k, page 0x20000000\n"), "{text}");
    assert!(!text.contains("PML4"), "{text}");
    assert!(text.contains("  1      R/W   0x1            write = true\n"), "{text}");
    let table = gpt("decode x86_64 0x5067").ok();
    assert!(table.starts_with("0x0000000000005067 at PML4, PDPT, PD: table, next table 0x5000\n"), "{table}");
    let one = gpt("decode x86_64 --level pt 0x5067 0").ok();
    assert_eq!((one.matches(": page-4k").count(), one.matches(": absent").count()), (1, 1));
}

#[test]
fn decode_as_json() {
    let found = gpt("decode x86_64 --level PT --json 0x8000000012345067").json();
    let entry = &found[0];
    let wanted = ["level", "entry", "kind", "malformed", "page", "tables", "attributes", "fields"];
    assert_eq!(keys(entry), wanted);
    assert_eq!((&entry["level"], &entry["entry"]), (&"PT".into(), &"0x8000000012345067".into()));
    assert_eq!((&entry["kind"], &entry["page"]), (&"page-4k".into(), &"0x12345000".into()));
    assert!(entry["malformed"].is_null());
    assert_eq!((&entry["attributes"]["execute"], &entry["attributes"]["user"]), (&false.into(), &true.into()));
    assert_eq!(keys(&entry["fields"][0]), ["bits", "name", "value", "attribute"]);
    assert_eq!((&entry["fields"][0]["bits"], &entry["fields"][0]["name"]), (&"63".into(), &"XD".into()));
    let table = gpt("decode x86_64 --level PD --json 0x5067").json();
    assert_eq!(table[0]["tables"], serde_json::json!({ "PT": "0x5000" }));
}

#[test]
fn words_of_a_code_are_for_the_attribute_and_numbers_for_the_row() {
    // LoongArch manual volume 1, section 5.4.3: MAT is bits 5:4, and coherent cached is 1; bit 0 is V. NX is bit 62 and NR
    // bit 61, set where attributes are given and do not allow it.
    let page = "encode loongarch64 --level PT --kind page-4k";
    let by_row = gpt(&format!("{page} MAT=1")).ok();
    assert_eq!(by_row, "0x0000000000000011\n");
    assert_eq!(gpt(&format!("{page} memory_type=coherent-cached")).ok(), "0x6000000000000011\n");
    let said = gpt(&format!("{page} MAT=coherent-cached")).fails();
    assert_eq!(said, "error: `MAT` takes a number; words are for `memory_type`\n");
}

#[test]
fn what_means_nothing_fails() {
    let said = gpt("decode x86_64 --level PD 0x202081").fails();
    assert_eq!(said, "error: 0x202081 at PD: reserved bits 20:13 set in a page-2m\n");
    let ran = gpt("decode x86_64 --level PD --json 0x202081");
    assert_eq!(ran.status, 1);
    let found: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(found[0]["malformed"], "reserved bits 20:13 set in a page-2m");
    assert!(gpt("decode x86_64 0x1ffffffffffffffff").fails().contains("wider than an item"));
    assert!(gpt("decode x86_64 --level PX 1").fails().contains("has no level `PX`; it has PML4, PDPT, PD, PT"));
    for garbage in ["12Q", "0x", "-1", "0xg", "4KB"] {
        assert!(gpt(&format!("decode x86_64 -- {garbage}")).fails().contains("is not a number"), "{garbage}");
    }
}

#[test]
fn encode_by_meaning_and_by_name() {
    let encode = |rest: &str| gpt(&format!("encode x86_64 --level PT --kind page-4k {rest}")).ok();
    assert_eq!(encode("page=0x12345000 write=yes"), "0x8000000012345003\n");
    assert_eq!(encode("page=0x12345000 write user execute=on key=5"), "0x2800000012345007\n");
    assert_eq!(encode("page=4K cache.disable=true execute"), "0x0000000000001011\n");
    assert_eq!(encode("ADDR=0x12345000 R/W=1 U/S=1"), "0x0000000012345007\n");
    let found = gpt("encode sv39 --level VPN0 --kind page-4k page=0x80200000 read execute --json").json();
    assert_eq!(keys(&found), ["format", "level", "kind", "entry"]);
    assert_eq!(found["entry"], "0x2008000b");
    // What comes out goes in again.
    let word = encode("page=0x12345000 dirty accessed key=9");
    let again = gpt(&format!("decode x86_64 --level PT --json {word}")).json();
    assert_eq!((&again[0]["attributes"]["key"], &again[0]["attributes"]["dirty"]), (&9.into(), &true.into()));
}

#[test]
fn encode_says_what_is_wrong() {
    let said = |rest: &str| gpt(&format!("encode x86_64 --level PT {rest}")).fails();
    assert_eq!(said("--kind page-2m"), "error: there is no `page-2m` at PT; there is absent, page-4k\n");
    assert!(said("--kind page-4k colour=1").contains("page-4k has no field `colour`; it has"));
    assert!(said("--kind page-4k page=0x123").contains("0x123 is not a multiple of 0x1000"));
    assert!(said("--kind page-4k page=0x10000000000000").contains("out of reach: the entry holds 52 bits"));
    assert!(said("--kind page-4k key=16").contains("does not fit 4 bits"));
    assert!(said("--kind page-4k key=1 key=2").contains("`key` is given twice"));
    assert!(said("--kind page-4k key=").contains("has no value"));
    assert!(said("--kind page-4k =1").contains("has no name"));
    assert!(gpt("encode x86_64 --level PT").fails().contains("--kind"));
}

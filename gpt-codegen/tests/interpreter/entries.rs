//! Words that a manual or another implementation gives, taken apart and put together.

use gpt_codegen::interpreter::{decode, empty_word, encode};

use super::formats::{PAIR, WIDE};
use super::{attributes, catalogue, described, level};

#[test]
fn x86_pte_has_the_bits_of_the_manual() {
    let x86 = catalogue("x86_64");
    let pt = level(&x86, "PT");
    // Intel SDM, table 4-20: XD 63, key 62:59, address 51:12, G 8, PAT 7, D 6, A 5, PCD 4, PWT 3, U/S 2, R/W 1, P 0.
    let word = 1 << 63 | 5 << 59 | 0x12345 << 12 | 1 << 8 | 1 << 6 | 1 << 1 | 1;
    let entry = decode(&x86, pt, word).unwrap();
    assert_eq!((entry.kind.name.as_str(), entry.page()), ("page-4k", Some(0x1234_5000)));
    let says = entry.attributes();
    for (name, value) in attributes("execute=no key=5 global dirty accessed=no user=no write cache_pat=no") {
        assert_eq!(says.get(&name), Some(&value), "{name}");
    }
    let same = "page=0x12345000 key=5 global dirty write";
    assert_eq!(encode(&x86, pt, "page-4k", &attributes(same)), Ok(word));
}

#[test]
fn what_is_not_given_is_not_allowed_unless_the_bits_are_given() {
    let x86 = catalogue("x86_64");
    let pt = level(&x86, "PT");
    assert_eq!(encode(&x86, pt, "page-4k", &attributes("page=0x1000")), Ok(1 << 63 | 0x1001));
    assert_eq!(encode(&x86, pt, "page-4k", &attributes("page=0x1000 execute")), Ok(0x1001));
    assert_eq!(encode(&x86, pt, "page-4k", &attributes("ADDR=0x1000 R/W=1")), Ok(0x1003));
    assert_eq!(encode(&x86, pt, "page-4k", &attributes("ADDR=0x1000 XD=1")), Ok(1 << 63 | 0x1001));
}

#[test]
fn shifted_addresses_are_whole_addresses() {
    let sv39 = catalogue("sv39");
    // Privileged specification: PPN is bits 53:10 and stands for address bits 55:12.
    let word = (0x80200 << 10) | 0b1100_1111;
    let entry = decode(&sv39, level(&sv39, "VPN0"), word).unwrap();
    assert_eq!(entry.page(), Some(0x8020_0000));
    let table = decode(&sv39, level(&sv39, "VPN2"), 0x80200 << 10 | 1).unwrap();
    assert_eq!(table.tables().collect::<Vec<_>>(), [(0, level(&sv39, "VPN1"), 0x8020_0000)]);
}

#[test]
fn malformed_words_say_why() {
    let x86 = catalogue("x86_64");
    let said = |name: &str, word: u128| decode(&x86, level(&x86, name), word).unwrap_err().to_string();
    assert_eq!(said("PD", 0x20_0000 | 1 << 14 | 0x81), "reserved bits 20:13 set in a page-2m");
    assert_eq!(said("PML4", 0x81), "no kind of entry at PML4 matches");
    assert_eq!(said("PT", 1 << 64), "the word is wider than an item, which has 64 bits");
    let sv39 = catalogue("sv39");
    // Writable and not readable is reserved.
    assert!(decode(&sv39, level(&sv39, "VPN0"), 0b101).is_err());
}

#[test]
fn encoding_says_what_is_wrong() {
    let x86 = catalogue("x86_64");
    let said =
        |kind: &str, fields: &str| encode(&x86, level(&x86, "PD"), kind, &attributes(fields)).unwrap_err().to_string();
    assert_eq!(said("page-4k", ""), "there is no `page-4k` at PD; there is absent, table, page-2m");
    assert!(said("page-2m", "colour=1").starts_with("page-2m has no field `colour`; it has execute, key, page,"));
    assert_eq!(said("page-2m", "key=16"), "the value of `key` does not fit 4 bits");
    assert_eq!(said("page-2m", "write=2"), "`write` is one bit");
    assert_eq!(said("page-2m", "write=maybe"), "`write` takes true or false");
    assert_eq!(said("page-2m", "PS=0"), "`PS` is always 0x1 in this kind of entry");
    assert_eq!(said("page-2m", "page=0x1000"), "the address 0x1000 is not a multiple of 0x200000");
    let far = "the address 0x10000000000000 is out of reach: the entry holds 52 bits";
    assert_eq!(said("page-2m", "page=0x10000000000000"), far);
    let sv39 = catalogue("sv39");
    let condition = encode(&sv39, level(&sv39, "VPN0"), "page-4k", &attributes("write")).unwrap_err();
    assert!(condition.to_string().ends_with("is not a page-4k: its condition does not hold"), "{condition}");
}

#[test]
fn codes_grant_permissions() {
    let wide = described(WIDE);
    let leaf = level(&wide, "LEAF");
    let rx = 3 << 58 | 0x77;
    let entry = decode(&wide, leaf, rx).unwrap();
    assert_eq!(entry.attributes(), attributes("ap=rx read execute write=no"));
    assert_eq!(encode(&wide, leaf, "page-4k", &attributes("page=0x77000 read execute")), Ok(rx));
    assert_eq!(encode(&wide, leaf, "page-4k", &attributes("page=0x77000 ap=rx")), Ok(rx));
    let none = encode(&wide, leaf, "page-4k", &attributes("write")).unwrap_err();
    assert_eq!(none.to_string(), "no code of `ap` grants just write");
    assert!(encode(&wide, leaf, "page-4k", &attributes("ap=rx write")).is_err());
    assert!(encode(&wide, leaf, "page-4k", &attributes("ap=rxw")).is_err());
    assert_eq!(decode(&wide, leaf, 4 << 58).unwrap().attributes(), attributes("ap=four read=no write=no execute=no"));
}

#[test]
fn scattered_addresses_and_special_kinds() {
    let wide = described(WIDE);
    let address = 0xfedc_ba98_7654_0000_u128;
    let word = 1 << 61 | 0xfed << 35 | 0xc_ba98_7654 >> 1;
    assert_eq!(encode(&wide, level(&wide, "MID"), "table", &attributes("table=0xfedcba9876540000")), Ok(word));
    assert_eq!(decode(&wide, level(&wide, "MID"), word).unwrap().tables().next().unwrap().2, address);
    let swap = decode(&wide, level(&wide, "LEAF"), 1 << 62 | 42).unwrap();
    assert_eq!((swap.kind.name.as_str(), swap.attributes()), ("swapped", attributes("payload=42")));
    assert_eq!(empty_word(&wide, level(&wide, "LEAF")), 1 << 63 | 0x5a);
}

#[test]
fn two_tables_in_one_entry() {
    let pair = described(PAIR);
    let dir = level(&pair, "DIR");
    let word = 0x5000_u128 << 64 | 1 << 64 | 0x12300 | 1;
    let tables: Vec<_> = decode(&pair, dir, word).unwrap().tables().collect();
    assert_eq!(tables, [(0, level(&pair, "BIG"), 0x12300), (1, level(&pair, "SMALL"), 0x5000)]);
    let fields = attributes("big=1 small=1 BIG=0x12300 SMALL=0x5000");
    assert_eq!(encode(&pair, dir, "pair", &fields), Ok(word));
}

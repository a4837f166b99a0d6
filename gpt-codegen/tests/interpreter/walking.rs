//! Tables put together by hand, word by word.

use gpt_codegen::interpreter::{Fault, Image, Root, Value, dump, walk};

use super::formats::PAIR;
use super::{attributes, catalogue, described, level};

/// An image in which the 64-bit words at some addresses are set.
fn image(bytes: usize, big_endian: bool, words: &[(u64, u64)]) -> Image {
    let mut memory = vec![0; bytes];
    for (at, word) in words {
        let word = if big_endian { word.to_be_bytes() } else { word.to_le_bytes() };
        memory[*at as usize..*at as usize + 8].copy_from_slice(&word);
    }
    Image::from_bytes(0, memory)
}

#[test]
fn x86_from_root_to_page() {
    let x86 = catalogue("x86_64");
    let root = Root { table: 0x1000, level: level(&x86, "PML4") };
    // The PDPTE forbids writing and the PDE forbids execution: neither comes back further down.
    let words = [
        (0x1000 + 8 * 0x1ff, 0x2007),
        (0x2000, 0x3005),
        (0x3000 + 8, 1 << 63 | 0x4007),
        (0x4000 + 8 * 0x123, 0xabcd_e007),
    ];
    let image = image(0x5000, false, &words);
    let va = 0xffff_ff80_0020_0000 | 0x123 << 12 | 0x456;
    let walked = walk(&x86, &image, root, va);
    let found = walked.result.unwrap();
    assert_eq!((found.oa, found.page_bytes), (0xabcd_e456, 4096));
    for (name, value) in attributes("write=no execute=no user") {
        assert_eq!(found.attributes.get(&name), Some(&value), "{name}");
    }
    let steps: Vec<_> =
        walked.steps.iter().map(|step| (step.level.as_str(), step.table, step.index, step.word)).collect();
    assert_eq!(steps[0], ("PML4", 0x1000, 511, 0x2007));
    assert_eq!(steps[3], ("PT", 0x4000, 0x123, 0xabcd_e007));
    let runs = dump(&x86, &image, root).runs;
    assert_eq!((runs.len(), runs[0].va, runs[0].oa, runs[0].bytes), (1, va & !0xfff, 0xabcd_e000, 4096));
    assert_eq!(runs[0].attributes, found.attributes);
}

#[test]
fn big_endian_words() {
    let power = catalogue("powerpc_radix");
    let root = Root { table: 0x10000, level: level(&power, "L1") };
    // Bits from the most significant in the manual: 0 valid, 1 leaf; NLS is 9 for tables of 512.
    let words =
        [(0x10000, 1 << 63 | 0x1000 | 9), (0x1000, 1 << 63 | 0x2000 | 9), (0x2000 + 8, 0b11 << 62 | 0x60_0000 | 0b110)];
    let image = image(0x20000, true, &words);
    let found = walk(&power, &image, root, 0x20_1234).result.unwrap();
    assert_eq!((found.oa, found.page_bytes), (0x60_1234, 2 << 20));
    assert_eq!(found.attributes["write"], Value::Flag(true));
    assert_eq!(found.attributes["execute"], Value::Flag(false));
}

#[test]
fn a_run_is_one_page_from_any_of_its_items() {
    let sv39 = catalogue("sv39");
    let root = Root { table: 0x1000, level: level(&sv39, "VPN2") };
    let napot = 1 << 63 | (0x80010 | 0b1000) << 10 | 0b1100_0111;
    let mut words = vec![(0x1000, 2 << 10 | 1), (0x2000, 3 << 10 | 1)];
    words.extend((16..32).map(|item| (0x3000 + 8 * item, napot)));
    let image = image(0x4000, false, &words);
    for offset in [0, 0x1234, 0xffff] {
        let found = walk(&sv39, &image, root, 0x10000 + offset).result.unwrap();
        assert_eq!((found.oa, found.page_bytes), (0x8001_0000 + offset, 65536));
    }
    let runs = dump(&sv39, &image, root).runs;
    assert_eq!((runs.len(), runs[0].va, runs[0].oa, runs[0].bytes), (1, 0x10000, 0x8001_0000, 0x10000));
}

#[test]
fn of_two_children_the_earlier_wins_where_it_says_anything() {
    let pair = described(PAIR);
    let root = Root { table: 0, level: level(&pair, "TOP") };
    let words = [
        (0, 0x2000 | 1),
        (0x2000, 0x4000 | 1),
        (0x2008, 0x5000 | 1),
        // 64 KiB pages: the second maps, the third is sparse.
        (0x4008, 0x1_0000 | 1),
        (0x4010, 2),
        // 4 KiB pages under all of the first three.
        (0x5000, 0xaa000 | 1),
        (0x5080, 0xbb000 | 1),
        (0x5100, 0xcc000 | 1),
    ];
    let image = image(0x6000, false, &words);
    let oa = |va| walk(&pair, &image, root, va).result.map(|found| (found.oa, found.page_bytes));
    assert_eq!(oa(0x123), Ok((0xaa123, 4096)));
    assert_eq!(oa(0x10123), Ok((0x10123, 65536)));
    assert!(matches!(oa(0x20123), Err(Fault::Special { kind, .. }) if kind == "sparse"));
    assert!(matches!(oa(0x21000), Err(Fault::Special { kind, .. }) if kind == "sparse"));
    assert!(matches!(oa(0x30000), Err(Fault::Absent(_))));
    let runs: Vec<_> = dump(&pair, &image, root).runs.iter().map(|run| (run.va, run.oa, run.bytes)).collect();
    assert_eq!(runs, [(0, 0xaa000, 4096), (0x10000, 0x10000, 65536)]);
}

#[test]
fn a_walk_may_start_at_any_root() {
    let yaml = "extends: x86_64_la57.yaml\nformat: choice\nroots: [PML5, PML4]\n";
    let load = |name: &str| {
        let path = format!("{}/../formats/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(path).map_err(|error| error.to_string())
    };
    let choice = gpt_codegen::from_yaml("choice.yaml", yaml, &load).unwrap();
    let image = image(0x3000, false, &[(0x1000, 0x1007), (0x1ff8, 0x2007), (0x2ff8, 0x4000_0087)]);
    let start = |name: &str| Root { table: 0x1000, level: level(&choice, name) };
    let last = 0xffff_ffff_c000_0000;
    assert_eq!(walk(&choice, &image, start("PML4"), last).result.unwrap().oa, 0x4000_0000);
    assert!(matches!(walk(&choice, &image, start("PML5"), 1 << 50).result, Err(Fault::Absent(_))));
    let outside = walk(&choice, &image, start("PML4"), 1 << 50).result.unwrap_err();
    assert_eq!(outside.to_string(), "not an input address: bits 63:48 must repeat bit 47");
}

//! Mapping, taking away and changing, one case at a time.

use gpt_codegen::Checked;
use gpt_codegen::interpreter::{Image, Mapping, Root, Run, dump, map, protect, unmap, walk};

use super::formats::{PAIR, WIDE};
use super::{attributes, catalogue, described, level, new_image};

fn map_default(format: &Checked, image: &mut Image, root: Root, va: u64, oa: u64, bytes: u128) -> Result<(), String> {
    map(format, image, root, Mapping { va, oa, bytes, attributes: None }).map_err(|error| error.to_string())
}

fn ranges(runs: &[Run]) -> Vec<(u64, u64, u64)> {
    runs.iter().map(|run| (run.va, run.oa, run.bytes)).collect()
}

fn page_bytes(format: &Checked, image: &Image, root: Root, va: u64) -> u128 {
    walk(format, image, root, va).result.unwrap().page_bytes
}

#[test]
fn the_largest_pages_that_fit() {
    let x86 = catalogue("x86_64");
    let (mut image, root) = new_image(&x86, 1 << 20);
    // 4 KiB before a boundary of 1 GiB, all of it, 2 MiB and 4 KiB after.
    let start = (1 << 30) - 0x1000;
    let bytes = 0x1000 + (1 << 30) + (2 << 20) + 0x1000;
    map_default(&x86, &mut image, root, start, start + (4 << 30), bytes).unwrap();
    let sizes = [start, 1 << 30, 2 << 30, (2 << 30) + (2 << 20)].map(|va| page_bytes(&x86, &image, root, va));
    assert_eq!(sizes, [4096, 1 << 30, 2 << 20, 4096]);
    assert_eq!(ranges(&dump(&x86, &image, root).runs), [(start, start + (4 << 30), bytes as u64)]);
}

#[test]
fn runs_of_items_count_as_pages() {
    let arm = catalogue("armv7_short");
    let (mut image, root) = new_image(&arm, 0x4000);
    map_default(&arm, &mut image, root, 0x0100_0000, 0x0200_0000, (16 << 20) + (1 << 20) + 0x10000 + 0x1000).unwrap();
    let at = [0x0100_0000, 0x0200_0000, 0x0210_0000, 0x0211_0000];
    assert_eq!(at.map(|va| page_bytes(&arm, &image, root, va)), [16 << 20, 1 << 20, 65536, 4096]);
    // Supersections reach above 4 GiB, which no smaller page does.
    map_default(&arm, &mut image, root, 0x4000_0000, 0xab_0000_0000, 16 << 20).unwrap();
    assert_eq!(walk(&arm, &image, root, 0x40ff_ffff).result.unwrap().oa, 0xab_00ff_ffff);
    let error = map_default(&arm, &mut image, root, 0x5000_0000, 0xab_0000_0000, 1 << 20).unwrap_err();
    assert!(error.contains("out of reach: the entry holds 32 bits"), "{error}");
}

#[test]
fn bad_ranges_are_refused() {
    let x86 = catalogue("x86_64");
    let (mut image, root) = new_image(&x86, 1 << 20);
    let mut said = |va, oa, bytes| map_default(&x86, &mut image, root, va, oa, bytes).unwrap_err();
    assert_eq!(said(0, 0, 0), "the length is zero");
    assert_eq!(said(1 << 47, 0, 4096), "0x800000000000 is not an input address: bits 63:48 must repeat bit 47");
    let past = said((1 << 47) - 4096, 0, 8192);
    assert_eq!(past, "0x2000 bytes from 0x7ffffffff000 reach past the last input address");
    assert!(said(0, 0, u128::MAX).contains("reach past the last input address"));
    assert!(said(u64::MAX - 4095, 0, 8192).contains("reach past the last input address"));
    assert!(said(0, (1 << 52) - 4096, 8192).ends_with("reach past the 52 bits of an output address"));
    assert!(said(0, u64::MAX - 4095, 8192).ends_with("reach past the 52 bits of an output address"));
    assert_eq!(
        said(0x1234, 0, 4096),
        "0x1000 bytes from 0x1234 to 0x0 do not fit whole pages: the smallest that can be here has 0x1000 bytes"
    );
    assert!(said(0, 0, 100).contains("do not fit whole pages"));
    assert_eq!(dump(&x86, &image, root).runs, []);
}

#[test]
fn the_last_pages_of_the_space_can_be_mapped() {
    for format in [catalogue("x86_64"), described(WIDE)] {
        let (mut image, root) = new_image(&format, 1 << 20);
        map_default(&format, &mut image, root, u64::MAX - 0x1fff, 0x5000, 0x2000).unwrap();
        assert_eq!(walk(&format, &image, root, u64::MAX).result.unwrap().oa, 0x6fff);
        assert_eq!(ranges(&dump(&format, &image, root).runs), [(u64::MAX - 0x1fff, 0x5000, 0x2000)]);
        let removed = unmap(&format, &mut image, root, u64::MAX - 0xfff, 0x1000).unwrap();
        assert_eq!(ranges(&removed), [(u64::MAX - 0xfff, 0x6000, 0x1000)]);
        assert_eq!(ranges(&dump(&format, &image, root).runs), [(u64::MAX - 0x1fff, 0x5000, 0x1000)]);
    }
}

#[test]
fn mapping_over_something_names_it_and_changes_nothing() {
    let x86 = catalogue("x86_64");
    let (mut image, root) = new_image(&x86, 1 << 20);
    map_default(&x86, &mut image, root, 0x5000, 0, 0x1000).unwrap();
    let before = image.clone();
    let error = map_default(&x86, &mut image, root, 0, 0, 2 << 20).unwrap_err();
    assert_eq!(error, "0x5000 is mapped already, by entry 5 of the PT table at 0x103000, a page-4k");
    assert_eq!(image, before);
}

#[test]
fn attributes_of_pages_and_tables() {
    let x86 = catalogue("x86_64");
    let (mut image, root) = new_image(&x86, 0);
    let wanted = attributes("read write key=3 avl=5");
    map(&x86, &mut image, root, Mapping { va: 0, oa: 0, bytes: 4096, attributes: Some(&wanted) }).unwrap();
    let walked = walk(&x86, &image, root, 0);
    let says = walked.result.unwrap().attributes;
    for (name, value) in attributes("write user=no execute=no key=3 avl=5 accessed=no dirty=no") {
        assert_eq!(says.get(&name), Some(&value), "{name}");
    }
    // Tables allow everything and say nothing else.
    assert_eq!(walked.steps[0].word & 0xfff, 0b111);
    assert!(
        map(
            &x86,
            &mut image,
            root,
            Mapping { va: 1 << 20, oa: 0, bytes: 4096, attributes: Some(&attributes("read=no")) }
        )
        .is_err()
    );
}

#[test]
fn unmapping_a_part_splits_the_page() {
    for (format, large, small) in [("x86_64", 1 << 30, 4096), ("sv39", 65536, 4096), ("arm64_64k", 2 << 20, 65536)] {
        let format = catalogue(format);
        let (mut image, root) = new_image(&format, 1 << 20);
        map_default(&format, &mut image, root, large, 4 * large, u128::from(large)).unwrap();
        let before = walk(&format, &image, root, large).result.unwrap();
        assert_eq!(before.page_bytes, u128::from(large));
        let hole = large + large / 2;
        let removed = unmap(&format, &mut image, root, hole, u128::from(small)).unwrap();
        assert_eq!(ranges(&removed), [(hole, 4 * large + large / 2, small)]);
        let left = dump(&format, &image, root).runs;
        let after = hole + small;
        assert_eq!(
            ranges(&left),
            [(large, 4 * large, large / 2), (after, 4 * large + large / 2 + small, large / 2 - small)]
        );
        assert!(left.iter().all(|run| run.attributes == before.attributes));
    }
}

#[test]
fn what_pages_cannot_say_the_table_says_for_them() {
    let arm = catalogue("armv7_short");
    let (mut image, root) = new_image(&arm, 0x4000);
    let wanted = "write non_secure key=5 privileged_execute";
    let mut map_at = |va, bytes, wanted: &str| {
        let wanted = attributes(wanted);
        let mapping = Mapping { va, oa: va, bytes, attributes: Some(&wanted) };
        map(&arm, &mut image, root, mapping).map_err(|error| error.to_string())
    };
    map_at(0, 1 << 20, wanted).unwrap();
    map_at(1 << 20, 4096, wanted).unwrap();
    // The domain of a small page is in its table, where another one is already.
    let error = map_at((1 << 20) + 4096, 4096, "key=6").unwrap_err();
    assert_eq!(
        error,
        "cannot make a table for 0x101000: `key` takes 0x5 here, for this entry says so for all pages below it"
    );
    unmap(&arm, &mut image, root, 0x8000, 4096).unwrap();
    // Arm ARM: a first-level table has the domain in 8:5, NS in 3, PXN in 2.
    let table = walk(&arm, &image, root, 0).steps[0].word;
    assert_eq!(table & 0x3ff, 5 << 5 | 1 << 3 | 1);
    assert_eq!(table & 0x3ff, walk(&arm, &image, root, 1 << 20).steps[0].word & 0x3ff);
}

#[test]
fn protecting_a_part_keeps_the_rest() {
    let x86 = catalogue("x86_64");
    let (mut image, root) = new_image(&x86, 1 << 20);
    map_default(&x86, &mut image, root, 0, 0, 4 << 20).unwrap();
    let was = protect(&x86, &mut image, root, 0x1f_f000, 0x2000, &attributes("write=no user")).unwrap();
    assert_eq!(ranges(&was), [(0x1f_f000, 0x1f_f000, 0x2000)]);
    let runs = dump(&x86, &image, root).runs;
    assert_eq!(ranges(&runs), [(0, 0, 0x1f_f000), (0x1f_f000, 0x1f_f000, 0x2000), (0x20_1000, 0x20_1000, 0x1f_f000)]);
    assert_eq!((&runs[0].attributes, &runs[0].attributes), (&was[0].attributes, &runs[2].attributes));
    let mut changed = was[0].attributes.clone();
    changed.extend(attributes("write=no user"));
    assert_eq!(runs[1].attributes, changed);
    // A hole stays a hole.
    assert_eq!(protect(&x86, &mut image, root, 1 << 30, 4096, &attributes("write")), Ok(vec![]));
}

#[test]
fn a_code_is_chosen_anew_when_its_permissions_change() {
    let wide = described(WIDE);
    let (mut image, root) = new_image(&wide, 1 << 20);
    let all = attributes("ap=all");
    map(&wide, &mut image, root, Mapping { va: 0, oa: 0, bytes: 1 << 20, attributes: Some(&all) }).unwrap();
    protect(&wide, &mut image, root, 0, 1 << 20, &attributes("write=no")).unwrap();
    let found = walk(&wide, &image, root, 0).result.unwrap();
    assert_eq!((found.page_bytes, found.attributes), (1 << 20, attributes("ap=rx read execute write=no")));
    protect(&wide, &mut image, root, 0, 1 << 20, &attributes("ap=ro")).unwrap();
    assert_eq!(walk(&wide, &image, root, 0).result.unwrap().attributes["ap"], attributes("ap=ro")["ap"]);
    let error = protect(&wide, &mut image, root, 0, 4096, &attributes("read=no execute")).unwrap_err();
    assert_eq!(error.to_string(), "cannot make a page-4k for 0x0: no code of `ap` grants just execute");
}

#[test]
fn special_entries_are_in_the_way_and_can_be_unmapped() {
    let wide = described(WIDE);
    let (mut image, root) = new_image(&wide, 1 << 20);
    map_default(&wide, &mut image, root, 0, 0, 4096).unwrap();
    let leaf = walk(&wide, &image, root, 0).steps[3].table;
    let shape = wide.format().level(level(&wide, "LEAF")).clone();
    image.store(&shape, leaf, 7, 1 << 62 | 99).unwrap();
    let error = map_default(&wide, &mut image, root, 0x7000, 0, 4096).unwrap_err();
    assert!(error.starts_with("0x7000 is mapped already") && error.ends_with("a swapped"), "{error}");
    assert!(unmap(&wide, &mut image, root, 0x7800, 0x100).is_err());
    assert_eq!(unmap(&wide, &mut image, root, 0x7000, 0x1000), Ok(vec![]));
    assert_eq!(image.load(&shape, leaf, 7), Some(1 << 63 | 0x5a));
}

#[test]
fn two_children_grow_under_one_entry() {
    let pair = described(PAIR);
    let (mut image, root) = new_image(&pair, 1 << 20);
    map_default(&pair, &mut image, root, 0x10000, 0, 0x11000).unwrap();
    let dir = walk(&pair, &image, root, 0x10000).steps[1].clone();
    assert_eq!((dir.level.as_str(), dir.word & 3, dir.word >> 64 & 3), ("DIR", 1, 1));
    assert_eq!([0x10000, 0x20000].map(|va| page_bytes(&pair, &image, root, va)), [65536, 4096]);
    unmap(&pair, &mut image, root, 0x18000, 0x1000).unwrap();
    let runs = dump(&pair, &image, root).runs;
    assert_eq!(ranges(&runs), [(0x10000, 0, 0x8000), (0x19000, 0x9000, 0x8000)]);
}

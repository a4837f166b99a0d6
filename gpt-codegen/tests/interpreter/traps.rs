//! Mistakes that others have made with these formats, or that one word invites: each is a word and what it is.

use gpt_codegen::Checked;
use gpt_codegen::interpreter::{Mapping, Value, decode, dump, map, unmap, walk};
use gpt_codegen::model::Class;

use super::{attributes, catalogue, level, new_image};

/// What a word is at a level: the name of its kind, or `malformed`.
fn kind(format: &Checked, at: &str, word: u128) -> String {
    decode(format, level(format, at), word).map_or("malformed".to_owned(), |entry| entry.kind.name.clone())
}

/// The address and the size of the page that a word is.
fn page(format: &Checked, at: &str, word: u128) -> (u128, u32) {
    let entry = decode(format, level(format, at), word).unwrap();
    (entry.page().unwrap(), format.format().page_lg2(entry.layout))
}

/// The size of an AMD page from its entry as QEMU's hw/i386/amd_iommu.c finds it: the first zero from bit 12 up.
fn amd_page_lg2(word: u128) -> u32 {
    let (mut lg2, mut address) = (13, (word & 0x000f_ffff_ffff_f000) >> 12);
    while address & 1 == 1 {
        lg2 += 1;
        address >>= 1;
    }
    lg2
}

#[test]
fn an_amd_page_is_as_large_as_the_ones_in_its_address_say() {
    let format = catalogue("amd_v1");
    let levels = [("L1", 12), ("L2", 21), ("L3", 30), ("L4", 39), ("L5", 48)];
    let mut seen = 0;
    for (at, item_lg2) in levels {
        for lg2 in item_lg2 + 1..(item_lg2 + 9).min(52) {
            let address = (1_u128 << 51) & !((1 << lg2) - 1);
            let ones = ((1_u128 << (lg2 - 1)) - 1) & !0xfff;
            let word = address | ones | 7 << 9 | 1;
            assert_eq!(amd_page_lg2(word), lg2);
            assert_eq!(page(&format, at, word), (address, lg2), "{at} {word:#x}");
            seen += 1;
        }
        // The size of a single item, and that of the next level, are written with a next level of 0.
        let too_large = ((1_u128 << (item_lg2 + 8)) - 1) & !0xfff | 7 << 9 | 1;
        if item_lg2 + 9 < 52 {
            assert_eq!(kind(&format, at, too_large), "malformed", "{at} {too_large:#x}");
        }
    }
    assert_eq!(seen, 8 * 4 + 3);
}

#[test]
fn an_amd_table_leads_one_level_down_and_512_gib_is_no_page() {
    let format = catalogue("amd_v1");
    assert_eq!(kind(&format, "L3", 2 << 9 | 1), "table");
    assert_eq!(kind(&format, "L3", 1 << 9 | 1), "malformed", "skips a level");
    assert_eq!(kind(&format, "L3", 3 << 9 | 1), "malformed", "leads to its own level");
    assert_eq!(kind(&format, "L4", 1), "malformed", "512 GiB does not work in existing hardware");
    assert_eq!(kind(&format, "L6", 1), "malformed", "the top level has no pages");
    assert_eq!(format.format().level(level(&format, "L6")).items_lg2(), 7);
    let sizes: Vec<u32> = format
        .format()
        .kinds
        .iter()
        .filter(|kind| kind.class == Class::Page)
        .flat_map(|kind| kind.layouts.iter().map(|layout| format.format().page_lg2(layout)))
        .collect();
    let missing: Vec<u32> = (12..52).filter(|lg2| !sizes.contains(lg2)).collect();
    assert_eq!(missing, [39]);
}

#[test]
fn every_item_of_an_amd_page_says_the_same() {
    let format = catalogue("amd_v1");
    let (mut image, root) = new_image(&format, 0x10_0000);
    let mapping = Mapping { va: 0x4_8000, oa: 0x1_0000_8000, bytes: 0x8000, attributes: None };
    map(&format, &mut image, root, mapping).unwrap();
    let words: Vec<u128> =
        (0..8).map(|item| walk(&format, &image, root, 0x4_8000 + item * 0x1000).steps.last().unwrap().word).collect();
    assert!(words.iter().all(|word| *word == words[0]), "{words:x?}");
    // 32 KiB: ones in bits 13:12, a zero in bit 14, and the address from bit 15 on.
    assert_eq!(words[0] & 0x000f_ffff_ffff_fe01, 0x1_0000_be01);
    assert_eq!(walk(&format, &image, root, 0x4_d123).result.unwrap().oa, 0x1_0000_d123);
}

#[test]
fn partial_residency_is_bit_51_and_then_bit_56() {
    let (gfx9, gfx12) = (catalogue("amdgpu_gfx9"), catalogue("amdgpu_gfx12"));
    assert_eq!(kind(&gfx9, "PTB", 1 << 51), "prt");
    assert_eq!(kind(&gfx9, "PTB", 1 << 52), "absent");
    assert_eq!(kind(&gfx12, "PTB", 1 << 56), "prt");
    assert_eq!(kind(&gfx12, "PTB", 1 << 51), "absent");
}

#[test]
fn bit_1_of_a_dart_changed_its_meaning() {
    for (name, attribute) in [("dart1", "subpage_disable"), ("dart2", "cache_disable")] {
        let format = catalogue(name);
        let last = format.format().levels.last().unwrap().name.clone();
        let entry = decode(&format, level(&format, &last), 0xfff_0000_0000_0003).unwrap();
        assert_eq!(entry.attributes().get(attribute), Some(&Value::Flag(true)), "{name}");
    }
}

#[test]
fn mali_pages_have_type_1_where_arm_pages_have_type_3() {
    let (mali, arm) = (catalogue("mali_lpae"), catalogue("arm64_4k"));
    assert_eq!(kind(&mali, "L3", 0x1001), "page-4k");
    assert_eq!(kind(&mali, "L3", 0x1003), "malformed");
    assert_eq!(kind(&arm, "L3", 0x1003), "page-4k");
    assert_eq!(kind(&arm, "L3", 0x1001), "malformed");
    // Bits 7:6 allow writing and reading; on the processor they forbid writing and allow the user.
    let allowed = decode(&mali, level(&mali, "L3"), 0x1041).unwrap().permissions();
    assert_eq!((allowed["read"], allowed["write"]), (true, false));
}

#[test]
fn what_the_hardware_leaves_in_an_empty_power_entry_does_not_make_it_present() {
    let format = catalogue("powerpc_radix");
    let last = format.format().levels.last().unwrap().name.clone();
    for word in [0, 0x100, 0x80, 0x180] {
        assert_eq!(kind(&format, &last, word), "absent", "{word:#x}");
    }
}

#[test]
fn writable_but_not_readable_is_malformed_and_not_a_table() {
    let riscv = catalogue("sv39");
    for at in ["VPN2", "VPN1", "VPN0"] {
        assert_eq!(kind(&riscv, at, 0b0101), "malformed", "{at}");
    }
    let ept = catalogue("ept");
    let last = ept.format().levels.last().unwrap().name.clone();
    assert_eq!(kind(&ept, &last, 0b010), "malformed", "a misconfiguration, not an absent page");
    assert_eq!(kind(&ept, &last, 0), "absent");
}

#[test]
fn zero_is_not_absent_on_s390() {
    let format = catalogue("s390");
    assert_eq!(kind(&format, "PT", 0), "page-4k");
    assert_eq!(kind(&format, "SEG", 0), "segment");
    for at in ["R1", "R2", "R3"] {
        assert_eq!(kind(&format, at, 0), "malformed", "{at}");
    }
    // The type of another table.
    assert_eq!(kind(&format, "R3", 0xb), "malformed");
    assert_eq!(kind(&format, "PT", 0x800), "malformed");
}

/// As z/Architecture has it, and QEMU's target/s390x/mmu_helper.c: the first two bits of the index of the next table lie from
/// TF to TL, or the address does not translate; the origin is that of the whole table.
#[test]
fn an_s390_table_may_lack_quarters() {
    let format = catalogue("s390");
    let r3 = level(&format, "R3");
    for (tf, tl) in (0..4).flat_map(|tf| (0..4).map(move |tl| (tf, tl))) {
        let (mut image, root) = new_image(&format, 0x10_0000);
        // One page in each quarter of one segment table.
        for quarter in 0..4 {
            let mapping = Mapping { va: quarter << 29, oa: 0x1000 + (quarter << 12), bytes: 0x1000, attributes: None };
            map(&format, &mut image, root, mapping).unwrap();
        }
        let whole = walk(&format, &image, root, 0).steps[0].clone();
        assert_eq!((whole.level.as_str(), whole.word & 0xc3), ("R3", 3));
        image.store(format.format().level(r3), whole.table, whole.index, whole.word & !0xc3 | tf << 6 | tl).unwrap();
        assert_eq!(kind(&format, "R3", whole.word & !0xc3 | tf << 6 | tl), "region");
        let there: Vec<u64> = (0..4).filter(|quarter| (tf..=tl).contains(&u128::from(*quarter))).collect();
        let found = |quarter: u64| walk(&format, &image, root, quarter << 29).result.map(|found| found.oa).ok();
        for quarter in 0..4 {
            let expected = there.contains(&quarter).then_some(0x1000 + (quarter << 12));
            assert_eq!(found(quarter), expected, "TF {tf} TL {tl}");
        }
        let runs: Vec<u64> = dump(&format, &image, root).runs.iter().map(|run| run.va >> 29).collect();
        assert_eq!(runs, there, "TF {tf} TL {tl}");
        // Nothing is mapped where there is no table.
        for quarter in 0..4 {
            let mapping = Mapping { va: (quarter << 29) + 0x10_0000, oa: 0, bytes: 0x1000, attributes: None };
            assert_eq!(map(&format, &mut image, root, mapping).is_ok(), there.contains(&quarter), "TF {tf} TL {tl}");
        }
    }
}

#[test]
fn aperture_0_is_no_table_but_a_page_in_video_memory() {
    for name in ["nv_ver2", "nv_ver3"] {
        let format = catalogue(name);
        assert_eq!(kind(&format, "PD1", 0), "absent", "{name}");
        let entry = decode(&format, level(&format, "PT_SMALL"), 1).unwrap();
        assert_eq!(entry.attributes().get("space"), Some(&Value::Code("video".to_owned())), "{name}");
    }
}

#[test]
fn the_aperture_says_how_wide_an_address_is() {
    let format = catalogue("nv_ver2");
    let (mut image, root) = new_image(&format, 0x10_0000);
    let mut put = |va: u64, oa: u64, text: &str| {
        let given = attributes(text);
        let mapping = Mapping { va, oa, bytes: 0x1000, attributes: Some(&given) };
        map(&format, &mut image, root, mapping)
    };
    put(0x1000, 0x7fff_ffff_f000, "space=system-coherent write atomic user").unwrap();
    put(0x2000, 0x1f_ffff_f000, "space=video write atomic user").unwrap();
    put(0x3000, 0x1f_ffff_f000, "space=peer peer=5").unwrap();
    assert!(put(0x4000, 0x20_0000_0000, "space=video").is_err(), "video memory has 37 address bits");
    assert!(put(0x5000, 0x1000, "space=system-coherent peer=5").is_err(), "system memory has no peer");
    for (va, name, oa) in [
        (0x1000, "system-4k", 0x7fff_ffff_f000_u64),
        (0x2000, "video-4k", 0x1f_ffff_f000),
        (0x3000, "peer-4k", 0x1f_ffff_f000),
    ] {
        let walked = walk(&format, &image, root, va);
        assert_eq!(walked.steps.last().unwrap().kind.as_deref(), Some(name));
        assert_eq!(walked.result.unwrap().oa, oa);
    }
}

#[test]
fn the_high_address_bits_of_arm_moved_twice() {
    let wide = catalogue("arm64_64k_52");
    let last = wide.format().levels.last().unwrap().name.clone();
    assert_eq!(page(&wide, &last, 0xf003), (0xf_0000_0000_0000, 16));
    let wide = catalogue("arm64_4k_52");
    let last = wide.format().levels.last().unwrap().name.clone();
    assert_eq!(page(&wide, &last, 0x3_0000_0000_0303), (0xf_0000_0000_0000, 12));
}

#[test]
fn a_large_page_repeats_its_address_and_a_contiguous_one_does_not() {
    for (name, kind, own) in [
        ("armv7_short", "large-page", false),
        ("exynos_v1", "large-page", false),
        ("arm64_4k", "page-64k", true),
        ("xe", "page-ps64", true),
    ] {
        let format = catalogue(name);
        let found = format.format().kinds.iter().find(|found| found.name == kind);
        let Some(found) = found else { panic!("{name} has no {kind}") };
        assert_eq!(found.layouts[0].run.map(|run| run.own_address), Some(own), "{name}");
    }
}

#[test]
fn a_small_rogue_table_is_less_than_a_cache_line() {
    let format = catalogue("powervr_rogue");
    let table = format.format().level(level(&format, "PT_1M"));
    assert_eq!((table.table_bytes, table.align_bytes, table.items_lg2()), (16, 32, 1));
    let table = format.format().level(level(&format, "PT_2M"));
    assert_eq!((table.table_bytes, table.align_bytes, table.items_lg2()), (8, 32, 0));
    let entry = decode(&format, level(&format, "PD"), 0x12_3456_78a0 | 4 << 1 | 1).unwrap();
    assert_eq!(
        entry.tables().next().map(|(_, level, table)| (format.format().level(level).name.as_str(), table)),
        Some(("PT_1M", 0x12_3456_78a0))
    );
}

#[test]
fn a_rogue_page_of_2_mib_has_a_table_to_itself() {
    let format = catalogue("powervr_rogue");
    let (mut image, root) = new_image(&format, 0x10_0000);
    let whole = Mapping { va: 0x1240_0000, oa: 0x5_6780_0000, bytes: 0x20_0000, attributes: None };
    map(&format, &mut image, root, whole).unwrap();
    let walked = walk(&format, &image, root, 0x1245_6789);
    let steps: Vec<(&str, u64)> = walked.steps.iter().map(|step| (step.level.as_str(), step.index)).collect();
    assert_eq!(steps, [("PC", 0), ("PD", 0x92), ("PT_2M", 0)]);
    assert_eq!(walked.steps[1].word & 0xf, 5 << 1 | 1);
    let found = walked.result.unwrap();
    assert_eq!((found.oa, found.page_bytes), (0x5_6785_6789, 0x20_0000));
    // The address after it is of another entry.
    assert!(walk(&format, &image, root, 0x1260_0000).result.is_err());
    // Without its first 4 KiB the rest lies in a table of 512 items instead.
    unmap(&format, &mut image, root, 0x1240_0000, 0x1000).unwrap();
    assert!(walk(&format, &image, root, 0x1240_0fff).result.is_err());
    let walked = walk(&format, &image, root, 0x1245_6789);
    assert_eq!((walked.steps[1].word & 0xf, walked.result.unwrap().oa), (1, 0x5_6785_6789));
}

#[test]
fn a_128_bit_descriptor_says_how_many_levels_it_skips() {
    let format = catalogue("arm64_d128");
    let skl = |skl: u128| skl << 109 | 1;
    let kinds = |at: &str| (0..4).map(|skip| kind(&format, at, skl(skip))).collect::<Vec<_>>();
    assert_eq!(kinds("L3"), ["page-4k", "malformed", "malformed", "malformed"]);
    assert_eq!(kinds("L2"), ["table", "page-1m", "malformed", "malformed"]);
    assert_eq!(kinds("L1"), ["table", "table-wide", "page-256m", "malformed"]);
    assert_eq!(kinds("L0"), ["table", "table-wide", "table-widest", "page-64g"]);
    // From level -2, three levels to skip lead to a table of 64 GiB, which is not described.
    assert_eq!(kinds("LM2"), ["table", "table-wide", "table-widest", "malformed"]);
    let entry = decode(&format, level(&format, "LM1"), skl(2) | 0xab_cdef_f000_0000).unwrap();
    let (_, below, table) = entry.tables().next().unwrap();
    let below = format.format().level(below);
    assert_eq!((below.name.as_str(), table, below.table_bytes), ("L2WW", 0xab_cdef_f000_0000, 16 << 24));
}

#[test]
fn rights_by_privilege_come_from_one_code() {
    let format = catalogue("sparc_srmmu");
    let permissions = |acc: u128| decode(&format, level(&format, "L3"), acc << 2 | 2).unwrap().permissions();
    let user_read_only = permissions(5);
    assert_eq!((user_read_only["user_read"], user_read_only["user_write"]), (true, false));
    assert_eq!((user_read_only["privileged_read"], user_read_only["privileged_write"]), (true, true));
    assert!(!permissions(7)["user_read"] && permissions(4)["user_execute"] && !permissions(4)["privileged_read"]);
}

#[test]
fn a_table_of_larger_pages_is_chosen_only_where_it_shuts_nobody_out() {
    for (name, table) in [("powervr_rogue", "table-64k"), ("intel_gen8", "table-64k")] {
        let format = catalogue(name);
        let (mut image, root) = new_image(&format, 0x10_0000);
        // 64 KiB pages fit, but something else may come beside them.
        let part = Mapping { va: 0x20_0000, oa: 0x1_0000, bytes: 0x4_0000, attributes: None };
        map(&format, &mut image, root, part).unwrap();
        let beside = Mapping { va: 0x24_0000, oa: 0x3000, bytes: 0x1000, attributes: None };
        map(&format, &mut image, root, beside).unwrap();
        // All of the entry, with pages of 64 KiB at most.
        let whole = Mapping { va: 0x40_0000, oa: 0x1_0000, bytes: 0x20_0000, attributes: None };
        map(&format, &mut image, root, whole).unwrap();
        let steps = walk(&format, &image, root, 0x41_2345).steps;
        assert!(steps.iter().any(|step| step.kind.as_deref() == Some(table)), "{name}: {steps:?}");
        assert_eq!(walk(&format, &image, root, 0x41_2345).result.unwrap().oa, 0x2_2345);
        // Once it is empty, the table makes room for one with smaller pages.
        assert!(unmap(&format, &mut image, root, 0x41_0000, 0x1000).is_err(), "{name}");
        unmap(&format, &mut image, root, 0x40_0000, 0x20_0000).unwrap();
        let small = Mapping { va: 0x40_3000, oa: 0x3000, bytes: 0x1000, attributes: None };
        map(&format, &mut image, root, small).unwrap();
        assert_eq!(walk(&format, &image, root, 0x40_3456).result.unwrap().oa, 0x3456, "{name}");
    }
}

#[test]
fn what_leaves_one_half_of_a_pair_leaves_the_other_alone() {
    for name in ["nv_ver2", "nv_ver3"] {
        let format = catalogue(name);
        let (mut image, root) = new_image(&format, 0x10_0000);
        let mut put = |va: u64, oa: u64, bytes: u128| {
            map(&format, &mut image, root, Mapping { va, oa, bytes, attributes: None }).unwrap();
        };
        put(0x3000, 0x12_3000, 0x1000);
        put(0x1_0000, 0x45_0000, 0x1_0000);
        let pair = walk(&format, &image, root, 0x3000).steps[format.format().levels.len() - 3].word;
        // As the vendor's driver writes them: system memory, not cached, in both halves.
        assert_eq!((pair & 0xf, pair >> 64 & 0xf), (0xc, 0xc), "{name} {pair:#x}");
        unmap(&format, &mut image, root, 0x1_0000, 0x1_0000).unwrap();
        assert_eq!(walk(&format, &image, root, 0x3456).result.unwrap().oa, 0x12_3456, "{name}");
        assert!(walk(&format, &image, root, 0x1_0000).result.is_err());
        map(&format, &mut image, root, Mapping { va: 0x1_0000, oa: 0x45_0000, bytes: 0x1_0000, attributes: None })
            .unwrap();
        unmap(&format, &mut image, root, 0x3000, 0x1000).unwrap();
        assert_eq!(walk(&format, &image, root, 0x1_2345).result.unwrap().oa, 0x45_2345, "{name}");
    }
}

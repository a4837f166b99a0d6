//! Images that mean harm.

use std::time::{Duration, Instant};

use gpt_codegen::interpreter::{Fault, Image, Root, dump, map, protect, unmap, walk};
use gpt_codegen::interpreter::{MapError, Mapping};

use super::formats::{PAIR, WIDE};
use super::{Random, attributes, catalogue, described, level, new_image};

fn x86_image(words: &[(usize, u64)]) -> Image {
    let mut memory = vec![0; 0x5000];
    for (at, word) in words {
        memory[*at..*at + 8].copy_from_slice(&word.to_le_bytes());
    }
    Image::from_bytes(0x1000, memory)
}

#[test]
fn every_way_to_be_broken_is_a_fault() {
    let x86 = catalogue("x86_64");
    let root = Root { table: 0x1000, level: level(&x86, "PML4") };
    let fault = |words: &[(usize, u64)]| walk(&x86, &x86_image(words), root, 0).result.unwrap_err().to_string();
    assert_eq!(fault(&[(0, 0x10_0007)]), "entry 0 of the PDPT table at 0x100000 is outside the image");
    assert_eq!(fault(&[(0, 0x1007)]), "the PDPT table at 0x1000 leads back to itself: a loop");
    assert_eq!(fault(&[(0, 0x2007), (0x1000, 0x1007)]), "the PD table at 0x1000 leads back to itself: a loop");
    assert_eq!(
        fault(&[(0, 0x2007), (0x1000, 0x3007), (0x2000, 0x4083)]),
        "entry 0 of the PD table at 0x3000 is malformed: reserved bits 20:13 set in a page-2m"
    );
    assert_eq!(
        fault(&[(0, 0x87)]),
        "entry 0 of the PML4 table at 0x1000 is malformed: no kind of entry at PML4 matches"
    );
    let nowhere = Root { table: 0xffff_ffff_ffff_f000, ..root };
    assert!(matches!(walk(&x86, &x86_image(&[]), nowhere, u64::MAX).result, Err(Fault::Outside(_))));
    let crooked = Root { table: 0x1800, ..root };
    let said = walk(&x86, &x86_image(&[]), crooked, 0).result.unwrap_err().to_string();
    assert_eq!(said, "the address of the PML4 table, 0x1800, is not a multiple of 0x1000");
}

#[test]
fn the_changes_refuse_what_is_broken_and_leave_it_alone() {
    let x86 = catalogue("x86_64");
    let root = Root { table: 0x1000, level: level(&x86, "PML4") };
    for words in [[(0, 0x10_0007)], [(0, 0x1007)], [(0, 0x87)]] {
        let before = x86_image(&words);
        let mut image = before.clone();
        let mapping = Mapping { va: 0, oa: 0, bytes: 4096, attributes: None };
        assert!(matches!(map(&x86, &mut image, root, mapping), Err(MapError::Fault { va: 0, .. })));
        assert!(matches!(unmap(&x86, &mut image, root, 0, 4096), Err(MapError::Fault { .. })));
        assert!(matches!(protect(&x86, &mut image, root, 0, 4096, &attributes("write")), Err(MapError::Fault { .. })));
        assert_eq!(image, before);
    }
}

#[test]
fn tables_shared_by_everyone_do_not_take_forever() {
    let x86 = catalogue("x86_64");
    let mut words = Vec::new();
    for (table, next) in [(0, 0x2007), (0x1000, 0x3007), (0x2000, 0x4007), (0x3000, 0x7003)] {
        words.extend((0..512).map(|index| (table + 8 * index, next)));
    }
    let root = Root { table: 0x1000, level: level(&x86, "PML4") };
    let image = x86_image(&words);
    let start = Instant::now();
    let dumped = dump(&x86, &image, root);
    assert!(matches!(dumped.faults.last(), Some((_, Fault::TooMuchWork { .. }))));
    assert!(!dumped.runs.is_empty());
    let mut changed = image.clone();
    assert!(unmap(&x86, &mut changed, root, 0, 1 << 47).is_err());
    assert!(start.elapsed() < Duration::from_secs(20));
    // The same tables without a page at the end are an ordinary empty address space.
    let empty = x86_image(&words[..3 * 512]);
    assert_eq!(dump(&x86, &empty, root), dump(&x86, &x86_image(&[]), root));
}

#[test]
fn random_bytes_are_answered_and_both_answers_agree() {
    let formats = ["x86_64", "sv48", "armv7_short", "powerpc_radix", "arm64_64k_52", "nv_ver3"].map(catalogue);
    let mut random = Random::new(7);
    for format in formats.into_iter().chain([PAIR, WIDE].map(described)) {
        for round in 0..4 {
            // Words that lead to other tables of the image about half the time.
            let mut memory = Vec::new();
            while memory.len() < 0x8000 {
                let word = match round % 4 {
                    0 => random.next(),
                    1 => random.next() & 0xf0ff,
                    2 => (random.next() & 0x70ff) >> 2 | 1,
                    _ => (random.next() & 0x70ff) | 3,
                };
                memory.extend(if random.below(4) == 0 { 0 } else { word }.to_le_bytes());
            }
            let image = Image::from_bytes(0, memory);
            let root = Root { table: 0, level: format.format().roots[0] };
            let dumped = dump(&format, &image, root);
            for run in dumped.runs.iter().take(200) {
                for offset in [0, random.below(run.bytes), run.bytes - 1] {
                    let found = walk(&format, &image, root, run.va + offset).result.unwrap();
                    assert_eq!((found.oa, &found.attributes), (run.oa + offset, &run.attributes));
                }
            }
            for _ in 0..200 {
                let va = random.next() >> random.below(64);
                let listed = dumped.runs.iter().any(|run| va >= run.va && va - run.va < run.bytes);
                let whole = dumped.more_faults == 0
                    && !dumped.faults.iter().any(|(_, fault)| matches!(fault, Fault::TooMuchWork { .. }));
                if whole {
                    assert_eq!(walk(&format, &image, root, va).result.is_ok(), listed, "{va:#x}");
                }
            }
            let mut changed = image.clone();
            let _ = unmap(&format, &mut changed, root, 0, 1 << 24);
            let _ = map(&format, &mut changed, root, Mapping { va: 0, oa: 0, bytes: 1 << 22, attributes: None });
        }
    }
}

#[test]
fn an_image_does_not_grow_without_bound() {
    let wide = described(WIDE);
    let (mut image, root) = new_image(&wide, u64::MAX - 0x2ffff);
    let before = image.clone();
    let error = map(&wide, &mut image, root, Mapping { va: 0, oa: 0, bytes: 4096, attributes: None }).unwrap_err();
    assert_eq!(error.to_string(), "a table would lie past the last output address: use a lower base");
    assert_eq!(image, before);
}

//! No address is squeezed through a `usize`, which has 32 bits on some hosts: who makes one of something wider is listed
//! here with the reason why nothing is lost.
#![cfg(not(loom))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::fs;
use std::path::Path;

/// File, a part of the line, and why the number is small.
const SMALL: &[(&str, &str, &str)] = &[
    ("arena.rs", "address.wrapping_sub(self.base) as usize", "an offset in the arena, whose size is a usize"),
    ("arena.rs", "(align as u64 - 1)) as usize", "less than an alignment, which is a usize"),
    ("heap.rs", "(address as usize", "an address that was a pointer of this host"),
    ("map.rs", "(span >> shape.size_lg2) as usize", "items of one table"),
    ("reclaim.rs", "(32 - SLOTS_LG2)) as usize", "the number of a slot"),
    ("unmap.rs", "taken as usize", "items of one page"),
    ("update.rs", "done as usize", "items of one page"),
    ("table.rs", "low_mask(L::INDEX_BITS)) as usize", "an index in a table"),
];

/// The lines of code in a folder that make a `usize`, without comments and models, as file and line.
fn conversions(folder: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        if name.ends_with("_model.rs") || !name.ends_with(".rs") {
            continue;
        }
        for line in fs::read_to_string(&path).unwrap().lines() {
            let code = line.split("//").next().unwrap();
            if code.contains("as usize") || code.contains("usize::try_from") {
                found.push((name.clone(), code.trim().to_owned()));
            }
        }
    }
    found
}

#[test]
fn only_small_numbers_become_a_usize() {
    let found = conversions(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let listed =
        |(name, code): &(String, String)| SMALL.iter().any(|(file, part, _)| name == file && code.contains(part));
    let unlisted: Vec<_> = found.iter().filter(|line| !listed(line)).collect();
    assert!(unlisted.is_empty(), "an address may be cut off on a host of 32 bits: {unlisted:#?}");
    for (file, part, why) in SMALL {
        let used = found.iter().any(|(name, code)| name == file && code.contains(part));
        assert!(used, "{file} has no {part:?} any more ({why}): take it off the list");
    }
}

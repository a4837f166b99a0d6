//! Kinds of pages whose output addresses are narrower than the format's.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

use gpt_formats::armv7_short::Armv7Short;
use gpt_runtime::{AddressRange, EmptyTables, InputAddress, PageTable, Reason};
use gpt_tests::{Either, Facts, Memory, Random, Says, checked, map, settle};

/// Sections and small pages have 32 bits for the address, supersections 40. A range of sections that crosses 4 GiB stops
/// there, and does not go on at 0. Arm ARM DDI 0406C, B3.5.1.
#[test]
fn a_range_that_crosses_the_reach_of_its_pages_is_refused() {
    let facts = Facts::new(checked("armv7_short"), 0);
    let says = Says::<Armv7Short>::new(&facts, &mut Random::new(1));
    let attributes = says.module(&facts, &says.sets[0]);
    let mut memory = Memory::new(&facts.checked);
    let tree: PageTable<Armv7Short, _, _> = PageTable::new(memory.tables(), Either::numbered(0)).unwrap();
    let section = 1_u64 << 20;
    for (size, bytes) in [(1 << 20, section), (1 << 16, 1 << 16), (1 << 12, 1 << 12)] {
        let range = AddressRange::new(0, 4 * bytes).unwrap();
        let done = map(&tree, range, (1 << 32) - 2 * bytes, &attributes, size);
        let (reason, at) = done.stopped.expect("it wraps around");
        // A new table is put into place with all that belongs there, or not at all.
        assert_eq!((reason, at), (Reason::BadOutput, if bytes == section { 2 * bytes } else { 0 }));
        for page in 0..4 {
            let found = tree.reader().walk(InputAddress::new(page * bytes).unwrap()).map(|page| page.oa);
            assert_eq!(found.ok(), (page * bytes < at).then_some((1 << 32) - 2 * bytes + page * bytes));
        }
        assert_eq!(settle(tree.unmap(range, EmptyTables::AtOnce, |_| {})).stopped, None);
    }
    // A supersection may lie there.
    let range = AddressRange::new(0, 16 * section).unwrap();
    assert_eq!(map(&tree, range, 1 << 32, &attributes, 1 << 24).stopped, None);
}

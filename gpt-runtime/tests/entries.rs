//! Entries that say something without translating: looked at, and exchanged only while they say what was expected.
#![cfg(not(loom))]
#![allow(unsafe_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod toy;

use gpt_runtime::{AddressRange, Becomes, EmptyTables, Entry, Epochs, InputAddress, Mapping, PageTable, Reason};
use toy::environment::Counting;
use toy::reference::Toy;
use toy::{Dual, Says, Special, Three};

const SAYS: Says = Says { write: true, key: 1, accessed: false, dirty: true };

type Tree<F> = PageTable<F, Counting, Epochs>;

fn tree<F: Toy>() -> Tree<F> {
    PageTable::new(Counting::default(), Epochs::new()).unwrap()
}

fn at<F: Toy>(va: u64) -> InputAddress<F> {
    InputAddress::new(va).unwrap()
}

fn exchange<F: Toy>(tree: &Tree<F>, va: u64, expected: u16, becomes: Becomes<'_, Says, Special>) -> Result<(), Reason> {
    match tree.exchange_special(at(va), &Special(expected), becomes) {
        Ok(owed) => {
            owed.acknowledge();
            Ok(())
        }
        Err(stopped) => {
            assert_eq!(stopped.obligation.invalidation(), None);
            Err(stopped.reason)
        }
    }
}

#[test]
fn only_what_is_expected_is_exchanged() {
    let tree = tree::<Three>();
    let page = Becomes::Page { oa: 0x5000, attributes: &SAYS };
    assert_eq!(exchange(&tree, 0x1000, 1, page), Err(Reason::Changed));
    tree.set_special(AddressRange::new(0x1000, 0x1000).unwrap(), &Special(1)).unwrap().acknowledge();
    let special = Entry::Special { va: 0x1000, size_lg2: 12, special: Special(1) };
    assert_eq!(tree.reader().look(at(0x1fff)), special);
    assert_eq!(exchange(&tree, 0x1000, 2, page), Err(Reason::Changed));
    assert_eq!(exchange(&tree, 0x1000, 1, Becomes::Special(&Special(2))), Ok(()));
    assert_eq!(exchange(&tree, 0x1000, 1, page), Err(Reason::Changed));
    assert_eq!(exchange(&tree, 0x1234, 2, page), Ok(()));
    let page = Mapping { va: 0x1000, oa: 0x5000, size_lg2: 12, attributes: SAYS };
    assert_eq!(tree.reader().look(at(0x1234)), Entry::Page(page));
    assert_eq!(tree.reader().look(at(0x2000)), Entry::Absent);
    // The table's count is right: it goes with its last entry.
    let gone = tree.unmap(AddressRange::new(0, 0x4000).unwrap(), EmptyTables::AtOnce, |_| {}).unwrap();
    gone.acknowledge();
    (0..4).for_each(|_| tree.reclaim());
    assert_eq!(tree.environment().live(), 1);
}

/// A large page becomes special as a whole, and a large page again.
#[test]
fn an_entry_keeps_its_size() {
    let tree = tree::<Three>();
    let range = AddressRange::new(0x4000, 0x4000).unwrap();
    tree.map(range, 0x8000, &SAYS).unwrap().acknowledge();
    tree.replace_by_special(range, &Special(9), |_| {}).unwrap().acknowledge();
    assert_eq!(tree.reader().look(at(0x6000)), Entry::Special { va: 0x4000, size_lg2: 14, special: Special(9) });
    let misaligned = Becomes::Page { oa: 0x9000, attributes: &SAYS };
    assert_eq!(exchange(&tree, 0x6000, 9, misaligned), Err(Reason::NotEncodable));
    assert_eq!(exchange(&tree, 0x6000, 9, Becomes::Page { oa: 0xc000, attributes: &SAYS }), Ok(()));
    let page = tree.reader().walk(at(0x7000)).unwrap();
    assert_eq!((page.va, page.oa, page.size_lg2), (0x4000, 0xc000, 14));
}

/// Where an entry leads to two tables, what is meant is found in either.
#[test]
fn both_tables_of_an_entry_are_looked_at() {
    let tree = tree::<Dual>();
    let small = AddressRange::new(0x4000, 0x1000).unwrap();
    tree.map(small, 0x1000, &SAYS).unwrap().acknowledge();
    tree.map(AddressRange::new(0, 0x4000).unwrap(), 0x8000, &SAYS).unwrap().acknowledge();
    tree.replace_by_special(small, &Special(3), |_| {}).unwrap().acknowledge();
    assert_eq!(exchange(&tree, 0, 3, Becomes::Special(&Special(4))), Err(Reason::Changed));
    assert_eq!(exchange(&tree, 0x4000, 3, Becomes::Special(&Special(4))), Ok(()));
    assert_eq!(tree.reader().look(at(0x4000)), Entry::Special { va: 0x4000, size_lg2: 12, special: Special(4) });
    assert!(matches!(tree.reader().look(at(0)), Entry::Page(page) if page.size_lg2 == 14));
}

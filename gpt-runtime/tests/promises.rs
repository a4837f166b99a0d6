//! What the documentation promises, one by one: what an error says, what is left after one, what is owed, and that the
//! bugs which other page-table code is known for are not here.
//!
//! Bugs that page-table code elsewhere shipped with, and the test that each has here:
//!
//! | bug | test |
//! |---|---|
//! | flush shorter than what was unmapped | `what_is_owed_covers_the_page_that_a_range_ends_in` |
//! | end of a run counted in entries, not items | `run_that_a_range_ends_in` |
//! | two that grow the tree at once | `grow_against_grow` in `loom/roots.rs` |
//! | a page size missing from the advertised set | `each_page_size_is_used`; `only_input_addresses_are_taken` of the suite |
//! | requests of length zero | `requests_that_are_none` |
//! | address space smaller than a level, or than the top table | `root_smaller_than_the_address_space` |
//! | 2¹⁷ items in a root | `more_items_than_16_bits` |
//! | shift by the width of the word; last page; wrap-around | `all_of_64_bits_at_once`, `last_page_of_64_bits`, `requests_that_are_none` |
//! | small pages released late while a large one took their place; counts that overflow | `small_pages_released_late`, `more_items_than_16_bits` |
//! | table freed before what was cached of it was invalidated | `unlinked_tables_wait`; `translation_cache.rs` |
//! | operand of the invalidation extended wrongly | `what_is_owed_is_sign_extended` |
//! | mapping over something replaces it, leaks a table | `mapping_over_something_stops_there_and_changes_nothing` |
//! | protecting a part changes all of a large page | `protecting_a_part_of_a_large_page_leaves_the_rest` |
//! | a failing operation keeps tables | `allocation.rs` |
//! | table zeroed by nobody | `of_memory_that_is_not_zero` in `allocation.rs` |
//! | dirty bit lost by protect or clean | `protect_against_dirty`, `take_dirty_against_unmap` in `loom/pages.rs` |
//! | torn 64-bit entry | `loom_split.rs` |
//! | loser of an install race finds a table that is not cleaned | `loser_of_an_install_race_is_seen` in `noncoherent.rs` |
//! | page-by-page unmap never frees tables | `page_by_page_unmap_frees_tables` |
//! | hole in a run leaves the rest inconsistent | `hole_in_the_middle_of_a_run` |
#![cfg(not(loom))]
#![allow(unsafe_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod toy;

use std::sync::atomic::Ordering;

use gpt_runtime::{
    AddressRange, CreateError, EmptyTables, Epochs, Fault, Incomplete, InputAddress, Invalidation, Obligation,
    PageTable, RangeError, Reason, Removed,
};
use toy::environment::Counting;
use toy::reference::{Hardware, Toy, census};
use toy::{Change, Dual, Either, Flat, Full, Lone, Runs, Says, Special, Strict, StrictDual, Three, Wide};

const PAGE: u64 = 0x1000;
const WRITE: Says = Says { write: true, key: 1, accessed: false, dirty: false };
const READ_ONLY: Change = Change { write: Some(false), key: None };

type Tree<F> = PageTable<F, Counting>;

fn tree<F: Toy>() -> Tree<F> {
    PageTable::new(Counting::default(), Epochs::new()).unwrap()
}

fn range<F: Toy>(start: u64, bytes: u64) -> AddressRange<F> {
    AddressRange::new(start, bytes).unwrap()
}

/// Pays, and gives what was owed.
fn paid<F: Toy>(obligation: Obligation<'_, F, Counting, Epochs>) -> Option<Invalidation> {
    let owed = obligation.invalidation();
    obligation.acknowledge();
    owed
}

/// Pays, and gives why and where it stopped.
fn stopped<F: Toy>(
    outcome: Result<Obligation<'_, F, Counting, Epochs>, Incomplete<'_, F, Counting, Epochs>>,
) -> (Reason, u64) {
    let stop = outcome.expect_err("it must not succeed");
    paid(stop.obligation);
    (stop.reason, stop.at)
}

fn map<F: Toy>(tree: &Tree<F>, start: u64, bytes: u64, oa: u64) {
    paid(tree.map(range(start, bytes), oa, &WRITE).unwrap());
}

fn unmap<F: Toy>(tree: &Tree<F>, start: u64, bytes: u64) -> Option<Invalidation> {
    paid(tree.unmap(range(start, bytes), EmptyTables::AtOnce, |_| {}).unwrap())
}

fn walk<F: Toy>(tree: &Tree<F>, va: u64) -> Result<u64, Fault> {
    let page = tree.reader().walk(InputAddress::new(va).unwrap())?;
    Ok(page.oa + (va - page.va))
}

fn size_lg2<F: Toy>(tree: &Tree<F>, va: u64) -> u32 {
    tree.reader().walk(InputAddress::new(va).unwrap()).unwrap().size_lg2
}

fn use_as_hardware<F: Toy>(tree: &Tree<F>, va: u64) -> Says {
    let set = Says { accessed: true, dirty: true, ..Says::default() };
    let root = tree.root_table();
    F::at_root(root.level, root.address, Hardware { environment: tree.environment(), va, set }).unwrap();
    F::at_root(root.level, root.address, Hardware { environment: tree.environment(), va, set }).unwrap().says
}

/// How many tables the tree reaches, which must be all that there are.
fn tables<F: Toy>(tree: &Tree<F>) -> usize {
    tree.reclaim();
    let root = tree.root_table();
    let reached = census::<F>(tree.environment(), root.level, root.address).len();
    assert_eq!(reached, tree.environment().live(), "tables that nothing leads to");
    reached
}

#[test]
fn requests_that_are_none() {
    assert_eq!(AddressRange::<Three>::new(0, 0), Err(RangeError::Empty));
    assert_eq!(AddressRange::<Three>::new(0x3_f000, 2 * PAGE), Err(RangeError::NotAnInput));
    assert_eq!(AddressRange::<Full>::new(u64::MAX - 1, 3), Err(RangeError::Wraps));
    assert_eq!(AddressRange::<Full>::from_first_last(1, 0), Err(RangeError::Wraps));
    // Both ends are input addresses of a sign-extended format, what is between them is not.
    assert_eq!(AddressRange::<Runs>::from_first_last(0, u64::MAX), Err(RangeError::NotAnInput));
    // Neither is.
    assert_eq!(AddressRange::<Runs>::from_first_last(1 << 17, (1 << 17) + 1), Err(RangeError::NotAnInput));
    assert!(InputAddress::<Three>::new(1 << 18).is_none());
    assert!(InputAddress::<Runs>::new(1 << 17).is_none());
    assert!(InputAddress::<Runs>::new(u64::MAX << 17).is_some());

    let tree = tree::<Three>();
    assert_eq!(stopped(tree.map(range(0x800, PAGE), 0, &WRITE)), (Reason::BadInput, 0x800));
    assert_eq!(stopped(tree.unmap(range(0, 0x800), EmptyTables::Never, |_| {})), (Reason::BadInput, 0));
    assert_eq!(stopped(tree.map(range(0, PAGE), 0x800, &WRITE)), (Reason::BadOutput, 0));
    assert_eq!(stopped(tree.map(range(0, 2 * PAGE), 0xffff_f000, &WRITE)), (Reason::BadOutput, 0));
    assert_eq!(stopped(tree.map(range(0, PAGE), u64::MAX - 0xfff, &WRITE)), (Reason::BadOutput, 0));
    assert_eq!(tables(&tree), 1);
}

#[test]
fn roots_that_are_none_or_cannot_be_had() {
    let none = Tree::<Three>::with_root_level(Counting::default(), Epochs::new(), 1);
    assert_eq!(none.err(), Some(CreateError::NotARoot(1)));
    let environment = Counting::default();
    environment.left.store(0, Ordering::Relaxed);
    assert_eq!(Tree::<Three>::new(environment, Epochs::new()).err(), Some(CreateError::OutOfTables));
}

/// A tree whose root is lower takes fewer addresses.
#[test]
fn root_smaller_than_the_address_space() {
    let tree = Tree::<Runs>::with_root_level(Counting::default(), Epochs::new(), 1).unwrap();
    map(&tree, 0, PAGE, 0x5000);
    assert_eq!(walk(&tree, 0), Ok(0x5000));
    let beyond = 1u64 << 16;
    assert_eq!(walk(&tree, beyond), Err(Fault::BadInput));
    assert_eq!(stopped(tree.map(range(beyond, PAGE), 0, &WRITE)), (Reason::BadInput, beyond));
}

#[test]
fn each_page_size_is_used() {
    let tree = tree::<Runs>();
    map(&tree, 0, 0x1_0000, 0x1_0000);
    map(&tree, 0x1_0000, 0x8000, 0x8_8000);
    map(&tree, 0x1_8000, 0x4000, 0x4_4000);
    map(&tree, 0x1_c000, PAGE, 0x7000);
    let sizes = [0, 0x1_0000, 0x1_8000, 0x1_c000].map(|va| size_lg2(&tree, va));
    assert_eq!(sizes, [16, 15, 14, 12]);
    // Unless they are not wanted.
    let high = u64::MAX << 17;
    paid(tree.map_with_sizes(range(high, 0x8000), 0x8000, &WRITE, 1 << 12).unwrap());
    assert_eq!(size_lg2(&tree, high), 12);
}

/// What comes before the first multiple of a larger size is mapped with smaller pages, and nothing more than that.
#[test]
fn larger_pages_begin_inside_a_range() {
    let tree = tree::<Runs>();
    map(&tree, 0x1000, 0x7000, 0x2_1000);
    assert_eq!([0x1000, 0x3000, 0x4000].map(|va| size_lg2(&tree, va)), [12, 12, 14]);
    // Where the output addresses are other multiples, there are no larger pages.
    map(&tree, 0x9000, 0x7000, 0x3_2000);
    assert_eq!([0x9000, 0xb000, 0xc000].map(|va| size_lg2(&tree, va)), [12, 12, 12]);
    assert_eq!(walk(&tree, 0xf123), Ok(0x3_8123));
}

/// One page covers a table of one item.
#[test]
fn table_of_one_item_goes_with_its_page() {
    let tree = tree::<Lone>();
    map(&tree, 0x1000, PAGE, 0x9000);
    assert_eq!(tables(&tree), 2);
    paid(tree.unmap(range(0x1000, PAGE), EmptyTables::WhenCovered, |_| {}).unwrap());
    assert_eq!(tables(&tree), 1);
}

#[test]
fn mapping_over_something_stops_there_and_changes_nothing() {
    let tree = tree::<Three>();
    map(&tree, 0x6000, PAGE, 0x9000);
    let before = tree.environment().allocated();
    assert_eq!(stopped(tree.map(range(0, 0x8000), 0x10000, &WRITE)), (Reason::Occupied, 0x6000));
    assert_eq!((walk(&tree, 0x5fff), walk(&tree, 0x6000)), (Ok(0x15fff), Ok(0x9000)));
    assert!(walk(&tree, 0x7000).is_err());
    // A large page where there is a table of small ones, and the other way round.
    assert_eq!(stopped(tree.map(range(0x4000, 0x4000), 0, &WRITE)), (Reason::Occupied, 0x4000));
    assert_eq!(stopped(tree.map(range(0x1000, PAGE), 0, &WRITE)), (Reason::Occupied, 0x1000));
    assert_eq!(tree.environment().allocated(), before);
    tree.environment().assert_clean();
}

/// One page of the smallest size is no exception where a move has to break first.
#[test]
fn moving_one_page_where_a_move_breaks_first() {
    let tree = tree::<Strict>();
    map(&tree, 0x1000, PAGE, 0x9000);
    assert_eq!(stopped(tree.remap(range(0x1000, PAGE), 0xa000)), (Reason::BreakBeforeMake, 0x1000));
    assert_eq!(walk(&tree, 0x1000), Ok(0x9000));
}

/// Where several children map the same addresses, what one has is occupied for the others.
#[test]
fn mapping_beside_another_size_of_pages() {
    let tree = tree::<Dual>();
    map(&tree, 0x5000, PAGE, 0x9000);
    assert_eq!(stopped(tree.map(range(0x4000, 0x4000), 0x8000, &WRITE)), (Reason::Occupied, 0x5000));
    map(&tree, 0x8000, 0x4000, 0x8000);
    assert_eq!(stopped(tree.map(range(0x9000, PAGE), 0x1000, &WRITE)), (Reason::Occupied, 0x9000));
    // Nothing smaller is wanted before what the other table has.
    let large_only = tree.map_with_sizes(range(0x4000, 0x4000), 0x4000, &WRITE, 0x4000);
    assert_eq!(stopped(large_only), (Reason::Occupied, 0x4000));
    // A part of a page whose smaller pages would be in the other table.
    let refused = tree.unmap(range(0x7000, 2 * PAGE), EmptyTables::AtOnce, |_| {});
    assert_eq!(stopped(refused), (Reason::BreakBeforeMake, 0x8000));
    assert_eq!(walk(&tree, 0x8000), Ok(0x8000));
}

/// Who owns all of a large page splits it into the table beside; who owns a part of it does not.
#[test]
fn splitting_into_the_table_beside() {
    let mut tree = tree::<Dual>();
    map(&tree, 0x8000, 0x8000, 0x8000);
    assert!(use_as_hardware(&tree, 0x8000).dirty);
    let hole = range(0x9000, PAGE);
    let mut removed = Vec::new();
    let report = |page: Removed<Dual>| {
        if let Removed::Page(page) = page {
            removed.push((page.va, page.oa, page.size_lg2, page.attributes.dirty));
        }
    };
    tree.exclusive().breaking(|_| {}).unmap(hole, EmptyTables::AtOnce, report).unwrap().acknowledge();
    assert_eq!(removed, [(0x9000, 0x9000, 12, true)]);
    let seen = [0x8000, 0x9000, 0xa000, 0xb000, 0xc000].map(|va| walk(&tree, va).ok());
    assert_eq!(seen, [Some(0x8000), None, Some(0xa000), Some(0xb000), Some(0xc000)]);
    assert_eq!((size_lg2(&tree, 0x8000), size_lg2(&tree, 0xc000)), (12, 14));
    for (owned, refused) in [(range(0xd000, PAGE), true), (range(0xc000, 0x4000), false)] {
        let mut owner = tree.exclusive().ranges(owned);
        let outcome = owner.breaking(|_| {}).protect(range(0xd000, PAGE), &READ_ONLY).map_err(|stop| {
            let why = (stop.reason, stop.at);
            stop.obligation.acknowledge();
            why
        });
        assert_eq!(outcome.map(Obligation::acknowledge).err(), refused.then_some((Reason::BreakBeforeMake, 0xd000)));
    }
    let says = [0xc000, 0xd000].map(|va| tree.reader().walk(InputAddress::new(va).unwrap()).unwrap());
    assert_eq!(says.map(|page| (page.size_lg2, page.attributes.write)), [(12, true), (12, false)]);
    unmap(&tree, 0x8000, 0x8000);
    assert_eq!(tables(&tree), 1);
    tree.environment().assert_clean();
}

/// Where live entries are replaced, a large page that is split into the table beside is there all the while, also when the
/// hardware is told of that table; where they are not, nothing is there then.
#[test]
fn what_is_there_while_a_page_is_split_beside() {
    fn while_split<F: Toy>(is_there: bool) {
        let mut tree = tree::<F>();
        map(&tree, 0x8000, 0x8000, 0x8000);
        let shared: *const Tree<F> = &raw const tree;
        let mut told = Vec::new();
        let look = |owed: Invalidation| {
            // SAFETY: the tree stays where it is, and its owner uses it by shared reference alone.
            let tree = unsafe { &*shared };
            let seen = [0x8000, 0x9000, 0xbfff].map(|va| walk(tree, va).ok());
            told.push((owed.first, owed.last, owed.smallest_page_lg2, owed.tables, seen));
        };
        paid(tree.exclusive().breaking(look).protect(range(0x9000, PAGE), &READ_ONLY).unwrap());
        let all = [0x8000, 0x9000, 0xbfff].map(|va| is_there.then_some(va));
        let smallest_lg2 = 14;
        assert_eq!(told, [(0x8000, 0xbfff, smallest_lg2, is_there, all)]);
        assert_eq!([0x8000, 0x9000, 0xbfff].map(|va| walk(&tree, va)), [Ok(0x8000), Ok(0x9000), Ok(0xbfff)]);
        assert_eq!(size_lg2(&tree, 0x8000), 12);
    }
    while_split::<Dual>(true);
    while_split::<StrictDual>(false);
}

/// An entry that leads to a table of one kind or of another: what is there decides, unless it is empty.
#[test]
fn tables_that_exclude_each_other() {
    let tree = tree::<Either>();
    // All of it has to fit, so the tables are of small pages where the end does not fit larger ones.
    map(&tree, 0, 0x5000, 0);
    assert_eq!((size_lg2(&tree, 0), size_lg2(&tree, 0x4000)), (12, 12));
    map(&tree, 0x8000, 0x4000, 0x8000);
    assert_eq!(size_lg2(&tree, 0x8000), 12);
    map(&tree, 0x1_0000, 0x8000, 0x1_0000);
    assert_eq!(size_lg2(&tree, 0x1_0000), 14);
    assert_eq!(stopped(tree.map(range(0x1_8000, PAGE), 0, &WRITE)), (Reason::OtherPages, 0x1_8000));
    // A table that nothing is left in gives way.
    paid(tree.unmap(range(0x1_0000, 0x8000), EmptyTables::Never, |_| {}).unwrap());
    let owed = paid(tree.map(range(0x1_8000, PAGE), 0x7000, &WRITE).unwrap()).unwrap();
    assert!(owed.tables);
    assert_eq!((walk(&tree, 0x1_8000), walk(&tree, 0x1_0000).is_err(), tables(&tree)), (Ok(0x7000), true, 3));
}

/// A stop in one of two tables of an entry is a stop in the other: nothing beyond it has gone, nothing before it stays.
#[test]
fn stops_where_tables_stand_side_by_side() {
    let tree = tree::<Dual>();
    map(&tree, 0, PAGE, 0);
    map(&tree, 0x4000, 0x4000, 0x4000);
    map(&tree, 0x8000, PAGE, 0x8000);
    map(&tree, 0xc000, 0x4000, 0xc000);
    let stop = tree.unmap(range(0, 0xd000), EmptyTables::AtOnce, |_| {});
    assert_eq!(stopped(stop), (Reason::BreakBeforeMake, 0xc000));
    assert_eq!([0, 0x4000, 0x8000, 0xc000].map(|va| walk(&tree, va).is_ok()), [false, false, false, true]);
    map(&tree, 0, 0x4000, 0);
    map(&tree, 0x4000, PAGE, 0x4000);
    let stop = tree.protect(range(0x1000, 0x4000), &READ_ONLY);
    assert_eq!(stopped(stop), (Reason::BreakBeforeMake, 0x1000));
    assert!(tree.reader().walk(InputAddress::new(0x4000).unwrap()).unwrap().attributes.write);
}

/// Small pages that go while a large one takes their place: their table is freed late, and takes nothing along.
#[test]
fn small_pages_released_late() {
    let tree = tree::<Dual>();
    map(&tree, 0, PAGE, 0x9000);
    let late = tree.unmap(range(0, 0x4000), EmptyTables::AtOnce, |_| {}).unwrap();
    map(&tree, 0, 0x4000, 0x4000);
    paid(late);
    assert_eq!((walk(&tree, 0), tables(&tree)), (Ok(0x4000), 2));
}

#[test]
fn attributes_that_only_small_pages_can_say() {
    let tree = tree::<Three>();
    let key = Says { key: 3, ..WRITE };
    paid(tree.map(range(0, 0x4000), 0, &key).unwrap());
    assert_eq!(size_lg2(&tree, 0), 12);
    let large = tree.map_with_sizes(range(0x4000, 0x4000), 0, &key, 1 << 14);
    assert_eq!(stopped(large), (Reason::NotEncodable, 0x4000));
    map(&tree, 0x8000, 0x4000, 0);
    let change = Change { write: None, key: Some(3) };
    assert_eq!(stopped(tree.protect(range(0, 0xc000), &change)), (Reason::NotEncodable, 0x8000));
}

/// CVE-2026-31735: the range to flush was shorter than the page that the unmap ended in.
#[test]
fn what_is_owed_covers_the_page_that_a_range_ends_in() {
    let tree = tree::<Three>();
    map(&tree, 0, 0x8000, 0);
    let owed = unmap(&tree, 0x3000, 2 * PAGE).unwrap();
    assert_eq!((owed.first, owed.last, owed.smallest_page_lg2), (0, 0x7fff, 12));
    assert_eq!((walk(&tree, 0x2fff), walk(&tree, 0x5000)), (Ok(0x2fff), Ok(0x5000)));
}

#[test]
fn what_is_owed_is_what_changed() {
    let tree = tree::<Three>();
    map(&tree, 0x5000, PAGE, 0);
    map(&tree, 0x7000, PAGE, 0);
    assert_eq!(paid(tree.protect(range(0, 0x3_0000), &Change { write: Some(true), key: None }).unwrap()), None);
    let owed = paid(tree.protect(range(0, 0x3_0000), &READ_ONLY).unwrap()).unwrap();
    assert_eq!((owed.first, owed.last, owed.tables), (0x5000, 0x7fff, false));
    let owed = paid(tree.unmap(range(0, 0x3_0000), EmptyTables::Never, |_| {}).unwrap()).unwrap();
    assert_eq!((owed.first, owed.last, owed.tables), (0x5000, 0x7fff, false));
    // Nothing is mapped any more, but tables go that the hardware may know.
    let owed = unmap(&tree, 0, 0x3_0000).unwrap();
    assert_eq!((owed.first, owed.last, owed.tables), (0x4000, 0x7fff, true));
    assert_eq!(unmap(&tree, 0, 0x3_0000), None);
}

#[test]
fn protecting_a_part_of_a_large_page_leaves_the_rest() {
    let tree = tree::<Three>();
    map(&tree, 0, 0x4000, 0x8000);
    assert!(use_as_hardware(&tree, 0).dirty);
    paid(tree.protect(range(0x1000, PAGE), &READ_ONLY).unwrap());
    let says = [0, 0x1000, 0x2000].map(|va| tree.reader().walk(InputAddress::new(va).unwrap()).unwrap().attributes);
    assert_eq!(says.map(|says| says.write), [true, false, true]);
    assert_eq!(says.map(|says| says.dirty), [true; 3]);
    assert_eq!(walk(&tree, 0x3000), Ok(0xb000));
}

/// A hole in a run of items that are one page leaves the others as pages of their own.
#[test]
fn hole_in_the_middle_of_a_run() {
    let tree = tree::<Runs>();
    map(&tree, 0, 0x4000, 0x8000);
    use_as_hardware(&tree, 0x3000);
    let mut removed = Vec::new();
    let report = |page: Removed<Runs>| {
        if let Removed::Page(page) = page {
            removed.push((page.va, page.oa, page.size_lg2, page.attributes.dirty));
        }
    };
    paid(tree.unmap(range(0x1000, PAGE), EmptyTables::AtOnce, report).unwrap());
    assert_eq!(removed, [(0x1000, 0x9000, 12, true)]);
    for (va, oa) in [(0, 0x8000), (0x2000, 0xa000), (0x3000, 0xb000)] {
        assert_eq!((walk(&tree, va), size_lg2(&tree, va)), (Ok(oa), 12));
    }
    tree.environment().assert_clean();
}

/// What is in the way of a run, is in the way at its own place only.
#[test]
fn run_over_something() {
    let tree = tree::<Runs>();
    map(&tree, 0x2000, PAGE, 0);
    assert_eq!(stopped(tree.map(range(0, 0x4000), 0x8000, &WRITE)), (Reason::Occupied, 0x2000));
    assert_eq!((walk(&tree, 0x1000), walk(&tree, 0x2000)), (Ok(0x9000), Ok(0)));
}

#[test]
fn a_live_page_is_not_replaced_where_the_format_forbids_it() {
    let tree = tree::<Strict>();
    map(&tree, 0, 0x8000, 0);
    let part = tree.unmap(range(0x2000, 0x6000), EmptyTables::AtOnce, |_| {});
    assert_eq!(stopped(part), (Reason::BreakBeforeMake, 0x2000));
    let part = tree.unmap(range(0, 0x6000), EmptyTables::AtOnce, |_| {});
    assert_eq!(stopped(part), (Reason::BreakBeforeMake, 0x4000));
    assert!(walk(&tree, 0).is_err());
    assert_eq!(walk(&tree, 0x4000), Ok(0x4000));
    // The whole of it, and what it says, may change.
    paid(tree.protect(range(0x4000, 0x4000), &READ_ONLY).unwrap());
}

/// Tables go one page at a time, up to the root.
#[test]
fn page_by_page_unmap_frees_tables() {
    let tree = tree::<Three>();
    map(&tree, 0x1000, 0x8000, 0);
    for page in 1..9 {
        unmap(&tree, page * PAGE, PAGE);
    }
    assert_eq!(tables(&tree), 1);
}

/// A table stays until what is owed for it is paid, and readers are gone.
#[test]
fn unlinked_tables_wait() {
    let tree = tree::<Three>();
    map(&tree, 0, PAGE, 0);
    let owed = tree.unmap(range(0, PAGE), EmptyTables::AtOnce, |_| {}).unwrap();
    assert!(owed.invalidation().unwrap().tables);
    tree.reclaim();
    assert_eq!(tree.environment().live(), 3);
    let reader = tree.reader();
    owed.acknowledge();
    tree.reclaim();
    assert_eq!(tree.environment().live(), 3);
    drop(reader);
    assert_eq!(tables(&tree), 1);
    // Who does not pay, keeps them, until somebody pays for all.
    map(&tree, 0, PAGE, 0);
    drop(tree.unmap(range(0, PAGE), EmptyTables::AtOnce, |_| {}).unwrap());
    tree.reclaim();
    assert_eq!(tree.environment().live(), 3);
    tree.overdue().acknowledge();
    assert_eq!(tables(&tree), 1);
}

#[test]
fn last_page_of_64_bits() {
    let tree = tree::<Full>();
    let page = 1u64 << 58;
    let last = AddressRange::from_first_last(u64::MAX - (page - 1), u64::MAX).unwrap();
    paid(tree.map(last, u64::MAX - (page - 1), &WRITE).unwrap());
    assert_eq!(walk(&tree, u64::MAX), Ok(u64::MAX));
    let runs: Vec<_> = tree.reader().mappings(AddressRange::from_first_last(0, u64::MAX).unwrap()).collect();
    assert_eq!(
        runs.iter().map(|run| (run.first, run.last, run.oa)).collect::<Vec<_>>(),
        [(last.first(), last.last(), last.first())]
    );
    paid(tree.unmap(last, EmptyTables::AtOnce, |_| {}).unwrap());
    assert_eq!(tables(&tree), 1);
}

#[test]
fn all_of_64_bits_at_once() {
    fn at_once<F: Toy>() {
        let tree = tree::<F>();
        let all = AddressRange::from_first_last(0, u64::MAX).unwrap();
        paid(tree.map(all, 0, &WRITE).unwrap());
        assert_eq!((walk(&tree, 0), walk(&tree, u64::MAX)), (Ok(0), Ok(u64::MAX)));
        paid(tree.protect(all, &READ_ONLY).unwrap());
        let runs: Vec<_> = tree.reader().mappings(all).map(|run| (run.first, run.last)).collect();
        assert_eq!(runs, [(0, u64::MAX)]);
        let owed = paid(tree.unmap(all, EmptyTables::WhenCovered, |_| {}).unwrap()).unwrap();
        assert_eq!((owed.first, owed.last), (0, u64::MAX));
    }
    at_once::<Flat>();
    at_once::<Full>();
}

#[test]
fn special_entries_are_handed_back_and_in_the_way() {
    let tree = tree::<Three>();
    paid(tree.set_special(range(0, 2 * PAGE), &Special(7)).unwrap());
    assert_eq!(walk(&tree, 0), Err(Fault::Special(2)));
    assert_eq!(stopped(tree.map(range(0, PAGE), 0, &WRITE)), (Reason::Occupied, 0));
    let mut seen = Vec::new();
    let report = |removed: Removed<Three>| {
        if let Removed::Special { va, size_lg2, special } = removed {
            seen.push((va, size_lg2, special));
        }
    };
    paid(tree.unmap(range(0, 0x4000), EmptyTables::AtOnce, report).unwrap());
    assert_eq!(seen, [(0, 12, Special(7)), (0x1000, 12, Special(7))]);
    assert_eq!(tables(&tree), 1);
}

/// In the middle of a merge the hardware has small pages cached, so these are what has to be invalidated, one by one
/// where the hardware forgets no more at a time.
#[test]
fn merging_invalidates_the_small_pages() {
    let mut tree = tree::<Three>();
    paid(tree.map_with_sizes(range(0, 4 * PAGE), 0, &WRITE, PAGE).unwrap());
    let mut between = Vec::new();
    let mut exclusive = tree.exclusive();
    let note = |owed: Invalidation| between.push((owed.first, owed.last, owed.smallest_page_lg2, owed.tables));
    paid(exclusive.breaking(note).merge(range(0, 4 * PAGE)).unwrap());
    assert_eq!(between, [(0, 4 * PAGE - 1, 12, true)]);
    assert_eq!(size_lg2(&tree, 0), 14);
}

/// The end of a range of pages of several items is a number of items: a range that ends inside a run leaves its rest.
#[test]
fn run_that_a_range_ends_in() {
    let tree = tree::<Runs>();
    map(&tree, 0, 0x8000, 0x4000);
    unmap(&tree, 0x1000, 0x5000);
    let seen = [0, 0x1000, 0x3000, 0x5000, 0x6000, 0x7000].map(|va| walk(&tree, va).ok());
    assert_eq!(seen, [Some(0x4000), None, None, None, Some(0xa000), Some(0xb000)]);
}

/// A table may have more items than 16 bits count.
#[test]
fn more_items_than_16_bits() {
    let mut tree = tree::<Wide>();
    let all = range(0, 1 << 29);
    paid(tree.map(all, 0, &WRITE).unwrap());
    assert_eq!((walk(&tree, 0x0fff_f000), walk(&tree, (1 << 29) - 1)), (Ok(0x0fff_f000), Ok((1 << 29) - 1)));
    let mut removed = 0;
    paid(tree.unmap(all, EmptyTables::AtOnce, |_| removed += 1).unwrap());
    assert_eq!(removed, 1 << 17);
    paid(tree.exclusive().map(all, 0, &WRITE).unwrap());
    assert_eq!(walk(&tree, 0x1000_0000), Ok(0x1000_0000));
}

/// Where absent entries are cached, a new table may be one of several that were there: what is put into it is owed for page
/// by page, from the first on, and at its level.
#[test]
fn what_is_owed_for_a_new_table_reaches_its_pages() {
    let tree = tree::<Runs>();
    let owed = paid(tree.map(range(0x7000, 2 * PAGE), 0x7000, &WRITE).unwrap()).unwrap();
    assert_eq!((owed.first, owed.last, owed.smallest_page_lg2, owed.levels), (0x7000, 0x8fff, 12, 0b111));
    // In steps of the smallest page both entries above are named, though the range ends before the second one does.
    let steps = (owed.first..=owed.last).step_by(1 << owed.smallest_page_lg2);
    assert_eq!(steps.map(|va| va >> 15).collect::<Vec<_>>(), [0, 1]);
}

/// The large page that is split into the table beside is owed for at its own level.
#[test]
fn what_is_owed_for_a_page_split_beside_names_its_level() {
    let mut tree = tree::<Dual>();
    map(&tree, 0x8000, 0x8000, 0x8000);
    let mut owner = tree.exclusive();
    let split = owner.breaking(|_| {}).split(range(0x8000, 0x4000), 12).unwrap();
    let owed = paid(split).unwrap();
    assert_eq!((owed.first, owed.last, owed.levels & 0b10), (0x8000, 0xbfff, 0b10));
}

/// What is owed in the upper half of a sign-extended space has all upper bits set.
#[test]
fn what_is_owed_is_sign_extended() {
    let tree = tree::<Runs>();
    let high = u64::MAX << 17;
    map(&tree, high, PAGE, 0x7000);
    let owed = unmap(&tree, high, PAGE).unwrap();
    assert_eq!((owed.first, owed.last & !0xfff), (high, high));
}

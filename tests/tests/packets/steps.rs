//! What the list of a few operations looks like: few steps, in the order in which a device may see them.

use gpt_device::{DeviceTable, Fenced, Recording, Step, Words, Write};
use gpt_formats::x86_64::{Attributes, Change, X86_64};
use gpt_runtime::{AddressRange, EmptyTables, Heap, SingleThread};

type Tree = DeviceTable<X86_64, Heap, parking_lot::RawMutex, SingleThread>;

const WRITE: Attributes = Attributes {
    write: true,
    execute: true,
    user: true,
    key: 0,
    cache_pat: false,
    avl: 0,
    global: false,
    dirty: false,
    accessed: false,
    cache_disable: false,
    cache_write_through: false,
};

fn range(start: u64, bytes: u64) -> AddressRange<X86_64> {
    AddressRange::new(start, bytes).unwrap()
}

fn tree() -> Tree {
    let recording = Recording::new(Heap);
    let fenced = Fenced::new(SingleThread::default(), recording.timeline());
    let tree: Tree = DeviceTable::new(recording, fenced).unwrap();
    let batch = tree.environment().cut().unwrap();
    assert!(matches!(batch.steps(), [Step::Write(Write { words: Words::Fill { word: 0, count: 512 }, .. })]));
    tree.environment().finished(batch).unwrap();
    tree
}

/// What was recorded since the last call.
fn steps(tree: &Tree) -> Vec<Step> {
    let Some(batch) = tree.environment().cut() else { return Vec::new() };
    let steps = batch.steps().to_vec();
    tree.environment().finished(batch).unwrap();
    steps
}

fn words(step: &Step) -> Option<&Words> {
    match step {
        Step::Write(write) => Some(&write.words),
        Step::Barrier | Step::Invalidate(_) => None,
    }
}

/// 2 MiB as 512 small pages are one run. The tables above it are empty but for one item, and each is written before the
/// entry that leads to it, with a barrier in between.
#[test]
fn a_table_of_small_pages_is_one_run() {
    let tree = tree();
    let owed = tree.map_with_sizes(range(0x4000_0000, 0x20_0000), 0x1_0000_0000, &WRITE, 1 << 12).unwrap();
    tree.environment().settle(owed);
    let steps = steps(&tree);
    let runs: Vec<_> = steps.iter().filter_map(words).filter(|words| matches!(words, Words::Run { .. })).collect();
    assert_eq!(runs, [&Words::Run { first: 0x1_0000_0007, increment: 0x1000, count: 512 }]);
    // Two tables above, cleared around their one item; the item of the root; a barrier before each link.
    let links =
        steps.iter().enumerate().filter(|(_, step)| matches!(words(step), Some(Words::Literal(one)) if one.len() == 1));
    let links: Vec<usize> = links.map(|(at, _)| at).collect();
    assert_eq!(links.len(), 3, "{steps:x?}");
    for at in links {
        assert!(
            matches!(steps[..at].iter().rposition(|step| *step == Step::Barrier), Some(barrier) if barrier + 2 >= at)
        );
    }
    assert!(steps.len() <= 12, "{steps:x?}");
}

/// One page a call: the calls continue each other.
#[test]
fn single_pages_become_a_run() {
    let tree = tree();
    for page in 0..64 {
        let owed = tree.map(range(page * 0x1000, 0x1000), 0x8000_0000 + page * 0x1000, &WRITE).unwrap();
        tree.environment().settle(owed);
    }
    let steps = steps(&tree);
    let run = Words::Run { first: 0x8000_1007, increment: 0x1000, count: 63 };
    assert!(steps.iter().filter_map(words).any(|words| *words == run), "{steps:x?}");
}

/// What is changed twice is written twice, with a barrier in between; what is unmapped is a fill, and then invalidated.
#[test]
fn changes_keep_their_order() {
    let tree = tree();
    tree.environment().settle(tree.map_with_sizes(range(0, 0x20_0000), 0, &WRITE, 1 << 12).unwrap());
    steps(&tree);
    let read_only = Change { write: Some(false), ..Change::default() };
    drop(tree.protect(range(0, 0x8000), &read_only).unwrap());
    drop(tree.protect(range(0x2000, 0x4000), &Change { write: Some(true), ..Change::default() }).unwrap());
    let run = |first| Words::Run { first, increment: 0x1000, count: if first == 5 { 8 } else { 4 } };
    let found = steps(&tree);
    assert!(
        matches!(&found[..], [Step::Write(one), Step::Barrier, Step::Write(two)]
        if one.words == run(5) && two.words == run(0x2007)),
        "{found:x?}"
    );
    tree.environment().settle(tree.unmap(range(0, 0x10_0000), EmptyTables::Never, |_| {}).unwrap());
    let found = steps(&tree);
    assert!(
        matches!(&found[..], [Step::Write(fill), Step::Invalidate(what)]
        if fill.words == Words::Fill { word: 0, count: 256 } && what.last == 0xf_ffff),
        "{found:x?}"
    );
}

/// A batch cannot have been executed before one that was taken back.
#[test]
fn what_ran_too_early_is_refused() {
    let tree = tree();
    let cut = |page: u64| {
        tree.environment().settle(tree.map(range(page << 12, 0x1000), page << 12, &WRITE).unwrap());
        tree.environment().cut().unwrap()
    };
    let (one, two) = (cut(1), cut(2));
    assert_eq!((one.signals(), two.waits_for()), (two.waits_for(), one.signals()));
    tree.environment().cancelled(one).unwrap();
    let two = tree.environment().finished(two).unwrap_err().0;
    let one = tree.environment().cut().unwrap();
    tree.environment().finished(two).unwrap();
    let timeline = tree.environment().timeline();
    assert!(!timeline.reached(timeline.mark()), "what is reported early does not count before what comes first");
    tree.environment().finished(one).unwrap();
    assert!(timeline.reached(timeline.mark()));
}

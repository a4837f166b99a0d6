//! The program of the README, word for word, does what it says.
#![allow(clippy::unwrap_used, unused_variables)]

use gpt_formats::x86_64::{Attributes, Change, PageTable, Va, VaRange};
use gpt_runtime::{EmptyTables, Epochs, Heap};

/// What a driver does that invalidates.
fn invalidate<T>(_flush: T) {}

#[rustfmt::skip]
fn example(table: &PageTable<Heap>) -> Result<(), Box<dyn core::error::Error + '_>> {
    let data = Attributes { write: true, user: true, ..Attributes::default() };

    // Any number of threads may do all of this at once, on overlapping ranges, while the hardware walks.
    table.map(VaRange::new(0x7000_0000_0000, 0x40_0000)?, 0x1_2340_0000, &data)?.acknowledge();
    let read_only = Change { write: Some(false), ..Change::default() };
    table.protect(VaRange::new(0x7000_0000_0000, 0x1000)?, &read_only)?.fulfil(invalidate);

    let page = table.reader().walk(Va::new(0x7000_0000_0123).ok_or("not canonical")?)?;
    assert_eq!((page.oa, page.attributes.write), (0x1_2340_0000, false));

    let gone = table.unmap(VaRange::new(0x7000_0000_0000, 0x40_0000)?, EmptyTables::WhenCovered, |removed| {
        // What was there, with every accessed and dirty bit that the hardware set.
    })?;
    // Tables that this emptied are freed only after the flush is done and every reader of them has left.
    gone.fulfil(invalidate);
    Ok(())
}

#[test]
fn the_program_of_the_readme_runs() {
    let table = PageTable::new(Heap, Epochs::new()).unwrap();
    example(&table).unwrap();
    // The table of 4 KiB pages that `protect` made went with its pages: the level with the number 2 is PD.
    let gone = table.reader().walk(Va::new(0x7000_0000_0123).unwrap()).unwrap_err();
    assert_eq!(gone.to_string(), "the entry at the level with the number 2 is absent");
}

#[test]
fn it_is_the_one_in_the_readme() {
    let own = include_str!("readme.rs");
    let start = own.find("fn example(").unwrap();
    let end = start + own[start..].find("\n}\n").unwrap();
    assert!(include_str!("../../README.md").contains(&own[start..end]), "the README has another program");
}

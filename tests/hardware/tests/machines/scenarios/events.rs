//! Accessed and dirty bits that the machine sets are what we read, keep and give back.

use gpt_hardware_tests::{Error, Result};
use gpt_runtime::{EmptyTables, Reason, Removed};

use crate::change::{fulfil, map_with, next_target, take_dirty, unmap_with};
use crate::tree::{Tree, ensure, our_walk, page_sizes, random, range, with_machine};
use crate::walker::{ALL, Access, Answer, Fault, Mapped, Privilege, Walker};

/// Fails unless our walk finds these accessed and dirty bits.
fn expect<W: Walker>(tree: &Tree<'_, W>, va: u64, events: (bool, bool), when: &str) -> Result<()> {
    let found = our_walk::<W>(tree, va)?.and_then(|(_, attributes)| W::events(attributes));
    ensure!(found == Some(events), "{when}, {va:#x}: accessed and dirty are {found:?} instead of {events:?}");
    Ok(())
}

/// On each size of pages: bits appear, survive a change, come back from an unmap.
pub(crate) fn kept<W: Walker>() -> Result<()> {
    let mut random = random();
    with_machine::<W>(|machine, _, tree| {
        let mut all = Vec::new();
        for size_lg2 in page_sizes::<W>() {
            let target = next_target(machine, tree, &mut random, size_lg2, ALL, &mut all)?;
            let range = range::<W>(target.page.va, target.page.bytes)?;
            fulfil(machine, map_with::<W>(tree, target.page, 1 << size_lg2)?)?;
            expect::<W>(tree, target.va, (false, false), "after mapping")?;
            machine.access(Privilege::Kernel, Access::Load, target.va, 0)?;
            expect::<W>(tree, target.va, (true, false), "after a load")?;
            machine.access(Privilege::Kernel, Access::Store, target.va, 1)?;
            expect::<W>(tree, target.va, (true, true), "after a store")?;

            match tree.protect(range, &W::write_change(false)) {
                Ok(owed) => {
                    fulfil(machine, owed)?;
                    expect::<W>(tree, target.va, (true, true), "after the right to write was taken away")?;
                    let answer = machine.access(Privilege::Kernel, Access::Store, target.va, 1)?;
                    ensure!(answer.is(Answer::Fault(Fault::Permission)), "a store to a read-only page: {answer:x?}");
                }
                // Where dirty is a form of the right to write, it cannot be kept without; a run goes through absent.
                Err(stopped) if matches!(stopped.reason, Reason::NotEncodable | Reason::BreakBeforeMake) => {}
                Err(stopped) => return Err(Error::new(stopped.to_string())),
            }

            let mut removed = Vec::new();
            let obligation = unmap_with(tree, range, EmptyTables::AtOnce, &mut |page| removed.push(page))?;
            fulfil(machine, obligation)?;
            let all_dirty = removed.iter().all(|removed| match removed {
                Removed::Page(page) => W::events(page.attributes) == Some((true, true)),
                Removed::Special { .. } => false,
            });
            ensure!(
                all_dirty && !removed.is_empty(),
                "unmapping {target:x?} gave back {} entries, not all dirty",
                removed.len()
            );
        }
        Ok(())
    })
}

/// Cleared bits come back with the next access: for certain only once the obligation was fulfilled.
pub(crate) fn cleared<W: Walker>() -> Result<()> {
    let mut random = random();
    with_machine::<W>(|machine, _, tree| {
        let mut all = Vec::new();
        for size_lg2 in page_sizes::<W>() {
            let target = next_target(machine, tree, &mut random, size_lg2, ALL, &mut all)?;
            let Mapped { va, bytes, .. } = target.page;
            let range = range::<W>(va, bytes)?;
            fulfil(machine, map_with::<W>(tree, target.page, 1 << size_lg2)?)?;
            machine.access(Privilege::Kernel, Access::Store, target.va, 1)?;

            let mut dirty = 0;
            let owed =
                take_dirty(tree, range, &mut |_| dirty += 1).map_err(|stopped| Error::new(stopped.to_string()))?;
            ensure!(dirty == 1, "{target:x?} was stored to, and {dirty} pages are dirty");
            expect::<W>(tree, target.va, (true, false), "after taking the dirty bit")?;
            machine.access(Privilege::Kernel, Access::Store, target.va, 2)?;
            if W::KEEPS_STALE {
                expect::<W>(tree, target.va, (true, false), "after a store through what the machine had cached")?;
            }
            fulfil(machine, owed)?;
            machine.access(Privilege::Kernel, Access::Store, target.va, 3)?;
            expect::<W>(tree, target.va, (true, true), "after a store once the obligation was fulfilled")?;

            let mut accessed = 0;
            let owed = tree
                .test_and_clear_accessed(range, |_| accessed += 1)
                .map_err(|stopped| Error::new(stopped.to_string()))?;
            ensure!(accessed == 1, "{target:x?} was accessed, and {accessed} pages say so");
            expect::<W>(tree, target.va, (false, true), "after clearing the accessed bit")?;
            fulfil(machine, owed)?;
            machine.access(Privilege::Kernel, Access::Load, target.va, 0)?;
            expect::<W>(tree, target.va, (true, true), "after a load once the obligation was fulfilled")?;
        }
        Ok(())
    })
}

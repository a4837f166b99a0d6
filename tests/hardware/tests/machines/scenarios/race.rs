//! The machine walks while we change: each access finds the old or the new state, never a third, and no bit is lost.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use gpt_hardware_tests::{Error, Result};
use gpt_runtime::Format;

use crate::tree::{ensure, fulfil, map_with, our_walk, page_sizes, put, random, range, target, value, with_machine};
use crate::walker::{ALL, Access, Answer, Privilege, Walker};

/// One thread splits a large page and changes the rights of parts of it, while the machine loads and stores. What is
/// changed allows the accesses all the time; a page that the machine wrote to is dirty in the end. For formats that allow
/// changes in place.
pub(crate) fn walked_while_changed<W: Walker>() -> Result<()> {
    let mut random = random();
    let smallest_lg2 = W::Format::PAGE_SIZES.trailing_zeros();
    with_machine::<W>(|machine, memory, tree| {
        let mut all = Vec::new();
        let tree = &*tree;
        for size_lg2 in page_sizes::<W>().filter(|size| *size > smallest_lg2) {
            for _ in 0..4 {
                let target = target(machine, &mut random, size_lg2, ALL, &all)?;
                all.push(target.page);
                fulfil(machine, map_with::<W>(tree, target.page, 1 << size_lg2)?)?;
                let whole = range::<W>(target.page.va, target.page.bytes)?;
                let beside =
                    range::<W>((target.va ^ 1 << smallest_lg2) >> smallest_lg2 << smallest_lg2, 1 << smallest_lg2)?;
                let done = AtomicBool::new(false);
                let (mut dirty, token) = (false, value::<W>(&mut random));
                put::<W>(memory, target.oa, token)?;
                let changed = thread::scope(|scope| {
                    let changer = scope.spawn(|| {
                        let mut taken = false;
                        while !done.load(Ordering::Acquire) {
                            for write in [false, true] {
                                // The invalidation is not carried out here: the machine's thread does it all the time.
                                tree.protect(beside, &W::write_change(write))
                                    .map_err(|stopped| stopped.reason)?
                                    .acknowledge();
                                thread::yield_now();
                            }
                            tree.take_dirty(whole, |page| {
                                taken |= page.va <= target.va && (target.va - page.va) >> page.size_lg2 == 0
                            })
                            .map_err(|stopped| stopped.reason)?
                            .acknowledge();
                        }
                        Ok::<_, gpt_runtime::Reason>(taken)
                    });
                    let result = (0..60).try_for_each(|_| {
                        let answer = persist(machine, Access::Load, target.va, 0)?;
                        ensure!(answer.is(Answer::Done(token)), "{target:x?} holds {token:#x}: {answer:x?}");
                        let answer = persist(machine, Access::Store, target.va, token)?;
                        ensure!(answer.is(Answer::Done(0)), "a store to {target:x?}: {answer:x?}");
                        machine.invalidate(everything_of::<W>(whole.first(), whole.last()))
                    });
                    done.store(true, Ordering::Release);
                    let taken = changer.join().map_err(|_| Error::new("the changing thread panicked"))?;
                    dirty |= taken.map_err(|reason| Error::new(reason.to_string()))?;
                    result
                });
                changed?;
                if W::WRITES_BITS {
                    let now = our_walk::<W>(tree, target.va)?.and_then(|(_, attributes)| W::events(attributes));
                    dirty |= now.is_some_and(|(_, dirty)| dirty);
                    ensure!(dirty, "{target:x?} was stored to, and nobody was told");
                }
                let owed = tree
                    .unmap(whole, gpt_runtime::EmptyTables::AtOnce, |_| {})
                    .map_err(|stopped| Error::new(stopped.to_string()))?;
                fulfil(machine, owed)?;
            }
        }
        Ok(())
    })
}

/// An invalidation of the first page of a range, and of cached table entries: enough for one word that is accessed.
fn everything_of<W: Walker>(first: u64, last: u64) -> gpt_runtime::Invalidation {
    let size_lg2 = 64 - (last - first).leading_zeros();
    gpt_runtime::Invalidation { first, last, smallest_page_lg2: size_lg2, levels: u32::MAX, tables: true }
}

/// Accesses memory; where the machine loses walks, as often as it takes to lose none.
fn persist<W: Walker>(machine: &mut W, access: Access, va: u64, value: u64) -> Result<Answer> {
    let mut answer = machine.access(Privilege::Kernel, access, va, value)?;
    for _ in 0..3 {
        if !W::LOSES_WALKS || !matches!(answer, Answer::Fault(_)) {
            break;
        }
        answer = machine.access(Privilege::Kernel, access, va, value)?;
    }
    Ok(answer)
}

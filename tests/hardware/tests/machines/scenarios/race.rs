//! The machine walks while we change: each access finds the old or the new state, never a third, and no bit is lost.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use gpt_hardware_tests::{Error, Result};
use gpt_runtime::{EmptyTables, Format};

use crate::change::{fulfil, map_with, next_target, take_dirty, unmap, unmap_with};
use crate::tree::{Tree, ensure, our_walk, page_sizes, put, random, range, value, with_machine};
use crate::walker::{ALL, Access, Answer, Mapped, Privilege, Walker};

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
                let target = next_target(machine, tree, &mut random, size_lg2, ALL, &mut all)?;
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
                            take_dirty(tree, whole, &mut |page| {
                                taken |= page.va <= target.va && (target.va - page.va) >> page.size_lg2 == 0;
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
                unmap(machine, tree, target.page)?;
            }
        }
        Ok(())
    })
}

/// One thread maps, changes and unmaps what is beside a page, in its own last table and in tables that come and go, while
/// the machine loads from and stores to the page: nothing of that concerns it. For all formats.
pub(crate) fn walked_beside_changes<W: Walker>() -> Result<()> {
    let mut random = random();
    let smallest_lg2 = W::Format::PAGE_SIZES.trailing_zeros();
    with_machine::<W>(|machine, memory, tree| {
        let mut all = Vec::new();
        let tree = &*tree;
        for size_lg2 in page_sizes::<W>() {
            let target = next_target(machine, tree, &mut random, size_lg2, ALL, &mut all)?;
            fulfil(machine, map_with::<W>(tree, target.page, 1 << size_lg2)?)?;
            let whole = range::<W>(target.page.va, target.page.bytes)?;
            // Smallest pages just beside it, and farther away by the size of some tables.
            let beside: Vec<Mapped> = (0..5)
                .filter(|nth| size_lg2 + 5 * nth < W::input_bits())
                .map(|nth| Mapped {
                    va: target.page.va ^ 1 << (size_lg2 + 5 * nth),
                    bytes: 1 << smallest_lg2,
                    ..target.page
                })
                .filter(|page| is_free(machine, *page, target.page, &all))
                .collect();
            let done = AtomicBool::new(false);
            let token = value::<W>(&mut random);
            put::<W>(memory, target.oa, token)?;
            thread::scope(|scope| {
                let changer = scope.spawn(|| {
                    while !done.load(Ordering::Acquire) {
                        beside.iter().try_for_each(|page| comes_and_goes::<W>(tree, *page))?;
                        thread::yield_now();
                    }
                    Ok::<_, Error>(())
                });
                let result = (0..30).try_for_each(|_| {
                    let answer = persist(machine, Access::Load, target.va, 0)?;
                    ensure!(answer.is(Answer::Done(token)), "{target:x?} holds {token:#x}: {answer:x?}");
                    let answer = persist(machine, Access::Store, target.va, token)?;
                    ensure!(answer.is(Answer::Done(0)), "a store to {target:x?}: {answer:x?}");
                    machine.invalidate(everything_of::<W>(whole.first(), whole.last()))
                });
                done.store(true, Ordering::Release);
                changer.join().map_err(|_| Error::new("the changing thread panicked"))?.and(result)
            })?;
        }
        Ok(())
    })
}

/// Whether a page has an input address of this machine, as another has, that nothing else uses.
fn is_free<W: Walker>(machine: &W, page: Mapped, other: Mapped, all: &[Mapped]) -> bool {
    let last = page.va + (page.bytes - 1);
    let clash = |other: &Mapped| page.va <= other.va + (other.bytes - 1) && other.va <= last;
    let within = (page.va ^ other.va) >> (W::input_bits() - 1) == 0;
    within && machine.takes(page.va) && !W::stage().iter().chain(all).any(clash)
}

/// A page that the machine never goes to is mapped, made read-only and unmapped, so nothing is to be invalidated.
fn comes_and_goes<W: Walker>(tree: &Tree<'_, W>, page: Mapped) -> Result<()> {
    let range = range::<W>(page.va, page.bytes)?;
    map_with::<W>(tree, page, u64::MAX)?.acknowledge();
    match tree.protect(range, &W::write_change(false)) {
        Ok(owed) => owed.acknowledge(),
        Err(stopped) => return Err(Error::new(stopped.to_string())),
    }
    unmap_with(tree, range, EmptyTables::AtOnce, &mut |_| {}).map(|owed| owed.acknowledge())
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

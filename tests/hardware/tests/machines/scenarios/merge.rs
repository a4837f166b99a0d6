//! Small pages become a large one while the machine walks: it finds what it had cached, then nothing, then the same words.

use gpt_hardware_tests::{Error, Result};
use gpt_runtime::{Format, InputAddress, Invalidation};

use crate::change::{Owner, fulfil, map_with, next_target};
use crate::scenarios::split::{all_there, words};
use crate::tree::{ensure, our_walk, page_sizes, put, random, range, value, with_machine};
use crate::walker::{ALL, Access, Answer, Fault, Privilege, Walker};

/// How many small pages, as a power of two, a page may be made of: what lies in one table.
const MOST_LG2: u32 = 13;

/// Maps with the smallest pages what a larger one could map, stores to one of them, and merges.
pub(crate) fn merged<W: Walker>() -> Result<()> {
    let mut random = random();
    let smallest_lg2 = W::Format::PAGE_SIZES.trailing_zeros();
    with_machine::<W>(|machine, memory, tree| {
        let (mut all, mut merged) = (Vec::new(), 0);
        let sizes: Vec<u32> = page_sizes::<W>().filter(|size| *size > smallest_lg2).collect();
        for size_lg2 in sizes.iter().copied().filter(|size| size - smallest_lg2 <= MOST_LG2) {
            let target = next_target(machine, tree, &mut random, size_lg2, ALL, &mut all)?;
            let whole = range::<W>(target.page.va, target.page.bytes)?;
            fulfil(machine, map_with::<W>(tree, target.page, 1 << smallest_lg2)?)?;
            let words = words::<W>(&mut random, target, 1 << smallest_lg2);
            all_there(machine, memory, &mut random, &words)?;
            let token = value::<W>(&mut random);
            let stored = machine.access(Privilege::Kernel, Access::Store, target.va, token)?;
            ensure!(stored.is(Answer::Done(0)), "a store to {target:x?}: {stored:x?}");
            put::<W>(memory, target.oa, token)?;

            let mut done = Ok(());
            let mut invalidate = |owed: Invalidation| {
                let result = in_between(machine, target.va, token, owed);
                done = std::mem::replace(&mut done, Ok(())).and(result);
            };
            let mut exclusive = tree.exclusive();
            let owed = {
                let mut owner: Owner<'_, '_, '_, W> = exclusive.breaking(&mut invalidate);
                owner.merge(whole).map_err(|stopped| Error::new(stopped.to_string()))?
            };
            done?;
            fulfil(machine, owed)?;
            all_there(machine, memory, &mut random, &words)?;
            let input = InputAddress::new(target.va).ok_or_else(|| Error::new("the target is no input address"))?;
            let page = tree.reader().walk(input).map_err(|fault| Error::new(format!("{target:x?}: {fault:?}")))?;
            merged += u32::from(page.size_lg2 == size_lg2);
            if W::WRITES_BITS {
                let events = our_walk::<W>(tree, target.va)?.and_then(|(_, attributes)| W::events(attributes));
                ensure!(events == Some((true, true)), "{target:x?} was stored to and merged: {events:?}");
            }
        }
        ensure!(merged > 0 || sizes.is_empty(), "no page was merged");
        Ok(())
    })
}

/// What the machine finds while the entry above the small pages is absent: what it has cached until it is told.
fn in_between<W: Walker>(machine: &mut W, va: u64, token: u64, owed: Invalidation) -> Result<()> {
    let absent = Answer::Fault(Fault::Absent);
    let before = machine.access(Privilege::Kernel, Access::Load, va, 0)?;
    ensure!(before.is(Answer::Done(token)) || before.is(absent), "{va:#x} in the middle of a merge: {before:x?}");
    let concerns = (owed.first..=owed.last).contains(&va);
    machine.invalidate(owed)?;
    if !concerns {
        return Ok(());
    }
    let after = machine.access(Privilege::Kernel, Access::Load, va, 0)?;
    ensure!(after.is(absent), "{va:#x} in the middle of a merge, invalidated: {after:x?}");
    Ok(())
}

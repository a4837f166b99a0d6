//! Obligations are needed and enough: what the machine cached is seen before, and is gone after.

use gpt_hardware_tests::{Error, Result};
use gpt_runtime::EmptyTables;

use crate::change::{breaking, fulfil, map_with, next_target, unmap_with};
use crate::tree::{ensure, page_sizes, put, random, range, value, with_machine};
use crate::walker::{ALL, Access, Answer, Fault, Privilege, Walker};

/// Each way to unmap, on each size of pages.
pub(crate) fn unmapped<W: Walker>() -> Result<()> {
    let mut random = random();
    with_machine::<W>(|machine, memory, tree| {
        let mut all = Vec::new();
        for empty_tables in [EmptyTables::Never, EmptyTables::WhenCovered, EmptyTables::AtOnce] {
            for size_lg2 in page_sizes::<W>() {
                let target = next_target(machine, tree, &mut random, size_lg2, ALL, &mut all)?;
                let old = value::<W>(&mut random);
                put::<W>(memory, target.oa, old)?;
                fulfil(machine, map_with::<W>(tree, target.page, 1 << size_lg2)?)?;
                let load = |machine: &mut W| machine.access(Privilege::Kernel, Access::Load, target.va, 0);
                let first = load(machine)?;
                ensure!(first.is(Answer::Done(old)), "{target:x?} holds {old:#x}: {first:x?}");

                let range = range::<W>(target.page.va, target.page.bytes)?;
                let owed = unmap_with(tree, range, empty_tables, &mut |_| {})?;
                let between = load(machine)?;
                if W::KEEPS_STALE {
                    ensure!(between.is(Answer::Done(old)), "{target:x?} was cached, then unmapped: {between:x?}");
                }
                fulfil(machine, owed)?;
                let after = load(machine)?;
                ensure!(after.is(Answer::Fault(Fault::Absent)), "{target:x?} was unmapped and invalidated: {after:x?}");
            }
        }
        Ok(())
    })
}

/// A page that gets another address: in place, or through absent where the format says that it has to.
pub(crate) fn moved<W: Walker>() -> Result<()> {
    use gpt_runtime::{Format, Reason};

    let mut random = random();
    with_machine::<W>(|machine, memory, tree| {
        let mut all = Vec::new();
        for size_lg2 in page_sizes::<W>() {
            let target = next_target(machine, tree, &mut random, size_lg2, ALL, &mut all)?;
            let (first, bytes) = W::DATA;
            let inside = target.oa - target.page.oa;
            let other = first + random.u64(..bytes / 8) * 8;
            let other = (other >> size_lg2 << size_lg2) + inside;
            if other < first || other >= first + bytes || other == target.oa {
                continue;
            }
            let (old, new) = (value::<W>(&mut random), value::<W>(&mut random));
            put::<W>(memory, target.oa, old)?;
            put::<W>(memory, other, new)?;
            fulfil(machine, map_with::<W>(tree, target.page, 1 << size_lg2)?)?;
            let load = |machine: &mut W| machine.access(Privilege::Kernel, Access::Load, target.va, 0);
            ensure!(load(machine)?.is(Answer::Done(old)), "{target:x?} does not hold {old:#x}");
            let all = range::<W>(target.page.va, target.page.bytes)?;
            let in_the_way = match tree.remap(all, other - inside) {
                Err(stopped) if !W::Format::REPLACE_IN_PLACE && stopped.reason == Reason::BreakBeforeMake => true,
                Err(stopped) => return Err(Error::new(stopped.to_string())),
                Ok(owed) => {
                    let between = load(machine)?;
                    if W::KEEPS_STALE {
                        ensure!(between.is(Answer::Done(old)), "{target:x?} was cached, then moved: {between:x?}");
                    }
                    fulfil(machine, owed)?;
                    false
                }
            };
            if in_the_way {
                ensure!(load(machine)?.is(Answer::Done(old)), "{target:x?} was not to be moved in place");
                breaking(machine, tree, |tree| tree.remap(all, other - inside))?;
            }
            let after = load(machine)?;
            ensure!(after.is(Answer::Done(new)), "{target:x?} was moved to {other:#x} and invalidated: {after:x?}");
        }
        Ok(())
    })
}

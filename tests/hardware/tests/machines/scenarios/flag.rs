//! The access flag where software sets it: an access without it is refused until it is set.

use gpt_hardware_tests::{Error, Result};

use crate::change::{breaking, fulfil, map_with, next_target, unmap};
use crate::tree::{ensure, page_sizes, put, random, range, value, with_machine};
use crate::walker::{ALL, Access, Answer, Fault, Privilege, Walker};

/// Clears the flag of a page of each size, and sets it again.
pub(crate) fn cleared_and_set<W: Walker>() -> Result<()> {
    let mut random = random();
    with_machine::<W>(|machine, memory, tree| {
        let mut all = Vec::new();
        for size_lg2 in page_sizes::<W>() {
            let target = next_target(machine, tree, &mut random, size_lg2, ALL, &mut all)?;
            let range = range::<W>(target.page.va, target.page.bytes)?;
            let token = value::<W>(&mut random);
            put::<W>(memory, target.oa, token)?;
            fulfil(machine, map_with::<W>(tree, target.page, 1 << size_lg2)?)?;
            let load = |machine: &mut W| machine.access(Privilege::Kernel, Access::Load, target.va, 0);
            let flagged = load(machine)?;
            ensure!(flagged.is(Answer::Done(token)), "{target:x?} has its access flag set: {flagged:x?}");

            if let Some(change) = W::flag_change(false) {
                breaking(machine, tree, |tree| tree.protect(range, &change))?;
            } else {
                let mut accessed = 0;
                let owed = tree
                    .test_and_clear_accessed(range, |_| accessed += 1)
                    .map_err(|stopped| Error::new(stopped.to_string()))?;
                ensure!(accessed == 1, "{target:x?} has its access flag set, and {accessed} pages say so");
                let between = load(machine)?;
                ensure!(between.is(Answer::Done(token)), "{target:x?} was cached, then its flag cleared: {between:x?}");
                fulfil(machine, owed)?;
            }
            let cleared = load(machine)?;
            ensure!(cleared.is(Answer::Fault(Fault::NotAccessed)), "the flag of {target:x?} is clear: {cleared:x?}");

            if let Some(change) = W::flag_change(true) {
                breaking(machine, tree, |tree| tree.protect(range, &change))?;
            } else {
                unmap(machine, tree, target.page)?;
                fulfil(machine, map_with::<W>(tree, target.page, 1 << size_lg2)?)?;
            }
            let set = load(machine)?;
            ensure!(set.is(Answer::Done(token)), "the flag of {target:x?} is set again: {set:x?}");
        }
        Ok(())
    })
}

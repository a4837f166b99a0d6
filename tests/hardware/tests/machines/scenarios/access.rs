//! Every access to every kind of page is done on the right word, or refused with the right fault.

use gpt_hardware_tests::{Error, Memory, Result};
use gpt_runtime::Format;

use crate::change::{fulfil, map_with, next_target, unmap};
use crate::tree::{Target, attempt, ensure, free_place, page_sizes, put, random, stored, value, with_machine};
use crate::walker::{ALL, Access, Answer, Fault, Mapped, Privilege, Walker};

/// Every access with every right on every size of pages: done on the right word, or refused with the right fault.
pub(crate) fn every_right<W: Walker>() -> Result<()> {
    let mut random = random();
    let smallest_lg2 = W::Format::PAGE_SIZES.trailing_zeros();
    with_machine::<W>(|machine, memory, tree| {
        let mut all = Vec::new();
        for size_lg2 in page_sizes::<W>() {
            for rights in W::rights() {
                let target = next_target(machine, tree, &mut random, size_lg2, rights, &mut all)?;
                fulfil(machine, map_with::<W>(tree, target.page, 1 << size_lg2)?)?;
                for privilege in W::PRIVILEGES {
                    for access in W::ACCESSES.iter().filter(|access| W::survives(rights, *privilege, **access)) {
                        one_access(machine, memory, &mut random, target, *privilege, *access)?;
                    }
                }
            }
        }
        for _ in 0..20 {
            let Some(va) = free_place(machine, &mut random, smallest_lg2, &all) else { continue };
            let answer = machine.access(Privilege::Kernel, Access::Load, va, 0)?;
            ensure!(answer.is(Answer::Fault(Fault::Absent)), "loading from {va:#x}, which is not mapped: {answer:x?}");
        }
        Ok(())
    })
}

/// Many mappings at once, some longer than a page, all over memory: loads anywhere in them find the right word.
pub(crate) fn random_mappings<W: Walker>() -> Result<()> {
    let mut random = random();
    let smallest_lg2 = W::Format::PAGE_SIZES.trailing_zeros();
    with_machine::<W>(|machine, memory, tree| {
        let mut all: Vec<Mapped> = Vec::new();
        let (first, bytes) = W::DATA;
        for round in 0..80 {
            // Lengths from one smallest page to all of memory, so that a mapping is made of pages of several sizes.
            let length_lg2 = random.u32(smallest_lg2..=bytes.ilog2().min(W::Format::INPUT_BITS - 4));
            let length = (random.u64(..1 << length_lg2) >> smallest_lg2 << smallest_lg2).max(1 << smallest_lg2);
            let oa = first + (random.u64(..=bytes - length) >> smallest_lg2 << smallest_lg2);
            let room_lg2 = length.next_power_of_two().ilog2() + 1;
            let Some(aligned) = free_place(machine, &mut random, room_lg2, &all) else { continue };
            // As far from a multiple of a large page as the output is, in most cases.
            let phase = if random.u32(..4) > 0 { oa & (length.next_power_of_two() - 1) } else { 0 };
            let mapped = Mapped { va: aligned + phase, oa, bytes: length, rights: ALL };
            fulfil(machine, map_with::<W>(tree, mapped, u64::MAX)?)?;
            all.push(mapped);
            if round % 4 == 3 && !all.is_empty() {
                let gone = all.swap_remove(random.usize(..all.len()));
                unmap(machine, tree, gone)?;
                let answer = machine.access(Privilege::Kernel, Access::Load, gone.va, 0)?;
                ensure!(answer.is(Answer::Fault(Fault::Absent)), "{gone:x?} was unmapped: {answer:x?}");
            }
            for _ in 0..all.len().min(12) {
                let mapped = all[random.usize(..all.len())];
                let offset = random.u64(..mapped.bytes / 8) * 8;
                let token = value::<W>(&mut random);
                put::<W>(memory, mapped.oa + offset, token)?;
                let answer = machine.access(Privilege::Kernel, Access::Load, mapped.va + offset, 0)?;
                ensure!(answer.is(Answer::Done(token)), "{mapped:x?} + {offset:#x} holds {token:#x}: {answer:x?}");
            }
        }
        Ok(())
    })
}

/// One access to a target.
fn one_access<W: Walker>(
    machine: &mut W,
    memory: &Memory,
    random: &mut fastrand::Rng,
    target: Target,
    privilege: Privilege,
    access: Access,
) -> Result<()> {
    let (old, new) = (value::<W>(random), value::<W>(random));
    if access == Access::Fetch {
        memory.write(target.oa, W::NOP)?;
    } else {
        put::<W>(memory, target.oa, old)?;
    }
    let answer = attempt(machine, memory, privilege, access, (target.va, target.oa), new)?;
    let expected = match access {
        _ if !W::allows(target.page.rights, privilege, access) => Answer::Fault(Fault::Permission),
        Access::Load => Answer::Done(old),
        Access::Store | Access::Fetch => Answer::Done(0),
    };
    ensure!(answer.is(expected), "{privilege:?} {access:?} {target:x?}: {answer:x?} instead of {expected:x?}");
    if access == Access::Store {
        let expected = if matches!(answer, Answer::Done(_)) { new } else { old };
        let found = stored::<W>(memory, target.oa)?;
        ensure!(found == expected, "after {privilege:?} {access:?} {target:x?}: {found:#x} instead of {expected:#x}");
    }
    Ok(())
}

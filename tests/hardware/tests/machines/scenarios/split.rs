//! A part of a large page is changed: the rest stays as it was, before and after the obligation.

use gpt_hardware_tests::{Error, Memory, Result};
use gpt_runtime::{Format, Reason};

use crate::change::{breaking, fulfil, map_with, next_target, unmap_through_absent};
use crate::tree::{Target, attempt, ensure, page_sizes, put, random, range, value, with_machine};
use crate::walker::{ALL, Access, Answer, Fault, Privilege, Walker};

/// Words of the page: the chosen one, its neighbours in the smallest pages around it, and others.
pub(super) fn words<W: Walker>(random: &mut fastrand::Rng, target: Target, smallest: u64) -> Vec<(u64, u64)> {
    let (first, bytes) = W::DATA;
    let base = target.oa & !(smallest - 1);
    let mut all = vec![target.oa, base, base + smallest - 8, base.wrapping_sub(8), base + smallest];
    all.extend((0..8).map(|_| first + random.u64(..bytes / 8) * 8));
    let page = target.page;
    all.retain(|oa| (first..first + bytes).contains(oa) && (page.oa..page.oa + page.bytes).contains(oa));
    all.into_iter().map(|oa| (page.va + (oa - page.oa), oa)).collect()
}

/// Loads each word and compares it with what memory holds.
pub(super) fn all_there<W: Walker>(
    machine: &mut W,
    memory: &Memory,
    random: &mut fastrand::Rng,
    words: &[(u64, u64)],
) -> Result<()> {
    for (va, oa) in words {
        let token = value::<W>(random);
        put::<W>(memory, *oa, token)?;
        let answer = machine.access(Privilege::Kernel, Access::Load, *va, 0)?;
        ensure!(answer.is(Answer::Done(token)), "{va:#x} is at {oa:#x}, which holds {token:#x}: {answer:x?}");
    }
    Ok(())
}

/// Takes the right to write from one smallest page of each larger page, then unmaps it.
pub(crate) fn part_changed<W: Walker>() -> Result<()> {
    let mut random = random();
    let smallest_lg2 = W::Format::PAGE_SIZES.trailing_zeros();
    let smallest = 1_u64 << smallest_lg2;
    with_machine::<W>(|machine, memory, tree| {
        let mut all = Vec::new();
        for size_lg2 in page_sizes::<W>().filter(|size| *size > smallest_lg2) {
            let target = next_target(machine, tree, &mut random, size_lg2, ALL, &mut all)?;
            fulfil(machine, map_with::<W>(tree, target.page, 1 << size_lg2)?)?;
            let words = words::<W>(&mut random, target, smallest);
            all_there(machine, memory, &mut random, &words)?;

            let part = range::<W>(target.va & !(smallest - 1), smallest)?;
            let through_absent = match tree.protect(part, &W::write_change(false)) {
                Ok(owed) => {
                    all_there(machine, memory, &mut random, &words)?;
                    fulfil(machine, owed)?;
                    false
                }
                Err(stopped) if stopped.reason == Reason::BreakBeforeMake => true,
                Err(stopped) => return Err(Error::new(stopped.to_string())),
            };
            if through_absent {
                all_there(machine, memory, &mut random, &words)?;
                breaking(machine, tree, |tree| tree.protect(part, &W::write_change(false)))?;
            }
            all_there(machine, memory, &mut random, &words)?;
            for (va, oa) in &words {
                let token = value::<W>(&mut random);
                let answer = attempt(machine, memory, Privilege::Kernel, Access::Store, (*va, *oa), token)?;
                let inside = (part.first()..=part.last()).contains(va);
                let expected = if inside { Answer::Fault(Fault::Permission) } else { Answer::Done(0) };
                ensure!(answer.is(expected), "{part:?} of {target:x?} is read-only, a store to {va:#x}: {answer:x?}");
            }
            unmap_through_absent(machine, tree, part)?;
            let (gone, kept): (Vec<_>, Vec<_>) =
                words.into_iter().partition(|(va, _)| (part.first()..=part.last()).contains(va));
            all_there(machine, memory, &mut random, &kept)?;
            for (va, _) in gone {
                let answer = machine.access(Privilege::Kernel, Access::Load, va, 0)?;
                ensure!(answer.is(Answer::Fault(Fault::Absent)), "{va:#x} of {target:x?} was unmapped: {answer:x?}");
            }
        }
        Ok(())
    })
}

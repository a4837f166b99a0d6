//! Holes in larger pages and in runs of items: what is beside them stays, and they can be filled again.

use gpt_hardware_tests::{Error, Result};
use gpt_runtime::Format;

use crate::change::{fulfil, map_with, next_target, unmap_through_absent};
use crate::scenarios::split::all_there;
use crate::tree::{Target, ensure, page_sizes, random, range, with_machine};
use crate::walker::{ALL, Access, Answer, Fault, Mapped, Privilege, Walker};

/// How many holes each page gets, and of how many smallest pages each is at most.
const HOLES: usize = 3;
const HOLE_PAGES: u64 = 5;

/// A hole somewhere in the part of a page that is memory, which touches no other.
fn hole<W: Walker>(random: &mut fastrand::Rng, page: Mapped, smallest: u64, others: &[Mapped]) -> Option<Mapped> {
    let (first, bytes) = W::DATA;
    let (start, end) = (page.oa.max(first), (page.oa + page.bytes).min(first + bytes));
    let oa = random.u64(start..end) & !(smallest - 1);
    let bytes = (random.u64(1..=HOLE_PAGES) * smallest).min(end - oa);
    let hole = Mapped { va: page.va + (oa - page.oa), oa, bytes, rights: ALL };
    let apart = |other: &Mapped| other.va + other.bytes <= hole.va || hole.va + hole.bytes <= other.va;
    others.iter().all(apart).then_some(hole)
}

/// The first and last word of a hole and those beside it, as far as they are in the page and memory.
fn words<W: Walker>(target: Target, hole: Mapped) -> Vec<(u64, u64)> {
    let (first, bytes) = W::DATA;
    let page = target.page;
    let word = W::WORD_BYTES as u64;
    let all = [hole.oa, hole.oa + hole.bytes - word, hole.oa.wrapping_sub(word), hole.oa + hole.bytes];
    let inside = |oa: &u64| (first..first + bytes).contains(oa) && (page.oa..page.oa + page.bytes).contains(oa);
    all.into_iter().filter(inside).map(|oa| (page.va + (oa - page.oa), oa)).collect()
}

/// Makes holes in a page of each size, one after the other, and fills them.
pub(crate) fn made_and_filled<W: Walker>() -> Result<()> {
    let mut random = random();
    let smallest_lg2 = W::Format::PAGE_SIZES.trailing_zeros();
    with_machine::<W>(|machine, memory, tree| {
        let mut all = Vec::new();
        for size_lg2 in page_sizes::<W>().filter(|size| *size > smallest_lg2) {
            let target = next_target(machine, tree, &mut random, size_lg2, ALL, &mut all)?;
            fulfil(machine, map_with::<W>(tree, target.page, 1 << size_lg2)?)?;
            let (mut holes, mut around) = (Vec::new(), vec![(target.va, target.oa)]);
            for _ in 0..HOLES {
                let Some(hole) = hole::<W>(&mut random, target.page, 1 << smallest_lg2, &holes) else { continue };
                around.extend(words::<W>(target, hole));
                holes.push(hole);
                unmap_through_absent(machine, tree, range::<W>(hole.va, hole.bytes)?)?;
                let in_hole = |va: u64| holes.iter().any(|hole| (hole.va..hole.va + hole.bytes).contains(&va));
                let (gone, kept): (Vec<_>, Vec<_>) = around.iter().partition(|(va, _)| in_hole(*va));
                all_there(machine, memory, &mut random, &kept)?;
                for (va, _) in gone {
                    let answer = machine.access(Privilege::Kernel, Access::Load, va, 0)?;
                    ensure!(
                        answer.is(Answer::Fault(Fault::Absent)),
                        "{va:#x} is in {holes:x?} of {target:x?}: {answer:x?}"
                    );
                }
            }
            for hole in holes {
                fulfil(machine, map_with::<W>(tree, hole, u64::MAX)?)?;
            }
            all_there(machine, memory, &mut random, &around)?;
        }
        Ok(())
    })
}

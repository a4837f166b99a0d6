//! The machine's debugger translates random mappings as we say, and nothing else.

use gpt_hardware_tests::{Error, Result};
use gpt_runtime::{EmptyTables, InputAddress, Removed};

use crate::change::{fulfil, map_with, unmap, unmap_with};
use crate::tree::{Tree, ensure, free_place, our_walk, page_sizes, random, range, with_machine};
use crate::walker::{ALL, Mapped, Walker};

/// A page of which an address space has fewer than 2ⁿ makes room at once for the next.
const CROWDED_LG2: u32 = 5;

/// Random mappings of every size; the machine's debugger translates each as we say, and nothing else.
pub(crate) fn random_mappings<W: Walker>() -> Result<()> {
    let mut random = random();
    with_machine::<W>(|machine, _, tree| {
        let mut all: Vec<Mapped> = Vec::new();
        for round in 0..60 {
            for size_lg2 in page_sizes::<W>() {
                let Some(va) = free_place(machine, &mut random, size_lg2, &all) else { continue };
                let oa = random.u64(..) >> (64 - W::output_bits(size_lg2)) >> size_lg2 << size_lg2;
                let rights: Vec<_> = W::rights().into_iter().filter(|rights| rights.read).collect();
                let rights = rights.get(random.usize(..rights.len())).copied().unwrap_or(ALL);
                let mapped = Mapped { va, oa, bytes: 1 << size_lg2, rights };
                let sizes = if random.bool() { 1 << size_lg2 } else { u64::MAX };
                fulfil(machine, map_with::<W>(tree, mapped, sizes)?)?;
                if W::input_bits() - size_lg2 < CROWDED_LG2 {
                    as_we_say(machine, tree, &mut random, mapped)?;
                    unmap(machine, tree, mapped)?;
                } else {
                    all.push(mapped);
                }
            }
            if round % 3 == 2 {
                let gone = all.swap_remove(random.usize(..all.len()));
                let mut removed = 0;
                let range = range::<W>(gone.va, gone.bytes)?;
                let obligation = unmap_with(tree, range, EmptyTables::AtOnce, &mut |page| match page {
                    Removed::Page(page) => removed += 1_u64 << page.size_lg2,
                    Removed::Special { .. } => {}
                })?;
                fulfil(machine, obligation)?;
                ensure!(removed == gone.bytes, "unmapping {gone:x?} gave back {removed:#x} bytes");
                ensure!(machine.debug_walk(gone.va)?.is_none(), "{:#x} is translated after it was unmapped", gone.va);
            }
        }
        all.iter().try_for_each(|mapped| as_we_say(machine, tree, &mut random, *mapped))
    })
}

/// Compares what the debugger says of a mapping, and of what is beside it, with our own walk.
fn as_we_say<W: Walker>(machine: &mut W, tree: &Tree<'_, W>, random: &mut fastrand::Rng, mapped: Mapped) -> Result<()> {
    for offset in [0, mapped.bytes - 1, random.u64(..mapped.bytes)] {
        let va = mapped.va + offset;
        let ours = our_walk::<W>(tree, va)?;
        let right = ours.is_some_and(|(oa, has)| oa == mapped.oa + offset && W::same(has, mapped.rights));
        ensure!(right, "{mapped:x?}: our own walk of {va:#x} gives {ours:x?}");
        let theirs = machine.debug_walk(va)?;
        ensure!(theirs == Some(mapped.oa + offset), "{mapped:x?}: the machine translates {va:#x} to {theirs:x?}");
    }
    for va in [mapped.va.wrapping_sub(1), mapped.va.wrapping_add(mapped.bytes)] {
        if InputAddress::<W::Format>::new(va).is_some() && machine.takes(va) {
            let (ours, theirs) = (our_walk::<W>(tree, va)?.map(|(oa, _)| oa), machine.debug_walk(va)?);
            ensure!(ours == theirs, "beside {mapped:x?}: {va:#x} is {ours:x?} for us, {theirs:x?} for the machine");
        }
    }
    Ok(())
}

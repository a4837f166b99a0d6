//! A device that faults while memory management unmaps, protects and cleans.

use std::sync::atomic::Ordering;

use gpt_device::{Mirror, Sides};
use gpt_runtime::{AddressRange, EmptyTables, Entry, Removed};
use gpt_tests::Random;

use crate::machine::{Machine, SLOT_LG2, SLOTS, VA};
use crate::pairs::{ArmAmd, Pair, X86Amd, X86Nv, X86Xe};
use crate::world::World;

/// The owner of a slot maps, unmaps, and changes what may be written, without moving anything.
fn manage<P: Pair>(machine: &Machine<P, Mirror<World<P>>>, slot: u64) {
    let (mirror, world) = (&machine.mirror, machine.mirror.sides());
    let mut random = Random::new(100 + slot);
    let first = VA + (slot << SLOT_LG2);
    let may_write = &machine.may_write[slot as usize];
    while !machine.stop.load(Ordering::Relaxed) {
        let part = first + (random.below(3) << 21);
        let unit = 1_u64 << P::UNIT_LG2;
        let (va, size_lg2) = match random.below(4) {
            0 if P::LARGE_LG2 > 0 => (part, P::LARGE_LG2),
            _ => (part + random.below(0x1_0000 / unit) * unit, P::UNIT_LG2),
        };
        let range = AddressRange::new(va, 1 << size_lg2).unwrap();
        match random.below(8) {
            0..4 => {
                let Some(page) = world.host.take(va, size_lg2) else { continue };
                let write = may_write.load(Ordering::SeqCst);
                for at in (va..va + (1 << size_lg2)).step_by(unit as usize) {
                    if world.on_cpu(at) == Entry::Absent {
                        machine.writes[machine.page(at)].store(0, Ordering::SeqCst);
                    }
                }
                match world.cpu.map(range, page, &P::cpu(write)) {
                    Ok(owed) => world.cpu_changed(owed),
                    Err(stopped) => {
                        // What lies below where it stopped is mapped: it goes again, as one would who gives up.
                        let at = stopped.at;
                        world.cpu_changed(stopped.obligation);
                        if at > va {
                            let _begun = mirror.begin(va, at - 1, |_| {});
                            let done = AddressRange::from_first_last(va, at - 1).unwrap();
                            let gone = world.cpu.unmap(done, EmptyTables::WhenCovered, |_| {});
                            world.cpu_changed(gone.unwrap());
                        }
                        world.host.free(page, size_lg2);
                    }
                }
            }
            4 | 5 => {
                let _begun = mirror.begin(va, va + ((1 << size_lg2) - 1), |_| {});
                let mut pages = Vec::new();
                let gone = world.cpu.unmap(range, EmptyTables::WhenCovered, |removed| {
                    if let Removed::Page(page) = removed {
                        pages.push(page);
                    }
                });
                match gone {
                    Ok(owed) => world.cpu_changed(owed),
                    Err(stopped) => world.cpu_changed(stopped.obligation),
                }
                for page in pages {
                    let frames = world.host.page(page.oa, page.size_lg2);
                    for (frame, number) in frames.iter().zip(0..) {
                        let written = frame.writes.load(Ordering::SeqCst);
                        let expected = &machine.writes[machine.page(page.va + (number << P::UNIT_LG2))];
                        assert_eq!(written, expected.load(Ordering::SeqCst), "a write went elsewhere");
                        assert!(written == 0 || P::is_dirty(&page.attributes), "a page was written and is not marked");
                    }
                    world.host.free(page.oa, page.size_lg2);
                }
            }
            6 => {
                let write = !may_write.load(Ordering::SeqCst);
                let whole = AddressRange::new(first, 1 << SLOT_LG2).unwrap();
                let _begun = mirror.begin(first, first + ((1 << SLOT_LG2) - 1), |_| {});
                match world.cpu.protect(whole, &P::cpu_write(write)) {
                    Ok(owed) => world.cpu_changed(owed),
                    Err(stopped) => world.cpu_changed(stopped.obligation),
                }
                may_write.store(write, Ordering::SeqCst);
            }
            _ => {
                let mut reported = Vec::new();
                // Nobody writes while this compares: who writes holds the slot.
                let _still = machine.still[slot as usize].write().unwrap();
                let Entry::Page(page) = world.on_cpu(va) else { continue };
                mirror.take_dirty(range, |first, last| reported.push((first, last))).unwrap();
                let written = world.host.page(page.oa, page.size_lg2).iter();
                let written = written.map(|frame| frame.writes.load(Ordering::SeqCst)).sum::<u64>();
                let marked = P::is_dirty(&page.attributes);
                assert!(!marked && written == 0 || !reported.is_empty(), "a page was written and is not reported");
                // What was written stays marked, so that this holds the next time too.
                if !reported.is_empty() {
                    let whole = AddressRange::new(page.va, 1 << page.size_lg2).unwrap();
                    world.cpu_changed(world.cpu.protect(whole, &P::mark(true)).unwrap());
                    world.cpu_changed(world.cpu.protect(range, &P::mark(true)).unwrap());
                }
            }
        }
    }
}

fn mirrored<P: Pair>() {
    let mirror = Mirror::new(World::<P>::new(8192, 1), VA, VA + (SLOTS << SLOT_LG2) - 1);
    let machine = Machine::<P, _>::new(mirror);
    let (mirror, world) = (&machine.mirror, machine.mirror.sides());
    let mut threads: Vec<Box<dyn FnOnce() + Send + '_>> = Vec::new();
    for slot in 0..SLOTS {
        let machine = &machine;
        threads.push(Box::new(move || manage(machine, slot)));
    }
    for seed in 0..2 {
        let machine = &machine;
        threads.push(Box::new(move || {
            machine.device(world, seed, |va, access, around| mirror.pull(va, access, around));
        }));
    }
    machine.run(threads);
    assert!(machine.accesses.load(Ordering::Relaxed) > 0, "the device never had a page");
}

#[test]
fn a_mirror_never_shows_what_is_gone() {
    mirrored::<X86Nv>();
    mirrored::<X86Amd>();
    mirrored::<X86Xe>();
    mirrored::<ArmAmd>();
}

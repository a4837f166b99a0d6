//! CPUs, a device, and memory management, while pages move: no write is lost on the way between memories, and in the end
//! every page was given back once.

use std::sync::atomic::Ordering;

use gpt_device::{Away, Migration, Mirror, Moves, Sides};
use gpt_formats::x86_64_os::X86_64Os;
use gpt_runtime::{AddressRange, Entry};
use gpt_tests::Random;

use crate::machine::{Machine, SLOT_LG2, SLOTS, VA};
use crate::pairs::{Pair, X86Amd, X86Nv};
use crate::world::World;

/// A CPU: it accesses, and brings pages back that are away.
fn cpu<P: Pair<Cpu = X86_64Os>>(machine: &Machine<P, Migration<World<P>>>, seed: u64) {
    let (migration, world) = (&machine.mirror, machine.mirror.mirror().sides());
    let mut random = Random::new(seed);
    while !machine.stop.load(Ordering::Relaxed) {
        let va = Machine::<P, Migration<World<P>>>::somewhere(&mut random);
        match random.below(8) {
            0 => {
                let _ = migration.to_device(va);
            }
            _ => {
                let still = machine.still[Machine::<P, Migration<World<P>>>::slot(va)].read().unwrap();
                let running = world.cpu_running.read().unwrap();
                match world.on_cpu(va) {
                    Entry::Page(page) => {
                        machine.access(world, va, page.oa + (va - page.va), random.chance(2));
                    }
                    Entry::Special { .. } => {
                        drop(running);
                        drop(still);
                        let _ = migration.to_host(va);
                    }
                    Entry::Absent | Entry::Malformed => {}
                }
            }
        }
    }
}

/// The owner of a slot maps and unmaps, also parts of large pages, and compares what pages hold with what was written.
fn manage_moving<P: Pair<Cpu = X86_64Os>>(machine: &Machine<P, Migration<World<P>>>, slot: u64) {
    let (migration, world) = (&machine.mirror, machine.mirror.mirror().sides());
    let mut random = Random::new(200 + slot);
    let first = VA + (slot << SLOT_LG2);
    while !machine.stop.load(Ordering::Relaxed) {
        let part = first + (random.below(3) << 21);
        let (va, size_lg2) = match random.below(4) {
            0 => (part, 21),
            _ => (part + (random.below(16) << 12), 12),
        };
        let range = AddressRange::new(va, 1 << size_lg2).unwrap();
        match random.below(8) {
            0..4 => {
                let pages: Vec<u64> = (va..va + (1 << size_lg2)).step_by(0x1000).collect();
                if pages.iter().any(|at| world.on_cpu(*at) != Entry::Absent) {
                    continue;
                }
                let Some(page) = world.host.take(va, size_lg2) else { continue };
                pages.iter().for_each(|at| machine.writes[machine.page(*at)].store(0, Ordering::SeqCst));
                world.cpu_changed(world.cpu.map(range, page, &P::cpu(true)).unwrap());
            }
            4 | 5 => {
                // There may be no memory to bring back what is only partly unmapped.
                let _ = migration.unmap(range);
            }
            6 => world.fails.store(random.chance(8), Ordering::Relaxed),
            _ => compare(machine, slot, part),
        }
    }
}

/// While nobody writes to a slot: every page of a part of it holds what was written to it, wherever it is.
fn compare<P: Pair<Cpu = X86_64Os>>(machine: &Machine<P, Migration<World<P>>>, slot: u64, part: u64) {
    let world = machine.mirror.mirror().sides();
    let _still = machine.still[slot as usize].write().unwrap();
    for va in (part..part + 0x20_0000).step_by(0x1000) {
        // Pages go on moving: one that is away when it is looked at again was not freed in between.
        let before = world.on_cpu(va);
        let oa = match before {
            Entry::Page(page) => page.oa + (va - page.va),
            Entry::Special { va: start, special, .. } => match world.hear(&special) {
                Some(Away::OnDevice { page, .. }) => page + (va - start),
                _ => continue,
            },
            _ => continue,
        };
        let frame = world.frame(oa);
        let (owner, written) = (frame.owner.load(Ordering::SeqCst), frame.writes.load(Ordering::SeqCst));
        if world.on_cpu(va) == before {
            assert_eq!(owner, va, "the page of {va:#x} is another's");
            assert_eq!(written, machine.writes[machine.page(va)].load(Ordering::SeqCst), "writes to {va:#x}");
        }
    }
}

fn moving<P: Pair<Cpu = X86_64Os>>() {
    let mirror = Mirror::new(World::<P>::new(6144, 2048), VA, VA + (SLOTS << SLOT_LG2) - 1);
    let machine = Machine::<P, _>::new(Migration::new(mirror));
    let (migration, world) = (&machine.mirror, machine.mirror.mirror().sides());
    let mut threads: Vec<Box<dyn FnOnce() + Send + '_>> = Vec::new();
    for slot in 0..SLOTS {
        let machine = &machine;
        threads.push(Box::new(move || manage_moving(machine, slot)));
        threads.push(Box::new(move || cpu(machine, slot + 10)));
        threads.push(Box::new(move || {
            machine.device(world, slot, |va, access, around| migration.pull(va, access, around));
        }));
    }
    machine.run(threads);
    let moved = world.moved.load(Ordering::Relaxed);
    assert!(moved > 0 && machine.accesses.load(Ordering::Relaxed) > 0);
    println!("{moved} pages moved, {} accesses", machine.accesses.load(Ordering::Relaxed));
    world.fails.store(false, Ordering::Relaxed);
    migration.unmap(AddressRange::new(VA, SLOTS << SLOT_LG2).unwrap()).unwrap();
    assert_eq!((world.host.used(), world.local.used()), (0, 0), "pages were lost");
}

#[test]
fn no_interleaving_loses_a_page_or_a_write() {
    moving::<X86Nv>();
    moving::<X86Amd>();
}

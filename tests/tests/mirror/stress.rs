//! CPUs, a device, and memory management, all at once: no access ever meets a page that is somebody else's, nobody writes
//! without leave, no write is lost on the way between memories, and in the end every page was given back once.

use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use gpt_device::{Access, Away, Migration, Mirror, Moves, NotPulled, Sides};
use gpt_formats::x86_64_os::X86_64Os;
use gpt_runtime::{AddressRange, EmptyTables, Entry, Removed};
use gpt_tests::Random;

use crate::pairs::{ArmAmd, Pair, X86Amd, X86Nv, X86Xe};
use crate::world::World;

/// The first address.
const VA: u64 = 0x4000_0000;
/// Address space for a thread that maps and unmaps.
const SLOT_LG2: u32 = 23;
/// How many threads map and unmap.
const SLOTS: u64 = 2;

fn time() -> Duration {
    Duration::from_secs(std::env::var("GPT_SECONDS").map_or(1, |text| text.parse().expect("GPT_SECONDS is a number")))
}

struct Machine<P: Pair, M> {
    mirror: M,
    /// How often each page of the address space was written since it was mapped.
    writes: Vec<AtomicU64>,
    /// Whether the pages of a slot may be written: cleared and set within invalidations.
    may_write: [AtomicBool; SLOTS as usize],
    /// Held for reading by who writes to a page of the slot, for writing by who compares.
    still: [RwLock<()>; SLOTS as usize],
    stop: AtomicBool,
    accesses: AtomicU64,
    pair: std::marker::PhantomData<fn() -> P>,
}

impl<P: Pair, M> Machine<P, M> {
    fn new(mirror: M) -> Self {
        let pages = SLOTS << (SLOT_LG2 - P::UNIT_LG2);
        Self {
            mirror,
            writes: (0..pages).map(|_| AtomicU64::new(0)).collect(),
            may_write: std::array::from_fn(|_| AtomicBool::new(true)),
            still: std::array::from_fn(|_| RwLock::new(())),
            stop: AtomicBool::new(false),
            accesses: AtomicU64::new(0),
            pair: std::marker::PhantomData,
        }
    }

    fn page(&self, va: u64) -> usize {
        ((va - VA) >> P::UNIT_LG2) as usize
    }

    fn slot(va: u64) -> usize {
        ((va - VA) >> SLOT_LG2) as usize
    }

    fn unit(va: u64) -> u64 {
        va & !((1 << P::UNIT_LG2) - 1)
    }

    /// An access to a page of the address space that was found at an output address.
    fn access(&self, world: &World<P>, va: u64, oa: u64, write: bool) {
        let frame = world.frame(oa);
        assert_eq!(frame.owner.load(Ordering::SeqCst), Self::unit(va), "the page at {oa:#x} is somebody else's");
        if write {
            frame.writes.fetch_add(1, Ordering::SeqCst);
            self.writes[self.page(va)].fetch_add(1, Ordering::SeqCst);
        }
        self.accesses.fetch_add(1, Ordering::Relaxed);
    }

    /// Somewhere: most often where something is mapped.
    fn somewhere(random: &mut Random) -> u64 {
        let slot = random.below(SLOTS) << SLOT_LG2;
        let part = random.below(3) << 21;
        let bytes_lg2 = if random.chance(3) { 21 } else { 16 };
        VA + slot + part + random.below(1 << bytes_lg2)
    }

    /// The device: it accesses, and faults. `pull` deals with its faults.
    fn device(&self, world: &World<P>, seed: u64, pull: impl Fn(u64, Access, u32) -> Result<(u64, u64), NotPulled>) {
        let mut random = Random::new(seed);
        while !self.stop.load(Ordering::Relaxed) {
            let (va, write) = (Self::somewhere(&mut random), random.chance(2));
            let _still = self.still[Self::slot(va)].read().unwrap();
            let running = world.device_running.read().unwrap();
            if let Some((oa, says)) = world.on_device(va)
                && (!write || P::grants_write(&says))
            {
                let may = self.may_write[Self::slot(va)].load(Ordering::SeqCst);
                assert!(!write || may, "the device writes where it may not");
                self.access(world, va, oa, write);
                continue;
            }
            drop(running);
            drop(_still);
            let access = if write { Access::Write } else { Access::Read };
            let around = [P::UNIT_LG2, 16, 21][random.below(3) as usize];
            // Wherever it cannot be had, the program is at fault, or tries again.
            let _ = pull(va, access, around);
        }
    }

    fn run(&self, threads: Vec<Box<dyn FnOnce() + Send + '_>>) {
        std::thread::scope(|scope| {
            let threads: Vec<_> = threads.into_iter().map(|thread| scope.spawn(thread)).collect();
            let start = Instant::now();
            while start.elapsed() < time() && !threads.iter().any(|thread| thread.is_finished()) {
                std::thread::sleep(Duration::from_millis(10));
            }
            self.stop.store(true, Ordering::Relaxed);
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        });
    }
}

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

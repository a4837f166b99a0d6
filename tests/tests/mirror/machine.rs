//! Threads that use a machine for a while, and what they know of each other: no access ever meets a page that is somebody
//! else's, and nobody writes without leave.

use std::marker::PhantomData;
use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use gpt_device::{Access, NotPulled};
use gpt_tests::Random;

use crate::pairs::Pair;
use crate::world::World;

/// The first address.
pub const VA: u64 = 0x4000_0000;
/// Address space for a thread that maps and unmaps.
pub const SLOT_LG2: u32 = 23;
/// How many threads map and unmap.
pub const SLOTS: u64 = 2;

fn time() -> Duration {
    Duration::from_secs(std::env::var("GPT_SECONDS").map_or(1, |text| text.parse().expect("GPT_SECONDS is a number")))
}

pub struct Machine<P: Pair, M> {
    pub mirror: M,
    /// How often each page of the address space was written since it was mapped.
    pub writes: Vec<AtomicU64>,
    /// Whether the pages of a slot may be written: cleared and set within invalidations.
    pub may_write: [AtomicBool; SLOTS as usize],
    /// Held for reading by who writes to a page of the slot, for writing by who compares.
    pub still: [RwLock<()>; SLOTS as usize],
    pub stop: AtomicBool,
    pub accesses: AtomicU64,
    pub pair: PhantomData<fn() -> P>,
}

impl<P: Pair, M> Machine<P, M> {
    pub fn new(mirror: M) -> Self {
        let pages = SLOTS << (SLOT_LG2 - P::UNIT_LG2);
        Self {
            mirror,
            writes: (0..pages).map(|_| AtomicU64::new(0)).collect(),
            may_write: std::array::from_fn(|_| AtomicBool::new(true)),
            still: std::array::from_fn(|_| RwLock::new(())),
            stop: AtomicBool::new(false),
            accesses: AtomicU64::new(0),
            pair: PhantomData,
        }
    }

    pub fn page(&self, va: u64) -> usize {
        ((va - VA) >> P::UNIT_LG2) as usize
    }

    pub fn slot(va: u64) -> usize {
        ((va - VA) >> SLOT_LG2) as usize
    }

    fn unit(va: u64) -> u64 {
        va & !((1 << P::UNIT_LG2) - 1)
    }

    /// An access to a page of the address space that was found at an output address.
    pub fn access(&self, world: &World<P>, va: u64, oa: u64, write: bool) {
        let frame = world.frame(oa);
        assert_eq!(frame.owner.load(Ordering::SeqCst), Self::unit(va), "the page at {oa:#x} is somebody else's");
        if write {
            frame.writes.fetch_add(1, Ordering::SeqCst);
            self.writes[self.page(va)].fetch_add(1, Ordering::SeqCst);
        }
        self.accesses.fetch_add(1, Ordering::Relaxed);
    }

    /// Somewhere: most often where something is mapped.
    pub fn somewhere(random: &mut Random) -> u64 {
        let slot = random.below(SLOTS) << SLOT_LG2;
        let part = random.below(3) << 21;
        let bytes_lg2 = if random.chance(3) { 21 } else { 16 };
        VA + slot + part + random.below(1 << bytes_lg2)
    }

    /// The device: it accesses, and faults. `pull` deals with its faults.
    pub fn device(
        &self,
        world: &World<P>,
        seed: u64,
        pull: impl Fn(u64, Access, u32) -> Result<(u64, u64), NotPulled>,
    ) {
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

    pub fn run(&self, threads: Vec<Box<dyn FnOnce() + Send + '_>>) {
        std::thread::scope(|scope| {
            let threads: Vec<_> = threads.into_iter().map(|thread| scope.spawn(thread)).collect();
            let start = Instant::now();
            let enough = || start.elapsed() >= time() && self.accesses.load(Ordering::Relaxed) > 0;
            while !enough() && !threads.iter().any(|thread| thread.is_finished()) {
                std::thread::sleep(Duration::from_millis(10));
            }
            self.stop.store(true, Ordering::Relaxed);
            threads.into_iter().for_each(|thread| thread.join().unwrap());
        });
    }
}

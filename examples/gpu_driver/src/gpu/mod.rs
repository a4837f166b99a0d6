//! The hardware: memory, copy engines that execute packets from queues, and a unit that walks page tables.
//!
//! Nothing here knows of the driver or of the page-table library: packets and entries are taken apart by hand, as in the
//! manuals.

mod engine;
mod queue;
mod tlb;
mod walker;

use crate::host::HostMemory;
pub(crate) use engine::SEMAPHORE;
pub(crate) use queue::Job;
use queue::Queue;
use tlb::Tlb;
pub(crate) use walker::{Fault, Place};

/// How the GPU wants to use memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Use {
    /// It reads.
    Read,
    /// It writes.
    Write,
}

/// What the hardware counts.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counters {
    /// Accesses to memory.
    pub(crate) accesses: u64,
    /// Accesses whose translation was cached.
    pub(crate) hits: u64,
    /// Packets that were executed.
    pub(crate) packets: u64,
    /// Times that all cached translations were forgotten.
    pub(crate) invalidations: u64,
}

/// A GPU.
pub(crate) struct Gpu {
    memory: Vec<u8>,
    queues: Vec<Queue>,
    tlb: Tlb,
    /// The address of the root table.
    root: u64,
    /// The highest position that a copy engine has signalled.
    semaphore: u64,
    interrupt: bool,
    random: fastrand::Rng,
    counters: Counters,
}

impl Gpu {
    /// A GPU with so many bytes of memory, which hold rubbish, and two copy engines.
    pub(crate) fn new(bytes: usize, seed: u64) -> Self {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut memory = vec![0; bytes];
        random.fill(&mut memory);
        Self {
            memory,
            queues: vec![Queue::default(), Queue::default()],
            tlb: Tlb::default(),
            root: 0,
            semaphore: 0,
            interrupt: false,
            random,
            counters: Counters::default(),
        }
    }

    /// Tells the walker where the root table is.
    pub(crate) fn set_root(&mut self, root: u64) {
        self.root = root;
    }

    /// What was counted so far.
    pub(crate) fn counters(&self) -> Counters {
        self.counters
    }

    /// The position that was reached, if there was an interrupt since the last call.
    pub(crate) fn take_interrupt(&mut self) -> Option<u64> {
        std::mem::take(&mut self.interrupt).then_some(self.semaphore)
    }

    /// Gives a job to one of the copy engines.
    pub(crate) fn submit(&mut self, engine: usize, job: Job) {
        let engines = self.queues.len();
        if let Some(queue) = self.queues.get_mut(engine % engines) {
            queue.push(job);
        }
    }

    /// Lets a moment pass: one of the engines that need not wait executes one packet, or nothing happens.
    pub(crate) fn step(&mut self) {
        let engine = self.random.usize(0..self.queues.len() + 1);
        let Some(queue) = self.queues.get_mut(engine) else { return };
        let Some(work) = queue.next(self.semaphore) else { return };
        match work {
            queue::Work::Packet(packet) => {
                self.counters.packets += 1;
                let done = engine::execute(&packet, &mut self.memory);
                self.semaphore = match done.signal {
                    Some((low, false)) => self.semaphore >> 32 << 32 | u64::from(low),
                    Some((high, true)) => u64::from(high) << 32 | self.semaphore & 0xffff_ffff,
                    None => self.semaphore,
                };
                self.interrupt |= done.interrupt;
            }
            queue::Work::Invalidate => {
                self.counters.invalidations += 1;
                self.tlb.forget();
            }
        }
    }

    /// An access by a program: where the word is, or the fault.
    pub(crate) fn translate(&mut self, va: u64, usage: Use) -> Result<Place, Fault> {
        self.counters.accesses += 1;
        if let Some(place) = self.tlb.find(va, usage) {
            self.counters.hits += 1;
            return Ok(place);
        }
        let page = walker::walk(&self.memory, self.root, va)?;
        let place = page.place(va, usage)?;
        self.tlb.keep(page);
        Ok(place)
    }

    /// The 64-bit word at a place, in the GPU's memory or the host's.
    pub(crate) fn read(&self, place: Place, host: &HostMemory) -> u64 {
        match place {
            Place::Video(address) => engine::load(&self.memory, address).unwrap_or(0),
            Place::System(address) => host.read(address),
        }
    }

    /// Writes the 64-bit word at a place.
    pub(crate) fn write(&mut self, place: Place, word: u64, host: &HostMemory) {
        match place {
            Place::Video(address) => engine::store(&mut self.memory, address, &word.to_le_bytes()),
            Place::System(address) => host.write(address, word),
        }
    }

    /// A part of the GPU's memory, as the host sees it.
    pub(crate) fn window(&mut self, address: u64, bytes: u64) -> Option<&mut [u8]> {
        let start = usize::try_from(address).ok()?;
        self.memory.get_mut(start..start.checked_add(usize::try_from(bytes).ok()?)?)
    }
}

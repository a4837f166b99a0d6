//! Random histories of a tree, with a device that is some batches behind, and batches that are taken back.

use std::collections::VecDeque;

use gpt_codegen::interpreter::Root;
use gpt_device::{Batch, DeviceTable, Fenced, Recording};
use gpt_runtime::{AddressRange, EmptyTables, Outcome, SingleThread};
use gpt_tests::{BASE, Facts, Memory, Random, Reference, Says, Tested, checked};

use crate::device::{Allowed, Device};
use crate::watched::Watched;

type Environment<'m> = Recording<Watched<'m>, parking_lot::RawMutex>;
pub type Tree<'m, F> = DeviceTable<F, Watched<'m>, parking_lot::RawMutex, SingleThread>;

/// How many operations a history has.
const STEPS: usize = 60;
/// How many batches the device is behind at most.
const BEHIND: usize = 4;

pub struct History<'m, F: Tested> {
    pub tree: Tree<'m, F>,
    pub facts: &'m Facts,
    pub says: &'m Says<F>,
    pub reference: Reference,
    pub random: Random,
    pub device: Device,
    /// What the device has still to do, with the states that are allowed on the way.
    pub queue: VecDeque<(Batch, Vec<Reference>)>,
    /// What is mapped after all that was recorded.
    pub base: u64,
    pub log: Vec<String>,
    pub seed: u64,
}

impl<F: Tested> Drop for History<'_, F> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!("{} seed {}, step {}; the last steps:", F::MODULE, self.seed, self.log.len());
            self.log.iter().rev().take(12).rev().for_each(|step| eprintln!("    {step}"));
        }
    }
}

pub fn check<F: Tested>() {
    let rounds: u64 = std::env::var("GPT_SEEDS").map_or(1, |text| text.parse().expect("GPT_SEEDS is a number"));
    let checked = checked(F::MODULE);
    let roots = checked.format().roots.len() as u64;
    for seed in 0..rounds * 2 {
        let facts = Facts::new(checked.clone(), (seed % roots) as usize);
        let mut random = Random::new(seed + 77);
        let says = Says::<F>::new(&facts, &mut random);
        let mut memory = Memory::new(&facts.checked);
        let recording = Recording::new(Watched::new(memory.tables()));
        let fenced = Fenced::new(SingleThread::default(), recording.timeline());
        let tree: Tree<'_, F> = DeviceTable::with_root_level(recording, fenced, facts.root.0 as u8).unwrap();
        let halves = facts.halves.clone();
        let base = random.pick(&halves).unwrap().0;
        let device = Device::new(1 << 21, seed);
        let (reference, queue, log) = (Reference::default(), VecDeque::new(), Vec::new());
        let mut history =
            History { tree, facts: &facts, says: &says, reference, random, device, queue, base, log, seed };
        history.run();
    }
}

impl<F: Tested> History<'_, F> {
    fn run(&mut self) {
        // Before the root is there, nothing is looked at.
        while let Some(batch) = self.tree.environment().cut() {
            let root = Root { table: self.tree.root(), level: self.facts.root };
            let allowed = Allowed { facts: self.facts, root, states: &[], addresses: &[], is_event: &|_| false };
            self.device.execute::<F>(&batch, &allowed);
            self.tree.environment().finished(batch).unwrap();
        }
        let mut states = Vec::new();
        for _ in 0..STEPS {
            let before = self.reference.clone();
            match self.random.below(10) {
                0..4 => self.map(),
                4..7 => self.unmap(),
                7 => self.protect(),
                8 => self.split(),
                _ => self.replace(),
            }
            self.freed();
            states.extend([before, self.reference.clone()]);
            if self.random.chance(3) {
                continue;
            }
            self.submit(std::mem::take(&mut states));
            if self.random.chance(6) {
                self.take_back();
            }
            while self.queue.len() > BEHIND || (!self.queue.is_empty() && self.random.chance(2)) {
                self.execute();
            }
        }
        self.submit(states);
        while !self.queue.is_empty() {
            self.execute();
        }
        self.compare();
        self.take_all();
    }

    /// Hands what was recorded to the device.
    fn submit(&mut self, states: Vec<Reference>) {
        match self.tree.environment().cut() {
            Some(batch) => self.queue.push_back((batch, states)),
            None => assert!(states.windows(2).all(|pair| pair[0].all().eq(pair[1].all())), "a change left no record"),
        }
    }

    /// Takes the newest batches back, in any order, and hands them out again.
    fn take_back(&mut self) {
        let count = self.random.below(self.queue.len() as u64 + 1) as usize;
        let mut taken: Vec<_> = self.queue.drain(self.queue.len() - count..).collect();
        let states = taken.iter().flat_map(|(_, states)| states.clone()).collect();
        self.log.push(format!("take {count} batches back"));
        while !taken.is_empty() {
            let (batch, _) = taken.swap_remove(self.random.below(taken.len() as u64) as usize);
            self.tree.environment().cancelled(batch).unwrap();
        }
        if count > 0 {
            self.submit(states);
            assert!(self.tree.environment().cut().is_none(), "what follows each other is one batch");
        }
    }

    /// Lets the device execute the first batch, and frees what that allows.
    fn execute(&mut self) {
        let (batch, states) = self.queue.pop_front().unwrap();
        let addresses = self.addresses(&states);
        let root = Root { table: self.tree.root(), level: self.facts.root };
        let events = &self.says.events;
        let is_event = |name: &str| events.contains(name);
        let allowed = Allowed { facts: self.facts, root, states: &states, addresses: &addresses, is_event: &is_event };
        self.device.execute::<F>(&batch, &allowed);
        self.tree.environment().finished(batch).unwrap();
        self.tree.reclaim();
        self.freed();
    }

    /// What was freed is used by others at once.
    fn freed(&mut self) {
        for (address, bytes) in self.tree.environment().shadow().freed() {
            self.device.spoil(address, bytes);
        }
    }

    /// Some addresses where there is something to see.
    fn addresses(&mut self, states: &[Reference]) -> Vec<u64> {
        let mut edges: Vec<u64> = Vec::new();
        for piece in states.iter().flat_map(Reference::all) {
            let inside = piece.first + self.random.any() % (piece.last - piece.first).max(1);
            edges.extend([piece.first, inside, piece.last, piece.last.wrapping_add(1), piece.first.wrapping_sub(1)]);
        }
        edges.retain(|va| self.facts.is_input(*va));
        edges.sort_unstable();
        edges.dedup();
        while edges.len() > 12 {
            edges.swap_remove(self.random.below(edges.len() as u64) as usize);
        }
        edges
    }

    /// The device's tables are the shadow's, byte for byte.
    fn compare(&self) {
        let shadow = self.tree.environment().shadow();
        let (raw, device) = (shadow.tables.raw(), &self.device.image);
        for (address, shape) in shadow.live() {
            let levels = &self.facts.checked.format().levels;
            let mut items = levels
                .iter()
                .filter(|level| (level.table_bytes as usize, 1 << level.items_lg2()) == (shape.bytes, shape.items));
            let bytes = items.next().unwrap().entry_bytes() as usize * shape.items;
            let start = (address - BASE) as usize;
            assert!(
                raw.bytes()[start..start + bytes] == device.bytes()[start..start + bytes],
                "{}: the device's table at {address:#x} is not the shadow's",
                F::MODULE
            );
        }
    }

    /// Unmaps everything: what is left is the root alone.
    fn take_all(&mut self) {
        for (first, last) in self.facts.halves.clone() {
            let range = AddressRange::from_first_last(first, last).unwrap();
            let before = self.reference.clone();
            let done = pay(&self.tree, self.tree.unmap(range, EmptyTables::AtOnce, |_| {}));
            assert_eq!(done, None);
            self.reference.take(first, last);
            self.submit(vec![before, self.reference.clone()]);
        }
        while !self.queue.is_empty() {
            self.execute();
        }
        self.tree.reclaim();
        // Of retired tables the last are due when somebody comes by once more.
        self.tree.reclaim();
        assert_eq!(self.tree.environment().shadow().live().len(), 1, "{}: tables were leaked", F::MODULE);
    }
}

/// Records what is owed, and says where the operation stopped, if it did.
pub fn pay<F: Tested>(
    tree: &Tree<'_, F>,
    outcome: Outcome<'_, F, Environment<'_>, Fenced<SingleThread>>,
) -> Option<u64> {
    let (stopped, obligation) = match outcome {
        Ok(obligation) => (None, obligation),
        Err(incomplete) => (Some(incomplete.at), incomplete.obligation),
    };
    tree.environment().settle(obligation);
    stopped
}

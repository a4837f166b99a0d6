//! Random histories of a tree, with a device that is some batches behind, and batches that are taken back.

use std::collections::VecDeque;

use gpt_codegen::interpreter::Root;
use gpt_device::{Batch, DeviceTable, Fenced, Recording};
use gpt_runtime::{AddressRange, EmptyTables, Incomplete, Obligation, Reclaim, SingleThread};
use gpt_tests::{BASE, Facts, Memory, Piece, Random, Reference, Says, Tested, What, checked};

use crate::device::{Allowed, Device};
use crate::watched::Watched;

type Tree<'m, F> = DeviceTable<F, Watched<'m>, parking_lot::RawMutex, SingleThread>;

/// How many operations a history has.
const STEPS: usize = 60;
/// How many batches the device is behind at most.
const BEHIND: usize = 4;
/// More pages than this are not made in one step.
const MOST_PAGES: u64 = 600;

struct History<'m, F: Tested> {
    tree: Tree<'m, F>,
    facts: &'m Facts,
    says: &'m Says<F>,
    reference: Reference,
    random: Random,
    device: Device,
    /// What the device has still to do, with the states that are allowed on the way.
    queue: VecDeque<(Batch, Vec<Reference>)>,
    /// What is mapped after all that was recorded.
    base: u64,
    log: Vec<String>,
    seed: u64,
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
            self.submit(vec![before, self.reference.clone()]);
            if self.random.chance(6) {
                self.take_back();
            }
            while self.queue.len() > BEHIND || (!self.queue.is_empty() && self.random.chance(2)) {
                self.execute();
            }
        }
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

    /// Some range near the base: of whole pages of some size, sometimes a little more.
    fn range(&mut self) -> (u64, u64) {
        let (low, high) = *self.facts.halves.iter().find(|(low, high)| (*low..=*high).contains(&self.base)).unwrap();
        let small = 1_u64 << self.facts.smallest_lg2;
        let unit = match self.random.below(3) {
            0 => small,
            _ => 1_u64 << self.random.pick(&self.facts.pages).unwrap().size_lg2,
        } / small;
        let span = (high - low) / small;
        let mut start = (unit.saturating_mul(self.random.below(4))).min(span);
        let mut length = unit.saturating_mul(1 + self.random.below(3));
        if self.random.chance(3) {
            start = (start + self.random.below(20)).min(span);
            length += self.random.below(20);
        }
        let last = start.saturating_add(length - 1).min(span);
        (low + start * small, low + last * small + (small - 1))
    }

    fn map(&mut self) {
        let (first, last) = self.range();
        let limit = self.facts.common_oa_last();
        let largest = 1_u64 << self.facts.pages[0].size_lg2.min(62);
        let small = 1_u64 << self.facts.smallest_lg2;
        let align = if self.random.chance(4) { small } else { largest };
        let inside = first & (align - 1);
        let base = (self.random.any() & limit) & !(align - 1);
        let Some(oa) = [base, 0].into_iter().find_map(|base| {
            base.checked_add(inside).filter(|oa| oa.checked_add(last - first).is_some_and(|end| end <= limit))
        }) else {
            return;
        };
        if !self.is_short(first, last, oa) {
            return;
        }
        let set = self.random.pick(&self.says.sets).unwrap();
        self.log.push(format!("map {first:#x}..={last:#x} to {oa:#x}"));
        let attributes = self.says.module(self.facts, set);
        let range = AddressRange::from_first_last(first, last).unwrap();
        let stopped = pay(&self.tree, self.tree.map_with_sizes(range, oa, &attributes, self.facts.sizes));
        let there = self.reference.within(first, last).first().map(|piece| piece.first);
        assert_eq!(stopped, there, "{}: mapping stops at what is there", F::MODULE);
        if let Some(last) = there.map_or(Some(last), |at| at.checked_sub(1).filter(|last| *last >= first)) {
            let what = What::page(oa, set, |name| self.says.events.contains(name));
            self.reference.put(Piece { first, last, what });
        }
    }

    /// Whether a range takes few pages.
    fn is_short(&self, first: u64, last: u64, oa: u64) -> bool {
        let mut next = first;
        for _ in 0..MOST_PAGES {
            let Some(size) = self.facts.best_lg2(next, last, oa + (next - first), self.facts.sizes) else {
                return false;
            };
            let page_last = next + ((1_u128 << size) - 1) as u64;
            if page_last == last {
                return true;
            }
            next = page_last + 1;
        }
        false
    }

    fn unmap(&mut self) {
        let (first, last) = self.range();
        self.log.push(format!("unmap {first:#x}..={last:#x}"));
        let empty_tables = *self.random.pick(&[EmptyTables::AtOnce, EmptyTables::WhenCovered]).unwrap();
        let range = AddressRange::from_first_last(first, last).unwrap();
        let mut specials = Vec::new();
        let outcome = self.tree.unmap(range, empty_tables, |removed| {
            if let gpt_runtime::Removed::Special { va, size_lg2, .. } = removed {
                specials.push((va, va | ((1_u128 << size_lg2) - 1) as u64));
            }
        });
        let stopped = pay(&self.tree, outcome);
        if let Some(last) = stopped.map_or(Some(last), |at| at.checked_sub(1).filter(|last| *last >= first)) {
            self.reference.take(first, last);
        }
        // An entry that says something without translating goes as a whole.
        for (first, last) in specials {
            self.reference.take(first, last);
        }
    }

    fn protect(&mut self) {
        let (first, last) = self.range();
        let Some((name, change)) = self.random.pick(&self.says.changes).copied() else { return };
        let to = self.random.chance(2);
        self.log.push(format!("protect {first:#x}..={last:#x}: {name} {to}"));
        let range = AddressRange::from_first_last(first, last).unwrap();
        let stopped = pay(&self.tree, self.tree.protect(range, &change(to)));
        let Some(last) = stopped.map_or(Some(last), |at| at.checked_sub(1).filter(|last| *last >= first)) else {
            return;
        };
        let says = self.says;
        self.reference.change(first, last, |piece| {
            if let What::Page { says: now, .. } = &mut piece.what {
                *now = says.changed(now, name, to);
            }
        });
    }

    fn split(&mut self) {
        let (first, last) = self.range();
        let large = self
            .reference
            .within(first, last)
            .iter()
            .any(|piece| (piece.last - piece.first) >> self.facts.smallest_lg2 > MOST_PAGES);
        if large {
            return;
        }
        self.log.push(format!("split {first:#x}..={last:#x}"));
        let range = AddressRange::from_first_last(first, last).unwrap();
        pay(&self.tree, self.tree.split(range, self.facts.smallest_lg2));
    }

    /// Makes pages special entries.
    fn replace(&mut self) {
        let (first, last) = self.range();
        let number = match self.says.specials.len() as u64 {
            0 => return,
            count => self.random.below(count) as usize,
        };
        self.log.push(format!("replace {first:#x}..={last:#x}"));
        let range = AddressRange::from_first_last(first, last).unwrap();
        let stopped = pay(&self.tree, self.tree.replace_by_special(range, &self.says.specials[number], |_| {}));
        let Some(last) = stopped.map_or(Some(last), |at| at.checked_sub(1).filter(|last| *last >= first)) else {
            return;
        };
        self.reference.change(first, last, |piece| {
            if matches!(piece.what, What::Page { .. }) {
                piece.what = What::Special(number);
            }
        });
    }
}

/// Records what is owed, and says where the operation stopped, if it did.
fn pay<F: Tested, R: Reclaim>(
    tree: &gpt_runtime::PageTable<F, Recording<Watched<'_>, parking_lot::RawMutex>, R>,
    outcome: Result<
        Obligation<'_, F, Recording<Watched<'_>, parking_lot::RawMutex>, R>,
        Incomplete<'_, F, Recording<Watched<'_>, parking_lot::RawMutex>, R>,
    >,
) -> Option<u64> {
    let (stopped, obligation) = match outcome {
        Ok(obligation) => (None, obligation),
        Err(incomplete) => (Some(incomplete.at), incomplete.obligation),
    };
    tree.environment().settle(obligation);
    stopped
}

//! The device: its own memory, which holds rubbish at first, and steps that it executes item by item.

use gpt_codegen::interpreter::{Fault, Image, Root, walk};
use gpt_device::{Batch, Step, Write};
use gpt_tests::{BASE, Facts, Random, Reference, Tested, What};

pub struct Device {
    pub image: Image,
    random: Random,
}

/// What the device may find: any of these.
pub struct Allowed<'a> {
    pub facts: &'a Facts,
    pub root: Root,
    pub states: &'a [Reference],
    pub addresses: &'a [u64],
    /// The names of what the hardware writes.
    pub is_event: &'a dyn Fn(&str) -> bool,
}

impl Device {
    pub fn new(bytes: usize, seed: u64) -> Self {
        let mut random = Random::new(seed);
        let bytes = (0..bytes).map(|_| random.any() as u8).collect();
        Self { image: Image::from_bytes(BASE, bytes), random }
    }

    /// Somebody else uses memory that was freed.
    pub fn spoil(&mut self, address: u64, bytes: usize) {
        let start = (address - BASE) as usize;
        for byte in &mut self.image.bytes_mut()[start..start + bytes] {
            *byte = self.random.any() as u8;
        }
    }

    fn store(&mut self, address: u64, bytes: &[u8]) {
        let start = (address - BASE) as usize;
        self.image.bytes_mut()[start..start + bytes.len()].copy_from_slice(bytes);
    }

    /// Executes a batch in some order that is allowed, and looks at the tables on the way.
    pub fn execute<F: Tested>(&mut self, batch: &Batch, allowed: &Allowed<'_>) {
        for segment in batch.steps().split(|step| !matches!(step, Step::Write(_))) {
            let mut writes: Vec<&Write> = segment
                .iter()
                .map(|step| match step {
                    Step::Write(write) => write,
                    Step::Barrier | Step::Invalidate(_) => unreachable!("segments are split there"),
                })
                .collect();
            disjoint(&writes);
            for taken in (1..writes.len()).rev() {
                writes.swap(taken, self.random.below(taken as u64 + 1) as usize);
            }
            for write in writes {
                self.write::<F>(write, allowed);
            }
        }
        self.look::<F>(allowed);
    }

    /// Writes item after item, and looks a few times.
    fn write<F: Tested>(&mut self, write: &Write, allowed: &Allowed<'_>) {
        let mut items = Vec::new();
        write.apply(|address, bytes| items.push((address, bytes.to_vec())));
        if self.random.chance(2) {
            items.reverse();
        }
        let count = items.len() as u64;
        for (address, bytes) in items {
            self.store(address, &bytes);
            if count < 4 || self.random.chance(count / 3) {
                self.look::<F>(allowed);
            }
        }
    }

    /// Looks at all addresses as the device's walker does.
    fn look<F: Tested>(&self, allowed: &Allowed<'_>) {
        for va in allowed.addresses {
            let found = match walk(&allowed.facts.checked, &self.image, allowed.root, *va).result {
                Ok(translation) => Some((translation.oa, translation.attributes)),
                Err(Fault::Absent(_) | Fault::Special { .. } | Fault::NoChild(_)) => None,
                Err(fault) => panic!("{} {va:#x}: the device met {fault}", F::MODULE),
            };
            let says = |state: &Reference| match (&found, state.at(*va)) {
                (None, None) => true,
                (Some((oa, attributes)), Some(piece)) => match &piece.what {
                    What::Special(_) => false,
                    What::Page { oa: start, says, .. } => {
                        let mut attributes = attributes.clone();
                        attributes.retain(|name, _| !(allowed.is_event)(name));
                        *oa == start + (va - piece.first) && gpt_tests::agree(&attributes, says)
                    }
                },
                (None, Some(piece)) => matches!(piece.what, What::Special(_)),
                (Some(_), None) => false,
            };
            if !allowed.states.iter().any(says) {
                let known: Vec<_> = allowed.states.iter().map(|state| state.at(*va)).collect();
                panic!("{} {va:#x}: the device found {found:x?}, but there was {known:x?}", F::MODULE);
            }
        }
    }
}

/// What may be written in any order does not overlap.
fn disjoint(writes: &[&Write]) {
    let mut spans: Vec<(u64, u64)> = writes.iter().map(|write| (write.address, write.end())).collect();
    spans.sort_unstable();
    assert!(spans.windows(2).all(|pair| pair[0].1 <= pair[1].0), "writes between two barriers overlap: {spans:x?}");
}

//! Races on words that are written in parts, in every interleaving that `loom` finds.
//!
//! Run with `RUSTFLAGS="--cfg loom --cfg gpt_split_words" cargo test -p gpt-runtime --test loom_split --release`.
#![cfg(all(loom, gpt_split_words))]
#![allow(unsafe_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod split_levels;

use gpt_runtime::{Level, Word};
use loom::sync::Arc;
use loom::sync::atomic::{AtomicU32, Ordering};
use loom::thread;

use split_levels::{Low, Pair, Top, memory};

/// How many interleavings are enough, with `LOOM_FULL` unset, where there are too many for a test of every day.
const MANY: usize = 40_000;

fn explore(model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.max_branches = 20_000;
    if std::env::var_os("LOOM_FULL").is_none() {
        builder.preemption_bound = builder.preemption_bound.or(Some(2));
        builder.max_permutations = builder.max_permutations.or(Some(MANY));
    }
    builder.check(model);
}

/// A level of 64-bit words in two parts, and words for it: `A` and `B` differ in both parts and have the same gate bits,
/// `SAME_GATE` has the gate's part of `A` and another rest, `A_CHANGED` has the rest of `A` and another gate's part.
trait Words: Level<Word = u64> {
    const A: u64;
    const B: u64;
    const SAME_GATE: u64;
    const A_CHANGED: u64;
    /// A bit of the gate's part that the hardware sets.
    const DIRTY: u64;
    /// The place of the gate's part in memory.
    const GATE: usize;
}

impl Words for Low {
    const A: u64 = 0x0000_000a_0000_a001;
    const B: u64 = 0x0000_000b_0000_b001;
    const SAME_GATE: u64 = 0x0000_000c_0000_a001;
    const A_CHANGED: u64 = 0x0000_000a_0000_d001;
    const DIRTY: u64 = 0x40;
    const GATE: usize = 0;
}

impl Words for Top {
    const A: u64 = 0x8000_a000_0000_000a;
    const B: u64 = 0x8000_b000_0000_000b;
    const SAME_GATE: u64 = 0x8000_a000_0000_000c;
    const A_CHANGED: u64 = 0x8000_d000_0000_000a;
    const DIRTY: u64 = 0x40 << 32;
    const GATE: usize = 0;
}

/// Each half is a gate; part 0 stands for the gate's part.
impl Words for Pair {
    const A: u64 = 0x0000_00a1_0000_a001;
    const B: u64 = 0x0000_00b1_0000_b001;
    const SAME_GATE: u64 = 0x0000_00c1_0000_a001;
    const A_CHANGED: u64 = 0x0000_00a1_0000_d001;
    const DIRTY: u64 = 0x40;
    const GATE: usize = 0;
}

/// One entry that all threads share.
struct Shared<L: Words>(Arc<<u64 as Word>::Cell>, std::marker::PhantomData<fn() -> L>);

impl<L: Words> Clone for Shared<L> {
    fn clone(&self) -> Self {
        Self(self.0.clone(), self.1)
    }
}

impl<L: Words> Shared<L> {
    fn new(word: u64) -> Self {
        Self(Arc::new(memory::<L>(word).cell()), std::marker::PhantomData)
    }

    fn load(&self) -> u64 {
        memory::<L>(u64::load::<L>(&self.0))
    }

    fn store(&self, word: u64) {
        u64::store::<L>(&self.0, memory::<L>(word));
    }

    fn swap(&self, word: u64) -> u64 {
        memory::<L>(u64::swap::<L>(&self.0, memory::<L>(word)))
    }

    fn replace(&self, current: u64, new: u64) -> Result<(), u64> {
        u64::compare_exchange::<L>(&self.0, memory::<L>(current), memory::<L>(new)).map_err(memory::<L>)
    }

    /// Changes whatever is there, as those do who share the entry, and gives what was there.
    fn change(&self, new: impl Fn(u64) -> u64) -> u64 {
        let mut word = self.load();
        loop {
            match self.replace(word, new(word)) {
                Ok(()) => return word,
                Err(found) => word = found,
            }
        }
    }

    /// The halves in memory, as the hardware has them.
    fn halves(&self) -> &[AtomicU32; 2] {
        // SAFETY: a cell is nothing but its parts.
        unsafe { &*std::ptr::from_ref(&*self.0).cast() }
    }

    fn in_halves(first: u32, second: u32) -> u64 {
        let mut bytes = [0; 8];
        bytes[..4].copy_from_slice(&first.to_ne_bytes());
        bytes[4..].copy_from_slice(&second.to_ne_bytes());
        memory::<L>(u64::from_ne_bytes(bytes))
    }

    /// What the hardware sees: two halves that were in memory at one moment. Every half that a model writes is another
    /// one, so a half that is there before and after was there all the time.
    fn hardware(&self) -> Option<u64> {
        let [first, second] = self.halves();
        let look = |half: &AtomicU32| half.load(Ordering::Acquire);
        let (gate, rest) = if L::GATE == 0 { (first, second) } else { (second, first) };
        let (gate, rest) = ((look(gate), look(rest)), (look(gate), look(rest)));
        let word = if L::GATE == 0 { Self::in_halves(gate.0, gate.1) } else { Self::in_halves(gate.1, gate.0) };
        (gate == rest).then_some(word)
    }

    /// Asserts that the hardware sees one of these entries, or nothing, or where each half is an entry of its own one
    /// of the two.
    fn hardware_sees(&self, entries: &[u64]) {
        if let Some(word) = self.hardware() {
            let absent = |mask: u64| (word ^ L::EMPTY) & L::GATE_BITS & mask == 0;
            let (low, high) = (u64::from(u32::MAX), u64::from(u32::MAX) << 32);
            let is = |entry: u64| {
                let halves = L::GATE_BITS & low != 0 && L::GATE_BITS & high != 0;
                let part = |mask: u64| (word ^ entry) & mask == 0 || halves && absent(mask);
                part(low) && part(high)
            };
            assert!(absent(u64::MAX) || entries.iter().any(|entry| is(*entry)), "the hardware sees {word:#018x}");
        }
    }

    /// The hardware writes to a page, unless it is gone by then.
    fn hardware_writes(&self) -> bool {
        let half = &self.halves()[L::GATE];
        let bit = |word: u64| {
            let bytes = memory::<L>(word).to_ne_bytes();
            u32::from_ne_bytes(bytes[L::GATE * 4..][..4].try_into().unwrap())
        };
        let mut found = half.load(Ordering::Relaxed);
        while (found ^ bit(L::EMPTY)) & bit(L::GATE_BITS) != 0 {
            match half.compare_exchange(found, found | bit(L::DIRTY), Ordering::AcqRel, Ordering::Relaxed) {
                Ok(_) => return true,
                Err(now) => found = now,
            }
        }
        false
    }
}

/// Neither sees more than the whole of what is published.
fn publish<L: Words>() {
    for shared in [true, false] {
        explore(move || {
            let entry = Shared::<L>::new(L::EMPTY);
            let (hardware, writer) = (entry.clone(), entry.clone());
            let hardware = thread::spawn(move || hardware.hardware_sees(&[L::A]));
            let writer = thread::spawn(move || match shared {
                true => assert_eq!(writer.replace(L::EMPTY, L::A), Ok(())),
                false => writer.store(L::A),
            });
            let seen = entry.load();
            assert!([L::EMPTY, L::A].contains(&seen), "{seen:#018x}");
            hardware.join().unwrap();
            writer.join().unwrap();
            assert_eq!(entry.load(), L::A);
        });
    }
}

/// An entry goes, and another comes that has the same gate: what a reader sees of it is one or the other.
fn take_and_publish<L: Words>() {
    for shared in [true, false] {
        explore(move || {
            let entry = Shared::<L>::new(L::A);
            let writer = entry.clone();
            let writer = thread::spawn(move || {
                let steps = [(L::A, L::EMPTY), (L::EMPTY, L::SAME_GATE)];
                for (old, new) in steps {
                    match shared {
                        true => assert_eq!(writer.replace(old, new), Ok(())),
                        false => writer.store(new),
                    }
                }
            });
            let seen = entry.load();
            assert!([L::A, L::EMPTY, L::SAME_GATE].contains(&seen), "{seen:#018x}");
            writer.join().unwrap();
        });
    }
}

/// As above, with an entry of another gate in between, so that no half is ever empty when a reader looks twice.
fn take_and_publish_twice<L: Words>() {
    explore(|| {
        let entry = Shared::<L>::new(L::A);
        let writer = entry.clone();
        let writer = thread::spawn(move || {
            for word in [L::EMPTY, L::B, L::EMPTY, L::SAME_GATE] {
                writer.store(word);
            }
        });
        let seen = entry.load();
        assert!([L::A, L::EMPTY, L::B, L::SAME_GATE].contains(&seen), "{seen:#018x}");
        writer.join().unwrap();
    });
}

/// One thread takes an entry out and another puts the next one in, so that nobody's own order of steps holds them
/// together: what a reader sees of it is one or the other. Without the count after the gate was shut in `replace_all`, a
/// reader sees the gate of the first with a rest that is cleared, `0x000000000000a001`.
fn taken_by_one_published_by_another<L: Words>() {
    explore(|| {
        let entry = Shared::<L>::new(L::A);
        let (taker, publisher) = (entry.clone(), entry.clone());
        let taker = thread::spawn(move || assert_eq!(taker.replace(L::A, L::EMPTY), Ok(())));
        let publisher = thread::spawn(move || publisher.replace(L::EMPTY, L::B).is_ok());
        let seen = entry.load();
        assert!([L::A, L::EMPTY, L::B].contains(&seen), "{seen:#018x}");
        taker.join().unwrap();
        let published = publisher.join().unwrap();
        assert_eq!(entry.load(), if published { L::B } else { L::EMPTY });
    });
}

/// Both halves of an entry change: readers never see it absent, the hardware sees nothing half-written.
fn change_of_both<L: Words>() {
    for shared in [true, false] {
        explore(move || {
            let entry = Shared::<L>::new(L::A);
            let (hardware, writer) = (entry.clone(), entry.clone());
            let hardware = thread::spawn(move || hardware.hardware_sees(&[L::A, L::B]));
            let writer = thread::spawn(move || match shared {
                true => assert_eq!(writer.replace(L::A, L::B), Ok(())),
                false => writer.store(L::B),
            });
            let seen = entry.load();
            assert!([L::A, L::B].contains(&seen), "{seen:#018x}");
            hardware.join().unwrap();
            writer.join().unwrap();
            assert_eq!(entry.load(), L::B);
        });
    }
}

/// Whatever is between: who takes an entry takes it, and none comes back.
fn change_against_take<L: Words>() {
    explore(|| {
        let entry = Shared::<L>::new(L::A);
        let writer = entry.clone();
        let writer = thread::spawn(move || writer.change(|word| if word == L::A { L::B } else { word }));
        let taken = entry.change(|_| L::EMPTY);
        let changed = writer.join().unwrap();
        assert!([(L::A, L::EMPTY), (L::B, L::A)].contains(&(taken, changed)), "{taken:#018x} {changed:#018x}");
        assert_eq!(entry.load(), L::EMPTY);
    });
}

/// A change that was worked out for one entry is not applied to the next one that has the same gate.
fn change_against_take_and_publish<L: Words>() {
    explore(|| {
        let entry = Shared::<L>::new(L::A);
        let writer = entry.clone();
        let writer = thread::spawn(move || writer.replace(L::A, L::A_CHANGED));
        let taken = entry.change(|_| L::EMPTY);
        assert_eq!(entry.replace(L::EMPTY, L::SAME_GATE), Ok(()));
        let changed = writer.join().unwrap();
        assert_eq!(taken, if changed.is_ok() { L::A_CHANGED } else { L::A });
        assert_eq!(entry.load(), L::SAME_GATE);
    });
}

/// Of two who publish one comes first, and the other is told what is there.
fn publish_against_publish<L: Words>() {
    explore(|| {
        let entry = Shared::<L>::new(L::EMPTY);
        let other = entry.clone();
        let other = thread::spawn(move || other.replace(L::EMPTY, L::A));
        let here = entry.replace(L::EMPTY, L::B);
        let there = other.join().unwrap();
        let expected = if here.is_ok() { (Ok(()), Err(L::B), L::B) } else { (Err(L::A), Ok(()), L::A) };
        assert_eq!((here, there, entry.load()), expected);
    });
}

/// What the hardware wrote is in what is taken, however it is taken.
fn hardware_writes<L: Words>() {
    for shared in [true, false] {
        explore(move || {
            let entry = Shared::<L>::new(L::A);
            let hardware = entry.clone();
            let hardware = thread::spawn(move || hardware.hardware_writes());
            let taken = if shared { entry.change(|_| L::EMPTY) } else { entry.swap(L::EMPTY) };
            let written = hardware.join().unwrap();
            assert_eq!(taken, if written { L::A | L::DIRTY } else { L::A });
            assert_eq!(entry.load(), L::EMPTY);
        });
    }
}

/// What the hardware wrote stays when the rest of the entry changes.
fn hardware_writes_what_changes<L: Words>() {
    explore(|| {
        let entry = Shared::<L>::new(L::A);
        let hardware = entry.clone();
        let hardware = thread::spawn(move || hardware.hardware_writes());
        entry.change(|word| L::B | (word & L::DIRTY));
        let written = hardware.join().unwrap();
        let seen = entry.load();
        assert!(seen == L::B | L::DIRTY || !written && seen == L::B, "{seen:#018x}, written: {written}");
    });
}

macro_rules! models {
    ($($module:ident: $level:ident),*) => {$(
        mod $module {
            use super::$level as L;

            #[test]
            fn publish() {
                super::publish::<L>();
            }

            #[test]
            fn take_and_publish() {
                super::take_and_publish::<L>();
            }

            #[test]
            fn take_and_publish_twice() {
                super::take_and_publish_twice::<L>();
            }

            #[test]
            fn taken_by_one_published_by_another() {
                super::taken_by_one_published_by_another::<L>();
            }

            #[test]
            fn change_of_both() {
                super::change_of_both::<L>();
            }

            #[test]
            fn change_against_take() {
                super::change_against_take::<L>();
            }

            #[test]
            fn change_against_take_and_publish() {
                super::change_against_take_and_publish::<L>();
            }

            #[test]
            fn publish_against_publish() {
                super::publish_against_publish::<L>();
            }

            #[test]
            fn hardware_writes() {
                super::hardware_writes::<L>();
            }

            #[test]
            fn hardware_writes_what_changes() {
                super::hardware_writes_what_changes::<L>();
            }
        }
    )*};
}

models! { low: Low, top: Top, pair: Pair }

/// Why readers look at the generation: equal gates before and after the rest do not prove that it is theirs.
#[test]
#[should_panic(expected = "half of one entry and half of another")]
fn equal_gates_prove_nothing() {
    explore(|| {
        let entry = Shared::<Low>::new(Low::A);
        let writer = entry.clone();
        let writer = thread::spawn(move || {
            for word in [Low::EMPTY, Low::B, Low::EMPTY, Low::SAME_GATE] {
                writer.store(word);
            }
        });
        let [gate, rest] = entry.halves();
        let before = gate.load(Ordering::Acquire);
        let between = rest.load(Ordering::Acquire);
        if before == gate.load(Ordering::Acquire) && before & 1 != 0 {
            let seen = Shared::<Low>::in_halves(before, between);
            let whole = [Low::A, Low::B, Low::SAME_GATE].contains(&seen);
            assert!(whole, "half of one entry and half of another: {seen:#018x}");
        }
        writer.join().unwrap();
    });
}

/// What a walker sees that loads the gate first, and the rest in a second access.
fn in_two_accesses(entry: &Shared<Low>) -> Option<u64> {
    let [gate, rest] = entry.halves();
    let gate = gate.load(Ordering::Acquire);
    (gate & 1 != 0).then(|| Shared::<Low>::in_halves(gate, rest.load(Ordering::Acquire)))
}

/// Such a walker sees the whole of what is published.
#[test]
fn two_accesses_see_what_is_published() {
    explore(|| {
        let entry = Shared::<Low>::new(Low::EMPTY);
        let writer = entry.clone();
        let writer = thread::spawn(move || writer.store(Low::A));
        let seen = in_two_accesses(&entry);
        assert!(seen.is_none_or(|word| word == Low::A), "{seen:x?}");
        writer.join().unwrap();
    });
}

/// Why nothing is promised to it: an entry that is taken in between is seen in part, whatever the order of the stores.
#[test]
#[should_panic(expected = "half of an entry that is gone")]
fn two_accesses_across_a_take() {
    explore(|| {
        let entry = Shared::<Low>::new(Low::A);
        let writer = entry.clone();
        let writer = thread::spawn(move || writer.store(Low::EMPTY));
        let seen = in_two_accesses(&entry);
        assert!(seen.is_none_or(|word| word == Low::A), "half of an entry that is gone: {seen:x?}");
        writer.join().unwrap();
    });
}

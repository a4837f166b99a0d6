//! Every bit of every entry on the way to a page, turned over: the machine and our walk draw the same conclusion.
#![allow(unsafe_code)]

use gpt_hardware_tests::{Error, Memory, Result};
use gpt_runtime::{Class, Format, InputAddress, Level, Visitor, Word};

use crate::change::{fulfil, map_with, next_target};
use crate::reference::{Conclusion, Reference};
use crate::tree::{Tree, ensure, page_sizes, put, random, stored, with_machine};
use crate::walker::{ALL, Access, Answer, Fault, Privilege, Walker};

/// An entry on the way to a page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Step {
    level: &'static str,
    address: u64,
    pub(super) bytes: usize,
    pub(super) word: u128,
    big_endian: bool,
    /// Whether the second word in place of the first leads the walk to memory that is no table.
    leads_astray: fn(u128, u128) -> bool,
    /// The bits that, turned over, do so.
    astray: u128,
}

impl Step {
    /// Whether a word in this place leads the walk to memory that is no table, where nobody may follow it.
    pub(super) fn is_astray(&self, word: u128) -> bool {
        (self.leads_astray)(self.word, word)
    }

    /// The bits that are not to be turned over: they lead astray, or end the emulator.
    pub(super) fn fixed<W: Walker>(&self) -> u128 {
        self.astray | W::skipped(self.level)
    }

    fn write(&self, memory: &Memory, word: u128) -> Result<()> {
        let (little, big) = (word.to_le_bytes(), (word << (128 - 8 * self.bytes)).to_be_bytes());
        let all = if self.big_endian { big } else { little };
        memory.write(self.address, all.get(..self.bytes).unwrap_or(&all))
    }
}

/// Follows a walk through memory and notes its entries.
struct Path<'m> {
    memory: &'m Memory,
    va: u64,
    steps: Vec<Step>,
}

/// The word with this value.
fn word<W: Word>(value: u128) -> W {
    let shift = if cfg!(target_endian = "big") { 128 - 8 * size_of::<W>() } else { 0 };
    let memory = value << shift;
    // SAFETY: words are unsigned integers of at most 128 bits, and this is where such a value starts.
    unsafe { (&raw const memory).cast::<W>().read() }
}

impl<F: Format> Visitor<F> for Path<'_> {
    type Output = Result<Vec<Step>>;

    fn visit<L: Level<Format = F>>(mut self, table: u64) -> Self::Output {
        let bytes = size_of::<L::Word>();
        let index = self.va >> L::INDEX_LOW & ((1 << L::INDEX_BITS) - 1);
        let address = table + index * bytes as u64;
        let raw = self.memory.read(address, bytes)?;
        let join = |value: u128, byte: &u8| value << 8 | u128::from(*byte);
        let value = if L::BIG_ENDIAN { raw.iter().fold(0, join) } else { raw.iter().rev().fold(0, join) };
        let now = word::<L::Word>(value);
        let child = L::child(now, 0);
        let leads_astray: fn(u128, u128) -> bool = |first, second| {
            let turned = word::<L::Word>(second);
            L::class(turned) == Class::Table && L::child(turned, 0) != L::child(word::<L::Word>(first), 0)
        };
        let bits = (0..bytes * 8).filter(|bit| leads_astray(value, value ^ 1 << bit));
        let astray = bits.fold(0, |all, bit| all | 1 << bit);
        let (level, big_endian) = (L::NAME, L::BIG_ENDIAN);
        self.steps.push(Step { level, address, bytes, word: value, big_endian, leads_astray, astray });
        match child {
            Some(next) if L::class(now) == Class::Table => L::descend(0, next, self),
            _ => Ok(self.steps),
        }
    }

    fn dead_end(self) -> Self::Output {
        Ok(self.steps)
    }
}

/// A page, and the entries on the way to it.
pub(super) struct Way<'r> {
    reference: &'r Reference,
    pub(super) va: u64,
    pub(super) steps: Vec<Step>,
    /// From the root on, what holds all tables.
    image_bytes: usize,
}

impl Way<'_> {
    /// Writes all entries as they were: what the machine wrote to them is undone too.
    fn restore(&self, memory: &Memory) -> Result<()> {
        self.steps.iter().try_for_each(|step| step.write(memory, step.word))
    }

    /// Puts a word in place of a step's, and compares what we and the machine make of the page's address. Gives whether
    /// they could be compared: whether the walk stays inside the tables.
    pub(super) fn compare<W: Walker>(
        &self,
        machine: &mut W,
        memory: &Memory,
        tree: &Tree<'_, W>,
        (step, word): (&Step, u128),
    ) -> Result<bool> {
        self.restore(memory)?;
        step.write(memory, word)?;
        let unchecked = W::unchecked_word(step.level, word, step.word ^ word) || !W::CHECKS_RESERVED;
        same_conclusion(machine, memory, self, tree, unchecked)
            .map_err(|error| Error::new(format!("{step:x?} with {word:#x} in its place: {error}")))
    }
}

/// Maps pages of each size and looks up the ways to them, except where the machine needs an entry for itself.
pub(super) fn on_each_way<W: Walker>(
    mut test: impl FnMut(&mut W, &Memory, &Tree<'_, W>, &mut fastrand::Rng, &Way<'_>) -> Result<()>,
) -> Result<()> {
    let mut random = random();
    let reference = Reference::new(W::Format::NAME, W::root_level())?;
    with_machine::<W>(|machine, memory, tree| {
        let mut all = Vec::new();
        for size_lg2 in page_sizes::<W>().flat_map(|size_lg2| [size_lg2; 2]) {
            let target = next_target(machine, tree, &mut random, size_lg2, ALL, &mut all)?;
            fulfil(machine, map_with::<W>(tree, target.page, 1 << size_lg2)?)?;
            put::<W>(memory, target.oa, 0x5a5a_1234)?;
            let path = |va| {
                let path = Path { memory, va, steps: Vec::new() };
                W::Format::at_root(W::root_level(), tree.root(), path)
            };
            let steps = path(target.va)?;
            // All its tables, each of at most 64 KiB; those of the stage came first.
            let last = steps.iter().map(|step| step.address).max().unwrap_or_default();
            let image_bytes = (last - tree.root()) as usize + 0x1_0000;
            let mut shared = false;
            for stage in W::stage() {
                shared |= path(stage.va)?.iter().any(|needed| steps.iter().any(|step| step.address == needed.address));
            }
            if shared {
                continue;
            }
            let way = Way { reference: &reference, va: target.va, steps, image_bytes };
            test(machine, memory, tree, &mut random, &way)?;
            way.restore(memory)?;
            machine.attach(tree.root())?;
        }
        Ok(())
    })
}

/// Turns over each bit of each entry on the way to a page of each size.
pub(crate) fn turned_over<W: Walker>() -> Result<()> {
    on_each_way::<W>(|machine, memory, tree, _, way| {
        for step in &way.steps {
            for bit in (0..step.bytes * 8).filter(|bit| step.fixed::<W>() >> bit & 1 == 0) {
                let compared = way.compare(machine, memory, tree, (step, step.word ^ 1 << bit))?;
                ensure!(compared, "{step:x?} with bit {bit} turned over leads astray");
            }
        }
        Ok(())
    })
}

/// Compares what we and the machine make of an address.
///
/// We are two: the interpreter, which follows the description to the letter, and the runtime with the emitted module,
/// which does not look at bits that have to be zero and otherwise agrees.
fn same_conclusion<W: Walker>(
    machine: &mut W,
    memory: &Memory,
    way: &Way<'_>,
    tree: &Tree<'_, W>,
    unchecked: bool,
) -> Result<bool> {
    let va = way.va;
    // Attaching leaves nothing cached of the bit before.
    machine.attach(tree.root())?;
    let input = InputAddress::new(va).ok_or_else(|| Error::new(format!("{va:#x} is no input address")))?;
    let ours = way.reference.walk(memory, tree.root(), way.image_bytes, va)?;
    if ours == Conclusion::Astray {
        return Ok(false);
    }
    let runtime = tree.reader().walk(input).map(|mapping| mapping.oa.wrapping_add(va - mapping.va));
    let part = || way.reference.meets_a_part(memory, tree.root(), way.image_bytes, va);
    let same = match (ours, runtime) {
        (Conclusion::Page(oa), Ok(other)) => oa == other,
        (Conclusion::Reserved, _) | (Conclusion::Malformed, Err(gpt_runtime::Fault::Malformed(_))) => true,
        (_, Err(gpt_runtime::Fault::Malformed(_))) => part()?,
        (Conclusion::Absent, Err(_)) => true,
        _ => false,
    };
    ensure!(same, "the description says {ours:x?}, the runtime {runtime:x?}");

    let oa = if let Conclusion::Page(oa) = ours { Some(oa) } else { None };
    let reachable = oa.filter(|oa| W::DATA_BITS >= 64 || oa >> W::DATA_BITS == 0);
    let held = reachable.and_then(|oa| stored::<W>(memory, oa).ok());
    let theirs = machine.access(Privilege::Kernel, Access::Load, va, 0)?;
    let given = |oa: &u64| W::DEBUGGER_BITS >= 64 || oa >> W::DEBUGGER_BITS == 0;
    let debugger = if W::DEBUGGER { machine.debug_walk(va)? } else { oa.filter(given) };
    let agree = match (ours, theirs) {
        (Conclusion::Absent, fault) => fault.is(Answer::Fault(Fault::Absent)),
        (
            Conclusion::Reserved | Conclusion::Malformed,
            Answer::Done(_) | Answer::Nowhere | Answer::Fault(Fault::NotAccessed),
        ) => unchecked,
        (Conclusion::Reserved | Conclusion::Malformed, Answer::Fault(Fault::Permission)) if unchecked => true,
        (Conclusion::Astray, _) => true,
        (Conclusion::Reserved | Conclusion::Malformed, fault) => {
            W::MALFORMED.iter().any(|other| fault.is(Answer::Fault(*other))) || fault == Answer::Fault(Fault::Reserved)
        }
        // The machine has fewer address bits than the format, and says so as if they were reserved.
        (Conclusion::Page(oa), Answer::Fault(Fault::Reserved)) => oa >> W::OUTPUT_BITS != 0,
        (Conclusion::Page(_), Answer::Fault(fault)) => {
            matches!(fault, Fault::Permission | Fault::NotAccessed | Fault::Unspecified)
        }
        (Conclusion::Page(oa), Answer::Done(value)) => debugger == Some(oa) && held.is_none_or(|held| held == value),
        (Conclusion::Page(oa), Answer::Nowhere) => debugger == Some(oa).filter(given) && held.is_none(),
    };
    ensure!(agree, "we say {ours:x?}, where {held:x?} is, the machine {theirs:x?}, its debugger {debugger:x?}");
    Ok(true)
}

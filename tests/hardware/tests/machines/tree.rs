//! Trees in the memory of a machine, and places and values chosen at random.

use std::env;
use std::sync::OnceLock;
use std::time::{SystemTime, UNIX_EPOCH};

use gpt_hardware_tests::{Error, Memory, Result};
use gpt_runtime::{AddressRange, Arena, Epochs, Format, GRANULE_BYTES, Granule, InputAddress, PageTable};

use crate::change;
use crate::walker::{Access, Answer, AttributesOf, Fault, Mapped, Privilege, Rights, Walker};

/// How much memory the tables of one tree get.
const TABLE_BYTES: usize = 32 << 20;

/// A tree of a machine.
pub(crate) type Tree<'m, W> = PageTable<<W as Walker>::Format, Arena<'m>, Epochs>;

/// Fails the test with a text unless the condition holds.
macro_rules! ensure {
    ($condition:expr, $($text:tt)*) => {
        if !$condition {
            return Err(Error::new(format!($($text)*)));
        }
    };
}
pub(crate) use ensure;

/// Where all random numbers of this run come from: `GPT_SEED`, or the time.
pub(crate) fn seed() -> u64 {
    static SEED: OnceLock<u64> = OnceLock::new();
    let now = || SystemTime::now().duration_since(UNIX_EPOCH).map_or(1, |passed| passed.as_nanos() as u64);
    *SEED.get_or_init(|| env::var("GPT_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or_else(now))
}

/// The random numbers of a test.
pub(crate) fn random() -> fastrand::Rng {
    fastrand::Rng::with_seed(seed())
}

/// Starts a machine for each place of tables, builds its stage and attaches it, then does what is asked.
pub(crate) fn with_machine<W: Walker>(
    mut test: impl FnMut(&mut W, &Memory, &mut Tree<'_, W>) -> Result<()>,
) -> Result<()> {
    for place in W::TABLES {
        let mut machine = W::start()?;
        let memory = machine.memory();
        let granules: Vec<Granule> = (0..TABLE_BYTES / GRANULE_BYTES).map(|_| Granule::new()).collect();
        let arena = memory.arena(*place, &granules)?;
        let mut tree = PageTable::with_root_level(arena, Epochs::new(), W::root_level())
            .map_err(|error| Error::new(error.to_string()))?;
        for mapped in W::stage() {
            change::map::<W>(&tree, *mapped)?;
        }
        machine.attach(tree.root())?;
        test(&mut machine, &memory, &mut tree)?;
    }
    Ok(())
}

/// A range of a machine's format.
pub(crate) fn range<W: Walker>(va: u64, bytes: u64) -> Result<AddressRange<W::Format>> {
    AddressRange::new(va, bytes).map_err(|error| Error::new(format!("{va:#x} + {bytes:#x}: {error}")))
}

/// What our own walk says.
pub(crate) fn our_walk<W: Walker>(tree: &Tree<'_, W>, va: u64) -> Result<Option<(u64, AttributesOf<W>)>> {
    let input = InputAddress::new(va).ok_or_else(|| Error::new(format!("{va:#x} is no input address")))?;
    let mapping = tree.reader().walk(input);
    Ok(mapping.ok().map(|mapping| (mapping.oa + (va - mapping.va), mapping.attributes)))
}

/// The sizes of pages of a machine's format, as powers of two, that fit its tree and its output addresses.
pub(crate) fn page_sizes<W: Walker>() -> impl Iterator<Item = u32> {
    (0..64).filter(|size| (W::Format::PAGE_SIZES & W::SIZES) >> size & 1 != 0 && *size <= W::OUTPUT_BITS)
}

/// A random input address that is a multiple of 2ⁿ and whose 2ⁿ bytes are not in the stage or what is mapped; `None`
/// where chance finds none.
pub(crate) fn free_place<W: Walker>(
    machine: &W,
    random: &mut fastrand::Rng,
    size_lg2: u32,
    mapped: &[Mapped],
) -> Option<u64> {
    let bits = W::input_bits();
    (0..1000).find_map(|_| {
        let mut va = random.u64(..) >> (64 - bits) >> size_lg2 << size_lg2;
        if W::Format::SIGN_EXTENDED && va >> (bits - 1) != 0 {
            va |= u64::MAX << (bits - 1);
        }
        let last = va | ((1 << size_lg2) - 1);
        let clash = |other: &Mapped| va <= other.va + (other.bytes - 1) && other.va <= last;
        let free = machine.takes(va) && machine.takes(last) && !W::stage().iter().chain(mapped).any(clash);
        free.then_some(va)
    })
}

/// A page of data at a random place of memory: where it is mapped, and the address of one word of it in both spaces.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Target {
    pub(crate) page: Mapped,
    pub(crate) va: u64,
    pub(crate) oa: u64,
}

/// Chooses a word in memory and a page of this size over it.
pub(crate) fn target<W: Walker>(
    machine: &W,
    random: &mut fastrand::Rng,
    size_lg2: u32,
    rights: Rights,
    mapped: &[Mapped],
) -> Result<Target> {
    let (first, bytes) = W::DATA;
    let oa = first + random.u64(..bytes / 8) * 8;
    let base = oa >> size_lg2 << size_lg2;
    let va = free_place(machine, random, size_lg2, mapped)
        .ok_or_else(|| Error::new(format!("no place for 2^{size_lg2} bytes")))?;
    Ok(Target { page: Mapped { va, oa: base, bytes: 1 << size_lg2, rights }, va: va + (oa - base), oa })
}

/// A value that fits the machine's word.
pub(crate) fn value<W: Walker>(random: &mut fastrand::Rng) -> u64 {
    random.u64(..) >> (64 - 8 * W::WORD_BYTES)
}

/// Puts a value where the machine loads it.
pub(crate) fn put<W: Walker>(memory: &Memory, oa: u64, value: u64) -> Result<()> {
    let bytes = if W::BIG_ENDIAN_DATA { value << (64 - 8 * W::WORD_BYTES) } else { value };
    let bytes = if W::BIG_ENDIAN_DATA { bytes.to_be_bytes() } else { bytes.to_le_bytes() };
    memory.write(oa, bytes.get(..W::WORD_BYTES).unwrap_or(&bytes))
}

/// The value that the machine stored.
pub(crate) fn stored<W: Walker>(memory: &Memory, oa: u64) -> Result<u64> {
    let bytes = memory.read(oa, W::WORD_BYTES)?;
    let join = |value: u64, byte: &u8| value << 8 | u64::from(*byte);
    Ok(if W::BIG_ENDIAN_DATA { bytes.iter().fold(0, join) } else { bytes.iter().rev().fold(0, join) })
}

/// Accesses the word at an input and an output address; finds out whether a machine that refuses silently did.
pub(crate) fn attempt<W: Walker>(
    machine: &mut W,
    memory: &Memory,
    privilege: Privilege,
    access: Access,
    (va, oa): (u64, u64),
    value: u64,
) -> Result<Answer> {
    let before = stored::<W>(memory, oa)?;
    let answer = machine.access(privilege, access, va, value)?;
    let silently = match (access, answer) {
        (Access::Load, Answer::Done(loaded)) => loaded != before,
        (Access::Store, Answer::Done(_)) => stored::<W>(memory, oa)? != value,
        _ => false,
    };
    Ok(if W::SILENT && silently { Answer::Fault(Fault::Permission) } else { answer })
}

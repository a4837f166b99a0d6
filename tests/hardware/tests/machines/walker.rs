//! What every emulated MMU is asked: to walk a tree, to access memory through it, to forget what it cached.

use std::sync::Arc;

use gpt_hardware_tests::{Memory, Result, Version};
use gpt_runtime::{Format, Invalidation};

/// Any version.
pub(crate) const ANY: Version = Version { major: 0, minor: 0, micro: 0 };

/// Who accesses memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Privilege {
    Kernel,
    User,
}

/// How memory is accessed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    Load,
    Store,
    Fetch,
}

/// How an access ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// It was done; the value is what was loaded, or 0.
    Done(u64),
    /// It was translated, to where there is no memory.
    Nowhere,
    /// It was refused, and the address of the fault was the one accessed.
    Fault(Fault),
}

impl Answer {
    /// Whether this is the answer expected; a machine whose faults have no reason gives any.
    pub(crate) fn is(self, expected: Self) -> bool {
        match (self, expected) {
            (Self::Fault(Fault::Unspecified), Self::Fault(_)) => true,
            _ => self == expected,
        }
    }
}

/// Why an access was refused, read from the fault's code as the manual gives it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing is mapped.
    Absent,
    /// What is mapped does not allow it.
    Permission,
    /// An entry has a bit set that has to be zero, or is of no kind at all.
    Reserved,
    /// Software was to set the access flag first.
    NotAccessed,
    /// The machine does not say.
    Unspecified,
}

/// What a mapping is to allow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rights {
    pub(crate) read: bool,
    pub(crate) write: bool,
    pub(crate) execute: bool,
    pub(crate) user: bool,
}

/// Everything is allowed.
pub(crate) const ALL: Rights = Rights { read: true, write: true, execute: true, user: true };

/// A mapping.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Mapped {
    pub(crate) va: u64,
    pub(crate) oa: u64,
    pub(crate) bytes: u64,
    pub(crate) rights: Rights,
}

/// The attributes of a format.
pub(crate) type AttributesOf<W> = <<W as Walker>::Format as Format>::Attributes;
/// The changes of a format.
pub(crate) type ChangeOf<W> = <<W as Walker>::Format as Format>::Change;

/// An emulated MMU for one format.
pub(crate) trait Walker: Sized {
    type Format: Format;

    /// What tells this machine from others for the same format; empty where there is one.
    const NAME: &'static str = "";
    /// The emulator's program.
    const EMULATOR: &'static str;
    /// The oldest version of it that has this machine.
    const SINCE: Version = ANY;
    /// How many bytes a load or store has.
    const WORD_BYTES: usize = 8;
    /// Whether the machine stores the most significant byte first.
    const BIG_ENDIAN_DATA: bool = false;
    /// An instruction that does nothing.
    const NOP: &'static [u8];
    /// Who can access memory; `Kernel` is among them.
    const PRIVILEGES: &'static [Privilege] = &[Privilege::Kernel, Privilege::User];
    /// How memory can be accessed; loads are among them.
    const ACCESSES: &'static [Access] = &[Access::Load, Access::Store, Access::Fetch];
    /// The width of the output addresses that this machine takes.
    const OUTPUT_BITS: u32;
    /// The width of the output addresses at which this machine, with its known bugs, finds data.
    const DATA_BITS: u32 = 64;
    /// Where tables may lie.
    const TABLES: &'static [u64];
    /// Memory for data: first address and size.
    const DATA: (u64, u64);
    /// Whether this machine keeps translations until they are invalidated.
    const KEEPS_STALE: bool = true;
    /// How the machine answers where a word is no entry, other than that something is reserved.
    const MALFORMED: &'static [Fault] = &[Fault::Reserved];
    /// Whether the machine refuses entries with bits set that have to be zero.
    const CHECKS_RESERVED: bool = true;
    /// The bits of an entry at a level that have to be zero and that this machine is known not to look at; see
    /// `KNOWN_DIFFERENCES.md`.
    fn unchecked(_level: &str) -> u128 {
        0
    }

    /// Whether a word whose bits `turned` are not as they were is one of those that this machine is known not to refuse.
    fn unchecked_word(level: &str, _word: u128, turned: u128) -> bool {
        turned & Self::unchecked(level) != 0
    }

    /// The bits of an entry at a level that, turned over, end the emulator.
    fn skipped(_level: &str) -> u128 {
        0
    }

    /// Whether a walk that loses a race for an accessed or dirty bit ends in a fault, though nothing is wrong; see
    /// `KNOWN_DIFFERENCES.md`.
    const LOSES_WALKS: bool = false;
    /// The sizes of pages that are tested, as a set of bits: those that this machine has.
    const SIZES: u64 = u64::MAX;
    /// Why there are sizes of the format that it does not have.
    const WHY_SIZES: &'static str = "";
    /// Why no tables lie above 4 GiB, where none do.
    const WHY_LOW: &'static str = "";
    /// Why nothing stale can be seen, where that is so.
    const WHY_FRESH: &'static str = "";
    /// Why the machine sets no accessed and dirty bits, where it does not.
    const WHY_NO_BITS: &'static str = "the hardware sets no accessed or dirty bits";
    /// Why software need not set an access flag.
    const WHY_NO_FLAG: &'static str = "there is no access flag that software has to set";
    /// Whether the machine refuses what it has cached without telling anybody.
    const SILENT: bool = false;
    /// Whether the machine sets accessed and dirty bits.
    const WRITES_BITS: bool;
    /// Whether the machine has a debugger that translates; it may look only at what can be read.
    const DEBUGGER: bool = true;
    /// The width of the output addresses that the debugger gives.
    const DEBUGGER_BITS: u32 = 64;

    /// The width of the output addresses that pages of this size can have on this machine.
    fn output_bits(_size_lg2: u32) -> u32 {
        Self::OUTPUT_BITS
    }

    /// Starts the machine.
    fn start() -> Result<Self>;

    /// Its memory.
    fn memory(&self) -> Arc<Memory>;

    /// The number of the level at which walks start.
    fn root_level() -> u8 {
        Self::Format::ROOTS.first().copied().unwrap_or(0)
    }

    /// The width of the input addresses of walks that start at that level.
    fn input_bits() -> u32 {
        Self::Format::INPUT_BITS
    }

    /// What has to be mapped for the machine's own use before it can be attached.
    fn stage() -> &'static [Mapped] {
        &[]
    }

    /// Whether this machine, with its known bugs, translates the address at all.
    fn takes(&self, _va: u64) -> bool {
        true
    }

    /// The rights that pages of the format can have.
    fn rights() -> Vec<Rights>;

    /// Whether this access is allowed, as the manual says.
    fn allows(rights: Rights, privilege: Privilege, access: Access) -> bool;

    /// Whether the emulator survives this access; see `KNOWN_DIFFERENCES.md`.
    fn survives(_rights: Rights, _privilege: Privilege, _access: Access) -> bool {
        true
    }

    /// Rights as the format says them, accessed and dirty clear.
    fn attributes(rights: Rights) -> AttributesOf<Self>;

    /// Whether these attributes, accessed and dirty aside, are those of the rights.
    fn same(attributes: AttributesOf<Self>, rights: Rights) -> bool;

    /// Whether the attributes say accessed and dirty; `None` where the format does not.
    fn events(attributes: AttributesOf<Self>) -> Option<(bool, bool)>;

    /// The change that takes away or gives back the right to write.
    fn write_change(write: bool) -> ChangeOf<Self>;

    /// Whether the machine refuses an access without the access flag.
    const NEEDS_FLAG: bool = false;

    /// The change that sets or clears the access flag, where it is not one that hardware can set.
    fn flag_change(_set: bool) -> Option<ChangeOf<Self>> {
        None
    }

    /// Points the machine at a tree, with nothing cached.
    fn attach(&mut self, root: u64) -> Result<()>;

    /// Accesses memory.
    fn access(&mut self, privilege: Privilege, access: Access, va: u64, value: u64) -> Result<Answer>;

    /// Translates an address as the machine's debugger does: no permissions, nothing cached.
    fn debug_walk(&mut self, _va: u64) -> Result<Option<u64>> {
        Ok(None)
    }

    /// Carries out an invalidation.
    fn invalidate(&mut self, invalidation: Invalidation) -> Result<()>;
}

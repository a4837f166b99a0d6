//! A format as the rest of the generator sees it: names resolved, defaults filled in, nothing of YAML or tokens.
//!
//! A [`Format`] is a set of [`Level`]s, which form a graph, and of [`Kind`]s of entries, each with one
//! [`Layout`] for every level at which it occurs. A table entry names the level it leads to, so a parent may
//! choose between children of different shape, skip levels, or have two children at once.
//!
//! The model may still be wrong: only [`crate::check()`] turns it into a [`crate::Checked`].

mod bits;
mod cube;
mod extent;
mod layout;
mod meaning;
mod setting;

pub use bits::BitRange;
pub use cube::{Condition, Cube};
pub use extent::Extent;
pub use meaning::{Meaning, Sort};
pub use setting::{Places, Value};

use crate::span::Span;

/// A page-table format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Format {
    /// The name, `[a-z][a-z0-9_]*`.
    pub name: String,
    /// One line on what this is.
    pub about: String,
    /// Title, revision and place of the manual or source that the facts are from.
    pub manual: String,
    /// What, independent of this description, has checked it so far.
    pub checked_by: Option<String>,
    /// The address that is translated.
    pub input: InputAddress,
    /// The address that comes out.
    pub output: OutputAddress,
    /// The levels, in the order written, root first.
    pub levels: Vec<Level>,
    /// The levels at which a walk may start, the default first.
    pub roots: Vec<LevelId>,
    /// The kinds of entries, in the order written.
    pub kinds: Vec<Kind>,
    /// The tables of codes, in the order written.
    pub codes: Vec<CodeTable>,
    /// What the hardware caches and what a change requires.
    pub maintenance: Maintenance,
    /// Where the name of the format is written.
    pub span: Span,
}

/// The address that is translated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputAddress {
    /// Its width.
    pub bits: u32,
    /// Whether the bits above must repeat the highest bit; they must be zero otherwise.
    pub sign_extended: bool,
    /// Where the width is written.
    pub span: Span,
}

/// The address that comes out of the translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputAddress {
    /// Its width.
    pub bits: u32,
    /// Whether an implementation may have fewer bits.
    pub at_most: bool,
    /// Where the width is written.
    pub span: Span,
}

/// The number of a level: its place in [`Format::levels`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LevelId(pub usize);

/// The number of a code table: its place in [`Format::codes`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CodesId(pub usize);

/// One array of items.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Level {
    /// The manual's name.
    pub name: String,
    /// The bits of the input address that pick the item; none where a table has one item only.
    pub index: BitRange,
    /// The width of an item: 8, 16, 32, 64 or 128.
    pub entry_bits: u32,
    /// The byte order of an item in memory.
    pub endian: Endian,
    /// The size of a table, at least the size of its items.
    pub table_bytes: u64,
    /// The alignment of a table, a power of two.
    pub align_bytes: u64,
    /// Where the level is written.
    pub span: Span,
}

impl Level {
    /// How many items a table has, as a power of two.
    pub fn items_lg2(&self) -> u32 {
        self.index.width()
    }

    /// How many bytes an item has.
    pub fn entry_bytes(&self) -> u64 {
        u64::from(self.entry_bits / 8)
    }
}

/// The byte order of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endian {
    /// The least significant byte first.
    Little,
    /// The most significant byte first.
    Big,
}

/// What an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    /// It neither translates nor says anything.
    Absent,
    /// It leads to one table or more.
    Table,
    /// It translates.
    Page,
    /// It does not translate but says something: sparse, swapped out, poisoned.
    Special,
}

/// One kind of entry, with a layout for each level at which it occurs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// The name, `[a-z][a-z0-9-]*`.
    pub name: String,
    /// What an entry of this kind is.
    pub class: Class,
    /// One layout for each level, in the order of the levels.
    pub layouts: Vec<Layout>,
    /// Where the name is written.
    pub span: Span,
}

/// The bits of one kind of entry at one level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    /// The level.
    pub level: LevelId,
    /// Every row that holds at this level, in the order written.
    pub fields: Vec<Field>,
    /// Which words are of this kind: its constants and its `when:`.
    pub matches: Condition,
    /// How many items make up one entry.
    pub run: Option<Run>,
    /// The tables that an entry leads to; one for most, two where both may be live at once.
    pub children: Vec<Child>,
    /// Output addresses in this entry are below two to the power of this.
    pub reach_bits: u32,
    /// Where the `at:` that names the level is written.
    pub span: Span,
}

/// How several items make up one entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// How many items, as a power of two.
    pub items_lg2: u32,
    /// Whether each item holds its own output address; all hold that of the whole page otherwise.
    pub own_address: bool,
    /// Where the run is written.
    pub span: Span,
}

/// A table that an entry leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Child {
    /// The level of the table.
    pub level: LevelId,
    /// Whether the entry has this child at all; always true where there is only one.
    pub present: Condition,
}

/// One row: a range of bits and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// The manual's name; empty where the row gives none.
    pub name: String,
    /// The bits of the entry.
    pub bits: BitRange,
    /// What they are.
    pub role: Role,
    /// Whether the hardware may write them behind our back.
    pub hardware: bool,
    /// Which end of the table below they number; the row is then a constant that says that the whole table is there.
    pub extent: Option<Extent>,
    /// Where the row is written.
    pub span: Span,
}

/// What a range of bits is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Role {
    /// It always has this value in an entry of this kind.
    Constant(u128),
    /// It is reserved: written as zero, and malformed where it is not.
    Zero,
    /// The hardware ignores it; an empty word holds `fill`.
    Free {
        /// What the runtime writes here.
        fill: u128,
    },
    /// It holds bits of an output address.
    Address {
        /// What the address is of.
        target: Target,
        /// Which bits of the address it holds; as wide as the row.
        output: BitRange,
    },
    /// It says something about the translation.
    Setting {
        /// What it says.
        meaning: Meaning,
        /// Whether a set bit says the opposite.
        negative: bool,
        /// The table that explains its values, for fields that are not numbers or flags.
        codes: Option<CodesId>,
        /// Which bits of the value the row holds, where other rows hold the rest.
        part: Option<BitRange>,
    },
}

/// What an address field points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// The memory that the entry maps.
    Page,
    /// The child with this place in [`Layout::children`].
    Table(usize),
}

/// Names for the values of a field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeTable {
    /// The name, `[a-z][a-z0-9-]*`.
    pub name: String,
    /// The codes in the order written.
    pub codes: Vec<Code>,
    /// Where the name is written.
    pub span: Span,
}

/// One value of a code table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// The value of the field.
    pub value: u128,
    /// The name, `[a-z][a-z0-9-]*`.
    pub name: String,
    /// The permissions that this code grants.
    pub grants: Vec<Meaning>,
    /// Where the code is written.
    pub span: Span,
}

/// What the hardware caches and what a change requires.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Maintenance {
    /// What a walk may leave in a cache.
    pub caches: Caches,
    /// The smallest thing that can be invalidated.
    pub flush: Flush,
    /// How a live entry is replaced by another.
    pub replace: Replace,
    /// Whether the walker sees the processor's caches.
    pub walker: Walker,
    /// Levels of which the hardware keeps a copy until it is told to load it again.
    pub reload: Vec<LevelId>,
    /// Where the maintenance is written.
    pub span: Span,
}

/// What a walk may leave in a cache.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caches {
    /// Entries that are absent: mapping something needs an invalidation too.
    pub absent: bool,
    /// Table entries.
    pub table: bool,
    /// Pages.
    pub page: bool,
}

/// The smallest thing that an invalidation can name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flush {
    /// One page by its address.
    Page,
    /// A range of addresses.
    Range,
    /// A naturally aligned power of two of pages.
    PowerOfTwo,
    /// A whole address space.
    Context,
}

/// How a live entry is replaced by another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Replace {
    /// In one step, with an invalidation afterwards.
    InPlace,
    /// Through an absent entry, with an invalidation in between.
    ThroughAbsent,
}

/// Whether the walker sees the processor's caches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Walker {
    /// It does.
    Coherent,
    /// It does not: cache lines are cleaned before the walker may need them.
    CleanLines,
}

impl Format {
    /// The level with this number.
    pub fn level(&self, id: LevelId) -> &Level {
        &self.levels[id.0]
    }
}

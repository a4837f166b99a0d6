//! What a generated module says about its format: facts alone, so that everything here becomes a constant.
//!
//! The algorithms of this crate are written once, over [`Level`]. A table entry's child is reached through
//! [`Level::descend`], which calls back with the child's level *as a type*: the recursion over levels is unrolled
//! by the compiler, level by level, with every shift and mask an immediate, whatever shape the graph of levels has.

#![allow(unsafe_code)]

use core::fmt::Debug;

use crate::word::Word;

/// A page-table format. Generated, not written by hand.
///
/// # Safety
/// An implementation promises that
/// 1. [`Format::at_root`] visits the table that it is given with the level whose number is `level`, and no other.
pub unsafe trait Format: Sized + 'static {
    /// The name of the format.
    const NAME: &'static str;
    /// Width of the input address.
    const INPUT_BITS: u32;
    /// Whether the bits above repeat the highest bit; they are zero otherwise.
    const SIGN_EXTENDED: bool;
    /// Width of the output address.
    const OUTPUT_BITS: u32;
    /// What a walk may leave in a cache.
    const CACHES: Caches;
    /// Whether a live entry may be replaced by another in one step. If not, a change of size or address goes
    /// through an absent entry, with an invalidation in between.
    const REPLACE_IN_PLACE: bool;
    /// Whether the walker sees the processor's caches.
    const COHERENT: bool;
    /// The numbers of the levels at which a walk may start, the default first.
    const ROOTS: &'static [u8];
    /// Every size of pages: bit *n* is 2ⁿ bytes.
    const PAGE_SIZES: u64;

    /// What a page says beside its address.
    type Attributes: Copy + Debug + Default + PartialEq;
    /// Which of the attributes to change, and to what.
    type Change: Copy;
    /// What an entry can say that does not translate: sparse, swapped out with a payload, poisoned.
    /// [`NoSpecial`] where the format has no such entries.
    type Special: Copy + Debug + PartialEq;
    /// What an entry that leads to a table says beside its address; by default what restricts nothing.
    /// [`crate::NoTableAttributes`] where the format has no such entries.
    type TableAttributes: Copy + Debug + Default + 'static;

    /// Visits the root table with its level as a type; [`Visitor::dead_end`] where no walk can start at `level`.
    fn at_root<V: Visitor<Self>>(level: u8, table: u64, visitor: V) -> V::Output;
}

/// What a walk may leave in a cache of the hardware.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caches {
    /// Absent entries: something newly mapped has to be invalidated too.
    pub absent: bool,
    /// Table entries.
    pub table: bool,
    /// Pages.
    pub page: bool,
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
    /// It does not translate but says something.
    Special,
    /// It is none of the kinds that the format has.
    Malformed,
}

/// What the entries of a format say that has none which say something without translating.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NoSpecial {}

/// A size of pages at a level.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageShape {
    /// The size in bytes, as a power of two.
    pub size_lg2: u32,
    /// How many items make up one such page, as a power of two.
    pub items_lg2: u32,
    /// Whether each of these items holds its own address; all hold that of the whole page otherwise.
    pub own_address: bool,
}

/// The memory of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TableShape {
    /// Its size, at least that of its items.
    pub bytes: usize,
    /// Its alignment, a power of two.
    pub align_bytes: usize,
    /// How many items it has.
    pub items: usize,
    /// Its output address is below two to the power of this.
    pub reach_bits: u32,
}

/// A level of a format. Generated, not written by hand.
///
/// What is about pages, children or special entries has an answer already for the levels that have none.
///
/// # Safety
/// An implementation promises that
/// 1. `child(with_child(word, n, table, attributes)?, n)` is `Some(table)`, whatever the hardware writes to the entry, and no
///    other word that the methods give has a child that it did not have;
/// 2. [`Level::descend`] visits the table that it is given, with the level of that child, whose
///    [`Level::TABLE`] is [`Level::child_shape`];
/// 3. [`Level::TABLE`] has `1 << INDEX_BITS` items and room for them, aligned for [`Word::Cell`].
pub unsafe trait Level: Sized + 'static {
    /// The format that the level belongs to.
    type Format: Format;
    /// An item.
    type Word: Word;

    /// The level's number, counted from 0 in the order of the description.
    const NUMBER: u8;
    /// The manual's name.
    const NAME: &'static str;
    /// The lowest bit of the input address that picks the item.
    const INDEX_LOW: u32;
    /// How many bits pick the item.
    const INDEX_BITS: u32;
    /// Whether items are stored with the most significant byte first.
    const BIG_ENDIAN: bool = false;
    /// The memory of a table of this level.
    const TABLE: TableShape;
    /// What an item holds that says nothing.
    const EMPTY: Self::Word;
    /// The sizes of pages at this level, the largest first.
    const PAGES: &'static [PageShape] = &[];
    /// For each child that an entry can have, the sizes of pages (bit n: 2ⁿ bytes) at and below its level.
    const CHILDREN: &'static [u64] = &[];
    /// Whether an entry has at most one of its children: what it says chooses which. If not, they stand side by side.
    const CHILDREN_EXCLUDE: bool = false;
    /// Whether the hardware writes to pages at this level.
    const HARDWARE_WRITES: bool = false;
    /// The bits that decide which kind an entry is.
    const KIND_BITS: Self::Word;
    /// Bits that keep the hardware out: while all of them are as in [`Level::EMPTY`], it takes the entry for nothing,
    /// whatever the others hold. On a host that writes an entry in parts, the part with these is written first when
    /// an entry goes and last when one comes.
    ///
    /// Best are bits that all lie in one part of 32 bits. If they do not, then with only some of the parts as in
    /// [`Level::EMPTY`] an entry must be absent, or a table entry that lacks some of its children.
    const GATE_BITS: Self::Word = Self::KIND_BITS;
    /// Whether an entry whose [`Level::GATE_BITS`] are as in [`Level::EMPTY`] is always of class [`Class::Absent`].
    /// If so, reading an absent entry and publishing one are cheaper on such a host.
    const GATE_TELLS: bool = false;

    /// What the entry is.
    fn class(word: Self::Word) -> Class;

    /// Which of [`Level::PAGES`] a page is; 0 for a word that is no page.
    #[inline]
    fn page_shape(_word: Self::Word) -> usize {
        0
    }

    /// The output address of a page: of the whole page, or of the item where items hold their own.
    #[inline]
    fn page_address(_word: Self::Word) -> u64 {
        0
    }

    /// What a page says beside its address.
    #[inline]
    fn attributes(_word: Self::Word) -> <Self::Format as Format>::Attributes {
        <Self::Format as Format>::Attributes::default()
    }

    /// The word of a page, or `None` where the address is misaligned or out of reach, or where pages of this shape
    /// cannot say one of the attributes.
    #[inline]
    fn encode_page(
        _shape: usize,
        _address: u64,
        _attributes: &<Self::Format as Format>::Attributes,
    ) -> Option<Self::Word> {
        None
    }

    /// The word of the page of the same shape whose address is higher by `bytes`, a multiple of the alignment that
    /// an address in such a word has.
    #[inline]
    fn advance(_shape: usize, word: Self::Word, _bytes: u64) -> Self::Word {
        word
    }

    /// The page with some attributes changed, or `None` where pages of this shape cannot say one of them.
    #[inline]
    fn change(_word: Self::Word, _change: &<Self::Format as Format>::Change) -> Option<Self::Word> {
        None
    }

    /// The page as if it had not been accessed; the same word where nothing says that it was.
    #[inline]
    fn without_accessed(word: Self::Word) -> Self::Word {
        word
    }

    /// The page as if it had not been written; the same word where nothing says that it was.
    #[inline]
    fn without_dirty(word: Self::Word) -> Self::Word {
        word
    }

    /// The word of an entry that does not translate but says something, or `None` where the format has no such entry
    /// at this level, or no room for what it should say.
    #[inline]
    fn encode_special(_special: &<Self::Format as Format>::Special) -> Option<Self::Word> {
        None
    }

    /// What an entry of class [`Class::Special`] says; `None` for any other.
    #[inline]
    fn special(_word: Self::Word) -> Option<<Self::Format as Format>::Special> {
        None
    }

    /// Whether the hardware has nothing left to write to this page: a plain store cannot lose anything.
    #[inline]
    fn settled(_word: Self::Word) -> bool {
        true
    }

    /// `word` with all that the hardware wrote to `other`, another page of the same shape, written to it too.
    #[inline]
    fn absorb(word: Self::Word, _other: Self::Word) -> Self::Word {
        word
    }

    /// The address of the child with this number, if the entry has it.
    #[inline]
    fn child(_word: Self::Word, _child: usize) -> Option<u64> {
        None
    }

    /// The entry with this child added to those that `word`, absent or a table, has; `None` where the address is
    /// misaligned or out of reach, or where such an entry cannot say one of the attributes.
    #[inline]
    fn with_child(
        _word: Self::Word,
        _child: usize,
        _table: u64,
        _attributes: &<Self::Format as Format>::TableAttributes,
    ) -> Option<Self::Word> {
        None
    }

    /// The entry without this child: [`Level::EMPTY`] if it was the last.
    #[inline]
    fn without_child(word: Self::Word, child: usize) -> Self::Word {
        // Right wherever an entry has one child only.
        if Self::child(word, child).is_some() { Self::EMPTY } else { word }
    }

    /// The memory of a child's tables.
    #[inline]
    fn child_shape(_child: usize) -> TableShape {
        Self::TABLE
    }

    /// Visits the child with its level as a type; [`Visitor::dead_end`] where the level has no such child.
    #[inline]
    fn descend<V: Visitor<Self::Format>>(_child: usize, _table: u64, visitor: V) -> V::Output {
        visitor.dead_end()
    }
}

/// An algorithm that is told the level of a table as a type.
pub trait Visitor<F: Format> {
    /// What the visit gives.
    type Output;

    /// Visits a table of level `L` at the output address `table`.
    fn visit<L: Level<Format = F>>(self, table: u64) -> Self::Output;

    /// What a visit gives where there is no such table.
    fn dead_end(self) -> Self::Output;
}

//! Levels whose words have several parts, each with its gate elsewhere. Only their words are used, not their tables.
#![allow(dead_code, unsafe_code, missing_docs, unreachable_pub)]

use gpt_runtime::{Caches, Class, Format, Level, NoSpecial, PageShape, TableShape, Visitor, Word};

#[derive(Debug)]
pub enum Only {}

// SAFETY: no walk starts anywhere.
unsafe impl Format for Only {
    const NAME: &'static str = "only";
    const INPUT_BITS: u32 = 32;
    const SIGN_EXTENDED: bool = false;
    const OUTPUT_BITS: u32 = 32;
    const CACHES: Caches = Caches { absent: false, table: false, page: true };
    const REPLACE_IN_PLACE: bool = true;
    const COHERENT: bool = true;
    const ROOTS: &'static [u8] = &[];
    const PAGE_SIZES: u64 = 1 << 12;

    type Attributes = ();
    type Change = ();
    type Special = NoSpecial;
    type TableAttributes = gpt_runtime::NoTableAttributes;

    fn at_root<V: Visitor<Self>>(_: u8, _: u64, visitor: V) -> V::Output {
        visitor.dead_end()
    }
}

macro_rules! level {
    ($(#[$about:meta])* $name:ident: $word:ident, big_endian $big:expr, empty $empty:expr, gate $gate:expr, tells $tells:expr) => {
        $(#[$about])*
        #[derive(Debug)]
        pub enum $name {}

        // SAFETY: there are no children, and no table of this level.
        unsafe impl Level for $name {
            type Format = Only;
            type Word = $word;
            const NUMBER: u8 = 0;
            const NAME: &'static str = stringify!($name);
            const INDEX_LOW: u32 = 12;
            const INDEX_BITS: u32 = 0;
            const BIG_ENDIAN: bool = $big;
            const TABLE: TableShape =
                TableShape { bytes: size_of::<$word>(), align_bytes: size_of::<$word>(), items: 1, reach_bits: 32 };
            const EMPTY: $word = $empty;
            const PAGES: &'static [PageShape] = &[PageShape { size_lg2: 12, items_lg2: 0, own_address: false }];
            const CHILDREN: &'static [u64] = &[];
            const HARDWARE_WRITES: bool = true;
            const KIND_BITS: $word = $gate;
            const GATE_BITS: $word = $gate;
            const GATE_TELLS: bool = $tells;

            fn class(word: $word) -> Class {
                if (word ^ Self::EMPTY) & $gate == 0 { Class::Absent } else { Class::Page }
            }

            fn attributes(_: $word) {}
        }
    };
}

level! {
    /// The gate is bit 0, in little-endian order.
    Low: u64, big_endian false, empty 0, gate 1, tells true
}
level! {
    /// The gate is bit 63 of a big-endian entry, so it comes first in memory; an empty word is not zero.
    Top: u64, big_endian true, empty 0x0000_0e00_0000_0e00, gate 1 << 63, tells true
}
level! {
    /// Each half has a gate of its own.
    Pair: u64, big_endian false, empty 0, gate 1 | 1 << 32, tells false
}
level! {
    /// 128 bits with the gate in bit 0.
    Wide: u128, big_endian false, empty 0, gate 1, tells true
}
level! {
    /// 128 bits with a gate in each half, big-endian.
    WidePair: u128, big_endian true, empty 0, gate 1 | 1 << 64, tells false
}

/// The word as it lies in memory, read by this host.
pub fn memory<L: Level>(word: L::Word) -> L::Word {
    word.swapped_if(L::BIG_ENDIAN != cfg!(target_endian = "big"))
}

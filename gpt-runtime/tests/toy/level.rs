//! What the bits mean, and the macros that make a format and its levels of a line each.

pub const V: u64 = 1;
pub const PAGE: u64 = 1 << 1;
pub const W: u64 = 1 << 2;
pub const RUN: u64 = 1 << 3;
pub const V1: u64 = 1 << 4;
pub const A: u64 = 1 << 5;
pub const D: u64 = 1 << 6;
pub const KEY_LOW: u32 = 7;
pub const BAD: u64 = 1 << 9;

/// What a page says beside its address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct Says {
    pub write: bool,
    pub key: u8,
    pub accessed: bool,
    pub dirty: bool,
}

/// What to change of it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Change {
    pub write: Option<bool>,
    pub key: Option<u8>,
}

/// What something special says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Special(pub u16);

pub fn word_is_page(word: u64) -> bool {
    word & (V | PAGE | BAD) == V | PAGE
}

/// The word of a page.
pub fn page(address: u64, says: Says) -> u64 {
    let bit = |set: bool, bit: u64| if set { bit } else { 0 };
    address
        | V
        | PAGE
        | bit(says.write, W)
        | bit(says.accessed, A)
        | bit(says.dirty, D)
        | (u64::from(says.key) << KEY_LOW)
}

pub fn says(word: u64) -> Says {
    Says { write: word & W != 0, key: (word >> KEY_LOW) as u8 & 3, accessed: word & A != 0, dirty: word & D != 0 }
}

macro_rules! toy_format {
    ($(#[$doc:meta])* $name:ident {
        input: $input:expr, signed: $signed:expr, output: $output:expr, caches: $caches:expr, in_place: $in_place:expr,
        roots: [$($number:expr => $root:path),*], sizes: $sizes:expr
    }) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $name {}

        // SAFETY: the root's number picks the root's level.
        unsafe impl gpt_runtime::Format for $name {
            const NAME: &'static str = stringify!($name);
            const INPUT_BITS: u32 = $input;
            const SIGN_EXTENDED: bool = $signed;
            const OUTPUT_BITS: u32 = $output;
            const CACHES: gpt_runtime::Caches = $caches;
            const REPLACE_IN_PLACE: bool = $in_place;
            const COHERENT: bool = false;
            const ROOTS: &'static [u8] = &[$($number),*];
            const PAGE_SIZES: u64 = $sizes;

            type Attributes = $crate::toy::Says;
            type Change = $crate::toy::Change;
            type Special = $crate::toy::Special;
            type TableAttributes = gpt_runtime::NoTableAttributes;

            fn at_root<X: gpt_runtime::Visitor<Self>>(level: u8, table: u64, visitor: X) -> X::Output {
                match level {
                    $($number => visitor.visit::<$root>(table),)*
                    _ => visitor.dead_end(),
                }
            }
        }
    };
}

macro_rules! toy_level {
    (
        $name:ident: $format:ident, $word:ident, $number:expr, low $low:expr, bits $bits:expr,
        big_endian $big:expr, empty $empty:expr, pages [$($page:expr),*], children [$($child:ident: $sizes:expr),*] $(, exclude $exclude:expr)?
        $(, clean_runs $clean:expr)?
    ) => {
        #[derive(Debug)]
        pub enum $name {}

        // SAFETY: the address of a child is kept whole in its own field, which nothing else writes; the numbers of the
        // children pick their levels in the order of `CHILDREN`; a table has two to the power of its index bits items.
        unsafe impl gpt_runtime::Level for $name {
            type Format = $format;
            type Word = $word;

            const NUMBER: u8 = $number;
            const NAME: &'static str = stringify!($name);
            const INDEX_LOW: u32 = $low;
            const INDEX_BITS: u32 = $bits;
            const BIG_ENDIAN: bool = $big;
            const TABLE: gpt_runtime::TableShape = gpt_runtime::TableShape {
                bytes: size_of::<$word>() << $bits,
                align_bytes: size_of::<$word>() << $bits,
                items: 1 << $bits,
                reach_bits: 32,
            };
            const EMPTY: $word = $empty;
            const PAGES: &'static [gpt_runtime::PageShape] = &[$($page),*];
            const CHILDREN: &'static [u64] = &[$($sizes),*];
            $(const CHILDREN_EXCLUDE: bool = $exclude;)?
            const HARDWARE_WRITES: bool = true;
            const KIND_BITS: $word = 0x213;

            fn class(word: $word) -> gpt_runtime::Class {
                use $crate::toy::level_bits::*;
                let word = u64::from(word);
                let tables = if Self::CHILDREN.len() > 1 { V | V1 } else { V };
                match () {
                    () if word & V != 0 && word & BAD != 0 => gpt_runtime::Class::Malformed,
                    () if word & PAGE != 0 && word & V == 0 => gpt_runtime::Class::Special,
                    () if word & PAGE != 0 && Self::PAGES.is_empty() => gpt_runtime::Class::Malformed,
                    () if word & PAGE != 0 => gpt_runtime::Class::Page,
                    () if word & tables == 0 => gpt_runtime::Class::Absent,
                    () if Self::CHILDREN.is_empty() => gpt_runtime::Class::Malformed,
                    () => gpt_runtime::Class::Table,
                }
            }

            fn page_shape(word: $word) -> usize {
                let run = u64::from(word) & $crate::toy::RUN != 0;
                if run { 0 } else { Self::PAGES.len().saturating_sub(1) }
            }

            fn page_address(word: $word) -> u64 {
                u64::from(word) & !0xfff
            }

            fn attributes(word: $word) -> $crate::toy::Says {
                $crate::toy::level_bits::says(u64::from(word))
            }

            fn encode_page(shape: usize, address: u64, says: &$crate::toy::Says) -> Option<$word> {
                let shape = Self::PAGES.get(shape)?;
                let aligned = address & ((1u64 << if shape.own_address { $low } else { shape.size_lg2 }) - 1) == 0;
                let room = says.key < if shape.size_lg2 == <$format as gpt_runtime::Format>::PAGE_SIZES.trailing_zeros() { 4 } else { 3 };
                let run = if shape.items_lg2 > 0 { $crate::toy::RUN } else { 0 };
                if run != 0 && says.dirty && (false $(|| $clean)?) {
                    return None;
                }
                (aligned && room).then_some(($crate::toy::page(address, *says) | run) as $word)
            }

            fn advance(_: usize, word: $word, bytes: u64) -> $word {
                word.wrapping_add(bytes as $word)
            }

            fn change(word: $word, change: &$crate::toy::Change) -> Option<$word> {
                let mut says = Self::attributes(word);
                says.write = change.write.unwrap_or(says.write);
                says.key = change.key.unwrap_or(says.key);
                let shape = Self::page_shape(word);
                let size = Self::PAGES.get(shape)?.size_lg2;
                if says.key > if size == <$format as gpt_runtime::Format>::PAGE_SIZES.trailing_zeros() { 3 } else { 2 } {
                    return None;
                }
                let run = u64::from(word) & $crate::toy::RUN;
                Some(($crate::toy::page(Self::page_address(word), says) | run) as $word)
            }

            fn settled(word: $word) -> bool {
                let says = Self::attributes(word);
                says.accessed && (says.dirty || !says.write)
            }

            fn absorb(word: $word, other: $word) -> $word {
                word | (other & ($crate::toy::A | $crate::toy::D) as $word)
            }

            fn without_accessed(word: $word) -> $word {
                word & !($crate::toy::A as $word)
            }

            fn without_dirty(word: $word) -> $word {
                word & !($crate::toy::D as $word)
            }

            fn encode_special(special: &$crate::toy::Special) -> Option<$word> {
                Some((u64::from(special.0) << 12 | $crate::toy::PAGE) as $word)
            }

            fn special(word: $word) -> Option<$crate::toy::Special> {
                (Self::class(word) == gpt_runtime::Class::Special).then_some($crate::toy::Special((word >> 12) as u16))
            }

            fn child(word: $word, child: usize) -> Option<u64> {
                use $crate::toy::level_bits::*;
                let word = u64::from(word);
                match child {
                    _ if word & PAGE != 0 => None,
                    0 if word & V != 0 => Some(word & 0xffff_f000),
                    1 if word & V1 != 0 => Some((word >> 40) << 12),
                    _ => None,
                }
            }

            fn with_child(word: $word, child: usize, table: u64, _: &gpt_runtime::NoTableAttributes) -> Option<$word> {
                use $crate::toy::level_bits::*;
                let kept = if Self::class(word) == gpt_runtime::Class::Table { u64::from(word) } else { 0 };
                if kept != 0 && Self::CHILDREN_EXCLUDE {
                    return None;
                }
                let word = match child {
                    0 => kept | table | V,
                    _ => kept | (table >> 12) << 40 | V1,
                };
                (table & 0xfff == 0 && table >> 32 == 0).then_some(word as $word)
            }

            fn without_child(word: $word, child: usize) -> $word {
                use $crate::toy::level_bits::*;
                let word = u64::from(word);
                let kept = if child == 0 { word & !(V | 0xffff_f000) } else { word & !(V1 | 0xfffff << 40) };
                if kept & (V | V1) == 0 { Self::EMPTY } else { kept as $word }
            }

            fn child_shape(child: usize) -> gpt_runtime::TableShape {
                let shapes: &[gpt_runtime::TableShape] = &[$(<$child as gpt_runtime::Level>::TABLE),*];
                shapes[child]
            }

            #[allow(unused_variables, unused_mut, unused_assignments)]
            fn descend<X: gpt_runtime::Visitor<$format>>(child: usize, table: u64, visitor: X) -> X::Output {
                let mut number = 0;
                $(
                    if child == number {
                        return visitor.visit::<$child>(table);
                    }
                    number += 1;
                )*
                visitor.dead_end()
            }
        }
    };
}

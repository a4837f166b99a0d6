//! A level as a table of facts: what its entries can be, and what its pages and children are.

/// Declares levels with the same entries: their types, what the entries can be, and how the runtime sees both.
///
/// Each level begins with its type, its number and name, and the bits of the input address that pick an entry; then stands
/// the memory of its tables, and the children that its entries lead to: the number of the child, its level, and the sizes
/// of pages (bit n: 2ⁿ bytes) at and below that. What follows the levels is about the entries of them all. The caller
/// answers for what [`Level`](crate::Level) asks of an implementation: `unsafe` stands in what is written.
///
/// | section | a row |
/// |---|---|
/// | `kinds` | the class, the name of what an entry can be with its type, the bits that have to be zero if it has none, and when it is that, given that it is nothing above |
/// | `classes` | a class and when an entry is of it, given that it is of none above; where a class has several kinds |
/// | `pages` | the number of the shape, the largest being 0; the type; the size and the items as powers of two, with `own` where items hold their own addresses; and when a page has this shape, given that it has none above |
/// | `special` | what is said and its word; when a word says so, and what it says |
/// | `children` | the number of the child; the type of the entry, with the number of the table where it leads to several, and the method that adds attributes; and when an entry has the child |
///
/// `pages as A by B` names the type that [`attributes!`](crate::attributes) tells how to read pages at this level, and
/// one whose address is where all pages of the level have it; where pages differ, each row ends with its own.
///
/// ```
/// # use gpt_runtime::{Caches, Class, Format, Level, NoSpecial, NoTableAttributes, Visitor};
/// # pub enum Toy {}
/// # unsafe impl Format for Toy {
/// #     const NAME: &'static str = "toy";
/// #     const INPUT_BITS: u32 = 22;
/// #     const SIGN_EXTENDED: bool = false;
/// #     const OUTPUT_BITS: u32 = 32;
/// #     const CACHES: Caches = Caches { absent: false, table: true, page: true };
/// #     const REPLACE_IN_PLACE: bool = true;
/// #     const COHERENT: bool = true;
/// #     const ROOTS: &'static [u8] = &[0];
/// #     const PAGE_SIZES: u64 = 0x1_1000;
/// #     type Attributes = Attributes;
/// #     type Change = Change;
/// #     type Special = NoSpecial;
/// #     type TableAttributes = NoTableAttributes;
/// #     fn at_root<V: Visitor<Self>>(_: u8, table: u64, visitor: V) -> V::Output { visitor.visit::<Only>(table) }
/// # }
/// gpt_runtime::attributes! {
///     /// What a page says.
///     pub struct Attributes;
///     /// What to change of it.
///     pub struct Change;
///     says {
///         /// The memory may be written.
///         write: bool;
///     }
///     hardware {}
///     Small(word: u32) => { [1] write: flag; } hardware {}
/// }
/// gpt_runtime::fields! {
///     /// 4 KiB.
///     pub struct Small(u32) = 0x1, zero 0xffc, page [31:12 => 12];
///     /// 64 KiB, by 16 items.
///     pub struct Large(u32) = 0x5, zero 0xff8, page [31:16 => 16];
///     rows {}
/// }
/// gpt_runtime::level! {
///     /// The only level.
///     pub enum Only = 0 "only", index 21:12;
///     table 0x1000 aligned 0x1000 below 32;
///     /// What an entry can be.
///     pub enum Entry;
///     // SAFETY: there are no children; a table has 1024 items of 4 bytes.
///     unsafe impl Level(word: u32) in Toy;
///     empty 0, kind_bits 0x5;
///     kinds {
///         Absent Absent zero 0, word & 0x1 == 0;
///         Page   Small(Small), word & 0x4 == 0;
///         Page   Large(Large), true;
///     }
///     pages as Small by Small {
///         1 Small 12, word & 0x4 == 0;
///         0 Large 16 by 4, true;
///     }
/// }
/// assert_eq!(Only::decode(0x1_0005), Entry::Large(Large::new(0x1_0000).unwrap()));
/// assert_eq!((Only::decode(0x9), Only::class(0x9)), (Entry::Malformed(0x9), Class::Page));
/// assert_eq!(Only::PAGES.iter().map(|page| page.size_lg2).collect::<Vec<_>>(), [16, 12]);
/// assert_eq!(Only::encode_page(1, 0x3000, &Attributes { write: true }), Some(0x3003));
/// assert_eq!((Only::advance(1, 0x3003, 0x1000), Only::page_address(0x1_0005)), (0x4003, 0x1_0000));
/// ```
#[macro_export]
macro_rules! level {
    (
        $(
            $(#[$about:meta])*
            pub enum $level:ident = $number:literal $name:literal, index $high:literal:$low:literal;
            table $bytes:literal aligned $align:literal below $reach:literal;
            $(child $child:literal $below:ident, sizes $sizes:literal;)*
            $(#[$decoded_about:meta])*
            pub enum $decoded:ident;
        )+
        unsafe impl Level($word:ident: $type:ident) in $format:ident;
        $($entries:tt)+
    ) => {
        $crate::level! {
            @each $format $word $type { $($entries)+ }
            $({
                [$(#[$about])*] $level = $number $name, $high $low;
                $bytes $align $reach { $($child $below, sizes $sizes;)* } [$(#[$decoded_about])*] $decoded
            })+
        }
    };
    (@each $format:ident $word:ident $type:ident $entries:tt $($level:tt)+) => {
        $($crate::level! { @level $format $word $type $entries $level })+
    };
    (@level $format:ident $word:ident $type:ident {
        empty $empty:literal, kind_bits $kind_bits:literal $(, gate_bits $gate_bits:literal)?;
        $(is $($property:ident),+;)?
        kinds $kinds:tt
        $(classes $classes:tt)?
        $(pages $(as $of:ident by $by:ident)? { $($pages:tt)+ })?
        $(special $special:tt)?
        $(children $children:tt)?
    } {
        [$(#[$about:meta])*] $level:ident = $number:literal $name:literal, $high:literal $low:literal;
        $bytes:literal $align:literal $reach:literal $below:tt [$(#[$decoded_about:meta])*] $decoded:ident
    }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(dead_code)]
        pub enum $level {}

        $crate::level! { @decode $level [$(#[$decoded_about])*] $decoded $word $type $kinds }

        // SAFETY: whoever wrote `unsafe impl` answers for the children and the room in a table; the number of items is
        // counted here.
        #[allow(unsafe_code, clippy::verbose_bit_mask)]
        unsafe impl $crate::Level for $level {
            type Format = $format;
            type Word = $type;
            const NUMBER: u8 = $number;
            const NAME: &'static str = $name;
            const INDEX_LOW: u32 = $low;
            const INDEX_BITS: u32 = $high + 1 - $low;
            const TABLE: $crate::TableShape = $crate::TableShape {
                bytes: $bytes,
                align_bytes: $align,
                items: 1 << ($high + 1 - $low),
                reach_bits: $reach,
            };
            const EMPTY: $type = $empty;
            const KIND_BITS: $type = $kind_bits;
            $(const GATE_BITS: $type = $gate_bits;)?
            $($($crate::level! { @property $property })+)?

            $crate::level! { @class $word $type $kinds $($classes)? }
            $($crate::level_pages! { @pages $format $word $type [$($of $by)?] { $($pages)+ } })?
            $($crate::level! { @special $format $word $type $special })?
            $($crate::level_children! { @children $format $word $type $children })?
            $crate::level_children! { @below $below }
        }
    };
    (@property big_endian) => { const BIG_ENDIAN: bool = true; };
    (@property children_exclude) => { const CHILDREN_EXCLUDE: bool = true; };
    (@property gate_tells) => { const GATE_TELLS: bool = true; };
    (@property hardware_writes) => { const HARDWARE_WRITES: bool = true; };
    (@decode $level:ident [$(#[$about:meta])*] $decoded:ident $word:ident $type:ident {
        $($class:ident $variant:ident $(($entry:ident))? $(zero $zero:literal)?, $when:expr;)+
    }) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(dead_code)]
        pub enum $decoded {
            $(
                #[doc = concat!("`", stringify!($variant), "`.")]
                $variant $(($entry))?,
            )+
            /// None of these.
            Malformed($type),
        }

        #[allow(dead_code, clippy::verbose_bit_mask)]
        impl $level {
            /// Says what an entry is. A bit that is set although it has to be zero makes it malformed.
            #[must_use]
            #[inline]
            pub const fn decode($word: $type) -> $decoded {
                $(if $when {
                    let reserved: $type = $($entry::RESERVED)? $($zero)?;
                    if $word & reserved == 0 {
                        $decoded::$variant $(($entry($word)))?
                    } else {
                        $decoded::Malformed($word)
                    }
                } else)+ {
                    $decoded::Malformed($word)
                }
            }
        }
    };
    (@class $word:ident $type:ident {
        $($class:ident $variant:ident $(($entry:ident))? $(zero $zero:literal)?, $when:expr;)+
    }) => {
        $crate::level! { @class $word $type {} { $($class, $when;)+ } }
    };
    (@class $word:ident $type:ident $kinds:tt { $($class:ident, $when:expr;)+ }) => {
        #[inline]
        fn class($word: $type) -> $crate::Class {
            $(if $when { $crate::Class::$class } else)+ { $crate::Class::Malformed }
        }
    };
    (@special $format:ident $word:ident $type:ident { $($says:pat => $value:expr, $when:expr => $said:expr;)+ }) => {
        #[allow(unreachable_patterns)]
        #[inline]
        fn encode_special(special: &<$format as $crate::Format>::Special) -> Option<$type> {
            match *special {
                $($says => {
                    let $word: $type = $value;
                    ($when).then_some($word)
                })+
                _ => None,
            }
        }

        #[inline]
        fn special($word: $type) -> Option<<$format as $crate::Format>::Special> {
            $(if $when { Some($said) } else)+ { None }
        }
    };
}

//! Types of entries: what kind of word it is, the address that it holds, and its rows as methods.

/// Declares types of entries that have the same rows.
///
/// Each type begins with the word in which all is false or zero, and the bits that have to be zero. An entry with an
/// address says what it is the address of, and where it holds which bits of it: `53:10 => 12` is bits 53:10 of the
/// entry, which are the address from bit 12 on. The lowest part of the address stands first. It gets a constructor; others get a constant, `BARE`.
///
/// Rows stand as in the manual: `HIGH:LOW` or `BIT`, the names of the two methods, and what the bits are: `flag` for one
/// that says so when it is set, `not` for one that says the opposite, `number TYPE`, or `code TYPE` for a type
/// made of an integer as wide as the row. A value in parts has all their bits, the highest part first: `[7:4, 2:2]`.
///
/// An entry that leads to several tables at once has no address of its own but a section `tables` before its rows. There
/// stands for each table its number, where the entry holds its address, and the method that gives it; the word of an entry
/// that has this table alone, at the address zero; the bits that say whether it has the table, and what these are if it
/// does not; and when it does.
///
/// ```
/// gpt_runtime::fields! {
///     /// A page.
///     pub struct Page(u32) = 0x3, zero 0x4, page [31:12 => 12, 11:8 => 32];
///     /// An entry that says nothing.
///     pub struct Nothing(u32) = 0, zero 0;
///     rows {
///         /// `KEY`: the protection key.
///         7:4    key, with_key: number u8;
///         /// `RO`: the memory may be written.
///         1      write, with_write: not;
///         /// `V`: the entry is valid.
///         0      valid, with_valid: flag;
///     }
/// }
///
/// let page = Page::new(0x5_0001_2000).unwrap();
/// assert_eq!((page.word(), page.page()), (0x1_2503, 0x5_0001_2000));
/// assert_eq!((page.key(), page.write(), page.valid()), (0, false, true));
/// assert_eq!(page.with_write(true).with_key(15).map(Page::word), Some(0x1_25f1));
/// assert_eq!(page.with_key(16), None);
/// assert_eq!((Page::new(0x800), Page::new(0x10_0000_0000)), (None, None));
/// assert_eq!(page.advanced(0x1000).page(), 0x5_0001_3000);
/// assert_eq!(Page::new(0x5_ffff_f000).unwrap().advanced(0x1000).page(), 0x6_0000_0000);
/// assert_eq!((Page::RESERVED, Nothing::BARE.valid()), (4, false));
///
/// gpt_runtime::fields! {
///     /// An entry for two tables.
///     pub struct Pair(u64) = 0, zero 0xffe_0000_0ffe;
///     tables(word) {
///         /// The output address of the first, if it has one.
///         0 [31:12 => 12] first_table, alone 0x1, by 0x1 else 0, word & 0x1 != 0;
///         /// The output address of the second, if it has one.
///         1 [63:44 => 12] second_table, alone 0x1_0000_0000, by 0x1_0000_0000 else 0, word & 0x1_0000_0000 != 0;
///     }
///     rows {}
/// }
///
/// let none = Pair::BARE;
/// assert_eq!((none.first_table(), none.second_table()), (None, None));
/// ```
#[macro_export]
macro_rules! fields {
    (
        $(
            $(#[$about:meta])*
            pub struct $type:ident($word:ident) = $base:literal, zero $zero:literal $(, $address:ident [$($part:tt)+])?;
        )+
        $(tables($held:ident) $tables:tt)?
        rows $rows:tt
    ) => {
        $(
            $(#[$about])*
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            #[must_use]
            #[allow(dead_code)]
            pub struct $type($word);

            #[allow(dead_code)]
            impl $type {
                /// The bits that have to be zero.
                pub const RESERVED: $word = $zero;

                /// The word.
                #[must_use]
                #[inline]
                pub const fn word(self) -> $word {
                    self.0
                }

                $crate::fields! { @address $word $base $($address $($part)+)? }
            }

            $crate::fields! { @rows $type $word $rows }
        )+
        $crate::fields! { @tables [$($type $word)+] $($held $tables)? }
    };
    (@tables $types:tt) => {};
    (@tables [$type:ident $word:ident] $held:ident $tables:tt) => {
        $crate::entry_tables! { $type $word $held $tables }
    };
    (@address $word:ident $base:literal) => {
        /// The entry with everything false or zero.
        pub const BARE: Self = Self($base);
    };
    (@address $word:ident $base:literal $get:ident $($high:literal : $low:literal => $output:literal),+) => {
        #[doc = concat!("The entry for the ", stringify!($get), " at this output address, with nothing said beside it; ")]
        /// `None` where the address is misaligned or out of reach.
        #[allow(clippy::cast_possible_truncation, clippy::cast_lossless, clippy::identity_op)]
        #[inline]
        pub const fn new($get: u64) -> Option<Self> {
            if $get & !($((u64::MAX >> (63 - ($high - $low))) << $output)|+) != 0 {
                return None;
            }
            Some(Self($base $(| (($get >> $output & u64::MAX >> (63 - ($high - $low))) as $word) << $low)+))
        }

        #[doc = concat!("The output address of the ", stringify!($get), ".")]
        #[allow(clippy::cast_possible_truncation, clippy::cast_lossless)]
        #[must_use]
        #[inline]
        pub const fn $get(self) -> u64 {
            $(((self.0 >> $low) as u64 & u64::MAX >> (63 - ($high - $low))) << $output)|+
        }

        $crate::fields! { @advanced $word $get $($high : $low => $output),+ }
    };
    (@advanced $word:ident $get:ident $high:literal : $low:literal => $output:literal) => {
        /// The entry whose address is higher by so many bytes, a multiple of its alignment.
        #[allow(clippy::cast_possible_truncation, clippy::cast_lossless)]
        #[inline]
        pub const fn advanced(self, bytes: u64) -> Self {
            // The address stands in one piece: adding to the word adds to it.
            let up = ($low as u32).saturating_sub($output);
            let down = ($output as u32).saturating_sub($low);
            Self(self.0.wrapping_add(((bytes >> down) as $word) << up))
        }
    };
    (@advanced $word:ident $get:ident
        $lowest_high:literal : $lowest_low:literal => $lowest_output:literal
        $(, $high:literal : $low:literal => $output:literal)+
    ) => {
        /// The entry whose address is higher by so many bytes, a multiple of its alignment.
        #[allow(clippy::cast_possible_truncation, clippy::cast_lossless)]
        #[inline]
        pub const fn advanced(self, bytes: u64) -> Self {
            let most = u64::MAX >> (63 - ($lowest_high - $lowest_low));
            let lowest = (self.0 >> $lowest_low) as u64 & most;
            let steps = bytes >> $lowest_output;
            // Mostly the sum stays in the lowest part of the address: adding to the word adds to it.
            if steps <= most - lowest {
                return Self(self.0.wrapping_add((steps as $word) << $lowest_low));
            }
            let address = self.$get().wrapping_add(bytes);
            let held = (most as $word) << $lowest_low $(| ((u64::MAX >> (63 - ($high - $low))) as $word) << $low)+;
            Self(
                self.0 & !held
                    | ((address >> $lowest_output & most) as $word) << $lowest_low
                    $(| ((address >> $output & u64::MAX >> (63 - ($high - $low))) as $word) << $low)+,
            )
        }
    };
    (@rows $type:ident $word:ident {
        $(
            $(#[$about:meta])*
            $($high:literal $(: $low:literal)?)? $([$($part_high:literal : $part_low:literal),+])?
            $get:ident, $with:ident: $sort:ident $($value:ident)?;
        )*
    }) => {
        #[allow(dead_code)]
        impl $type {
            $($crate::fields! {
                @$sort [$(#[$about])*] $word ($($high $(, $low)?)? $([$($part_high, $part_low),+])?) $get $with $($value)?
            })*
        }
    };
    (@flag [$(#[$about:meta])*] $word:ident ($bit:literal) $get:ident $with:ident) => {
        $(#[$about])*
        #[must_use]
        #[inline]
        pub const fn $get(self) -> bool {
            self.0 >> $bit & 1 != 0
        }

        #[doc = concat!("The entry with [`Self::", stringify!($get), "`] changed.")]
        #[must_use]
        #[inline]
        pub const fn $with(self, $get: bool) -> Self {
            Self(self.0 & !(1 << $bit) | ($get as $word) << $bit)
        }
    };
    (@not [$(#[$about:meta])*] $word:ident ($bit:literal) $get:ident $with:ident) => {
        $(#[$about])*
        #[must_use]
        #[inline]
        pub const fn $get(self) -> bool {
            self.0 >> $bit & 1 == 0
        }

        #[doc = concat!("The entry with [`Self::", stringify!($get), "`] changed.")]
        #[must_use]
        #[inline]
        pub const fn $with(self, $get: bool) -> Self {
            Self(self.0 & !(1 << $bit) | (!$get as $word) << $bit)
        }
    };
    (@number [$(#[$about:meta])*] $word:ident ($high:literal, $low:literal) $get:ident $with:ident $value:ident) => {
        $(#[$about])*
        #[allow(clippy::cast_possible_truncation, clippy::cast_lossless)]
        #[must_use]
        #[inline]
        pub const fn $get(self) -> $value {
            (self.0 >> $low & $word::MAX >> ($word::BITS - 1 - ($high - $low))) as $value
        }

        #[doc = concat!("The entry with [`Self::", stringify!($get), "`] changed; `None` where there is no room.")]
        #[allow(clippy::cast_possible_truncation, clippy::cast_lossless)]
        #[must_use]
        #[inline]
        pub const fn $with(self, $get: $value) -> Option<Self> {
            let most = $word::MAX >> ($word::BITS - 1 - ($high - $low));
            if $get as u128 > most as u128 {
                return None;
            }
            Some(Self(self.0 & !(most << $low) | ($get as $word) << $low))
        }
    };
    (@code [$(#[$about:meta])*] $word:ident ($bit:literal) $get:ident $with:ident $value:ident) => {
        $crate::fields! { @code [$(#[$about])*] $word ($bit, $bit) $get $with $value }
    };
    (@code [$(#[$about:meta])*] $word:ident ($high:literal, $low:literal) $get:ident $with:ident $value:ident) => {
        $(#[$about])*
        #[allow(clippy::cast_possible_truncation, clippy::cast_lossless)]
        #[must_use]
        #[inline]
        pub const fn $get(self) -> $value {
            $value((self.0 >> $low & $word::MAX >> ($word::BITS - 1 - ($high - $low))) as _)
        }

        #[doc = concat!("The entry with [`Self::", stringify!($get), "`] changed.")]
        #[allow(clippy::cast_possible_truncation, clippy::cast_lossless)]
        #[must_use]
        #[inline]
        pub const fn $with(self, $get: $value) -> Self {
            let most = $word::MAX >> ($word::BITS - 1 - ($high - $low));
            Self(self.0 & !(most << $low) | ($get.0 as $word & most) << $low)
        }
    };
    (@number [$(#[$about:meta])*] $word:ident ([$($high:literal, $low:literal),+]) $get:ident $with:ident $value:ident) => {
        $(#[$about])*
        #[allow(clippy::cast_possible_truncation, clippy::cast_lossless)]
        #[must_use]
        #[inline]
        pub const fn $get(self) -> $value {
            $crate::gathered(self.0 as u128, &[$(($high, $low)),+]) as $value
        }

        #[doc = concat!("The entry with [`Self::", stringify!($get), "`] changed; `None` where there is no room.")]
        #[allow(clippy::cast_possible_truncation, clippy::cast_lossless)]
        #[must_use]
        #[inline]
        pub const fn $with(self, $get: $value) -> Option<Self> {
            match $crate::scattered(self.0 as u128, &[$(($high, $low)),+], $get as u128) {
                Some(word) => Some(Self(word as $word)),
                None => None,
            }
        }
    };
    (@code [$(#[$about:meta])*] $word:ident ([$($high:literal, $low:literal),+]) $get:ident $with:ident $value:ident) => {
        $(#[$about])*
        #[allow(clippy::cast_possible_truncation, clippy::cast_lossless)]
        #[must_use]
        #[inline]
        pub const fn $get(self) -> $value {
            $value($crate::gathered(self.0 as u128, &[$(($high, $low)),+]) as _)
        }

        #[doc = concat!("The entry with [`Self::", stringify!($get), "`] changed.")]
        #[allow(clippy::cast_possible_truncation, clippy::cast_lossless)]
        #[must_use]
        #[inline]
        pub const fn $with(self, $get: $value) -> Self {
            match $crate::scattered(self.0 as u128, &[$(($high, $low)),+], $get.0 as u128) {
                Some(word) => Self(word as $word),
                None => self,
            }
        }
    };
}

/// The value that stands in these bits (high, low) of `word`, the highest part first.
#[doc(hidden)]
#[must_use]
#[inline]
pub const fn gathered(word: u128, mut parts: &[(u32, u32)]) -> u128 {
    let mut value = 0;
    while let Some((&(high, low), rest)) = parts.split_first() {
        value = value << (high - low + 1) | word >> low & (u128::MAX >> (127 - (high - low)));
        parts = rest;
    }
    value
}

/// `word` with the value in these bits (high, low), the highest part first; `None` where there is no room.
#[doc(hidden)]
#[must_use]
#[inline]
pub const fn scattered(mut word: u128, mut parts: &[(u32, u32)], mut value: u128) -> Option<u128> {
    while let Some((&(high, low), rest)) = parts.split_last() {
        let most = u128::MAX >> (127 - (high - low));
        word = word & !(most << low) | (value & most) << low;
        value >>= high - low + 1;
        parts = rest;
    }
    if value == 0 { Some(word) } else { None }
}

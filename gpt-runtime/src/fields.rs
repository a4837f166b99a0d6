//! The rows of an entry as methods of its type.

/// Gives types that are made of one word a method to read each row, and one to write it.
///
/// Rows stand as in the manual: `HIGH:LOW` or `BIT`, the names of the two methods, and what the bits are: `flag` for one
/// that says so when it is set, `not` for one that says the opposite, `number TYPE`, or `code TYPE` for a type
/// made of an integer as wide as the row. Several types may share their rows.
///
/// ```
/// /// A page.
/// #[derive(Clone, Copy, Debug, PartialEq)]
/// pub struct Page(u32);
///
/// gpt_runtime::fields! {
///     Page: u32 {
///         /// `KEY`: the protection key.
///         7:4    key, with_key: number u8;
///         /// `RO`: the memory may be written.
///         1      write, with_write: not;
///         /// `V`: the entry is valid.
///         0      valid, with_valid: flag;
///     }
/// }
///
/// let page = Page(0x12).with_valid(true);
/// assert_eq!((page.key(), page.write(), page.valid()), (1, false, true));
/// assert_eq!(page.with_write(true).with_key(15).map(Page::word), Some(0xf1));
/// assert_eq!(page.with_key(16), None);
/// ```
#[macro_export]
macro_rules! fields {
    ($($type:ident),+ : $word:ident $rows:tt) => {
        $($crate::fields! { @type $type $word $rows })+
    };
    (@type $type:ident $word:ident {
        $($(#[$about:meta])* $high:literal $(: $low:literal)? $get:ident, $with:ident: $sort:ident $($value:ident)?;)*
    }) => {
        impl $type {
            /// The word.
            #[must_use]
            #[inline]
            pub const fn word(self) -> $word {
                self.0
            }

            $($crate::fields! { @$sort [$(#[$about])*] $word ($high $(, $low)?) $get $with $($value)? })*
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
}

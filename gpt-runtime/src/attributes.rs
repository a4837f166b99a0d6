//! What pages say beside their addresses: two types, and how the words of pages hold what they say.

/// Declares what pages say, what can be changed of it, and where the words of pages hold it.
///
/// `says` has what software decides, `hardware` what the hardware may write and no change can ask for. Then stands, for
/// each way in which words hold this, the type of an entry that has it, what must hold for words beyond their constants,
/// and a row for each attribute, in the same two parts.
///
/// A row is the bits in brackets, `[HIGH:LOW]` or `[BIT]`, or `[HIGH:LOW @ VALUE, …]` where the value is in parts, each
/// with the lowest bit of the value that it holds; the attribute; and what the bits are: `flag` for one that says so
/// when it is set, `not` for one that says the opposite, `number`, or `code TYPE` for a type made of an integer whose
/// values all fit, or `code_in_part TYPE` where the bits have no room for some. Behind it stands what happens to the bit:
/// `accessed`, `dirty`, and `hardware` where the hardware writes it.
///
/// What such pages do not speak of has no bits, `[]`: `allowed` is a permission that they give, `no_flag`, `no_number`
/// and `no_code` are what they cannot say.
///
/// ```
/// gpt_runtime::fields! {
///     /// A page.
///     pub struct Page(u32) = 0x1, zero 0, page [31:12 => 12];
///     rows {}
/// }
/// gpt_runtime::attributes! {
///     /// What a page says.
///     pub struct Attributes;
///     /// What to change of it.
///     pub struct Change;
///     says {
///         /// The protection key.
///         key: u8;
///         /// The memory may be written.
///         write: bool;
///         /// Instructions may be fetched.
///         execute: bool;
///     }
///     hardware {
///         /// The page was used.
///         accessed: bool;
///     }
///     Page(word: u32) if word & 0x28 != 0x28 => {
///         [5:5 @ 1, 3:3 @ 0] key: number;
///         [2]                write: not;
///         []                 execute: allowed;
///     } hardware {
///         [1]                accessed: flag, accessed, hardware;
///     }
/// }
///
/// let all = Attributes { key: 2, write: true, execute: true, accessed: true };
/// let page = Page::new(0x1000).unwrap();
/// assert_eq!(Page::with_attributes(page.word(), &all), Some(0x1023));
/// assert_eq!(Page::attributes(0x1023), all);
/// for refused in [
///     Attributes { execute: false, ..all },
///     Attributes { key: 3, ..all },
///     Attributes { key: 4, ..all },
/// ] {
///     assert_eq!(Page::with_attributes(page.word(), &refused), None);
/// }
/// let change = Change { key: Some(1), write: Some(false), ..Change::default() };
/// assert_eq!(Page::with_change(0x1023, &change), Some(0x100f));
/// assert_eq!(Page::with_change(0x1023, &Change { execute: Some(false), ..Change::default() }), None);
/// ```
#[macro_export]
macro_rules! attributes {
    (
        $(#[$about:meta])*
        pub struct $attributes:ident;
        $(#[$change_about:meta])*
        pub struct $change:ident;
        says { $($(#[$field_about:meta])* $field:ident: $field_type:ty;)* }
        hardware { $($(#[$event_about:meta])* $event:ident: $event_type:ty;)* }
        $($page:ident($word:ident: $type:ident) $(if $holds:expr)? => $rows:tt hardware $events:tt)*
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #[allow(dead_code, clippy::struct_excessive_bools)]
        pub struct $attributes {
            $($(#[$field_about])* pub $field: $field_type,)*
            $($(#[$event_about])* pub $event: $event_type,)*
        }

        $(#[$change_about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #[allow(dead_code)]
        pub struct $change {
            $(
                #[doc = concat!("The new [`", stringify!($attributes), "::", stringify!($field), "`].")]
                pub $field: Option<$field_type>,
            )*
        }

        $($crate::attributes! { @held $attributes $change $page $word $type [$($holds)?] $rows $events })*
    };
    (@held $attributes:ident $change:ident $page:ident $word:ident $type:ident [$($holds:expr)?] {
        $($bits:tt $field:ident: $sort:ident $($code:ident)? $(, $happens:ident)*;)*
    } {
        $($event_bits:tt $event:ident: $event_sort:ident $($event_code:ident)? $(, $event_happens:ident)*;)*
    }) => {
        #[allow(
            dead_code,
            unused_variables,
            clippy::cast_lossless,
            clippy::cast_possible_truncation,
            clippy::verbose_bit_mask
        )]
        impl $page {
            /// The bits that say what happened to such pages.
            const EVENTS: $crate::Events = $crate::Events::NONE
                $($(.$happens($crate::attributes!(@mask u128 $bits), $crate::attributes!(@negative $sort)))*)*
                $($(.$event_happens(
                    $crate::attributes!(@mask u128 $event_bits),
                    $crate::attributes!(@negative $event_sort)
                ))*)*;

            /// What the word of such a page says.
            #[inline(always)]
            fn attributes($word: $type) -> $attributes {
                $attributes {
                    $($field: $crate::attributes!(@read $type $word $bits $sort $($code)?),)*
                    $($event: $crate::attributes!(@read $type $word $event_bits $event_sort $($event_code)?),)*
                }
            }

            /// The word of such a page with these attributes; `None` where it cannot say them.
            #[inline]
            fn with_attributes($word: $type, says: &$attributes) -> Option<$type> {
                if false
                    $(|| $crate::attributes!(@refused $type (says.$field) $bits $sort))*
                    $(|| $crate::attributes!(@refused $type (says.$event) $event_bits $event_sort))*
                {
                    return None;
                }
                let rows: $type = 0
                    $(| $crate::attributes!(@mask $type $bits))*
                    $(| $crate::attributes!(@mask $type $event_bits))*;
                let $word = $word & !rows
                    $(| $crate::attributes!(@put $type (says.$field) $bits $sort))*
                    $(| $crate::attributes!(@put $type (says.$event) $event_bits $event_sort))*;
                (true $(&& ($holds))?).then_some($word)
            }

            /// The word of such a page changed; `None` where it cannot say that.
            #[inline]
            fn with_change($word: $type, change: &$change) -> Option<$type> {
                if false $(|| change.$field.is_some_and(|it| $crate::attributes!(@refused $type it $bits $sort)))* {
                    return None;
                }
                // What to clear and what to set do not depend on the word: in a loop over pages they are found once.
                let clear: $type = 0 $(| change.$field.map_or(0, |_| $crate::attributes!(@mask $type $bits)))*;
                let set: $type = 0 $(| change.$field.map_or(0, |it| $crate::attributes!(@put $type it $bits $sort)))*;
                let $word = $word & !clear | set;
                (true $(&& ($holds))?).then_some($word)
            }
        }
    };
    (@negative not) => { true };
    (@negative $sort:ident) => { false };

    (@most $type:ident $high:literal $low:literal) => { ($type::MAX >> ($type::BITS - 1 - ($high - $low))) };

    (@mask $type:ident []) => { 0 };
    (@mask $type:ident [$bit:literal]) => { ((1 as $type) << $bit) };
    (@mask $type:ident [$high:literal:$low:literal]) => { ($crate::attributes!(@most $type $high $low) << $low) };
    (@mask $type:ident [$($high:literal:$low:literal @ $value_low:literal),+]) => {
        (0 $(| $crate::attributes!(@most $type $high $low) << $low)+)
    };

    (@read $type:ident $word:ident [] allowed) => { true };
    (@read $type:ident $word:ident [] no_flag) => { false };
    (@read $type:ident $word:ident [] no_number) => { 0 };
    (@read $type:ident $word:ident [] no_code) => { ::core::default::Default::default() };
    (@read $type:ident $word:ident $bits:tt flag) => { $word & $crate::attributes!(@mask $type $bits) != 0 };
    (@read $type:ident $word:ident $bits:tt not) => { $word & $crate::attributes!(@mask $type $bits) == 0 };
    (@read $type:ident $word:ident $bits:tt number) => { $crate::attributes!(@value $type $word $bits) as _ };
    (@read $type:ident $word:ident $bits:tt $sort:ident $code:ident) => {
        $code($crate::attributes!(@value $type $word $bits) as _)
    };

    (@value $type:ident $word:ident [$bit:literal]) => { ($word >> $bit & 1) };
    (@value $type:ident $word:ident [$high:literal:$low:literal]) => {
        ($word >> $low & $crate::attributes!(@most $type $high $low))
    };
    (@value $type:ident $word:ident [$($high:literal:$low:literal @ $value_low:literal),+]) => {
        (0 $(| ($word >> $low & $crate::attributes!(@most $type $high $low)) << $value_low)+)
    };

    (@refused $type:ident $value:tt [] allowed) => { !$value };
    (@refused $type:ident $value:tt [] no_flag) => { $value };
    (@refused $type:ident $value:tt [] no_number) => { $value != 0 };
    (@refused $type:ident $value:tt [] no_code) => { $value.0 != 0 };
    (@refused $type:ident $value:tt [] refused) => { true };
    (@refused $type:ident $value:tt $bits:tt number) => { $crate::attributes!(@exceeds ($value) $bits) };
    (@refused $type:ident $value:tt $bits:tt code_in_part) => { $crate::attributes!(@exceeds ($value.0) $bits) };
    (@refused $type:ident $value:tt $bits:tt $sort:ident) => { false };

    (@exceeds $value:tt [$bit:literal]) => { $value as u128 > 1 };
    (@exceeds $value:tt [$high:literal:$low:literal]) => {
        $value as u128 > $crate::attributes!(@most u128 $high $low)
    };
    (@exceeds $value:tt [$($high:literal:$low:literal @ $value_low:literal),+]) => {
        $value as u128 > (0 $(| $crate::attributes!(@most u128 $high $low) << $value_low)+)
    };

    (@put $type:ident $value:tt [] $sort:ident) => { 0 };
    (@put $type:ident $value:tt [$bit:literal] flag) => { ($value as $type) << $bit };
    (@put $type:ident $value:tt [$bit:literal] not) => { (!$value as $type) << $bit };
    (@put $type:ident $value:tt $bits:tt number) => { $crate::attributes!(@spread $type ($value as $type) $bits) };
    (@put $type:ident $value:tt $bits:tt $code:ident) => { $crate::attributes!(@spread $type ($value.0 as $type) $bits) };

    (@spread $type:ident $value:tt [$low:literal]) => { $value << $low };
    (@spread $type:ident $value:tt [$high:literal:$low:literal]) => { $value << $low };
    (@spread $type:ident $value:tt [$($high:literal:$low:literal @ $value_low:literal),+]) => {
        (0 $(| ($value >> $value_low & $crate::attributes!(@most $type $high $low)) << $low)+)
    };
}

/// The bits of a word that say what happened to a page.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Events {
    /// What says that the page was used.
    pub accessed: EventBits,
    /// What says that the page was written.
    pub dirty: EventBits,
    /// What the hardware writes.
    pub hardware: EventBits,
}

/// Bits that say something when they are set, and others that say something when they are not.
#[doc(hidden)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventBits {
    /// Those that say it when they are set.
    pub set: u128,
    /// Those that say it when they are not.
    pub cleared: u128,
}

impl EventBits {
    const NONE: Self = Self { set: 0, cleared: 0 };

    const fn and(self, mask: u128, negative: bool) -> Self {
        if negative { Self { cleared: self.cleared | mask, ..self } } else { Self { set: self.set | mask, ..self } }
    }
}

impl Events {
    /// Nothing says anything.
    pub const NONE: Self = Self { accessed: EventBits::NONE, dirty: EventBits::NONE, hardware: EventBits::NONE };

    /// The same with more bits that say that the page was used.
    #[must_use]
    pub const fn accessed(self, mask: u128, negative: bool) -> Self {
        Self { accessed: self.accessed.and(mask, negative), ..self }
    }

    /// The same with more bits that say that the page was written.
    #[must_use]
    pub const fn dirty(self, mask: u128, negative: bool) -> Self {
        Self { dirty: self.dirty.and(mask, negative), ..self }
    }

    /// The same with more bits that the hardware writes.
    #[must_use]
    pub const fn hardware(self, mask: u128, negative: bool) -> Self {
        Self { hardware: self.hardware.and(mask, negative), ..self }
    }
}

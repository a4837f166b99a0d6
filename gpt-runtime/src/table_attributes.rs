//! What entries that lead to tables say: a type, and how the words of such entries hold what it says.

/// Declares what entries that lead to tables can be told to say, and where their words hold it.
///
/// For each way in which words hold it stands the method that writes it, with a row for each attribute: the bits, the
/// attribute and what the bits are, as in [`attributes!`](crate::attributes). What such an entry cannot say has no
/// bits, `[]`: `allowed` is a permission that it does not take away, `refused` is refused whatever is to be said. An
/// attribute without a row is no matter of such entries, and left alone.
///
/// ```
/// gpt_runtime::table_attributes! {
///     /// What a table entry says.
///     pub struct TableAttributes;
///     says {
///         /// The domain.
///         domain: u8;
///         /// The memory may be written.
///         write: bool;
///         /// Instructions may be fetched.
///         execute: bool;
///         /// Who may do what, as a number.
///         access: u8;
///     }
///     in_table(u32) {
///         [8:5] domain: number;
///         [2]   write: not;
///         []    execute: allowed;
///         []    access: refused;
///     }
/// }
///
/// let nothing = TableAttributes::default();
/// assert_eq!(nothing.in_table(0x41), Some(0x41));
/// let says = TableAttributes { domain: Some(1), write: Some(false), execute: Some(true), access: None };
/// assert_eq!(says.in_table(0x41), Some(0x25));
/// assert_eq!(TableAttributes { domain: Some(16), ..nothing }.in_table(0x41), None);
/// assert_eq!(TableAttributes { execute: Some(false), ..nothing }.in_table(0x41), None);
/// assert_eq!(TableAttributes { access: Some(0), ..nothing }.in_table(0x41), None);
/// ```
#[macro_export]
macro_rules! table_attributes {
    (
        $(#[$about:meta])*
        pub struct $attributes:ident;
        says { $($(#[$field_about:meta])* $field:ident: $field_type:ty;)* }
        $($writer:ident($type:ident) { $($bits:tt $name:ident: $sort:ident $($code:ident)?;)* })*
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #[allow(dead_code)]
        pub struct $attributes {
            $($(#[$field_about])* pub $field: Option<$field_type>,)*
        }

        #[allow(dead_code, unused_variables, clippy::cast_lossless, clippy::cast_possible_truncation)]
        impl $attributes {
            $(
                /// The word of such an entry that says this; `None` where it cannot.
                #[inline]
                fn $writer(&self, word: $type) -> Option<$type> {
                    if false $(|| self.$name.is_some_and(|it| $crate::attributes!(@refused $type it $bits $sort)))* {
                        return None;
                    }
                    $(let word = self.$name.map_or(word, |it| {
                        word & !$crate::attributes!(@mask $type $bits) | $crate::attributes!(@put $type it $bits $sort)
                    });)*
                    Some(word)
                }
            )*
        }
    };
}

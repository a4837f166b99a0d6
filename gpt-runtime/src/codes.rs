//! Fields whose values have names: a type that holds any value of the field, and a row for each name.

/// Declares a type for the values of a field that have names.
///
/// The type holds every value that the widest such field has room for, `up to` which it says where its integer has room
/// for more. A row of `codes` is the value, the constant, and the name in the description. A row of `grants`, where
/// codes decide about permissions, is the values that give one, and the permission.
///
/// ```
/// gpt_runtime::codes! {
///     /// What is allowed.
///     pub struct Access(u8), up to 3;
///     codes {
///         0 NONE "none";
///         2 READ_ONLY "read-only";
///     }
///     grants {
///         /// Whether the memory may be read.
///         2..=3 => read;
///     }
/// }
///
/// assert_eq!((Access::new(2), Access::new(4)), (Some(Access::READ_ONLY), None));
/// assert!(Access::READ_ONLY.read() && !Access::NONE.read());
/// assert_eq!((Access::default(), Access::READ_ONLY.get()), (Access::NONE, 2));
///
/// gpt_runtime::codes! {
///     /// A field of eight bits.
///     pub struct Type(u8);
///     codes {
///         0xff DEVICE "device";
///     }
/// }
///
/// assert_eq!(Type::new(0xff), Type::DEVICE);
/// ```
#[macro_export]
macro_rules! codes {
    (
        $(#[$about:meta])*
        pub struct $type:ident($integer:ident) $(, up to $most:literal)?;
        codes { $($value:literal $code:ident $name:literal;)* }
        $(grants { $($(#[$grant_about:meta])* $giving:pat => $permission:ident;)+ })?
    ) => {
        $(#[$about])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #[allow(dead_code)]
        pub struct $type($integer);

        #[allow(dead_code)]
        impl $type {
            $(
                #[doc = concat!("`", $name, "`")]
                pub const $code: Self = Self($value);
            )*

            $crate::codes! { @new $integer $($most)? }

            /// The number of the code.
            #[must_use]
            #[inline]
            pub const fn get(self) -> $integer {
                self.0
            }

            $($(
                $(#[$grant_about])*
                #[must_use]
                #[inline]
                pub const fn $permission(self) -> bool {
                    matches!(self.0, $giving)
                }
            )+)?
        }
    };
    (@new $integer:ident) => {
        /// The code with this number.
        #[must_use]
        #[inline]
        pub const fn new(code: $integer) -> Self {
            Self(code)
        }
    };
    (@new $integer:ident $most:literal) => {
        /// The code with this number; `None` where a field has no room for it.
        #[must_use]
        #[inline]
        pub const fn new(code: $integer) -> Option<Self> {
            if code <= $most { Some(Self(code)) } else { None }
        }
    };
}

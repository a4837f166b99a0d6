//! Entries that lead to several tables at once: what the section `tables` of [`fields!`](crate::fields) becomes.

/// The tables of a type of entries, by their numbers.
///
/// ```
/// gpt_runtime::fields! {
///     /// An entry for two tables, the second of which is absent where bit 32 is set.
///     pub struct Pair(u64) = 0x1_0000_0000, zero 0xffe_0000_0ffe;
///     tables(word) {
///         /// The output address of the first, if it has one.
///         0 [31:12 => 12] first_table, alone 0x1_0000_0001, by 0x1 else 0,
///             word & 0x1 != 0;
///         /// The output address of the second, if it has one.
///         1 [63:44 => 12] second_table, alone 0, by 0x1_0000_0000 else 0x1_0000_0000,
///             word & 0x1_0000_0000 == 0;
///     }
///     rows {}
/// }
///
/// let second = Pair::with_table_alone(1, 0x1234_5000).unwrap();
/// assert_eq!((second.word(), second.first_table()), (0x1234_5000_0000_0000, None));
/// let both = second.with_table(0, 0x6000).unwrap();
/// assert_eq!((both.word(), both.first_table(), both.second_table()), (0x1234_5000_0000_6001, Some(0x6000), Some(0x1234_5000)));
/// assert_eq!(both.without_table(1).word(), 0x1_0000_6001);
/// assert_eq!((both.with_table(0, 0x800), both.with_table(1, 1 << 32)), (None, None));
/// ```
#[doc(hidden)]
#[macro_export]
macro_rules! entry_tables {
    ($type:ident $integer:ident $word:ident {
        $(
            $(#[$about:meta])*
            $number:literal [$($high:literal : $low:literal => $output:literal),+] $get:ident,
            alone $alone:literal, by $own:literal else $without:literal, $when:expr;
        )+
    }) => {
        #[allow(dead_code, clippy::cast_lossless, clippy::cast_possible_truncation, clippy::verbose_bit_mask)]
        impl $type {
            $(
                $(#[$about])*
                #[must_use]
                #[inline]
                pub const fn $get(self) -> Option<u64> {
                    let $word = self.0;
                    if $when { Some(self.table_address($number)) } else { None }
                }
            )+

            /// The address of a table that the entry has.
            #[inline]
            const fn table_address(self, number: usize) -> u64 {
                match number {
                    $($number => {
                        $((((self.0 >> $low) as u64) & (u64::MAX >> (63 - ($high - $low)))) << $output)|+
                    })+
                    _ => 0,
                }
            }

            /// An entry with this table and no other; `None` where the address is misaligned or out of reach.
            #[inline]
            const fn with_table_alone(number: usize, table: u64) -> Option<Self> {
                match number {
                    $($number => Self($alone).with_table(number, table),)+
                    _ => None,
                }
            }

            /// The entry with this table too; `None` where the address is misaligned or out of reach.
            #[inline]
            const fn with_table(self, number: usize, table: u64) -> Option<Self> {
                match number {
                    $($number => {
                        if table & !($((u64::MAX >> (63 - ($high - $low))) << $output)|+) != 0 {
                            return None;
                        }
                        let rest = self.0 & !($crate::entry_tables!(@held $integer $own $($high $low)+));
                        let address = $(((table >> $output & u64::MAX >> (63 - ($high - $low))) as $integer) << $low)|+;
                        Some(Self(rest | $alone & $own | address))
                    })+
                    _ => None,
                }
            }

            /// The entry without this table.
            #[inline]
            const fn without_table(self, number: usize) -> Self {
                match number {
                    $($number => {
                        Self(self.0 & !($crate::entry_tables!(@held $integer $own $($high $low)+)) | $without)
                    })+
                    _ => self,
                }
            }
        }
    };
    (@held $integer:ident $own:literal $($high:literal $low:literal)+) => {
        $own $(| (((u64::MAX >> (63 - ($high - $low))) as $integer) << $low))+
    };
}

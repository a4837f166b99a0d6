//! Entries that lead to several tables at once: what the section `tables` of [`fields!`](crate::fields) becomes.

/// The tables of a type of entries, by their numbers.
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
        #[allow(dead_code, clippy::cast_lossless, clippy::cast_possible_truncation)]
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

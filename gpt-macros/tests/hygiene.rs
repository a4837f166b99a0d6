//! The derive in crates that are strict, bare or named otherwise.
#![no_implicit_prelude]
#![deny(missing_docs, missing_debug_implementations, unused, unreachable_pub, clippy::pedantic)]

/// A crate that has the runtime under another name.
mod renamed {
    pub(crate) use ::gpt_runtime as tables;
}

/// Things called like what the generated code uses.
#[allow(unused)]
mod shadows {
    pub(crate) struct Option;
    pub(crate) struct Some;
    pub(crate) struct None;
    pub(crate) struct Self_;
    pub(crate) mod core {}
    pub(crate) mod std {}
}

mod described {
    #[allow(unused_imports)]
    use super::shadows::{None, Option, Some};

    /// Toy paging.
    #[derive(::gpt_macros::PageTable, ::core::fmt::Debug, ::core::cmp::PartialEq)]
    #[page_table(
        manual = "Toy Computer Manual, revision 3, section 2.1",
        va(32 bits),
        pa(36 bits, at most),
        entry(32 bits, little-endian),
        levels(31:22 DIR; 21:12 TAB),
        runtime = crate::renamed::tables,
        module = driver,
    )]
    pub(super) enum Toy {
        /// Nothing.
        #[at(DIR, TAB)]
        #[bits(31:1 free; 0 V = 0)]
        Absent,
        /// Leads on.
        #[at(DIR)]
        #[bits(7:1 zero; 0 V = 1)]
        Table {
            /// Where to.
            #[bits(31:8 ADDR table[35:12])]
            table: u64,
        },
        /// Translates.
        #[at(TAB)]
        #[bits(7:4 zero; 0 V = 1)]
        Page {
            /// Where to.
            #[bits(31:8 ADDR page[35:12])]
            r#where: u64,
            /// Written.
            #[bits(3 D dirty [hw])]
            level: bool,
            /// Used.
            #[bits(2 A accessed [hw])]
            word: bool,
            /// May be written.
            #[bits(1 RO not write)]
            code: bool,
        },
    }
}

/// One layout for all levels.
mod structure {
    /// Toy paging.
    #[derive(::gpt_macros::PageTable, ::core::clone::Clone, ::core::fmt::Debug, ::core::cmp::PartialEq)]
    #[page_table(
        format(flat),
        manual = "Toy Computer Manual, revision 3, section 2.1",
        va(32 bits),
        pa(36 bits, at most),
        entry(32 bits, little-endian),
        levels(31:22 DIR; 21:12 TAB),
    )]
    #[kind(absent, at(DIR, TAB), bits(31:1 free; 0 V = 0))]
    #[kind(table, at(DIR), bits(31:8 ADDR table[35:12]; 3:1 zero; 0 V = 1))]
    #[kind(page, at(TAB), bits(0 V = 1))]
    pub(crate) struct Flat {
        /// Which kind it is.
        pub(crate) kind: FlatKind,
        /// Where to.
        #[bits(31:8 ADDR page[35:12])]
        pub(crate) address: u64,
        /// For software.
        #[bits(7:4 AVL free)]
        pub(crate) own: u8,
        /// Written.
        #[bits(3 D dirty [hw])]
        pub(crate) dirty: bool,
        /// Used.
        #[bits(2 A accessed [hw])]
        pub(crate) accessed: bool,
        /// May be written.
        #[bits(1 RO not write)]
        pub(crate) write: bool,
    }
}

/// Made by a macro of somebody else.
macro_rules! toy {
    ($(#[$about:meta])* $visibility:vis $name:ident, $manual:expr, $bits:literal, $meaning:ident, $address:ty) => {
        $(#[$about])*
        #[derive(::gpt_macros::PageTable, ::core::fmt::Debug)]
        #[page_table(format(self), manual = $manual, va(12 bits), pa(20 bits), entry(16 bits, big-endian), levels(11:$bits ONLY, table 32))]
        $visibility enum $name {
            /// Nothing.
            #[at(ONLY)]
            #[bits(15:1 free; 0 V = 0)]
            Absent,
            /// Translates.
            #[at(ONLY)]
            #[bits(3:2 zero; 0 V = 1)]
            Page {
                /// Where to.
                #[bits(15:4 ADDR page[19:8])]
                page: $address,
                /// The right.
                #[bits(1 X $meaning)]
                right: bool,
            },
        }
    };
}

toy!(
    /// Toy paging.
    pub(crate) Small, "Toy, 2.1", 8, execute, u32
);

#[::core::prelude::v1::test]
fn an_enum_is_converted_under_its_own_names() {
    use described::Toy;
    let page = Toy::Page { r#where: 0xf_2345_6000, level: true, word: false, code: true };
    ::std::assert_eq!(page.encode(1), ::core::option::Option::Some(0xf234_5609));
    ::std::assert_eq!(Toy::decode(1, 0xf234_5609), ::core::option::Option::Some(page));
    ::std::assert_eq!(Toy::decode(1, 0x11), ::core::option::Option::None);
    ::std::assert_eq!(Toy::Table { table: 0x1 }.encode(0), ::core::option::Option::None);
    ::std::assert_eq!(Toy::Table { table: 0x1000 }.encode(1), ::core::option::Option::None);
    ::std::assert_eq!(Toy::Absent.encode(7), ::core::option::Option::None);
    ::std::assert_eq!(<described::driver::Toy as ::gpt_runtime::Format>::NAME, "toy");
}

#[::core::prelude::v1::test]
fn a_struct_says_which_kind_it_is() {
    use ::core::clone::Clone;
    use structure::{Flat, FlatKind};
    let page =
        Flat { kind: FlatKind::Page, address: 0xf_2345_6000, own: 5, dirty: false, accessed: true, write: false };
    ::std::assert_eq!(page.encode(1), ::core::option::Option::Some(0xf234_5657));
    ::std::assert_eq!(Flat::decode(1, 0xf234_5657), ::core::option::Option::Some(page.clone()));
    let table = Flat { kind: FlatKind::Table, accessed: false, ..page };
    ::std::assert_eq!(table.encode(0), ::core::option::Option::Some(0xf234_5651));
    ::std::assert_eq!(Flat { dirty: true, ..table }.encode(0), ::core::option::Option::None);
}

#[::core::prelude::v1::test]
fn a_macro_can_make_the_type() {
    ::std::assert!(::std::matches!(
        Small::decode(0, 0xabc3),
        ::core::option::Option::Some(Small::Page { page: 0xa_bc00, right: true })
    ));
    ::std::assert_eq!(Small::Page { page: 0x100, right: false }.encode(0), ::core::option::Option::Some(0x11));
    ::std::assert_eq!(Small::Absent.encode(0), ::core::option::Option::Some(0));
    // No module can be called `self`.
    ::std::assert_eq!(<self_::Self_2 as ::gpt_runtime::Format>::NAME, "self");
}

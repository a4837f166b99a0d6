//! Page-table formats small enough to check by hand, and places to keep their tables.
//!
//! Every bit means the same in all of them:
//!
//! | bits | name | |
//! |---|---|---|
//! | 0 | V | the entry translates or leads to a table (to the first, where there are two) |
//! | 1 | PAGE | with V a page, without V something special that holds a payload |
//! | 2 | W | the page can be written |
//! | 3 | RUN | the page is made of several items |
//! | 4 | V1 | the entry leads to a second table |
//! | 5, 6 | A, D | accessed, dirty: the hardware sets them |
//! | 8:7 | KEY | a number; large pages have no room for 3 |
//! | 9 | BAD | with V: none of the kinds that there are |
//! | top:12 | ADDR | of the page, of the first table, or the payload |
//! | 59:40 | ADDR1 | of the second table |
#![allow(dead_code, unsafe_code, missing_docs, unreachable_pub)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[cfg(not(loom))]
pub mod environment;
#[macro_use]
#[path = "level.rs"]
pub mod level_bits;
#[cfg(loom)]
pub mod model;
pub mod reference;

use gpt_runtime::{Caches, PageShape};
pub use level_bits::{A, Change, D, PAGE, RUN, Says, Special, W, page};

const fn page_of(size_lg2: u32) -> PageShape {
    PageShape { size_lg2, items_lg2: 0, own_address: false }
}

const NO_ABSENT: Caches = Caches { absent: false, table: true, page: true };
const ALL: Caches = Caches { absent: true, table: true, page: true };

toy_format! {
    /// Three levels, pages at the lower two.
    Three { input: 18, signed: false, output: 32, caches: NO_ABSENT, in_place: true, roots: [0 => three::A], sizes: (1 << 14) | (1 << 12) }
}
pub mod three {
    use super::{Three, page_of};
    toy_level! { A: Three, u64, 0, low 16, bits 2, big_endian false, empty 0, pages [], children [B: (1 << 14) | (1 << 12)] }
    toy_level! { B: Three, u64, 1, low 14, bits 2, big_endian false, empty 0, pages [page_of(14)], children [C: 1 << 12] }
    toy_level! { C: Three, u64, 2, low 12, bits 2, big_endian false, empty 0, pages [page_of(12)], children [] }
}

toy_format! {
    /// As [`Three`], but what is live may be replaced only through an absent entry.
    Strict { input: 18, signed: false, output: 32, caches: NO_ABSENT, in_place: false, roots: [0 => strict::A], sizes: (1 << 14) | (1 << 12) }
}
pub mod strict {
    use super::{Strict, page_of};
    toy_level! { A: Strict, u64, 0, low 16, bits 2, big_endian false, empty 0, pages [], children [B: (1 << 14) | (1 << 12)] }
    toy_level! { B: Strict, u64, 1, low 14, bits 2, big_endian false, empty 0, pages [page_of(14)], children [C: 1 << 12] }
    toy_level! { C: Strict, u64, 2, low 12, bits 2, big_endian false, empty 0, pages [page_of(12)], children [] }
}

toy_format! {
    /// Pages of several items: four with one address at the lowest level, two with their own above. Words of 32 bits,
    /// most significant byte first, an empty word that is not zero, and input addresses that are sign-extended.
    Runs { input: 18, signed: true, output: 32, caches: ALL, in_place: true, roots: [0 => runs::A, 1 => runs::B],
        sizes: (1 << 16) | (1 << 15) | (1 << 14) | (1 << 12) }
}
pub mod runs {
    use super::{Runs, page_of};
    use gpt_runtime::PageShape;
    const OWN: PageShape = PageShape { size_lg2: 16, items_lg2: 1, own_address: true };
    const SAME: PageShape = PageShape { size_lg2: 14, items_lg2: 2, own_address: false };
    toy_level! { A: Runs, u32, 0, low 17, bits 1, big_endian true, empty 0x100, pages [],
    children [B: (1 << 16) | (1 << 15) | (1 << 14) | (1 << 12)] }
    toy_level! { B: Runs, u32, 1, low 15, bits 2, big_endian true, empty 0x100, pages [OWN, page_of(15)],
    children [C: (1 << 14) | (1 << 12)] }
    toy_level! { C: Runs, u32, 2, low 12, bits 3, big_endian true, empty 0x100, pages [SAME, page_of(12)], children [] }
}

toy_format! {
    /// As [`Runs`], but what is live may be replaced only through an absent entry.
    StrictRuns { input: 18, signed: false, output: 32, caches: NO_ABSENT, in_place: false, roots: [0 => strict_runs::A],
        sizes: (1 << 16) | (1 << 15) | (1 << 14) | (1 << 12) }
}
pub mod strict_runs {
    use super::{StrictRuns, page_of};
    use gpt_runtime::PageShape;
    const OWN: PageShape = PageShape { size_lg2: 16, items_lg2: 1, own_address: true };
    const SAME: PageShape = PageShape { size_lg2: 14, items_lg2: 2, own_address: false };
    toy_level! { A: StrictRuns, u64, 0, low 17, bits 1, big_endian false, empty 0, pages [],
    children [B: (1 << 16) | (1 << 15) | (1 << 14) | (1 << 12)] }
    toy_level! { B: StrictRuns, u64, 1, low 15, bits 2, big_endian false, empty 0, pages [OWN, page_of(15)],
    children [C: (1 << 14) | (1 << 12)] }
    toy_level! { C: StrictRuns, u64, 2, low 12, bits 3, big_endian false, empty 0, pages [SAME, page_of(12)], children [] }
}

toy_format! {
    /// Two tables below one entry: one for pages of 16 KiB, one for pages of 4 KiB.
    Dual { input: 18, signed: false, output: 32, caches: NO_ABSENT, in_place: true, roots: [0 => dual::Top],
        sizes: (1 << 16) | (1 << 14) | (1 << 12) }
}
pub mod dual {
    use super::{Dual, page_of};
    toy_level! { Top: Dual, u64, 0, low 16, bits 2, big_endian false, empty 0, pages [page_of(16)],
    children [Big: 1 << 14, Small: 1 << 12] }
    toy_level! { Big: Dual, u64, 1, low 14, bits 2, big_endian false, empty 0, pages [page_of(14)], children [] }
    toy_level! { Small: Dual, u64, 2, low 12, bits 4, big_endian false, empty 0, pages [page_of(12)], children [] }
}

toy_format! {
    /// As [`Dual`], but what is live may be replaced only through an absent entry.
    StrictDual { input: 18, signed: false, output: 32, caches: NO_ABSENT, in_place: false, roots: [0 => strict_dual::Top],
        sizes: (1 << 16) | (1 << 14) | (1 << 12) }
}
pub mod strict_dual {
    use super::{StrictDual, page_of};
    toy_level! { Top: StrictDual, u64, 0, low 16, bits 2, big_endian false, empty 0, pages [page_of(16)],
    children [Big: 1 << 14, Small: 1 << 12] }
    toy_level! { Big: StrictDual, u64, 1, low 14, bits 2, big_endian false, empty 0, pages [page_of(14)], children [] }
    toy_level! { Small: StrictDual, u64, 2, low 12, bits 4, big_endian false, empty 0, pages [page_of(12)], children [] }
}

toy_format! {
    /// One table below one entry: either for pages of 16 KiB, or for pages of 4 KiB.
    Either { input: 18, signed: false, output: 32, caches: NO_ABSENT, in_place: true, roots: [0 => either::Top],
        sizes: (1 << 16) | (1 << 14) | (1 << 12) }
}
pub mod either {
    use super::{Either, page_of};
    toy_level! { Top: Either, u64, 0, low 16, bits 2, big_endian false, empty 0, pages [page_of(16)],
    children [Big: 1 << 14, Small: 1 << 12], exclude true }
    toy_level! { Big: Either, u64, 1, low 14, bits 2, big_endian false, empty 0, pages [page_of(14)], children [] }
    toy_level! { Small: Either, u64, 2, low 12, bits 4, big_endian false, empty 0, pages [page_of(12)], children [] }
}

toy_format! {
    /// Input and output addresses of 64 bits, pages at every level, the root's too.
    Full { input: 64, signed: false, output: 64, caches: NO_ABSENT, in_place: true, roots: [0 => full::A],
        sizes: (1 << 62) | (1 << 60) | (1 << 58) }
}
pub mod full {
    use super::{Full, page_of};
    toy_level! { A: Full, u64, 0, low 62, bits 2, big_endian false, empty 0, pages [page_of(62)], children [B: (1 << 60) | (1 << 58)] }
    toy_level! { B: Full, u64, 1, low 60, bits 2, big_endian false, empty 0, pages [page_of(60)], children [C: 1 << 58] }
    toy_level! { C: Full, u64, 2, low 58, bits 2, big_endian false, empty 0, pages [page_of(58)], children [] }
}

toy_format! {
    /// One table of four items for all of 64 bits.
    Flat { input: 64, signed: false, output: 64, caches: NO_ABSENT, in_place: true, roots: [0 => flat::Only], sizes: 1 << 62 }
}
pub mod flat {
    use super::{Flat, page_of};
    toy_level! { Only: Flat, u64, 0, low 62, bits 2, big_endian false, empty 0, pages [page_of(62)], children [] }
}

toy_format! {
    /// Two levels of two items: small enough to try every order of what threads do.
    Mini { input: 14, signed: false, output: 32, caches: NO_ABSENT, in_place: true, roots: [0 => mini::Top], sizes: (1 << 13) | (1 << 12) }
}
pub mod mini {
    use super::{Mini, page_of};
    toy_level! { Top: Mini, u64, 0, low 13, bits 1, big_endian false, empty 0, pages [page_of(13)], children [Leaf: 1 << 12] }
    toy_level! { Leaf: Mini, u64, 1, low 12, bits 1, big_endian false, empty 0, pages [page_of(12)], children [] }
}

toy_format! {
    /// As [`Mini`], with a run of two items at the lower level.
    MiniRun { input: 14, signed: false, output: 32, caches: NO_ABSENT, in_place: true, roots: [0 => mini_run::Top], sizes: (1 << 13) | (1 << 12) }
}
pub mod mini_run {
    use super::{MiniRun, page_of};
    use gpt_runtime::PageShape;
    const SAME: PageShape = PageShape { size_lg2: 13, items_lg2: 1, own_address: false };
    toy_level! { Top: MiniRun, u64, 0, low 13, bits 1, big_endian false, empty 0, pages [], children [Leaf: (1 << 13) | (1 << 12)] }
    toy_level! { Leaf: MiniRun, u64, 1, low 12, bits 1, big_endian false, empty 0, pages [SAME, page_of(12)], children [] }
}

toy_format! {
    /// As [`MiniRun`], with two runs in a table.
    MiniRuns { input: 15, signed: false, output: 32, caches: NO_ABSENT, in_place: true, roots: [0 => mini_runs::Top], sizes: (1 << 13) | (1 << 12) }
}
pub mod mini_runs {
    use super::{MiniRuns, page_of};
    use gpt_runtime::PageShape;
    const OWN: PageShape = PageShape { size_lg2: 13, items_lg2: 1, own_address: true };
    toy_level! { Top: MiniRuns, u64, 0, low 14, bits 1, big_endian false, empty 0, pages [], children [Leaf: (1 << 13) | (1 << 12)] }
    toy_level! { Leaf: MiniRuns, u64, 1, low 12, bits 2, big_endian false, empty 0, pages [OWN, page_of(12)], children [] }
}

toy_format! {
    /// As [`MiniRuns`], but what is live may be replaced only through an absent entry.
    MiniStrictRuns { input: 15, signed: false, output: 32, caches: NO_ABSENT, in_place: false, roots: [0 => mini_strict_runs::Top], sizes: (1 << 13) | (1 << 12) }
}
pub mod mini_strict_runs {
    use super::{MiniStrictRuns, page_of};
    use gpt_runtime::PageShape;
    const OWN: PageShape = PageShape { size_lg2: 13, items_lg2: 1, own_address: true };
    toy_level! { Top: MiniStrictRuns, u64, 0, low 14, bits 1, big_endian false, empty 0, pages [], children [Leaf: (1 << 13) | (1 << 12)] }
    toy_level! { Leaf: MiniStrictRuns, u64, 1, low 12, bits 2, big_endian false, empty 0, pages [OWN, page_of(12)], children [] }
}

toy_format! {
    /// As [`MiniRuns`], with runs that cannot say that they are dirty.
    MiniCleanRuns { input: 15, signed: false, output: 32, caches: NO_ABSENT, in_place: true, roots: [0 => mini_clean_runs::Top], sizes: (1 << 13) | (1 << 12) }
}
pub mod mini_clean_runs {
    use super::{MiniCleanRuns, page_of};
    use gpt_runtime::PageShape;
    const OWN: PageShape = PageShape { size_lg2: 13, items_lg2: 1, own_address: true };
    toy_level! { Top: MiniCleanRuns, u64, 0, low 14, bits 1, big_endian false, empty 0, pages [], children [Leaf: (1 << 13) | (1 << 12)] }
    toy_level! { Leaf: MiniCleanRuns, u64, 1, low 12, bits 2, big_endian false, empty 0, pages [OWN, page_of(12)], children [], clean_runs true }
}

toy_format! {
    /// As [`MiniCleanRuns`], but what is live may be replaced only through an absent entry.
    MiniStrictCleanRuns { input: 15, signed: false, output: 32, caches: NO_ABSENT, in_place: false, roots: [0 => mini_strict_clean_runs::Top], sizes: (1 << 13) | (1 << 12) }
}
pub mod mini_strict_clean_runs {
    use super::{MiniStrictCleanRuns, page_of};
    use gpt_runtime::PageShape;
    const OWN: PageShape = PageShape { size_lg2: 13, items_lg2: 1, own_address: true };
    toy_level! { Top: MiniStrictCleanRuns, u64, 0, low 14, bits 1, big_endian false, empty 0, pages [], children [Leaf: (1 << 13) | (1 << 12)] }
    toy_level! { Leaf: MiniStrictCleanRuns, u64, 1, low 12, bits 2, big_endian false, empty 0, pages [OWN, page_of(12)], children [], clean_runs true }
}

toy_format! {
    /// As [`Mini`], with two tables below one entry.
    MiniDual { input: 15, signed: false, output: 32, caches: NO_ABSENT, in_place: true, roots: [0 => mini_dual::Top], sizes: (1 << 13) | (1 << 12) }
}
pub mod mini_dual {
    use super::{MiniDual, page_of};
    toy_level! { Top: MiniDual, u64, 0, low 14, bits 1, big_endian false, empty 0, pages [], children [Big: 1 << 13, Small: 1 << 12] }
    toy_level! { Big: MiniDual, u64, 1, low 13, bits 1, big_endian false, empty 0, pages [page_of(13)], children [] }
    toy_level! { Small: MiniDual, u64, 2, low 12, bits 2, big_endian false, empty 0, pages [page_of(12)], children [] }
}

toy_format! {
    /// As [`Mini`], with a level above, so that a table that is not the root has tables below it.
    MiniDeep { input: 15, signed: false, output: 32, caches: NO_ABSENT, in_place: true, roots: [0 => mini_deep::Top], sizes: (1 << 13) | (1 << 12) }
}
pub mod mini_deep {
    use super::{MiniDeep, page_of};
    toy_level! { Top: MiniDeep, u64, 0, low 14, bits 1, big_endian false, empty 0, pages [], children [Middle: (1 << 13) | (1 << 12)] }
    toy_level! { Middle: MiniDeep, u64, 1, low 13, bits 1, big_endian false, empty 0, pages [page_of(13)], children [Leaf: 1 << 12] }
    toy_level! { Leaf: MiniDeep, u64, 2, low 12, bits 1, big_endian false, empty 0, pages [page_of(12)], children [] }
}

toy_format! {
    /// As [`MiniDual`], with a level above.
    MiniDeepDual { input: 16, signed: false, output: 32, caches: NO_ABSENT, in_place: true, roots: [0 => mini_deep_dual::Top], sizes: (1 << 13) | (1 << 12) }
}
pub mod mini_deep_dual {
    use super::{MiniDeepDual, page_of};
    toy_level! { Top: MiniDeepDual, u64, 0, low 15, bits 1, big_endian false, empty 0, pages [], children [Middle: (1 << 13) | (1 << 12)] }
    toy_level! { Middle: MiniDeepDual, u64, 1, low 14, bits 1, big_endian false, empty 0, pages [], children [Big: 1 << 13, Small: 1 << 12] }
    toy_level! { Big: MiniDeepDual, u64, 2, low 13, bits 1, big_endian false, empty 0, pages [page_of(13)], children [] }
    toy_level! { Small: MiniDeepDual, u64, 3, low 12, bits 2, big_endian false, empty 0, pages [page_of(12)], children [] }
}

toy_format! {
    /// As [`MiniDeep`], with a walk that may start at the lower level, so that a tree can grow.
    MiniGrow { input: 15, signed: false, output: 32, caches: NO_ABSENT, in_place: true,
        roots: [1 => mini_grow::Middle, 0 => mini_grow::Top], sizes: (1 << 13) | (1 << 12) }
}
pub mod mini_grow {
    use super::{MiniGrow, page_of};
    toy_level! { Top: MiniGrow, u64, 0, low 14, bits 1, big_endian false, empty 0, pages [], children [Middle: (1 << 13) | (1 << 12)] }
    toy_level! { Middle: MiniGrow, u64, 1, low 13, bits 1, big_endian false, empty 0, pages [page_of(13)], children [Leaf: 1 << 12] }
    toy_level! { Leaf: MiniGrow, u64, 2, low 12, bits 1, big_endian false, empty 0, pages [page_of(12)], children [] }
}

toy_format! {
    /// One table of 2¹⁷ items.
    Wide { input: 29, signed: false, output: 32, caches: NO_ABSENT, in_place: true, roots: [0 => wide::Only], sizes: 1 << 12 }
}
pub mod wide {
    use super::{Wide, page_of};
    toy_level! { Only: Wide, u64, 0, low 12, bits 17, big_endian false, empty 0, pages [page_of(12)], children [] }
}

toy_format! {
    /// Tables of one item.
    Lone { input: 14, signed: false, output: 32, caches: NO_ABSENT, in_place: true, roots: [0 => lone::Top], sizes: 1 << 12 }
}
pub mod lone {
    use super::{Lone, page_of};
    toy_level! { Top: Lone, u64, 0, low 12, bits 2, big_endian false, empty 0, pages [], children [Leaf: 1 << 12] }
    toy_level! { Leaf: Lone, u64, 1, low 12, bits 0, big_endian false, empty 0, pages [page_of(12)], children [] }
}

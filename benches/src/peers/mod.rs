//! Other crates for page tables, each used as its documentation says is fastest.

pub mod aarch64_paging;
pub mod page_table_generic;
pub mod page_table_multiarch;
pub mod x86_64;

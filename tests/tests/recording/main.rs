//! Trees that a device updates from a list, in every format of the catalogue: at every moment between two items that the
//! device writes, whichever order it takes where it may choose, it finds what was mapped before or after an operation that is
//! under way, and nothing else.
//!
//! `GPT_SEEDS=n` runs n times as many histories. A failure prints the seed and the last steps.
#![allow(unsafe_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

mod device;
mod history;
mod operations;
mod watched;

macro_rules! every_format {
    ($($module:ident: $format:ident $changes:tt,)*) => {
        $(
            #[test]
            fn $module() {
                crate::history::check::<gpt_formats::$module::$format>();
            }
        )*
    };
}

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

//! A type with `#[derive(PageTable)]`: any tokens give items or errors of the compiler.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proc_macro2::TokenStream;

fuzz_target!(|text: &str| {
    if let Ok(item) = text.parse::<TokenStream>() {
        assert!(!gpt_codegen::derive(item).is_empty());
    }
});

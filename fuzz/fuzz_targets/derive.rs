//! A type with `#[derive(PageTable)]`: any tokens give items or errors of the compiler.
#![no_main]

use libfuzzer_sys::fuzz_target;
use proc_macro2::{Delimiter, TokenStream, TokenTree};

fuzz_target!(|text: &str| {
    let Ok(tokens) = text.parse::<TokenStream>() else { return };
    // A derive sees one item; the seeds have more after it.
    let mut item = TokenStream::new();
    for token in tokens {
        let end = matches!(&token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        item.extend([token]);
        if end {
            break;
        }
    }
    assert!(!gpt_codegen::derive(item).is_empty());
});

//! One row, one condition and one level line of a description: any text gives a value or a diagnostic.
#![no_main]

use gpt_codegen::span::Span;
use gpt_codegen::syntax::grammar::Sentence;
use gpt_codegen::syntax::row::Row;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let mut place = |range: std::ops::Range<usize>| {
        // A diagnostic may point only at text that is there.
        assert!(range.start <= range.end && text.get(range).is_some());
        Span::NOWHERE
    };
    let _ = Row::parse(Sentence::new(text, &mut place));
});

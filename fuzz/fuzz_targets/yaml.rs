//! A whole description: any text gives a checked format or a report that can be rendered; a checked format can be
//! emitted and shown.
#![no_main]

use gpt_codegen::backend::{rust, show};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    match gpt_codegen::from_yaml("fuzz.yaml", text, &gpt_fuzz::load) {
        Ok(checked) => {
            let source = rust::emit(&checked, &rust::Options::default());
            assert!(!source.is_empty());
            assert!(!show::show(&checked).is_empty());
        }
        Err(report) => assert!(!report.render(false).is_empty()),
    }
});

//! A whole description: any text gives a checked format or a report that can be rendered; a checked format can be
//! emitted and shown.
#![no_main]

use gpt_codegen::backend::{rust, show};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let load = |name: &str| {
        let found = gpt_formats::CATALOGUE.iter().find(|(format, _)| name == format!("{format}.yaml"));
        found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| "no such file".to_owned())
    };
    match gpt_codegen::from_yaml("fuzz.yaml", text, &load) {
        Ok(checked) => {
            let source = rust::emit(&checked, &rust::Options::default());
            assert!(!source.is_empty());
            assert!(!show::show(&checked).is_empty());
        }
        Err(report) => assert!(!report.render(false).is_empty()),
    }
});

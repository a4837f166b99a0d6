//! A hostile table image: walking and dumping it gives answers or faults, in bounded time.
//!
//! The first byte picks a format of the catalogue, the next eight the address that is walked.
#![no_main]

use std::sync::LazyLock;

use gpt_codegen::Checked;
use gpt_codegen::interpreter::{Image, Root, dump, walk};
use libfuzzer_sys::fuzz_target;

static FORMATS: LazyLock<Vec<Checked>> = LazyLock::new(|| {
    let load = |name: &str| {
        let found = gpt_formats::CATALOGUE.iter().find(|(format, _)| name == format!("{format}.yaml"));
        found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| "no such file".to_owned())
    };
    gpt_formats::CATALOGUE
        .iter()
        .filter_map(|(name, text)| gpt_codegen::from_yaml(name, text, &load).ok())
        .collect()
});

fuzz_target!(|data: &[u8]| {
    let Some((pick, rest)) = data.split_first() else { return };
    let Some((va, bytes)) = rest.split_first_chunk::<8>() else { return };
    let Some(checked) = FORMATS.get(usize::from(*pick) % FORMATS.len().max(1)) else { return };
    let Some(level) = checked.format().roots.first() else { return };
    let image = Image::from_bytes(0x1000, bytes.to_vec());
    let root = Root { address: 0x1000, level: *level };
    let _ = walk(checked, &image, root, u64::from_le_bytes(*va));
    let _ = dump(checked, &image, root);
});

//! A hostile table image: walking and dumping it gives answers or faults, in bounded time.
#![no_main]

use std::sync::LazyLock;

use gpt_codegen::Checked;
use gpt_codegen::interpreter::{Root, dump, walk};
use gpt_fuzz::{Input, formats};
use libfuzzer_sys::fuzz_target;

static FORMATS: LazyLock<Vec<Checked>> = LazyLock::new(formats);

fuzz_target!(|data: &[u8]| {
    let Some(input) = Input::from_bytes(data) else { return };
    let Some(checked) = FORMATS.get(usize::from(input.format) % FORMATS.len().max(1)) else { return };
    let Some(level) = checked.format().roots.first() else { return };
    let root = Root { table: input.image.base(), level: *level };
    let _ = walk(checked, &input.image, root, input.va);
    let _ = dump(checked, &input.image, root);
});

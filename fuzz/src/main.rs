//! Writes a seed for each format into a folder: an image with one small page and one of 2 MiB where there are such.

use std::path::PathBuf;
use std::{env, fs, io};

use gpt_codegen::interpreter::{Mapping, map};
use gpt_fuzz::{Input, formats};

fn main() -> io::Result<()> {
    let folder = PathBuf::from(env::args_os().nth(1).ok_or_else(|| io::Error::other("give a folder"))?);
    for (number, checked) in (0..=u8::MAX).zip(&formats()) {
        let Some((mut input, root)) = Input::empty(number, checked) else { continue };
        for (va, oa, bytes) in [(0x1_0000, 0x12_0000, 0x1_0000), (0x20_0000, 0x40_0000, 0x20_0000)] {
            if map(checked, &mut input.image, root, Mapping { va, oa, bytes, attributes: None }).is_ok() {
                input.va = va;
            }
        }
        fs::write(folder.join(&checked.format().name), input.to_bytes())?;
    }
    Ok(())
}

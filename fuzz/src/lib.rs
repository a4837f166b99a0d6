//! What the fuzz target for table images and the maker of its seeds share.

use gpt_codegen::Checked;
use gpt_codegen::interpreter::{Image, Root};

/// Where an image begins.
const BASE: u64 = 0x1000;

/// The formats of the catalogue, checked.
pub fn formats() -> Vec<Checked> {
    let checked = gpt_formats::CATALOGUE.iter().map(|(name, text)| gpt_codegen::from_yaml(name, text, &load));
    checked.filter_map(Result::ok).collect()
}

/// The text of a file of the catalogue.
pub fn load(name: &str) -> Result<String, String> {
    let found = gpt_formats::CATALOGUE.iter().find(|(format, _)| name == format!("{format}.yaml"));
    found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| "no such file".to_owned())
}

/// A walk of an image: the first byte picks the format, the next eight are the address, the rest is the image.
pub struct Input {
    pub format: u8,
    pub va: u64,
    pub image: Image,
}

impl Input {
    pub fn from_bytes(data: &[u8]) -> Option<Self> {
        let (format, rest) = data.split_first()?;
        let (va, bytes) = rest.split_first_chunk::<8>()?;
        Some(Self { format: *format, va: u64::from_le_bytes(*va), image: Image::from_bytes(BASE, bytes.to_vec()) })
    }

    pub fn to_bytes(&self) -> Vec<u8> {
        [&[self.format][..], &self.va.to_le_bytes(), self.image.bytes()].concat()
    }

    /// An image of nothing, and the place of its root table.
    pub fn empty(format: u8, checked: &Checked) -> Option<(Self, Root)> {
        let level = *checked.format().roots.first()?;
        let mut image = Image::new(BASE);
        let empty = gpt_codegen::interpreter::empty_word(checked, level);
        let table = image.allocate(checked.format().level(level), empty).ok()?;
        Some((Self { format, va: 0, image }, Root { table, level }))
    }
}

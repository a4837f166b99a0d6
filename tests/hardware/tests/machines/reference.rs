//! What a description says about an address, word for word: the interpreter over a copy of the tables.

use gpt_codegen::interpreter::{self, Fault, Image, Malformed, Root};
use gpt_codegen::{Checked, model::LevelId};
use gpt_hardware_tests::{Error, Memory, Result};

/// What a walk leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conclusion {
    /// This output address.
    Page(u64),
    /// Nothing is mapped.
    Absent,
    /// An entry would be one, but for bits that have to be zero.
    Reserved,
    /// A word is no entry at all.
    Malformed,
}

/// A description.
#[derive(Debug)]
pub(crate) struct Reference {
    checked: Checked,
    level: LevelId,
}

impl Reference {
    /// The description of the catalogue with this name, walked from this level on.
    pub(crate) fn new(name: &str, root_level: u8) -> Result<Self> {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../formats");
        let checked = gpt_codegen::from_yaml_file(format!("{path}/{name}.yaml"))
            .map_err(|report| Error::new(format!("{name}: {report}")))?;
        Ok(Self { checked, level: LevelId(usize::from(root_level)) })
    }

    /// Walks a tree whose tables lie in the `bytes` bytes from its root on.
    pub(crate) fn walk(&self, memory: &Memory, root: u64, bytes: usize, va: u64) -> Result<Conclusion> {
        let image = Image::from_bytes(root, memory.read(root, bytes)?);
        let walk = interpreter::walk(&self.checked, &image, Root { table: root, level: self.level }, va);
        match walk.result {
            Ok(translation) => Ok(Conclusion::Page(translation.oa)),
            Err(Fault::Absent(_) | Fault::Special { .. } | Fault::NoChild(_)) => Ok(Conclusion::Absent),
            Err(Fault::Malformed { why: Malformed::Reserved { .. }, .. }) => Ok(Conclusion::Reserved),
            Err(Fault::Malformed { .. }) => Ok(Conclusion::Malformed),
            Err(fault) => Err(Error::new(format!("{va:#x}: {fault:?}"))),
        }
    }
}

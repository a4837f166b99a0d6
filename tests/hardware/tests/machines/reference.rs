//! What a description says about an address, word for word: the interpreter over a copy of the tables.

use gpt_codegen::interpreter::{self, Fault, Image, Malformed, Root, Step, Walk, level_named};
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
    /// The walk leaves the tables, or comes by one twice.
    Astray,
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
        match self.steps(memory, root, bytes, va)?.result {
            Ok(translation) => Ok(Conclusion::Page(translation.oa)),
            Err(Fault::Absent(_) | Fault::Special { .. } | Fault::NoChild(_)) => Ok(Conclusion::Absent),
            Err(Fault::Malformed { why: Malformed::Reserved { .. }, .. }) => Ok(Conclusion::Reserved),
            Err(Fault::Malformed { .. }) => Ok(Conclusion::Malformed),
            Err(
                Fault::Outside(_) | Fault::TableMisaligned { .. } | Fault::PageMisaligned { .. } | Fault::Loop { .. },
            ) => Ok(Conclusion::Astray),
            Err(fault) => Err(Error::new(format!("{va:#x}: {fault:?}"))),
        }
    }

    /// Whether such a walk meets an entry that leads to a part of a table, which is malformed to the emitted code alone.
    pub(crate) fn meets_a_part(&self, memory: &Memory, root: u64, bytes: usize, va: u64) -> Result<bool> {
        let format = self.checked.format();
        let part = |step: &Step| {
            let level = level_named(&self.checked, &step.level);
            let mut here = level.into_iter().flat_map(|level| format.layouts_at(level));
            here.any(|(kind, layout)| step.kind.as_ref() == Some(&kind.name) && layout.as_whole(step.word) != step.word)
        };
        Ok(self.steps(memory, root, bytes, va)?.steps.iter().any(part))
    }

    fn steps(&self, memory: &Memory, root: u64, bytes: usize, va: u64) -> Result<Walk> {
        let image = Image::from_bytes(root, memory.read(root, bytes)?);
        Ok(interpreter::walk(&self.checked, &image, Root { table: root, level: self.level }, va))
    }
}

//! All mappings of an image, in order.

use crate::check::Checked;

use super::Root;
use super::address::InputSpace;
use super::fault::Fault;
use super::image::Image;
use super::value::Attributes;
use super::visit::{Children, Found, visit};

/// Consecutive input addresses that lead to consecutive output addresses with the same attributes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// The first input address.
    pub va: u64,
    /// Where it leads.
    pub oa: u64,
    /// How many bytes there are; a run of the whole 64-bit space would be given as two.
    pub bytes: u64,
    /// The attributes of the pages; a permission is allowed only where the tables above allow it too.
    pub attributes: Attributes,
}

/// What is in an image.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Dump {
    /// The mappings in the order of input addresses.
    pub runs: Vec<Run>,
    /// The first [`Dump::MOST_FAULTS`] things that are broken, with the input address where each is met.
    pub faults: Vec<(u64, Fault)>,
    /// How many more are broken.
    pub more_faults: u64,
}

impl Dump {
    /// How many faults are kept.
    pub const MOST_FAULTS: usize = 64;

    /// Adds a piece, as a part of the last run where it continues that.
    pub(super) fn add(&mut self, va: u64, oa: u64, bytes: u64, attributes: Attributes) {
        if let Some(last) = self.runs.last_mut()
            && let Some(sum) = last.bytes.checked_add(bytes)
            && last.va.checked_add(last.bytes) == Some(va)
            && last.oa.checked_add(last.bytes) == Some(oa)
            && last.attributes == attributes
        {
            last.bytes = sum;
        } else {
            self.runs.push(Run { va, oa, bytes, attributes });
        }
    }

    fn fault(&mut self, va: u64, fault: Fault) {
        if self.faults.len() < Self::MOST_FAULTS {
            self.faults.push((va, fault));
        } else {
            self.more_faults += 1;
        }
    }
}

/// Finds every mapping below a root.
///
/// The work is bounded by the size of the image: where tables are shared so often that the answer would be much
/// larger than the image, the last fault says so.
pub fn dump(checked: &Checked, image: &Image, root: Root) -> Dump {
    let format = checked.format();
    let space = InputSpace::new(format, root.level);
    let mut dump = Dump::default();
    visit(format, image, root, space.whole(), Children::Visible, &mut |found| match found {
        Found::Page(item) => {
            // An item of 2^64 bytes is cut, so that its length can be said.
            let bytes = item.range.bytes();
            let head = bytes.min(1 << 63) as u64;
            dump.add(space.extend(item.range.first), item.oa, head, item.effective.clone());
            if let Ok(rest @ 1..) = u64::try_from(bytes - u128::from(head)) {
                let (va, oa) = (space.extend(item.range.first + head), item.oa + head);
                dump.runs.push(Run { va, oa, bytes: rest, attributes: item.effective });
            }
        }
        Found::Special { .. } => {}
        Found::Broken { va, fault } => dump.fault(space.extend(va), fault),
    });
    dump
}

//! What a device is told to do, one thing after the other.

use gpt_runtime::Invalidation;

use crate::write::Write;

/// One step of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Items of a table are written.
    Write(Write),
    /// All writes before have to be done before any write behind it is: the device may do those between two barriers in
    /// any order, and no two of them touch the same byte.
    Barrier,
    /// All writes before are done, then what the device has cached of these addresses is forgotten, then it goes on.
    Invalidate(Invalidation),
}

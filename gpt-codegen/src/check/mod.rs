//! Turns a model into a [`Checked`] format, or says all that is wrong with it.
use crate::model::Format;

/// A format that obeys every rule; backends take only this and cannot fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked(Format);

impl Checked {
    /// The format.
    pub fn format(&self) -> &Format {
        &self.0
    }
}

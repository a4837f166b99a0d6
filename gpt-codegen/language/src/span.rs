//! Where something was written, as an opaque number.
//!
//! The front ends know files and tokens; everything after them only carries a [`Span`] along so that a
//! diagnostic can point back. A span is not part of a format's meaning: two spans always compare equal, so
//! that one format written in YAML and on a Rust type compares equal too.

/// The place of one token or row; the front end that made it knows what it stands for.
#[derive(Clone, Copy, Debug, Default)]
pub struct Span(u32);

impl Span {
    /// The span of something that nobody wrote, such as a default.
    pub const NOWHERE: Span = Span(0);

    /// Makes the span with this number; 0 is [`Span::NOWHERE`].
    pub const fn new(number: u32) -> Self {
        Self(number)
    }

    /// The number that the front end gave out.
    pub const fn number(self) -> u32 {
        self.0
    }
}

impl PartialEq for Span {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Span {}

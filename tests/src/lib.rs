//! What the suite over all formats is made of: references that are too simple to be wrong, and memory that can be
//! looked at from the hardware's side.
//!
//! ```text
//!  Memory ◀── Tables ◀── PageTable under test          Reference: what is mapped, as intervals
//!    └──▶ View: the interpreter on the same bytes        Facts:     what the description says of pages and addresses
//! ```
//!
//! Attributes travel in the interpreter's terms, names and values; [`Says`] turns them into a module's own type.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod cache;
mod changed;
mod facts;
mod levels;
mod memory;
mod operations;
mod outcome;
mod random;
mod reclaim;
mod reference;
mod says;
mod share;
mod tested;
mod view;

pub use cache::{Cache, How, Walked};
pub use changed::changed_word;
pub use facts::{Facts, PageKind};
pub use memory::{BASE, Memory, Tables};
pub use operations::{Report, Tree, map, unmap};
pub use outcome::{Done, settle};
pub use random::Random;
pub use reclaim::Either;
pub use reference::{Piece, Reference, What};
pub use says::{Says, agree};
pub use share::share;
pub use tested::{NAMES, NamedChange, Tested, checked};
pub use view::{Found, View};

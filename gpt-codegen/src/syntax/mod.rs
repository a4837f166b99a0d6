//! What was written, with the place of every word, and how it becomes a model.
//!
//! A front end reads its own notation as far as keys and strings, and builds a [`Description`]. The strings are
//! understood here, by one grammar for all front ends: [`row`], [`condition`], [`level`], [`width`], [`code`].
//! [`lower()`] resolves the names, fills in the defaults and says everything that it does not understand.

#[cfg(any(feature = "derive", feature = "yaml"))]
mod choices;
pub mod code;
mod codes;
pub mod condition;
#[cfg(feature = "derive")]
pub mod derive;
pub mod description;
pub mod grammar;
pub mod level;
pub mod lower;
pub mod row;
pub mod source;
pub(crate) mod suggest;
pub mod width;
#[cfg(feature = "yaml")]
pub mod yaml;

pub use codes::CODES;
pub use description::{Description, Spanned};
pub use lower::lower;

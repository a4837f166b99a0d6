//! What was written, with the place of every word, and how it becomes a model.
//!
//! A front end reads its own notation as far as keys and strings, and builds a [`Description`]. The strings are
//! understood here, by one grammar for all front ends: [`row`], [`condition`], [`level`], [`width`], [`code`].
//! [`lower()`] resolves the names, fills in the defaults and says everything that it does not understand.

pub mod code;
mod codes;
pub mod condition;
pub mod description;
pub mod grammar;
pub mod level;
pub mod lower;
mod peg;
pub mod row;
#[allow(missing_docs, non_camel_case_types, clippy::upper_case_acronyms)]
#[path = "row.rules.rs"]
#[rustfmt::skip]
mod rules;
pub mod source;
pub mod suggest;
pub mod width;

pub use codes::CODES;
pub use description::{Description, Spanned};
pub use lower::lower;

//! The language that describes page-table formats.
//!
//! ```text
//!  sentences ─▶ syntax ─▶ model ─▶ check ─▶ Checked
//! ```
//!
//! It has no notation of its own for what holds the sentences together: the front ends of `gpt-codegen` read YAML and
//! Rust types as far as keys and strings, and leave the rest to [`syntax`].

extern crate alloc;

pub mod check;
pub mod diagnostic;
pub mod host;
pub mod model;
mod seen;
pub mod span;
pub mod syntax;

pub use check::{Checked, check};

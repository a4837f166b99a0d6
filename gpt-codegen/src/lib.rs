//! From the description of a page-table format to driver source.
//!
//! ```text
//!  YAML text ── syntax::yaml ─▶ syntax ─▶ model ─▶ check ─▶ Checked ─▶ backend, interpreter
//! ```

pub mod backend;
pub mod check;
pub mod diagnostic;
pub mod explain;
pub mod interpreter;
pub mod model;
pub mod span;
pub mod syntax;

pub use check::{Checked, check};

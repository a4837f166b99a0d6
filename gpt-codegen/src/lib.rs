//! From the description of a page-table format to driver source.

pub mod check;
pub mod diagnostic;
pub mod model;
pub mod span;
pub use check::Checked;

//! The front ends: what holds the sentences of a description together, in each notation.

#[cfg(any(feature = "derive", feature = "yaml"))]
mod choices;
#[cfg(feature = "derive")]
pub mod derive;
#[cfg(feature = "yaml")]
pub mod yaml;

pub use gpt_language::syntax::*;

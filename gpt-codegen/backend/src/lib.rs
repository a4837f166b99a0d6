//! Text made from a [`gpt_language::Checked`]; nothing here can fail.

#[cfg(feature = "derive")]
pub mod decoded;
pub mod rust;
#[cfg(feature = "tools")]
pub mod show;

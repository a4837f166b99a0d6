//! Text made from a [`crate::Checked`]; nothing here can fail.

pub mod show;

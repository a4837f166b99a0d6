//! Text made from a [`crate::Checked`]; nothing here can fail.

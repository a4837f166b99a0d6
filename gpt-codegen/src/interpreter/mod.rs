//! A slow, obvious walk, map and decode straight from a [`crate::Checked`].

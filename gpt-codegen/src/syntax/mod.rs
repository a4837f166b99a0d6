//! What was written, with the place of every word.

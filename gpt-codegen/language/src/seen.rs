//! What was met before, by its text: one table for all that has to be unique among many, because each further type of
//! table costs a user of the derive macro as much to compile as a file of rules.

use std::collections::HashMap;

/// Texts, each with the number under which it was met first.
#[derive(Debug, Default)]
pub(crate) struct Seen(HashMap<String, usize>);

impl Seen {
    /// The number under which `text` was met first: `number` if that is now.
    pub(crate) fn first(&mut self, text: String, number: usize) -> usize {
        *self.0.entry(text).or_insert(number)
    }

    /// Whether `text` is met for the first time.
    pub(crate) fn is_new(&mut self, text: String) -> bool {
        let number = self.0.len();
        self.first(text, number) == number
    }
}

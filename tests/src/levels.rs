//! Asks a module's level, found by its number, about words.
#![allow(unsafe_code)]

use gpt_runtime::{Format, Level, Visitor};

/// A question to one level of a module.
pub(crate) trait Ask<F: Format> {
    /// The answer.
    type Answer;

    /// Asks the level.
    fn ask<L: Level<Format = F>>(&self) -> Self::Answer;
}

/// Goes down from the roots to the level with a number.
struct Find<'a, A> {
    level: u8,
    ask: &'a A,
}

impl<F: Format, A: Ask<F>> Visitor<F> for Find<'_, A> {
    type Output = Option<A::Answer>;

    fn visit<L: Level<Format = F>>(self, _: u64) -> Self::Output {
        if L::NUMBER == self.level {
            return Some(self.ask.ask::<L>());
        }
        let Self { level, ask } = self;
        (0..L::CHILDREN.len()).find_map(|child| L::descend(child, 0, Find { level, ask }))
    }

    fn dead_end(self) -> Self::Output {
        None
    }
}

/// Asks the level with this number.
pub(crate) fn ask<F: Format, A: Ask<F>>(level: usize, ask: &A) -> A::Answer {
    let find = || Find { level: level as u8, ask };
    F::ROOTS.iter().find_map(|root| F::at_root(*root, 0, find())).expect("a level that can be reached")
}

/// The word of a level with this value.
pub(crate) fn narrow<L: Level>(value: u128) -> L::Word {
    let bytes = value.to_ne_bytes();
    let size = size_of::<L::Word>();
    let start = if cfg!(target_endian = "big") { 16 - size } else { 0 };
    let word = bytes[start..start + size].as_ptr().cast::<L::Word>();
    // SAFETY: words are unsigned integers, for which every sequence of bytes is a value, and there are enough bytes.
    unsafe { word.read_unaligned() }
}

//! Asks a module what a page's word becomes by a change.

use gpt_codegen::model::LevelId;
use gpt_runtime::{Format, Level};

use crate::levels::{Ask, ask, narrow};

struct Changed<'a, F: Format> {
    word: u128,
    change: &'a F::Change,
}

impl<F: Format> Ask<F> for Changed<'_, F> {
    type Answer = Option<u128>;

    fn ask<L: Level<Format = F>>(&self) -> Option<u128> {
        L::change(narrow::<L>(self.word), self.change).map(Into::into)
    }
}

/// The word of a page of this level after the change; `None` where it cannot say that.
pub fn changed_word<F: Format>(level: LevelId, word: u128, change: &F::Change) -> Option<u128> {
    ask::<F, _>(level.0, &Changed::<F> { word, change })
}

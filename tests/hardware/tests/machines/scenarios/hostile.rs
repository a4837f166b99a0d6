//! Words that nobody would write, in each place on the way to a page: the machine and our walk draw the same conclusion.

use gpt_hardware_tests::{Error, Result};

use crate::scenarios::bits::{Step, on_each_way};
use crate::tree::ensure;
use crate::walker::Walker;

/// How many words are put into each place.
const WORDS: usize = 16;

/// Several bits turned over at once, and words chosen at random, but for the bits that lead to the next table.
pub(crate) fn any_words<W: Walker>() -> Result<()> {
    let mut compared = 0;
    on_each_way::<W>(|machine, memory, tree, random, way| {
        for step in &way.steps {
            for _ in 0..WORDS {
                let word = word::<W>(random, step);
                if step.is_astray(word) {
                    continue;
                }
                compared += usize::from(way.compare(machine, memory, tree, (step, word))?);
            }
        }
        Ok(())
    })?;
    ensure!(compared >= WORDS, "only {compared} words could be compared");
    Ok(())
}

/// A word for a place: now and then anything at all, mostly what is there with two to nine bits turned over.
fn word<W: Walker>(random: &mut fastrand::Rng, step: &Step) -> u128 {
    let bits = 8 * step.bytes;
    let turned = match random.u32(..4) {
        0 => random.u128(..) >> (128 - bits),
        _ => (0..random.u32(2..10)).fold(0, |turned, _| turned | 1 << random.usize(..bits)),
    };
    step.word ^ turned & !step.fixed::<W>()
}

//! Words to try: some of every kind, some one bit away from a kind, some of no kind at all.

use gpt_codegen::model::{Format, LevelId};

/// Numbers that look random and are the same in every run.
pub(super) struct Random(fastrand::Rng);

impl Random {
    pub(super) fn new(seed: &str) -> Self {
        Self(fastrand::Rng::with_seed(seed.bytes().fold(0, |state, byte| state.rotate_left(8) ^ u64::from(byte))))
    }

    pub(super) fn next(&mut self) -> u64 {
        self.0.u64(..)
    }

    pub(super) fn wide(&mut self) -> u128 {
        self.0.u128(..)
    }
}

/// `GPT_SHARE=n` tries about one n-th of the words, where each instruction is emulated.
fn share() -> usize {
    let share = std::env::var("GPT_SHARE").map_or(1, |text| text.parse().expect("GPT_SHARE is a number"));
    assert!(share > 0, "GPT_SHARE is a number from 1 on");
    share
}

/// Words for a level.
pub(super) fn words(format: &Format, level: LevelId, random: &mut Random) -> Vec<u128> {
    let bits = format.level(level).entry_bits;
    let all = u128::MAX >> (128 - bits);
    let mut words = vec![0, all];
    let share = share();
    for (_, layout) in format.layouts_at(level) {
        for cube in &layout.matches.0 {
            for _ in 0..12_usize.div_ceil(share) {
                // Of the kind, with reserved bits mostly zero.
                let dense = random.wide() & if random.next().is_multiple_of(2) { all } else { random.wide() };
                let zero = if random.next().is_multiple_of(4) { 0 } else { layout.zero_mask() };
                let word = (dense & !zero & !cube.mask | cube.value) & all;
                words.push(word);
                words.push(word ^ 1 << (random.next() % u64::from(bits)));
            }
        }
    }
    words.extend((0..100_usize.div_ceil(share)).map(|_| random.wide() & all));
    words
}

//! How much of the suite is run: all of it, or less where each instruction is emulated.

/// `GPT_SHARE=n` runs about one n-th of the steps of each history and of the places at edges, of every format and in
/// every mode; 1 where it is not set.
///
/// # Panics
/// If it is set to something else than a number from 1 on.
pub fn share() -> usize {
    let share = std::env::var("GPT_SHARE").map_or(1, |text| text.parse().expect("GPT_SHARE is a number"));
    assert!(share > 0, "GPT_SHARE is a number from 1 on");
    share
}

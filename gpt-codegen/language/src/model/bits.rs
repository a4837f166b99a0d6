//! Bit ranges as manuals write them: the high bit first, both ends included.

use std::fmt;

/// The bits `high:low` of a word or an address, both included; or no bits at all, where `high` is one below `low`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BitRange {
    /// The highest bit of the range.
    pub high: u32,
    /// The lowest bit of the range; at most `high`, or one above it.
    pub low: u32,
}

impl BitRange {
    /// The range `high:low`, or `None` where `high` is below `low` or above bit 127.
    pub const fn new(high: u32, low: u32) -> Option<Self> {
        if high < low || high > 127 { None } else { Some(Self { high, low }) }
    }

    /// No bits, at the place where bit `low` would be the lowest; `None` where that is bit 0 or above bit 127.
    pub const fn none_at(low: u32) -> Option<Self> {
        match low {
            1..=127 => Some(Self { high: low - 1, low }),
            _ => None,
        }
    }

    /// How many bits the range has.
    pub const fn width(self) -> u32 {
        self.high + 1 - self.low
    }

    /// A word with exactly these bits set.
    pub const fn mask(self) -> u128 {
        match self.width() {
            0 => 0,
            width => (u128::MAX >> (128 - width)) << self.low,
        }
    }

    /// The bits of `word` in this range, moved down to bit 0.
    pub const fn get(self, word: u128) -> u128 {
        (word & self.mask()) >> self.low
    }

    /// `word` with this range replaced by the low bits of `value`.
    pub const fn set(self, word: u128, value: u128) -> u128 {
        (word & !self.mask()) | ((value << self.low) & self.mask())
    }

    /// Whether the two ranges share a bit.
    pub const fn overlaps(self, other: Self) -> bool {
        self.low <= other.high && other.low <= self.high
    }
}

impl fmt::Display for BitRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.width() {
            0 => f.write_str("none"),
            1 => write!(f, "{}", self.high),
            _ => write!(f, "{}:{}", self.high, self.low),
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::BitRange;

    #[test]
    fn a_range_may_reach_from_bit_0_to_bit_127() {
        let whole = BitRange { high: 127, low: 0 };
        assert_eq!(whole.mask(), u128::MAX);
        assert_eq!(whole.get(7), 7);
        assert_eq!(BitRange { high: 127, low: 127 }.mask(), 1 << 127);
    }

    #[test]
    fn a_range_without_bits_has_a_place_all_the_same() {
        let none = BitRange::none_at(21).unwrap();
        assert_eq!((none.width(), none.mask(), none.get(u128::MAX), none.set(7, u128::MAX)), (0, 0, 0, 7));
        assert!(!none.overlaps(BitRange { high: 29, low: 21 }) && !none.overlaps(BitRange { high: 20, low: 12 }));
        assert_eq!((none.to_string(), BitRange::none_at(0)), ("none".to_owned(), None));
    }

    #[test]
    fn set_replaces_only_its_own_bits() {
        let middle = BitRange { high: 6, low: 4 };
        assert_eq!(middle.set(0xff, 0b010), 0xaf);
        assert_eq!(middle.get(0xaf), 0b010);
        assert_eq!(middle.set(0, u128::MAX), 0x70);
    }
}

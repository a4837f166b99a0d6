//! Conditions on a word, as a list of patterns of which one must fit.

/// A pattern: the bits of `mask` must have the values in `value`. Bits outside the mask do not matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cube {
    /// The bits that matter.
    pub mask: u128,
    /// What they must be; zero outside `mask`.
    pub value: u128,
}

impl Cube {
    /// The pattern that every word fits.
    pub const ANY: Cube = Cube { mask: 0, value: 0 };

    /// Whether `word` fits.
    pub const fn fits(self, word: u128) -> bool {
        word & self.mask == self.value
    }

    /// The pattern of the words that fit both, or `None` where no word does.
    pub const fn and(self, other: Self) -> Option<Self> {
        if (self.value ^ other.value) & self.mask & other.mask != 0 {
            return None;
        }
        Some(Self { mask: self.mask | other.mask, value: self.value | other.value })
    }
}

/// A condition: a word fulfils it when it fits any of the patterns.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition(pub Vec<Cube>);

impl Condition {
    /// How many patterns a condition may grow to before it is refused.
    pub const MOST_CUBES: usize = 256;

    /// The condition that every word fulfils.
    pub fn always() -> Self {
        Self(vec![Cube::ANY])
    }

    /// The bits that matter.
    pub fn mask(&self) -> u128 {
        let mut mask = 0;
        for cube in &self.0 {
            mask |= cube.mask;
        }
        mask
    }

    /// Whether `word` fulfils the condition.
    pub fn fits(&self, word: u128) -> bool {
        for cube in &self.0 {
            if cube.fits(word) {
                return true;
            }
        }
        false
    }

    /// The condition of the words that fulfil both, or `None` where it would need more than
    /// [`Condition::MOST_CUBES`] patterns.
    pub fn and(&self, other: &Self) -> Option<Self> {
        if self.0.len().saturating_mul(other.0.len()) > Self::MOST_CUBES {
            return None;
        }
        let mut cubes = Vec::new();
        for left in &self.0 {
            for right in &other.0 {
                if let Some(both) = left.and(*right)
                    && !cubes.contains(&both)
                {
                    cubes.push(both);
                }
            }
        }
        Some(Self(cubes))
    }

    /// A word that fulfils both conditions, or `None` where there is none.
    pub fn witness(&self, other: &Self) -> Option<u128> {
        for left in &self.0 {
            for right in &other.0 {
                if let Some(both) = left.and(*right) {
                    return Some(both.value);
                }
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{Condition, Cube};

    #[test]
    fn conditions_that_exclude_each_other_have_no_witness() {
        let readable = Condition(vec![Cube { mask: 1, value: 1 }, Cube { mask: 2, value: 2 }]);
        let empty = Condition(vec![Cube { mask: 3, value: 0 }]);
        assert_eq!(readable.witness(&empty), None);
        assert_eq!(readable.witness(&Condition(vec![Cube { mask: 4, value: 4 }])), Some(5));
    }

    #[test]
    fn conjunction_keeps_only_satisfiable_patterns() {
        let low = Condition(vec![Cube { mask: 1, value: 0 }, Cube { mask: 1, value: 1 }]);
        let high = Condition(vec![Cube { mask: 3, value: 3 }]);
        assert_eq!(low.and(&high), Some(Condition(vec![Cube { mask: 3, value: 3 }])));
    }
}

//! Conditions as the few tests that code makes: short ones are found by trying all values of the bits that matter.

use gpt_language::model::Cube;

use super::cover::{Small, Space, one_fits, shared};

/// How many bits may matter for every order of classes to be tried.
const FEW_BITS: usize = 8;

/// A test on a word.
#[derive(Debug, PartialEq)]
pub(super) enum Test {
    /// The word fits the pattern.
    Is(Cube),
    /// It does not.
    IsNot(Cube),
    /// It passes all of these.
    All(Vec<Test>),
    /// It passes one of these.
    Any(Vec<Test>),
}

impl Test {
    /// The test that every word passes.
    pub(super) fn always() -> Self {
        Self::All(Vec::new())
    }

    /// The test that no word passes.
    pub(super) fn never() -> Self {
        Self::Any(Vec::new())
    }

    /// How many comparisons it takes.
    pub(super) fn cost(&self) -> usize {
        match self {
            Self::Is(_) | Self::IsNot(_) => 1,
            Self::All(tests) | Self::Any(tests) => {
                let mut cost = 0;
                for test in tests {
                    cost += test.cost();
                }
                cost
            }
        }
    }

    /// A short test that the words of `yes` pass and all others fail; those of `free`, if not in `yes`, may do either.
    pub(super) fn tell(yes: &[Cube], free: &[Cube]) -> Self {
        let Some(space) = Space::of(deciding(yes) | deciding(free)) else {
            let mut tests = Vec::new();
            for cube in yes {
                tests.push(Self::Is(*cube));
            }
            return any(tests);
        };
        let (yes, free) = (space.gathered(yes), space.gathered(free));
        let (mut on, mut off) = (Vec::new(), Vec::new());
        for point in 0..space.size() {
            if one_fits(&yes, point) {
                on.push(point);
            } else if !one_fits(&free, point) {
                off.push(point);
            }
        }
        let is = space.cover(&on, &off);
        let positive = any(tests(&space, &is, Self::Is));
        let negative = all(tests(&space, &space.cover(&off, &on), Self::IsNot));
        // What all patterns share is tested first, and what is left told by what it is not.
        let shared = shared(&is);
        let mut inside = Vec::new();
        for point in &off {
            if shared.fits(*point) {
                inside.push(*point);
            }
        }
        let mut both = tests(&space, &space.cover(&inside, &on), Self::IsNot);
        if shared.mask != 0 {
            both.insert(0, Self::Is(space.spread(shared)));
        }
        positive.or_shorter(negative).or_shorter(all(both))
    }

    /// The one with fewer comparisons.
    fn or_shorter(self, other: Self) -> Self {
        if other.cost() < self.cost() { other } else { self }
    }
}

fn all(mut tests: Vec<Test>) -> Test {
    if tests.len() == 1 { tests.remove(0) } else { Test::All(tests) }
}

fn any(mut tests: Vec<Test>) -> Test {
    if tests.contains(&Test::Is(Cube::ANY)) {
        return Test::always();
    }
    if tests.len() == 1 { tests.remove(0) } else { Test::Any(tests) }
}

/// A test for each pattern.
fn tests(space: &Space, cubes: &[Small], test: fn(Cube) -> Test) -> Vec<Test> {
    let mut tests = Vec::new();
    for cube in cubes {
        tests.push(test(space.spread(*cube)));
    }
    tests
}

/// The bits that decide whether a word fits one of these patterns.
fn deciding(cubes: &[Cube]) -> u128 {
    let mut mask = 0;
    for cube in cubes {
        mask |= cube.mask;
    }
    mask
}

/// The order in which classes are asked for with the fewest tests, each as its place and its test. What passes none is
/// of no class. Of equals the first written wins.
pub(super) fn in_order(classes: &[Vec<Cube>]) -> Vec<(usize, Test)> {
    let mut mask = 0;
    for cubes in classes {
        mask |= deciding(cubes);
    }
    let few_bits = mask.count_ones() as usize <= FEW_BITS;
    let (mut best, mut least) = (Vec::new(), usize::MAX);
    for order in &orders(classes.len(), few_bits) {
        let tests = one_by_one(classes, order);
        let mut cost = 0;
        for (_, test) in &tests {
            cost += test.cost();
        }
        if cost < least {
            (best, least) = (tests, cost);
        }
    }
    best
}

/// The tests of classes asked for in this order.
pub(super) fn one_by_one(classes: &[Vec<Cube>], order: &[usize]) -> Vec<(usize, Test)> {
    let mut asked: Vec<Cube> = Vec::new();
    let mut tests = Vec::new();
    for place in order {
        let Some(cubes) = classes.get(*place) else { continue };
        tests.push((*place, Test::tell(cubes, &asked)));
        asked.extend_from_slice(cubes);
    }
    tests
}

/// Every order of so many things, in alphabetical order; only the written one where that is too much work.
fn orders(count: usize, few_bits: bool) -> Vec<Vec<usize>> {
    if count > 4 || !few_bits {
        let mut written = Vec::new();
        for place in 0..count {
            written.push(place);
        }
        return vec![written];
    }
    let mut orders = vec![Vec::new()];
    for _ in 0..count {
        let mut longer = Vec::new();
        for order in &orders {
            for place in 0..count {
                if !order.contains(&place) {
                    let mut order = order.clone();
                    order.push(place);
                    longer.push(order);
                }
            }
        }
        orders = longer;
    }
    orders
}

#[cfg(test)]
mod tests {
    use super::{Test, in_order};
    use gpt_language::model::Cube;

    fn passes(test: &Test, word: u128) -> bool {
        match test {
            Test::Is(cube) => cube.fits(word),
            Test::IsNot(cube) => !cube.fits(word),
            Test::All(tests) => tests.iter().all(|test| passes(test, word)),
            Test::Any(tests) => tests.iter().any(|test| passes(test, word)),
        }
    }

    fn cube(mask: u128, value: u128) -> Cube {
        Cube { mask, value }
    }

    #[test]
    fn one_bit_of_several_is_one_comparison() {
        let any = [cube(1, 1), cube(2, 2), cube(4, 4)];
        assert_eq!(Test::tell(&any, &[]), Test::IsNot(cube(7, 0)));
    }

    #[test]
    fn what_came_before_is_not_asked_again() {
        let classes = [vec![cube(1, 0)], vec![cube(0x81, 0x01)], vec![cube(0x81, 0x81)]];
        let tests = in_order(&classes);
        let expected = [(0, Test::Is(cube(1, 0))), (1, Test::Is(cube(0x80, 0))), (2, Test::always())];
        assert_eq!(tests, expected);
    }

    #[test]
    fn tests_agree_with_the_patterns_they_are_made_of() {
        let mut state = 1_u64;
        let mut random = move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            u128::from(state >> 40)
        };
        for _ in 0..300 {
            let bits = 0xfff >> (random() % 8);
            let mut some = |count: u128| -> Vec<Cube> {
                (0..random() % count)
                    .map(|_| {
                        let mask = random() & bits & random();
                        cube(mask, random() & mask)
                    })
                    .collect()
            };
            let (yes, free) = (some(6), some(3));
            let test = Test::tell(&yes, &free);
            for word in 0..=0xfff {
                let is_free = free.iter().any(|cube| cube.fits(word));
                let is_yes = yes.iter().any(|cube| cube.fits(word));
                assert!(is_free || passes(&test, word) == is_yes, "{yes:?} {free:?} {test:?} {word:#x}");
            }
        }
    }
}

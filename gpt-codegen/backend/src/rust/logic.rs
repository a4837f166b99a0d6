//! Conditions as the few tests that code makes: short ones are found by trying all values of the bits that matter.

use gpt_language::model::Cube;

/// How many bits may matter before a condition is taken as it is written.
const MOST_BITS: usize = 13;
/// How many bits may matter for every order of classes to be tried.
const FEW_BITS: usize = 8;

/// A test on a word.
#[derive(Clone, Debug, PartialEq, Eq)]
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
            Self::All(tests) | Self::Any(tests) => tests.iter().map(Self::cost).sum(),
        }
    }

    /// A short test that the words of `yes` pass and all others fail; those of `free`, if not in `yes`, may do either.
    pub(super) fn tell(yes: &[Cube], free: &[Cube]) -> Self {
        let Some(space) = Space::of(yes.iter().chain(free)) else {
            return any(yes.iter().map(|cube| Self::Is(*cube)).collect());
        };
        let on = space.points(yes);
        let free = space.points(free);
        let off: Vec<bool> = on.iter().zip(&free).map(|(on, free)| !on && !free).collect();
        let is = space.cover(&on, &off);
        let positive = any(is.iter().map(|cube| Self::Is(space.cube(*cube))).collect());
        let negative = |off: &[bool], on: &[bool]| {
            let tests = space.cover(off, on).into_iter().map(|cube| Self::IsNot(space.cube(cube)));
            tests.collect::<Vec<_>>()
        };
        // What all patterns share is tested first, and what is left told by what it is not.
        let shared = is.iter().copied().reduce(Small::shared).unwrap_or(Small { mask: 0, value: 0 });
        let inside: Vec<bool> = off.iter().enumerate().map(|(point, off)| *off && shared.fits(point)).collect();
        let mut both = negative(&inside, &on);
        if shared.mask != 0 {
            both.insert(0, Self::Is(space.cube(shared)));
        }
        let candidates = [positive, all(negative(&off, &on)), all(both)];
        candidates.into_iter().min_by_key(Self::cost).unwrap_or_else(Self::always)
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

/// The order in which classes are asked for with the fewest tests, each as its place and its test. What passes none is
/// of no class. Of equals the first written wins.
pub(super) fn in_order(classes: &[Vec<Cube>]) -> Vec<(usize, Test)> {
    let few = Space::of(classes.iter().flatten()).is_some_and(|space| space.bits.len() <= FEW_BITS);
    let mut best: Option<(usize, Vec<(usize, Test)>)> = None;
    for order in orders(classes.len(), few) {
        let tests = one_by_one(classes, &order);
        let cost = tests.iter().map(|(_, test)| test.cost()).sum();
        if best.as_ref().is_none_or(|(least, _)| cost < *least) {
            best = Some((cost, tests));
        }
    }
    best.map_or(Vec::new(), |(_, tests)| tests)
}

/// The tests of classes asked for in this order.
pub(super) fn one_by_one(classes: &[Vec<Cube>], order: &[usize]) -> Vec<(usize, Test)> {
    let mut asked: Vec<Cube> = Vec::new();
    let mut tests = Vec::new();
    for &place in order {
        let cubes = classes.get(place).map_or(&[][..], Vec::as_slice);
        tests.push((place, Test::tell(cubes, &asked)));
        asked.extend(cubes);
    }
    tests
}

/// Every order of so many things, in alphabetical order; only the written one where that is too much work.
fn orders(count: usize, few_bits: bool) -> Vec<Vec<usize>> {
    if count > 4 || !few_bits {
        return vec![(0..count).collect()];
    }
    let mut orders = vec![Vec::new()];
    for _ in 0..count {
        let longer = orders.iter().flat_map(|order| {
            let left = (0..count).filter(|place| !order.contains(place));
            left.map(|place| order.iter().copied().chain([place]).collect())
        });
        orders = longer.collect();
    }
    orders
}

/// A pattern over the bits of a [`Space`], moved together.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Small {
    mask: usize,
    value: usize,
}

impl Small {
    fn fits(self, point: usize) -> bool {
        point & self.mask == self.value
    }

    /// What both ask for.
    fn shared(self, other: Self) -> Self {
        let mask = self.mask & other.mask & !(self.value ^ other.value);
        Self { mask, value: self.value & mask }
    }
}

/// All values of the bits that matter; a point is one of them.
struct Space {
    bits: Vec<u32>,
}

impl Space {
    /// The space of some patterns, or `None` where it is too large.
    fn of<'c>(cubes: impl Iterator<Item = &'c Cube>) -> Option<Self> {
        let mask = cubes.fold(0, |mask, cube| mask | cube.mask);
        let bits: Vec<u32> = (0..128).filter(|bit| mask >> bit & 1 == 1).collect();
        (bits.len() <= MOST_BITS).then_some(Self { bits })
    }

    fn size(&self) -> usize {
        1 << self.bits.len()
    }

    /// For each point whether one of the patterns fits.
    fn points(&self, cubes: &[Cube]) -> Vec<bool> {
        let gather = |word: u128| {
            let bits = self.bits.iter().enumerate();
            bits.fold(0, |point, (place, bit)| point | ((word >> bit & 1) as usize) << place)
        };
        let small = cubes.iter().map(|cube| Small { mask: gather(cube.mask), value: gather(cube.value) });
        let small: Vec<Small> = small.collect();
        (0..self.size()).map(|point| small.iter().any(|cube| cube.fits(point))).collect()
    }

    fn spread(&self, point: usize) -> u128 {
        self.bits.iter().enumerate().fold(0, |word, (place, bit)| word | ((point >> place & 1) as u128) << bit)
    }

    fn cube(&self, small: Small) -> Cube {
        Cube { mask: self.spread(small.mask), value: self.spread(small.value) }
    }

    /// Few large patterns that fit all points of `on` and none of `off`.
    fn cover(&self, on: &[bool], off: &[bool]) -> Vec<Small> {
        let rising: Vec<usize> = (0..self.bits.len()).collect();
        let falling: Vec<usize> = rising.iter().rev().copied().collect();
        let covers = [self.cover_in(on, off, &falling), self.cover_in(on, off, &rising)];
        let size = |cover: &Vec<Small>| (cover.len(), cover.iter().map(|cube| cube.mask.count_ones()).sum::<u32>());
        covers.into_iter().min_by_key(size).unwrap_or_default()
    }

    /// A cover whose patterns let go of their bits in this order.
    fn cover_in(&self, on: &[bool], off: &[bool], order: &[usize]) -> Vec<Small> {
        let places = |points: &[bool]| -> Vec<usize> {
            points.iter().enumerate().filter(|(_, is)| **is).map(|(point, _)| point).collect()
        };
        let (on, off) = (places(on), places(off));
        let mut cubes: Vec<Small> = Vec::new();
        for point in &on {
            if cubes.iter().any(|cube| cube.fits(*point)) {
                continue;
            }
            let mut cube = Small { mask: self.size() - 1, value: *point };
            for bit in order {
                let mask = cube.mask & !(1 << bit);
                let larger = Small { mask, value: point & mask };
                if !off.iter().any(|point| larger.fits(*point)) {
                    cube = larger;
                }
            }
            cubes.push(cube);
        }
        let mut place = 0;
        while let Some(cube) = cubes.get(place).copied() {
            let others = |point: usize| cubes.iter().any(|other| *other != cube && other.fits(point));
            if on.iter().any(|point| cube.fits(*point) && !others(*point)) {
                place += 1;
            } else {
                cubes.remove(place);
            }
        }
        cubes
    }
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

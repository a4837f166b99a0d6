//! Few patterns that tell some values of the bits that matter from others.

use gpt_language::model::Cube;

/// How many bits may matter before a condition is taken as it is written.
const MOST_BITS: usize = 13;

/// A pattern over the bits of a [`Space`], moved together.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Small {
    pub(super) mask: usize,
    pub(super) value: usize,
}

impl Small {
    pub(super) fn fits(self, point: usize) -> bool {
        point & self.mask == self.value
    }

    /// Whether it fits one of the points.
    fn fits_one(self, points: &[usize]) -> bool {
        for point in points {
            if self.fits(*point) {
                return true;
            }
        }
        false
    }

    /// Whether it is the only one of these patterns that fits some point.
    fn is_needed(self, among: &[Self], points: &[usize]) -> bool {
        for point in points {
            if !self.fits(*point) {
                continue;
            }
            let mut others = false;
            for other in among {
                others |= *other != self && other.fits(*point);
            }
            if !others {
                return true;
            }
        }
        false
    }
}

/// Whether one of the patterns fits.
pub(super) fn one_fits(cubes: &[Small], point: usize) -> bool {
    for cube in cubes {
        if cube.fits(point) {
            return true;
        }
    }
    false
}

/// What all of them ask for.
pub(super) fn shared(cubes: &[Small]) -> Small {
    let [first, rest @ ..] = cubes else { return Small { mask: 0, value: 0 } };
    let mut mask = first.mask;
    for cube in rest {
        mask &= cube.mask & !(first.value ^ cube.value);
    }
    Small { mask, value: first.value & mask }
}

/// All values of the bits that matter; a point is one of them.
pub(super) struct Space {
    bits: Vec<u32>,
}

impl Space {
    /// The space of these bits, or `None` where it is too large.
    pub(super) fn of(mask: u128) -> Option<Self> {
        let mut bits = Vec::new();
        for bit in 0..128 {
            if mask >> bit & 1 == 1 {
                bits.push(bit);
            }
        }
        if bits.len() <= MOST_BITS { Some(Self { bits }) } else { None }
    }

    pub(super) fn size(&self) -> usize {
        1 << self.bits.len()
    }

    /// The patterns with their bits moved together.
    pub(super) fn gathered(&self, cubes: &[Cube]) -> Vec<Small> {
        let mut gathered = Vec::new();
        for cube in cubes {
            let mut small = Small { mask: 0, value: 0 };
            for (place, bit) in self.bits.iter().enumerate() {
                small.mask |= ((cube.mask >> bit & 1) as usize) << place;
                small.value |= ((cube.value >> bit & 1) as usize) << place;
            }
            gathered.push(small);
        }
        gathered
    }

    /// The pattern with its bits where they belong.
    pub(super) fn spread(&self, small: Small) -> Cube {
        let mut cube = Cube::ANY;
        for (place, bit) in self.bits.iter().enumerate() {
            cube.mask |= ((small.mask >> place & 1) as u128) << bit;
            cube.value |= ((small.value >> place & 1) as u128) << bit;
        }
        cube
    }

    /// Few large patterns that fit all points of `on` and none of `off`.
    pub(super) fn cover(&self, on: &[usize], off: &[usize]) -> Vec<Small> {
        let (mut rising, mut falling) = (Vec::new(), Vec::new());
        for bit in 0..self.bits.len() {
            rising.push(bit);
            falling.push(self.bits.len() - 1 - bit);
        }
        let (rising, falling) = (self.cover_in(on, off, &rising), self.cover_in(on, off, &falling));
        let fewer = if rising.len() == falling.len() {
            bits_asked(&rising) < bits_asked(&falling)
        } else {
            rising.len() < falling.len()
        };
        if fewer { rising } else { falling }
    }

    /// A cover whose patterns let go of their bits in this order.
    fn cover_in(&self, on: &[usize], off: &[usize], order: &[usize]) -> Vec<Small> {
        let mut cubes: Vec<Small> = Vec::new();
        for point in on {
            if one_fits(&cubes, *point) {
                continue;
            }
            let mut cube = Small { mask: self.size() - 1, value: *point };
            for bit in order {
                let mask = cube.mask & !(1 << bit);
                let larger = Small { mask, value: point & mask };
                if !larger.fits_one(off) {
                    cube = larger;
                }
            }
            cubes.push(cube);
        }
        let mut place = 0;
        while let Some(cube) = cubes.get(place) {
            if cube.is_needed(&cubes, on) {
                place += 1;
            } else {
                cubes.remove(place);
            }
        }
        cubes
    }
}

/// How many bits the patterns ask for together.
fn bits_asked(cubes: &[Small]) -> u32 {
    let mut bits = 0;
    for cube in cubes {
        bits += cube.mask.count_ones();
    }
    bits
}

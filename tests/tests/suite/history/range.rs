//! Where something is done: ranges around a few places, of a size that keeps the number of pages small.

use gpt_runtime::AddressRange;
use gpt_tests::{Facts, Random, Reference, Tested, View, What};

use super::History;

/// More pages than this are not made in one step.
const MOST_PAGES: u64 = 1200;

/// The addresses from `first` to `last`, in whole pages of the smallest size.
#[derive(Clone, Copy, Debug)]
pub struct Range {
    pub first: u64,
    pub last: u64,
}

impl Range {
    pub fn of<F: Tested>(self) -> AddressRange<F> {
        AddressRange::from_first_last(self.first, self.last).unwrap()
    }
}

/// A few places: the ends of the input space and some boundary between tables.
pub fn places(facts: &Facts, random: &mut Random) -> Vec<u64> {
    let (first, last) = *random.pick(&facts.halves).unwrap();
    let boundary = *random.pick(&facts.boundaries_lg2).unwrap();
    let boundary = first + ((last - first) & (1_u64 << boundary).wrapping_mul(1 + random.below(3)));
    vec![facts.halves[0].0, facts.halves[facts.halves.len() - 1].1, boundary]
}

impl<F: Tested> History<'_, F> {
    /// A range at one of the places, often of whole large pages, sometimes a little more or less.
    pub fn some_range(&mut self) -> Range {
        let random = &mut self.random;
        let place = *random.pick(&self.places).unwrap();
        let (low, high) = *self.facts.halves.iter().find(|(low, high)| (*low..=*high).contains(&place)).unwrap();
        let small = 1_u64 << self.facts.smallest_lg2;
        let unit = match random.below(3) {
            0 => small,
            _ => 1_u64 << random.pick(&self.facts.pages).unwrap().size_lg2,
        };
        // From here on in pages of the smallest size, so that nothing overflows.
        let (low, high, place) = (low / small, high / small, place / small);
        let unit = (unit / small).min(high - low + 1);
        let start = (place / unit * unit).saturating_add(unit * random.below(4)).saturating_sub(unit * random.below(4));
        let start = start.saturating_add(if random.chance(3) { random.below(20) } else { 0 }).clamp(low, high);
        let length = unit * (1 + random.below(4)) + if random.chance(3) { random.below(20) } else { 0 };
        let last = start.saturating_add(length - 1).min(high);
        let range = Range { first: start * small, last: last * small + (small - 1) };
        self.last = Some(range);
        range
    }

    /// Somewhere for a range to lead: at best congruent to it, so that the largest pages fit; not so where that makes
    /// few pages.
    pub fn some_output(&mut self, range: Range, sizes: u64) -> Option<u64> {
        let limit = self.facts.common_oa_last();
        let bytes_less_one = range.last - range.first;
        let highest = limit.checked_sub(bytes_less_one)?;
        let small = 1_u64 << self.facts.smallest_lg2;
        let align_lg2 = self.random.pick(&self.facts.pages)?.size_lg2.min(62);
        for align in [small, 1 << align_lg2, 1 << self.facts.pages[0].size_lg2.min(62)] {
            let inside = range.first & (align - 1);
            let base = match self.random.below(3) {
                0 => highest,
                1 => highest.min(8 << 32),
                _ => self.random.any() % highest.saturating_add(1).max(1),
            };
            let base = base & !(align - 1);
            let oa = base.checked_add(inside).filter(|oa| *oa <= highest).or(base.checked_sub(align - inside));
            if let Some(oa) = oa.filter(|oa| *oa <= highest && oa & (small - 1) == 0)
                && self.pages(range, oa, sizes).is_some()
            {
                return Some(oa);
            }
        }
        None
    }

    /// How many pages a range needs where all is absent; `None` where these are too many.
    fn pages(&self, range: Range, oa: u64, sizes: u64) -> Option<u64> {
        let mut next = range.first;
        for count in 1..MOST_PAGES {
            let size_lg2 = self.facts.best_lg2(next, range.last, oa + (next - range.first), sizes)?;
            let last = next + ((1_u128 << size_lg2) - 1) as u64;
            if last == range.last {
                return Some(count);
            }
            next = last + 1;
        }
        None
    }

    /// How many bytes of a range are mapped.
    pub fn mapped_bytes(&self, range: Range) -> u128 {
        let pieces = self.reference.within(range.first, range.last);
        let pages = pieces.iter().filter(|piece| matches!(piece.what, What::Page { .. }));
        pages.map(|piece| u128::from(piece.last - piece.first) + 1).sum()
    }

    /// How many pages of a size the mapped part of a range has, at most so many.
    pub fn is_small(&self, range: Range, size_lg2: u32) -> bool {
        self.mapped_bytes(range) >> size_lg2 < u128::from(MOST_PAGES)
    }
}

/// From the first to the last address that pages with something in a range cover: these change with what is in them.
pub fn extent(pieces: &[(u64, u64)], before: &View<'_>) -> Option<(u64, u64)> {
    let low = before.at(pieces.first()?.0).expect("it was mapped").first;
    let high = before.at(pieces.last()?.1).expect("it was mapped").last;
    Some((low, high))
}

/// The parts of a range that translate.
pub fn mapped(reference: &Reference, range: Range) -> Vec<(u64, u64)> {
    let pieces = reference.within(range.first, range.last);
    pieces
        .iter()
        .filter(|piece| matches!(piece.what, What::Page { .. }))
        .map(|piece| (piece.first, piece.last))
        .collect()
}

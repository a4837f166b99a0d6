//! Which is the largest page that fits at some place, and by which kind of entry it is reached.

use std::collections::BTreeSet;

use crate::model::{Class, Format, Kind, Layout, LevelId};

use super::address::{InputRange, InputSpace, low_mask};
use super::decode::decode_word;
use super::error::{EncodeError, MapError};
use super::image::Image;
use super::link::page_word;
use super::value::Attributes;
use super::walk::skipped;

/// What is still to be mapped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Want {
    pub(super) range: InputRange,
    pub(super) oa: u64,
}

/// What to put in place of an absent item.
#[derive(Clone, Copy, Debug)]
pub(super) struct Choice<'a> {
    pub(super) kind: &'a Kind,
    pub(super) layout: &'a Layout,
    /// The child to make, or `None` for a page.
    pub(super) child: Option<(usize, LevelId)>,
}

/// What fits, for one set of attributes.
#[derive(Clone, Copy)]
pub(super) struct Fit<'a> {
    pub(super) format: &'a Format,
    pub(super) space: InputSpace,
    pub(super) attributes: Option<&'a Attributes>,
}

/// The largest page so far, and why others do not fit.
struct Best<T> {
    page: Option<(u32, T)>,
    refused: Option<MapError>,
}

impl<T> Best<T> {
    fn new() -> Self {
        Self { page: None, refused: None }
    }

    /// Of equals the first stays.
    fn offer(&mut self, found: Result<u32, MapError>, choice: T) {
        match found {
            Ok(lg2) if self.page.as_ref().is_none_or(|(best, _)| lg2 > *best) => self.page = Some((lg2, choice)),
            Ok(_) => {}
            Err(error) => self.refuse(error),
        }
    }

    /// What is wrong with an entry says more than that some page is too large; of pages the smallest counts.
    fn refuse(&mut self, error: MapError) {
        let better = match (&self.refused, &error) {
            (None | Some(MapError::NoPages), _) => true,
            (Some(MapError::Misaligned { smallest_lg2: old, .. }), MapError::Misaligned { smallest_lg2: new, .. }) => {
                new < old
            }
            (Some(MapError::Misaligned { .. }), MapError::NoPages) => false,
            (Some(MapError::Misaligned { .. }), _) => true,
            _ => false,
        };
        if better {
            self.refused = Some(error);
        }
    }

    fn finish(self) -> Result<(u32, T), MapError> {
        self.page.ok_or(self.refused.unwrap_or(MapError::NoPages))
    }
}

impl<'a> Fit<'a> {
    /// What to make of an absent item so that the largest page fits.
    pub(super) fn absent(
        self,
        image: &Image,
        level: LevelId,
        table: u64,
        index: u64,
        want: Want,
    ) -> Result<(u32, Choice<'a>), MapError> {
        let mut best = Best::new();
        for (kind, layout) in self.format.layouts_at(level) {
            match kind.class {
                Class::Page if self.room(image, level, table, index, layout) => {
                    best.offer(self.page(kind, layout, want), Choice { kind, layout, child: None });
                }
                Class::Table if self.open(level, layout, want) => {
                    for (lg2, place, child) in self.children(layout, want) {
                        best.offer(lg2, Choice { kind, layout, child: Some((place, child)) });
                    }
                }
                _ => {}
            }
        }
        best.finish()
    }

    /// Whether a table entry shuts nobody out. Where several kinds of table differ in their smallest pages, only one with
    /// the smallest pages of all takes whatever else may come under the same entry; the others are for mappings that
    /// leave no room there.
    fn open(self, level: LevelId, layout: &Layout, want: Want) -> bool {
        let entry = low_mask(self.format.level(level).index.low);
        let covered = want.range.first & entry == 0 && want.range.bytes() > u128::from(entry);
        let smallest = |layout: &Layout| layout.children.iter().map(|child| self.smallest(child.level)).min();
        let tables = self.format.layouts_at(level).filter(|(kind, _)| kind.class == Class::Table);
        covered || Some(smallest(layout)) == tables.map(|(_, layout)| smallest(layout)).min()
    }

    /// The smallest page at a level or below it, as a power of two.
    fn smallest(self, level: LevelId) -> u32 {
        let mut reached = vec![level];
        let mut smallest = u32::MAX;
        let mut next = 0;
        while let Some(level) = reached.get(next).copied() {
            next += 1;
            for (kind, layout) in self.format.layouts_at(level) {
                if kind.class == Class::Page {
                    smallest = smallest.min(self.format.page_lg2(layout));
                }
                reached.extend(
                    layout
                        .children
                        .iter()
                        .map(|child| child.level)
                        .filter(|child| !reached.contains(child))
                        .collect::<Vec<_>>(),
                );
            }
        }
        smallest
    }

    /// The child of a table entry in which the largest page fits.
    pub(super) fn child(self, layout: &Layout, want: Want) -> Result<(usize, LevelId), MapError> {
        let mut best = Best::new();
        for (lg2, place, child) in self.children(layout, want) {
            best.offer(lg2, (place, child));
        }
        best.finish().map(|(_, choice)| choice)
    }

    /// Each child that translates the start of `want`, with the largest page that fits there.
    fn children(
        self,
        layout: &Layout,
        want: Want,
    ) -> impl Iterator<Item = (Result<u32, MapError>, usize, LevelId)> + use<'_, 'a> {
        let children = layout.children.iter().enumerate();
        let reached =
            children.filter(move |(_, child)| skipped(self.format, layout.level, child.level) & want.range.first == 0);
        reached.map(move |(place, child)| (self.below(child.level, want), place, child.level))
    }

    /// The largest page at a level or below it, if all tables were new.
    fn below(self, level: LevelId, want: Want) -> Result<u32, MapError> {
        let mut reached = BTreeSet::from([level]);
        let mut waiting = vec![level];
        let mut best = Best::new();
        while let Some(level) = waiting.pop() {
            for (kind, layout) in self.format.layouts_at(level) {
                if kind.class == Class::Page {
                    best.offer(self.page(kind, layout, want), ());
                }
                for child in &layout.children {
                    let usable = skipped(self.format, level, child.level) & want.range.first == 0;
                    if usable && reached.insert(child.level) {
                        waiting.push(child.level);
                    }
                }
            }
        }
        best.finish().map(|(lg2, ())| lg2)
    }

    /// The size of the page, where a whole one fits at the start of `want`.
    fn page(self, kind: &Kind, layout: &Layout, want: Want) -> Result<u32, MapError> {
        let smallest_lg2 = self.format.page_lg2(layout);
        let inside = (1_u128 << smallest_lg2) - 1;
        let aligned = (u128::from(want.range.first) | u128::from(want.oa)) & inside == 0;
        if !aligned || want.range.bytes() <= inside {
            let va = self.space.extend(want.range.first);
            return Err(MapError::Misaligned { va, oa: want.oa, bytes: want.range.bytes(), smallest_lg2 });
        }
        let word = page_word(self.format, kind, layout, self.attributes, want.oa);
        word.map(|_| smallest_lg2).map_err(|error| self.refused(kind, want.range.first, error))
    }

    /// Whether every item of a run is absent.
    fn room(self, image: &Image, level: LevelId, table: u64, index: u64, layout: &Layout) -> bool {
        let items = layout.run.map_or(1, |run| 1_u64 << run.items_lg2);
        (index..index.saturating_add(items)).all(|index| {
            let word = image.load(self.format.level(level), table, index);
            let entry = word.and_then(|word| decode_word(self.format, level, word).ok());
            entry.is_some_and(|entry| entry.kind.class == Class::Absent)
        })
    }

    /// The error for an entry that cannot be made.
    pub(super) fn refused(self, kind: &Kind, va: u64, error: EncodeError) -> MapError {
        MapError::Encode { va: self.space.extend(va), kind: kind.name.clone(), error }
    }
}

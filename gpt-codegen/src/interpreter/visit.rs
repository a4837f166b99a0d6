//! Every entry under a range of input addresses, in order, with a bound on the work.

use std::collections::{BTreeMap, HashSet};

use crate::model::{Class, Format, LevelId};

use super::Root;
use super::address::{InputRange, low_mask};
use super::attributes::restrict;
use super::decode::{Decoded, decode_word};
use super::fault::{Fault, Place};
use super::image::Image;
use super::value::Attributes;
use super::walk::{page_item, table_address};

/// How many entries a visit may read beyond a few times those that the image has.
const SPARE_READS: u64 = 1 << 16;

/// Something found under the range.
#[derive(Clone, Debug)]
pub(super) enum Found {
    /// One item of a page, or a part of one that another child leaves visible.
    Page(PageItem),
    /// An entry that does not translate but says something.
    Special {
        /// What it stands for.
        range: InputRange,
        /// The name of the kind.
        kind: String,
        /// The entry.
        place: Place,
    },
    /// Something broken.
    Broken {
        /// The first input address concerned, without the bits above the translated ones.
        va: u64,
        /// What is broken.
        fault: Fault,
    },
}

/// One item of a page.
#[derive(Clone, Debug)]
pub(super) struct PageItem {
    /// The input addresses that it translates.
    pub(super) range: InputRange,
    /// Where the first of them leads.
    pub(super) oa: u64,
    /// The input addresses of the whole page.
    pub(super) page: InputRange,
    /// What the entry alone says.
    pub(super) own: Attributes,
    /// What holds, the tables above considered.
    pub(super) effective: Attributes,
    /// The level of its table.
    pub(super) level: LevelId,
    /// The name of the kind.
    pub(super) kind: String,
    /// The entry.
    pub(super) place: Place,
}

/// How two children under one entry are reported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Children {
    /// What a walk sees: the earlier child hides the later one where it says anything.
    Visible,
    /// Both, one after the other.
    All,
}

/// Reports all that is under `range`.
pub(super) fn visit(
    format: &Format,
    image: &Image,
    root: Root,
    range: InputRange,
    children: Children,
    sink: &mut dyn FnMut(Found),
) {
    let narrowest = format.levels.iter().map(|level| level.entry_bytes().max(1)).min().unwrap_or(1);
    let reads = (image.bytes().len() as u64 / narrowest).saturating_mul(4).saturating_add(SPARE_READS);
    let mut visitor = Visitor { format, image, children, path: Vec::new(), quiet: HashSet::new(), reads, most: reads };
    let nothing = BTreeMap::new();
    let mut at = range.first;
    let mut watch = |found: Found| {
        if let Found::Page(PageItem { range, .. }) | Found::Special { range, .. } = &found {
            at = range.first;
        }
        sink(found);
    };
    if let Err(TooMuchWork) = visitor.table(root.level, u128::from(root.table), range, &nothing, &mut watch) {
        sink(Found::Broken { va: at, fault: Fault::TooMuchWork { entries: visitor.most } });
    }
}

struct TooMuchWork;

struct Visitor<'a> {
    format: &'a Format,
    image: &'a Image,
    children: Children,
    path: Vec<u64>,
    /// Tables in which there is nothing at all; formats that fill tables with pointers to one shared empty table
    /// would otherwise cost the product of all tables' sizes.
    quiet: HashSet<(LevelId, u64)>,
    reads: u64,
    most: u64,
}

impl Visitor<'_> {
    /// Reports a table and what is below it; says whether there was nothing.
    fn table(
        &mut self,
        level: LevelId,
        table: u128,
        range: InputRange,
        above: &BTreeMap<String, bool>,
        sink: &mut dyn FnMut(Found),
    ) -> Result<bool, TooMuchWork> {
        let table = match table_address(self.format, level, table, &self.path) {
            Ok(table) => table,
            Err(fault) => {
                sink(Found::Broken { va: range.first, fault });
                return Ok(false);
            }
        };
        if self.quiet.contains(&(level, table)) {
            return Ok(true);
        }
        self.path.push(table);
        let quiet = self.items(level, table, range, above, sink);
        self.path.pop();
        let index = self.format.level(level).index;
        if matches!(quiet, Ok(true)) && range.bytes() == 1 << (index.high + 1) {
            self.quiet.insert((level, table));
        }
        quiet
    }

    fn items(
        &mut self,
        level: LevelId,
        table: u64,
        range: InputRange,
        above: &BTreeMap<String, bool>,
        sink: &mut dyn FnMut(Found),
    ) -> Result<bool, TooMuchWork> {
        let shape = self.format.level(level);
        let start = range.first & !low_mask(shape.index.high + 1);
        let index_of = |va: u64| shape.index.get(u128::from(va)) as u64;
        let mut quiet = true;
        for index in index_of(range.first)..=index_of(range.last) {
            self.reads = self.reads.checked_sub(1).ok_or(TooMuchWork)?;
            let first = start | index << shape.index.low;
            let item = InputRange { first, last: first | low_mask(shape.index.low) };
            let place = || Place::new(self.format, level, table, index);
            let Some(word) = self.image.load(shape, table, index) else {
                sink(Found::Broken { va: item.first, fault: Fault::Outside(place()) });
                return Ok(false);
            };
            let entry = match decode_word(self.format, level, word) {
                Ok(entry) => entry,
                Err(why) => {
                    quiet = false;
                    sink(Found::Broken { va: item.first, fault: Fault::Malformed { why, place: place() } });
                    continue;
                }
            };
            match entry.kind.class {
                Class::Absent => {}
                Class::Special => {
                    quiet = false;
                    let kind = entry.kind.name.clone();
                    sink(Found::Special { range: item, kind, place: place() });
                }
                Class::Page => {
                    quiet = false;
                    sink(self.page(&entry, item, index, above, place()));
                }
                Class::Table => {
                    let mut above = above.clone();
                    for (name, allowed) in entry.permissions() {
                        *above.entry(name).or_insert(true) &= allowed;
                    }
                    if let Some(range) = range.and(item) {
                        quiet &= self.below(&entry, range, &above, sink)?;
                    }
                }
            }
        }
        Ok(quiet)
    }

    fn page(
        &self,
        entry: &Decoded<'_>,
        item: InputRange,
        index: u64,
        above: &BTreeMap<String, bool>,
        place: Place,
    ) -> Found {
        let (oa, page_bytes) = match page_item(self.format, entry, || place.clone(), index) {
            Ok(leads) => leads,
            Err(fault) => return Found::Broken { va: item.first, fault },
        };
        let inside = (page_bytes - 1) as u64;
        let own = entry.attributes();
        let mut effective = own.clone();
        restrict(&mut effective, above);
        Found::Page(PageItem {
            range: item,
            oa,
            page: InputRange { first: item.first & !inside, last: item.first | inside },
            own,
            effective,
            level: entry.layout.level,
            kind: entry.kind.name.clone(),
            place,
        })
    }

    fn below(
        &mut self,
        entry: &Decoded<'_>,
        range: InputRange,
        above: &BTreeMap<String, bool>,
        sink: &mut dyn FnMut(Found),
    ) -> Result<bool, TooMuchWork> {
        let tables: Vec<_> = entry.tables().collect();
        let mut quiet = true;
        let mut seen: Vec<Found> = Vec::new();
        for (_, level, table) in &tables {
            // A level further down than the next one translates only the addresses whose skipped bits are zero.
            let span = low_mask(self.format.level(*level).index.high + 1);
            let first = range.first & !low_mask(self.format.level(entry.layout.level).index.low) & !span;
            // Nor does a table translate what only its missing parts would.
            let (items, low) = (entry.items_there(*level), self.format.level(*level).index.low);
            if items.is_empty() {
                continue;
            }
            let (first, last) = (first | items.start() << low, first | items.end() << low | low_mask(low));
            let Some(range) = range.and(InputRange { first, last }) else { continue };
            if tables.len() == 1 || self.children == Children::All {
                quiet &= self.table(*level, *table, range, above, sink)?;
                continue;
            }
            let mut later = Vec::new();
            quiet &= self.table(*level, *table, range, above, &mut |found| later.push(found))?;
            seen = beneath(seen, later);
        }
        seen.into_iter().for_each(sink);
        Ok(quiet)
    }
}

/// What is visible of `later` where `earlier` says nothing, and all of `earlier`, in order.
fn beneath(earlier: Vec<Found>, later: Vec<Found>) -> Vec<Found> {
    let range_of = |found: &Found| match found {
        Found::Page(item) => item.range,
        Found::Special { range, .. } => *range,
        Found::Broken { va, .. } => InputRange { first: *va, last: *va },
    };
    let hiding: Vec<InputRange> =
        earlier.iter().filter(|found| !matches!(found, Found::Broken { .. })).map(range_of).collect();
    let mut all = earlier;
    for found in later {
        let whole = range_of(&found);
        let near = hiding.partition_point(|range| range.last < whole.first);
        let mut next = Some(whole.first);
        let mut hidden = false;
        for hides in hiding.iter().skip(near).take_while(|range| range.first <= whole.last) {
            hidden = true;
            if let (Some(first), Some(before)) = (next, hides.first.checked_sub(1)) {
                all.extend(cut(&found, first, before));
            }
            next = hides.last.checked_add(1);
        }
        if !hidden {
            all.push(found);
        } else if let Some(first) = next {
            all.extend(cut(&found, first, whole.last));
        }
    }
    all.sort_by_key(|found| range_of(found).first);
    all
}

/// The part of a page item between two addresses.
fn cut(found: &Found, first: u64, last: u64) -> Option<Found> {
    let Found::Page(item) = found else { return None };
    if first > last {
        return None;
    }
    let oa = item.oa + (first - item.range.first);
    Some(Found::Page(PageItem { range: InputRange { first, last }, oa, ..item.clone() }))
}

//! Maps a range with the largest pages that fit.

use crate::check::Checked;
use crate::model::{Class, Format, LevelId};

use super::address::{InputRange, InputSpace};
use super::decode::{Decoded, decode_word};
use super::error::MapError;
use super::fault::{Fault, Place};
use super::fit::{Choice, Fit, Want};
use super::image::Image;
use super::link::{page_word, table_agrees, table_saying, table_word};
use super::value::Attributes;
use super::visit::{Children, Found, PageItem, visit};
use super::walk::table_address;
use super::{Root, empty_word};

/// A range to be mapped.
#[derive(Clone, Copy, Debug)]
pub struct Mapping<'a> {
    /// The first input address.
    pub va: u64,
    /// Where it is to lead.
    pub oa: u64,
    /// How many bytes there are.
    pub bytes: u128,
    /// What the pages are to say; attributes that are not given are false or zero. `None` allows everything but
    /// unprivileged accesses.
    pub attributes: Option<&'a Attributes>,
}

/// Maps a range with the largest pages that fit, runs of items included. New table entries allow everything, unless
/// [`Image::table_attributes`] says otherwise.
///
/// # Errors
/// When an address or the length is not one the format has, something is there already, or an entry cannot be made.
/// The image is then as it was.
pub fn map(checked: &Checked, image: &mut Image, root: Root, mapping: Mapping<'_>) -> Result<(), MapError> {
    let format = checked.format();
    let space = InputSpace::new(format, root.level);
    let range = space.range(mapping.va, mapping.bytes).map_err(MapError::Input)?;
    output_range(format, mapping.oa, mapping.bytes)?;
    first_obstacle(format, image, root, range).map_or(Ok(()), Err)?;
    let before = image.clone();
    let placed = place(checked, image, root, range, mapping.oa, mapping.attributes);
    if placed.is_err() {
        *image = before;
    }
    placed
}

/// What is at the lowest address of a range at which there is anything, as an error.
fn first_obstacle(format: &Format, image: &Image, root: Root, range: InputRange) -> Option<MapError> {
    let space = InputSpace::new(format, root.level);
    let mut first: Option<(u64, MapError)> = None;
    visit(format, image, root, range, Children::All, &mut |found| {
        let from = |there: InputRange| there.first.max(range.first);
        let (at, error) = match found {
            Found::Page(PageItem { range, kind, place, .. }) | Found::Special { range, kind, place } => {
                (from(range), MapError::Exists { va: space.extend(from(range)), kind, place })
            }
            Found::Broken { va, fault } => (va, MapError::Fault { va: space.extend(va), fault }),
        };
        if first.as_ref().is_none_or(|(before, _)| at < *before) {
            first = Some((at, error));
        }
    });
    first.map(|(_, error)| error)
}

fn output_range(format: &Format, oa: u64, bytes: u128) -> Result<(), MapError> {
    let output_bits = format.output.bits.min(64);
    let past = u128::from(oa).saturating_add(bytes);
    if past > 1 << output_bits { Err(MapError::Output { oa, bytes, output_bits }) } else { Ok(()) }
}

/// Maps a range in which nothing is mapped.
pub(super) fn place(
    checked: &Checked,
    image: &mut Image,
    root: Root,
    range: InputRange,
    oa: u64,
    attributes: Option<&Attributes>,
) -> Result<(), MapError> {
    let space = InputSpace::new(checked.format(), root.level);
    let fit = Fit { format: checked.format(), space, attributes };
    let mut mapper = Mapper { checked, image, fit };
    let mut next = Some(Want { range, oa });
    while let Some(want) = next {
        let bytes = mapper.table(root.level, root.table, want)?;
        let left = u64::try_from(bytes).ok().and_then(|bytes| want.range.first.checked_add(bytes));
        let left = left.filter(|first| *first <= range.last);
        next = left.map(|first| Want { range: InputRange { first, last: range.last }, oa: oa + (first - range.first) });
    }
    Ok(())
}

struct Mapper<'a> {
    checked: &'a Checked,
    image: &'a mut Image,
    fit: Fit<'a>,
}

/// One item of one table.
#[derive(Clone, Copy)]
struct Item {
    level: LevelId,
    table: u64,
    index: u64,
}

impl<'a> Mapper<'a> {
    /// Maps one page at the start of `want`, as large as fits, and says how many bytes it has.
    fn table(&mut self, level: LevelId, table: u64, want: Want) -> Result<u128, MapError> {
        let Fit { format, space, .. } = self.fit;
        let shape = format.level(level);
        let va = space.extend(want.range.first);
        let index = shape.index.get(u128::from(want.range.first)) as u64;
        let item = Item { level, table, index };
        let place = || Place::new(format, level, table, index);
        let word = self.image.load(shape, table, index);
        let word = word.ok_or_else(|| MapError::Fault { va, fault: Fault::Outside(place()) })?;
        let entry = decode_word(format, level, word)
            .map_err(|why| MapError::Fault { va, fault: Fault::Malformed { why, place: place() } })?;
        match entry.kind.class {
            Class::Page | Class::Special => Err(MapError::Exists { va, kind: entry.kind.name.clone(), place: place() }),
            Class::Table => self.existing(&entry, item, want),
            Class::Absent => self.absent(item, want),
        }
    }

    /// Makes a page of an absent item, or a table and something in it.
    fn absent(&mut self, item: Item, want: Want) -> Result<u128, MapError> {
        let (lg2, choice) = self.fit.absent(self.image, item.level, item.table, item.index, want)?;
        match choice.child {
            Some((child, level)) => {
                let below = self.link(choice, None, child, level, item, want)?;
                self.table(level, below, want)
            }
            None => self.page(choice, item, want).map(|()| 1 << lg2),
        }
    }

    /// Goes on in the child of a table entry that has room for the largest page; adds a second child where that is
    /// the better one.
    fn existing(&mut self, entry: &Decoded<'a>, item: Item, want: Want) -> Result<u128, MapError> {
        let (child, level) = match self.fit.child(entry.layout, want) {
            // Another kind of table may have smaller pages.
            Err(_) if self.is_empty(entry) => return self.absent(item, want),
            found => found?,
        };
        if let Some(attributes) = self.fit.attributes {
            table_agrees(self.fit.format, entry, level, attributes)
                .map_err(|error| self.fit.refused(entry.kind, want.range.first, error))?;
        }
        let index = self.fit.format.level(level).index.get(u128::from(want.range.first)) as u64;
        if !entry.items_there(level).contains(&index) {
            let va = self.fit.space.extend(want.range.first);
            let place = Place::new(self.fit.format, item.level, item.table, item.index);
            return Err(MapError::Fault { va, fault: Fault::NoChild(place) });
        }
        let below = match entry.tables().find(|(there, ..)| *there == child) {
            Some((.., address)) => table_address(self.fit.format, level, address, &[item.table])
                .map_err(|fault| MapError::Fault { va: self.fit.space.extend(want.range.first), fault })?,
            None => {
                let choice = Choice { kind: entry.kind, layout: entry.layout, child: None };
                self.link(choice, Some(entry.word), child, level, item, want)?
            }
        };
        self.table(level, below, want)
    }

    /// Whether every item of every table of an entry is absent.
    fn is_empty(&self, entry: &Decoded<'_>) -> bool {
        let format = self.fit.format;
        entry.tables().all(|(_, level, table)| {
            let shape = format.level(level);
            let absent = |index| {
                let word = self.image.load(shape, u64::try_from(table).ok()?, index)?;
                Some(decode_word(format, level, word).ok()?.kind.class == Class::Absent)
            };
            entry.items_there(level).all(|index| absent(index) == Some(true))
        })
    }

    /// Makes a table, and the entry that leads to it.
    fn link(
        &mut self,
        Choice { kind, layout, .. }: Choice<'_>,
        existing: Option<u128>,
        child: usize,
        level: LevelId,
        item: Item,
        want: Want,
    ) -> Result<u64, MapError> {
        let below = self.image.allocate(self.fit.format.level(level), empty_word(self.checked, level))?;
        let says = self.image.tables_say(item.level);
        let word = table_word(self.fit.format, kind, layout, existing, child, below, self.fit.attributes)
            .and_then(|word| table_saying(self.fit.format, kind, layout, word, child, &says))
            .map_err(|error| self.fit.refused(kind, want.range.first, error))?;
        let items = layout.run.map_or(1, |run| 1_u64 << run.items_lg2);
        let first = item.index & !(items - 1);
        for index in first..first + items {
            self.store(Item { index, ..item }, want, word)?;
        }
        Ok(below)
    }

    /// Writes all items of a page; each has its own output address where the format says so.
    fn page(&mut self, Choice { kind, layout, .. }: Choice<'_>, item: Item, want: Want) -> Result<(), MapError> {
        let Fit { format, attributes, .. } = self.fit;
        let (items, own) = layout.run.map_or((1, false), |run| (1_u64 << run.items_lg2, run.own_address));
        for number in 0..items {
            let oa = if own { want.oa + (number << format.level(item.level).index.low) } else { want.oa };
            let word = page_word(format, kind, layout, attributes, oa)
                .map_err(|error| self.fit.refused(kind, want.range.first, error))?;
            self.store(Item { index: item.index + number, ..item }, want, word)?;
        }
        Ok(())
    }

    fn store(&mut self, Item { level, table, index }: Item, want: Want, word: u128) -> Result<(), MapError> {
        let Fit { format, space, .. } = self.fit;
        self.image.store(format.level(level), table, index, word).ok_or_else(|| MapError::Fault {
            va: space.extend(want.range.first),
            fault: Fault::Outside(Place::new(format, level, table, index)),
        })
    }
}

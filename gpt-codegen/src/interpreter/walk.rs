//! One input address, step by step, as the hardware would.

use std::collections::BTreeMap;

use crate::check::Checked;
use crate::model::{Class, Format, LevelId};

use super::Root;
use super::address::{InputSpace, low_mask};
use super::attributes::restrict;
use super::decode::{Decoded, decode_word};
use super::fault::{Fault, Place};
use super::image::Image;
use super::value::Attributes;

/// How many entries one walk may read; only two children at every one of many levels come near.
const MOST_STEPS: u64 = 4096;

/// What became of one input address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// The input address.
    pub va: u64,
    /// The entries that led to the answer, root first.
    pub steps: Vec<Step>,
    /// The translation, or why there is none.
    pub result: Result<Translation, Fault>,
}

/// One entry on the way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The name of the level.
    pub level: String,
    /// The output address of the table.
    pub table: u64,
    /// The number of the item.
    pub index: u64,
    /// The word.
    pub word: u128,
    /// The name of the kind, or `None` where the word is malformed.
    pub kind: Option<String>,
}

/// Where an input address leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Translation {
    /// The output address.
    pub oa: u64,
    /// The size of the page.
    pub page_bytes: u128,
    /// The attributes of the page; a permission is allowed only where the tables on the way allow it too.
    pub attributes: Attributes,
}

/// Translates one input address.
///
/// Of two children the earlier one answers unless its entry is absent, and the other one then. A table that is its own
/// ancestor is a fault, although hardware would go on.
pub fn walk(checked: &Checked, image: &Image, root: Root, va: u64) -> Walk {
    let format = checked.format();
    let mut walker = Walker { format, image, steps: Vec::new(), path: Vec::new(), reads: 0 };
    let result = match InputSpace::new(format, root.level).truncate(va) {
        Ok(inside) => walker.table(root.level, u128::from(root.table), inside, &BTreeMap::new()),
        Err(why) => Err(Fault::Input(why)),
    };
    Walk { va, steps: walker.steps, result }
}

/// Checks the address of a table before anything is read through it.
pub(super) fn table_address(format: &Format, level: LevelId, table: u128, ancestors: &[u64]) -> Result<u64, Fault> {
    let shape = format.level(level);
    if !table.is_multiple_of(u128::from(shape.align_bytes.max(1))) {
        return Err(Fault::TableMisaligned { level: shape.name.clone(), table, align_bytes: shape.align_bytes });
    }
    // An address that does not even fit 64 bits is outside every image.
    let Ok(address) = u64::try_from(table) else {
        return Err(Fault::Outside(Place::new(format, level, u64::MAX, 0)));
    };
    if ancestors.contains(&address) {
        return Err(Fault::Loop { level: shape.name.clone(), table: address });
    }
    Ok(address)
}

/// Where the item of a page entry leads: the output address of the item's first byte and the size of the page.
pub(super) fn page_item(
    format: &Format,
    entry: &Decoded<'_>,
    place: impl FnOnce() -> Place,
    index: u64,
) -> Result<(u64, u128), Fault> {
    let level = format.level(entry.layout.level);
    let address = entry.page().unwrap_or_default();
    let item_bytes = 1_u128 << level.index.low;
    let page_bytes = 1_u128 << format.page_lg2(entry.layout);
    let own = entry.layout.run.is_none_or(|run| run.own_address);
    let align_bytes = if own { item_bytes } else { page_bytes };
    let slice = if own { 0 } else { u128::from(index) & (page_bytes / item_bytes - 1) };
    let oa = u64::try_from(address).ok().and_then(|address| address.checked_add((slice * item_bytes) as u64));
    match oa {
        Some(oa) if address.is_multiple_of(align_bytes) => Ok((oa, page_bytes)),
        _ => Err(Fault::PageMisaligned { address, align_bytes, place: place() }),
    }
}

struct Walker<'a> {
    format: &'a Format,
    image: &'a Image,
    steps: Vec<Step>,
    path: Vec<u64>,
    reads: u64,
}

impl Walker<'_> {
    fn table(
        &mut self,
        level: LevelId,
        table: u128,
        va: u64,
        above: &BTreeMap<String, bool>,
    ) -> Result<Translation, Fault> {
        let table = table_address(self.format, level, table, &self.path)?;
        self.path.push(table);
        let result = self.entry(level, table, va, above);
        self.path.pop();
        result
    }

    fn entry(
        &mut self,
        level: LevelId,
        table: u64,
        va: u64,
        above: &BTreeMap<String, bool>,
    ) -> Result<Translation, Fault> {
        self.reads += 1;
        if self.reads > MOST_STEPS {
            return Err(Fault::TooMuchWork { entries: MOST_STEPS });
        }
        let shape = self.format.level(level);
        let index = shape.index.get(u128::from(va)) as u64;
        let place = || Place::new(self.format, level, table, index);
        let word = self.image.load(shape, table, index).ok_or_else(|| Fault::Outside(place()))?;
        let decoded = decode_word(self.format, level, word);
        let kind = decoded.as_ref().ok().map(|entry| entry.kind.name.clone());
        self.steps.push(Step { level: shape.name.clone(), table, index, word, kind });
        let entry = decoded.map_err(|why| Fault::Malformed { why, place: place() })?;
        match entry.kind.class {
            Class::Absent => Err(Fault::Absent(place())),
            Class::Special => Err(Fault::Special { kind: entry.kind.name.clone(), place: place() }),
            Class::Page => {
                let (oa, page_bytes) = page_item(self.format, &entry, place, index)?;
                let mut attributes = entry.attributes();
                restrict(&mut attributes, above);
                Ok(Translation { oa: oa | va & low_mask(shape.index.low), page_bytes, attributes })
            }
            Class::Table => {
                let mut above = above.clone();
                for (name, allowed) in entry.permissions() {
                    *above.entry(name).or_insert(true) &= allowed;
                }
                self.children(&entry, va, &above, place())
            }
        }
    }

    /// Asks the children in turn, until one says more than absent.
    fn children(
        &mut self,
        entry: &Decoded<'_>,
        va: u64,
        above: &BTreeMap<String, bool>,
        place: Place,
    ) -> Result<Translation, Fault> {
        let here = self.steps.len();
        let mut failed: Option<(Vec<Step>, Fault)> = None;
        for (_, level, table) in entry.tables() {
            let index = self.format.level(level).index.get(u128::from(va)) as u64;
            if skipped(self.format, entry.layout.level, level) & va != 0 || !entry.items_there(level).contains(&index) {
                continue;
            }
            match self.table(level, table, va, above) {
                Err(fault @ (Fault::Absent(_) | Fault::NoChild(_))) => {
                    failed = Some((self.steps.split_off(here), fault));
                }
                said => return said,
            }
        }
        let Some((steps, fault)) = failed else { return Err(Fault::NoChild(place)) };
        self.steps.extend(steps);
        Err(fault)
    }
}

/// The bits of the input address between two levels, which a walk that skips levels takes to be zero.
pub(super) fn skipped(format: &Format, parent: LevelId, child: LevelId) -> u64 {
    let above = low_mask(format.level(parent).index.low);
    above & !low_mask(format.level(child).index.high + 1)
}

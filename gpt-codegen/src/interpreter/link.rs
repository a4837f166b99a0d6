//! The words that a mapping writes: pages, and table entries that allow everything.

use std::collections::BTreeSet;
use std::iter;

use crate::model::{Class, Condition, Format, Kind, Layout, LevelId, Meaning, Sort, Target};

use super::address::{gather, scatter};
use super::attributes::{attribute_name, permissions_of_word, permissive};
use super::decode::Decoded;
use super::encode::{bits_of, compose};
use super::error::EncodeError;
use super::value::{Attributes, Value};

/// A page entry for the output address `oa`, or why there is none.
///
/// Without attributes the page allows everything but unprivileged accesses. A permission that is asked for and that the
/// entry does not speak of is given anyway.
pub(super) fn page_word(
    format: &Format,
    kind: &Kind,
    layout: &Layout,
    attributes: Option<&Attributes>,
    oa: u64,
) -> Result<u128, EncodeError> {
    let word = match attributes {
        Some(attributes) => compose(format, kind, layout, &spoken_of(format, layout, attributes))?,
        None => compose(format, kind, layout, &permissive(format, layout, false))?,
    };
    let word = scatter(layout, Target::Page, word, u128::from(oa))?;
    if layout.matches.fits(word) { Ok(word) } else { Err(EncodeError::OtherKind { kind: kind.name.clone(), word }) }
}

/// The attributes that a page can say. Left out are permissions that are wanted and that no row of the layout
/// restricts, and what the tables above say for all pages below them.
fn spoken_of(format: &Format, layout: &Layout, attributes: &Attributes) -> Attributes {
    let restricted = permissions_of_word(format, layout, 0);
    let needless = |name: &str, value: &Value| {
        let given = *value == Value::Flag(true) && !restricted.contains_key(name) && is_permission(name);
        given || (!says(layout, name) && tables_above(format, layout.level).iter().any(|table| says(table, name)))
    };
    let kept = attributes.iter().filter(|(name, value)| !needless(name, value));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Whether a layout has a row for an attribute.
fn says(layout: &Layout, name: &str) -> bool {
    layout.fields.iter().any(|field| attribute_name(field).as_deref() == Some(name))
}

/// The layouts of all table entries on ways down to a level.
fn tables_above(format: &Format, level: LevelId) -> Vec<&Layout> {
    let mut below = BTreeSet::from([level]);
    let mut above: Vec<&Layout> = Vec::new();
    loop {
        let layouts = format.kinds.iter().flat_map(|kind| &kind.layouts);
        let leads = |layout: &&Layout| layout.children.iter().any(|child| below.contains(&child.level));
        let found: Vec<&Layout> = layouts.filter(leads).collect();
        if found.len() == above.len() {
            return above;
        }
        below.extend(found.iter().map(|layout| layout.level));
        above = found;
    }
}

/// The attributes that a table entry has to say for the pages below it, because none of those can.
fn said_for_pages(format: &Format, layout: &Layout, child: LevelId, attributes: &Attributes) -> Attributes {
    let pages = format.kinds.iter().filter(|kind| kind.class == Class::Page).flat_map(|kind| &kind.layouts);
    let pages: Vec<&Layout> = pages
        .filter(|page| page.level == child || tables_above(format, page.level).iter().any(|it| it.level == child))
        .collect();
    let own = |name: &str| says(layout, name) && !pages.iter().any(|page| says(page, name));
    let kept = attributes.iter().filter(|(name, _)| own(name));
    kept.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Checks that a table entry that is there says for the pages below it what they are to be.
pub(super) fn table_agrees(
    format: &Format,
    entry: &Decoded<'_>,
    child: LevelId,
    attributes: &Attributes,
) -> Result<(), EncodeError> {
    let says = entry.attributes();
    for (name, value) in said_for_pages(format, entry.layout, child, attributes) {
        match says.get(&name) {
            Some(there) if *there != value => {
                let takes = format!("{there} here, for this entry says so for all pages below it");
                return Err(EncodeError::WrongValue { field: name, takes });
            }
            _ => {}
        }
    }
    Ok(())
}

/// A table entry that leads to child number `place` at `table`: `existing` with the child added, or a new one that
/// allows everything, and says what `attributes` say and no page below it can.
///
/// Where the zero of the remaining fields would not say that the child is present, the first pattern of the
/// description that does is taken.
pub(super) fn table_word(
    format: &Format,
    kind: &Kind,
    layout: &Layout,
    existing: Option<u128>,
    place: usize,
    table: u64,
    attributes: Option<&Attributes>,
) -> Result<u128, EncodeError> {
    let base = match existing {
        Some(word) => word,
        None => {
            let mut says = permissive(format, layout, true);
            if let (Some(child), Some(attributes)) = (layout.children.get(place), attributes) {
                says.extend(said_for_pages(format, layout, child.level, attributes));
            }
            compose(format, kind, layout, &says)?
        }
    };
    let word = scatter(layout, Target::Table(place), base, u128::from(table))?;
    let other_kind = || EncodeError::OtherKind { kind: kind.name.clone(), word };
    let child = layout.children.get(place).ok_or_else(other_kind)?;
    let good = |word: &u128| {
        layout.matches.fits(*word)
            && gather(layout, Target::Table(place), *word) == u128::from(table)
            && layout.children.iter().enumerate().all(|(other, it)| {
                let was = existing.is_some_and(|before| it.present.fits(before));
                let kept = gather(layout, Target::Table(other), *word) == gather(layout, Target::Table(other), base);
                if other == place { it.present.fits(*word) } else { it.present.fits(*word) == was && (kept || !was) }
            })
    };
    // What an entry that is there says of its other child stays.
    let both = layout.matches.and(&child.present).filter(|_| existing.is_none());
    let Condition(cubes) = both.unwrap_or_else(|| child.present.clone());
    let patterns = cubes.iter().map(|cube| word & !cube.mask | cube.value);
    iter::once(word).chain(patterns).find(good).ok_or_else(other_kind)
}

/// The table entry `word`, which leads to child number `place`, saying this as well. What decides about another child
/// stays as it is, and what the entry has no row for is left out, unless it forbids an access.
pub(super) fn table_saying(
    format: &Format,
    kind: &Kind,
    layout: &Layout,
    word: u128,
    place: usize,
    says: &Attributes,
) -> Result<u128, EncodeError> {
    let constants = layout.constant_mask();
    let others = layout.children.iter().enumerate().filter(|(other, _)| *other != place);
    let of_others = others.flat_map(|(_, child)| &child.present.0).fold(0, |mask, cube| mask | cube.mask) & !constants;
    let (mut said, rows) = (word, layout.values());
    for (name, value) in says {
        let row = rows.iter().find(|row| attribute_name(row.field).as_ref() == Some(name));
        match row {
            Some(row) if layout.children.len() > 1 && (row.field.hardware || row.places.mask() & of_others != 0) => {}
            Some(row) => said = row.places.set(said, bits_of(format, row, name, value)?),
            None if *value == Value::Flag(false) && is_permission(name) => {
                let known = layout.fields.iter().filter_map(attribute_name).collect();
                return Err(EncodeError::UnknownField { field: name.clone(), kind: kind.name.clone(), known });
            }
            None => {}
        }
    }
    let present = |word: u128| layout.children.iter().map(move |child| child.present.fits(word));
    if layout.matches.fits(said) && present(said).eq(present(word)) {
        Ok(said)
    } else {
        Err(EncodeError::OtherKind { kind: kind.name.clone(), word: said })
    }
}

/// Whether a word of the vocabulary allows or forbids an access.
fn is_permission(name: &str) -> bool {
    let words = Meaning::VOCABULARY.iter().filter(|(_, sort, _)| *sort == Sort::Permission);
    words.filter_map(|(word, ..)| Meaning::from_name(word)).any(|word| word.identifier() == name)
}

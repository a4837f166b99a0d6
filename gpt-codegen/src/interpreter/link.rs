//! The words that a mapping writes: pages, and table entries that allow everything.

use std::iter;

use crate::model::{Condition, Format, Kind, Layout, Target};

use super::address::{gather, scatter};
use super::attributes::permissive;
use super::encode::compose;
use super::error::EncodeError;
use super::value::Attributes;

/// A page entry for the output address `oa`, or why there is none.
///
/// Without attributes the page allows everything but unprivileged accesses.
pub(super) fn page_word(
    format: &Format,
    kind: &Kind,
    layout: &Layout,
    attributes: Option<&Attributes>,
    oa: u64,
) -> Result<u128, EncodeError> {
    let word = match attributes {
        Some(attributes) => compose(format, kind, layout, attributes)?,
        None => compose(format, kind, layout, &permissive(format, layout, false))?,
    };
    let word = scatter(layout, Target::Page, word, u128::from(oa))?;
    if layout.matches.fits(word) { Ok(word) } else { Err(EncodeError::OtherKind { kind: kind.name.clone(), word }) }
}

/// A table entry that leads to child number `place` at `table`: `existing` with the child added, or a new one that
/// allows everything.
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
) -> Result<u128, EncodeError> {
    let base = match existing {
        Some(word) => word,
        None => compose(format, kind, layout, &permissive(format, layout, true))?,
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
    let Condition(cubes) = layout.matches.and(&child.present).unwrap_or_else(|| child.present.clone());
    let patterns = cubes.iter().map(|cube| word & !cube.mask | cube.value);
    iter::once(word).chain(patterns).find(good).ok_or_else(other_kind)
}

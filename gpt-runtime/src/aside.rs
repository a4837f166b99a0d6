//! Tables built aside: allocated, filled, and not yet seen by anybody else.

use core::marker::PhantomData;

use crate::content::{Content, Place};
use crate::environment::Environment;
use crate::error::Reason;
use crate::fill::Fill;
use crate::format::{Format, Level};
use crate::map::Map;
use crate::mode::Owned;
use crate::obligation::{Below, Changes};
use crate::table::{Link, Table};
use crate::teardown::Teardown;

/// Builds a child for an item of `parent` that has the content at the place. On an error nothing is left.
///
/// With it comes what has to be invalidated once the child is linked, see [`Changes::note_below`].
pub(crate) fn build<'e, F: Format, L: Level<Format = F>, E: Environment, C: Content<F>>(
    parent: &Table<'e, L, E>,
    child: usize,
    place: Place,
    content: C,
) -> Result<(Link<'e, L, E>, Below), Reason> {
    let link = Link::<L, E>::allocate(parent.environment(), child).ok_or(Reason::OutOfTables)?;
    match fill(&link, place, content) {
        Ok(below) => Ok((link, below)),
        Err(reason) => {
            link.visit(Teardown);
            Err(reason)
        }
    }
}

/// Puts the content into a table that was just allocated, and gives what has to be invalidated once it is linked.
pub(crate) fn fill<F: Format, L: Level<Format = F>, E: Environment, C: Content<F>>(
    link: &Link<'_, L, E>,
    place: Place,
    content: C,
) -> Result<Below, Reason> {
    let mut changes = Changes::new();
    let mut map = Map::<E, Owned, C> { place, finished: false, content, changes: &mut changes, mode: PhantomData };
    link.visit(Fill)?;
    link.visit(&mut map)?;
    Ok(changes.below::<F>())
}

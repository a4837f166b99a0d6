//! Tables built aside: allocated, filled, and not yet seen by anybody else.

use core::marker::PhantomData;

use crate::environment::Environment;
use crate::error::Reason;
use crate::fill::Fill;
use crate::format::{Format, Level};
use crate::map::Map;
use crate::mode::Owned;
use crate::obligation::Changes;
use crate::table::{Link, Table};
use crate::teardown::Teardown;

/// What a table built aside maps.
pub(crate) struct Share<'a, F: Format> {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) oa: u64,
    pub(crate) sizes: u64,
    pub(crate) attributes: &'a F::Attributes,
}

/// Builds a child for an item of `parent` that maps the share. On an error nothing is left.
pub(crate) fn build<'e, F: Format, L: Level<Format = F>, E: Environment>(
    parent: &Table<'e, L, E>,
    child: usize,
    share: &Share<'_, F>,
) -> Result<Link<'e, L, E>, Reason> {
    let link = Link::<L, E>::allocate(parent.environment(), child).ok_or(Reason::OutOfTables)?;
    // Nothing that the hardware could have cached changes.
    let mut changes = Changes::new();
    let mut map = Map::<F, E, Owned> {
        next: share.first,
        last: share.last,
        oa: share.oa,
        finished: false,
        sizes: share.sizes,
        attributes: share.attributes,
        changes: &mut changes,
        mode: PhantomData,
    };
    match link.visit(Fill).and_then(|()| link.visit(&mut map)) {
        Ok(_) => Ok(link),
        Err(reason) => {
            link.visit(Teardown);
            Err(reason)
        }
    }
}

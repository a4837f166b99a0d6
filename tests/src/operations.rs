//! The operations that everybody uses, compiled once for each format however many tests call them.

use gpt_runtime::{AddressRange, EmptyTables, PageTable, Removed};

use crate::memory::Tables;
use crate::outcome::{Done, settle};
use crate::reclaim::Either;
use crate::tested::Tested;

/// A tree under test.
pub type Tree<'m, F> = PageTable<F, Tables<'m>, Either>;

/// What removed pages are reported to: one type, so that there is one copy of the operation.
pub type Report<'r, F> = &'r mut dyn FnMut(Removed<F>);

/// Maps a range with the largest pages that fit, of these sizes.
#[inline(never)]
pub fn map<F: Tested>(tree: &Tree<'_, F>, range: AddressRange<F>, oa: u64, says: &F::Attributes, sizes: u64) -> Done {
    settle(tree.map_with_sizes(range, oa, says, sizes))
}

/// Takes out what a range maps, and tables as soon as they are empty.
#[inline(never)]
pub fn unmap<F: Tested>(tree: &Tree<'_, F>, range: AddressRange<F>, report: Report<'_, F>) -> Done {
    settle(tree.unmap(range, EmptyTables::AtOnce, report))
}

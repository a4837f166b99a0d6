//! Reading a tree while others change it.

use core::fmt;

use crate::address::{AddressRange, InputAddress};
use crate::environment::Environment;
use crate::format::Format;
use crate::page_table::PageTable;
use crate::reclaim::Reclaim;
use crate::scan::{MappedRun, Scan};
use crate::walk::{Fault, Mapping, Walk};

/// A guard under which a tree is read. It keeps what it can see allocated, and stops nobody from changing it.
pub struct Reader<'t, F: Format, E: Environment, R: Reclaim + 't> {
    tree: &'t PageTable<F, E, R>,
    _guard: R::Guard<'t>,
}

impl<'t, F: Format, E: Environment, R: Reclaim> Reader<'t, F, E, R> {
    #[inline(always)]
    pub(crate) fn new(tree: &'t PageTable<F, E, R>, guard: R::Guard<'t>) -> Self {
        Self { tree, _guard: guard }
    }

    /// The tree that is read.
    pub(crate) fn tree(&self) -> &'t PageTable<F, E, R> {
        self.tree
    }

    /// Translates one address: loads each entry on the way once, never waits, never retries.
    ///
    /// # Errors
    /// Where there is no translation, with the level at which the walk ended.
    #[inline(always)]
    pub fn walk(&self, va: InputAddress<F>) -> Result<Mapping<F::Attributes>, Fault> {
        let va = self.tree.input(va).ok_or(Fault::BadInput)?;
        self.tree.visit_root(Walk { va })
    }

    /// What is mapped in the range, in order, pages that continue each other as one run.
    ///
    /// Each run is what was there when it was looked at.
    pub fn mappings(&self, range: AddressRange<F>) -> Mappings<'_, 't, F, E, R> {
        Mappings { reader: self, rest: self.tree.takes_all(range).then_some((range.first(), range.last())) }
    }
}

impl<F: Format, E: Environment, R: Reclaim> fmt::Debug for Reader<'_, F, E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("tree", self.tree).finish()
    }
}

/// What is mapped in a range.
#[derive(Debug)]
pub struct Mappings<'r, 't, F: Format, E: Environment, R: Reclaim> {
    reader: &'r Reader<'t, F, E, R>,
    rest: Option<(u64, u64)>,
}

impl<F: Format, E: Environment, R: Reclaim> Iterator for Mappings<'_, '_, F, E, R> {
    type Item = MappedRun<F::Attributes>;

    fn next(&mut self) -> Option<Self::Item> {
        let (next, last) = self.rest.take()?;
        let tree = self.reader.tree;
        let mut scan = Scan::<F> { next, last, finished: false, specials: false, piece: None };
        tree.visit_root(&mut scan);
        let run = scan.piece?.run()?;
        self.rest = run.last.checked_add(1).filter(|next| *next <= last).map(|next| (next, last));
        Some(run)
    }
}

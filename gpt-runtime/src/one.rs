//! One page of the smallest size: what most calls are about, without what longer ranges need.
//!
//! This does what [`crate::map`], [`crate::unmap`] and [`crate::update`] do with such a page, in the same steps. Whatever is not as it mostly
//! is (a table is missing, dead or would have to go, the item holds something else) is left as it was, for them to deal with.

use core::marker::PhantomData;

use crate::address::low_mask;
use crate::content::{Content, Place};
use crate::detach::take_page;
use crate::edit::Edit;
use crate::environment::Environment;
use crate::format::{Class, Format, Level};
use crate::mode::Mode;
use crate::obligation::Changes;
use crate::put::put;
use crate::removed::Removed;
use crate::table::{Table, TableVisitor, index};
use crate::update::{Item, Update};
use crate::walk::{is_single, mapping, single_shape};

/// Something done to the item of one smallest page.
pub(crate) trait Deed<F: Format, E: Environment> {
    /// Whether it was done.
    fn at<L: Level<Format = F>>(self, table: &Table<'_, L, E>, index: usize) -> bool;
}

/// The way down to the item for the smallest page at `va`.
pub(crate) struct One<M, D> {
    pub(crate) va: u64,
    pub(crate) deed: D,
    pub(crate) mode: PhantomData<M>,
}

impl<F: Format, E: Environment, M: Mode, D: Deed<F, E>> TableVisitor<F, E> for One<M, D> {
    /// Whether it was done.
    type Output = bool;

    #[inline(always)]
    fn visit<L: Level<Format = F>>(self, table: &Table<'_, L, E>) -> bool {
        let index = index::<L>(self.va);
        if L::CHILDREN.is_empty() {
            return L::INDEX_LOW == F::PAGE_SIZES.trailing_zeros() && self.deed.at(table, index);
        }
        let word = table.load(index);
        if L::CHILDREN.len() != 1 || L::class(word) != Class::Table {
            return false;
        }
        let Some(link) = table.child(word, 0) else { return false };
        if !F::COHERENT && !M::ALONE {
            // Who linked the table may not have announced it yet, and what is put below it is to be seen once this returns.
            table.written(index, 1);
        }
        link.visit(self)
    }

    fn dead_end(self) -> bool {
        false
    }
}

/// Puts an entry into the item, if that is absent.
pub(crate) struct Put<'a, M, C> {
    pub(crate) place: Place,
    pub(crate) content: &'a C,
    pub(crate) changes: &'a mut Changes,
    pub(crate) mode: PhantomData<M>,
}

impl<F: Format, E: Environment, M: Mode, C: Content<F>> Deed<F, E> for Put<'_, M, C> {
    #[inline(always)]
    fn at<L: Level<Format = F>>(self, table: &Table<'_, L, E>, index: usize) -> bool {
        // The largest has the number 0.
        let Some(number) = C::shapes::<L>().checked_sub(1) else { return false };
        let shape = C::shape::<L>(number);
        if shape.size_lg2 != L::INDEX_LOW || !self.place.fits(shape.size_lg2) {
            return false;
        }
        let Some(word) = self.content.encode::<L>(number, self.place.oa) else { return false };
        if !table.header().enter::<M>(1) {
            return false;
        }
        let is_put = put::<L, E, M>(table.cell(index), word);
        if is_put {
            table.written(index, 1);
            if F::CACHES.absent {
                self.changes.note(self.place.next, self.place.last, L::INDEX_LOW, L::NUMBER);
            }
        } else {
            table.header().leave::<M>(1);
        }
        is_put
    }
}

/// Takes the page out of the item; the table stays, even if it is empty then.
pub(crate) struct Take<'a, M, V> {
    pub(crate) va: u64,
    pub(crate) report: &'a mut V,
    pub(crate) changes: &'a mut Changes,
    pub(crate) mode: PhantomData<M>,
}

impl<F: Format, E: Environment, M: Mode, V: FnMut(Removed<F>)> Deed<F, E> for Take<'_, M, V> {
    #[inline(always)]
    fn at<L: Level<Format = F>>(self, table: &Table<'_, L, E>, index: usize) -> bool {
        // A table of one item is covered by its page.
        if L::INDEX_BITS == 0 {
            return false;
        }
        let Some(word) = take_page::<F, L, E, M>(table.cell(index), is_single::<L>) else { return false };
        (self.report)(Removed::Page(mapping::<L>(self.va, word)));
        table.written(index, 1);
        self.changes.note(self.va, self.va | low_mask(L::INDEX_LOW), L::INDEX_LOW, L::NUMBER);
        table.header().leave::<M>(1);
        true
    }
}

/// Edits the page in place.
pub(crate) struct Change<'a, M, D> {
    pub(crate) va: u64,
    pub(crate) editor: &'a mut D,
    pub(crate) changes: &'a mut Changes,
    pub(crate) mode: PhantomData<M>,
}

impl<F: Format, E: Environment, M: Mode, D: Edit<F>> Deed<F, E> for Change<'_, M, D> {
    #[inline(always)]
    fn at<L: Level<Format = F>>(self, table: &Table<'_, L, E>, index: usize) -> bool {
        let Some(shape) = single_shape::<L>() else { return false };
        if !F::REPLACE_IN_PLACE && D::MOVES {
            return false;
        }
        let what = self.editor.what();
        match Update::<E, M, D>::item::<F, L>(&what, table.cell(index), shape, None, self.va) {
            Ok(Item::Done(old)) => {
                self.editor.edited(&mapping::<L>(self.va, old));
                table.written(index, 1);
                self.changes.note(self.va, self.va | low_mask(L::INDEX_LOW), L::INDEX_LOW, L::NUMBER);
                true
            }
            Ok(Item::Same) => true,
            _ => false,
        }
    }
}

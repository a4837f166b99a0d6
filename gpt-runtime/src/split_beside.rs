//! Splits a page whose smaller pages lie in another table of the same entry.
//!
//! While both tables say something, the earlier one is heard: so the small pages are put into the later one under the large
//! page, and appear when that is taken out, in one step. The hardware may hold the entry in a cache without the later table,
//! and would find nothing then: so it is invalidated in between. Two tables change, so this is for who alone changes all
//! of the page: somebody else who unmaps it in between would find both.

use core::marker::PhantomData;

use crate::address::low_mask;
use crate::content::{Pages, Place};
use crate::environment::Environment;
use crate::error::Reason;
use crate::format::{Class, Format, Level};
use crate::map::Map;
use crate::mode::{Range, Shared};
use crate::obligation::{Changes, Invalidation};
use crate::table::{Table, TableVisitor, index};
use crate::take_back::TakeBack;
use crate::through_absent::{self, Invalidate};
use crate::walk::{Mapping, mapping, page_shape};

/// Splits the page that covers `va` in one of the tables that the item for `va` leads to. Where the page changed
/// meanwhile, nothing is done; the caller looks again in any case.
#[cold]
#[inline(never)]
pub(crate) fn split_beside<F: Format, L: Level<Format = F>, E: Environment>(
    table: &Table<'_, L, E>,
    va: u64,
    owned: Option<(u64, u64)>,
    changes: &mut Changes,
    invalidate: Option<&mut Invalidate<'_>>,
) -> Result<(), Reason> {
    let (first, last) = owned.ok_or(Reason::BreakBeforeMake)?;
    let word = table.load(index::<L>(va));
    let at = |child, action| table.child(word, child)?.visit(At { va, action });
    let look = |child| Some((at(child, Action::Look)?, child));
    let (found, large) = (0..L::CHILDREN.len()).find_map(look).ok_or(Reason::BreakBeforeMake)?;
    let page = found.page;
    let smaller = low_mask(page.size_lg2);
    let page_last = page.va | smaller;
    // Only a later table is hidden by what the large page says.
    let later = (large + 1..L::CHILDREN.len()).filter_map(|child| Some((child, L::CHILDREN.get(child)? & smaller)));
    let small = later.filter(|(_, sizes)| *sizes != 0).max_by_key(|(_, sizes)| *sizes);
    let (small, sizes) = small.filter(|_| first <= page.va && page_last <= last).ok_or(Reason::BreakBeforeMake)?;
    let place = Place { next: page.va, last: page_last, oa: page.oa, sizes };

    let invalidate = invalidate.ok_or(Reason::BreakBeforeMake)?;
    if F::REPLACE_IN_PLACE {
        fill(table, small, place, Pages::<F>(page.attributes), changes)?;
        let (first, last, levels) = (page.va, page_last, 1 << L::NUMBER);
        invalidate(Invalidation { first, last, smallest_page_lg2: page.size_lg2, levels, tables: true });
        if at(large, Action::Remove(found.word)).is_none() {
            // The hardware wrote to the page since: its copies do not say so.
            take_back(table, small, place, Pages::<F>(page.attributes), changes);
            return Ok(());
        }
    } else {
        let Some(Found { page, items, .. }) = at(large, Action::Break(invalidate)) else { return Ok(()) };
        if let Err(reason) = fill(table, small, place, Pages::<F>(page.attributes), changes) {
            at(large, Action::Restore(page));
            return Err(reason);
        }
        at(large, Action::Leave(items));
    }
    changes.note(page.va, page_last, page.size_lg2, found.level);
    Ok(())
}

/// Puts pages into a child of the item at the place, which is made if it is not there; on an error nothing is left.
fn fill<F: Format, L: Level<Format = F>, E: Environment>(
    table: &Table<'_, L, E>,
    child: usize,
    place: Place,
    content: Pages<F>,
    changes: &mut Changes,
) -> Result<(), Reason> {
    let number = index::<L>(place.next);
    let mut map = Map::<E, Range, _> { place, finished: false, content, changes: &mut *changes, mode: PhantomData };
    while !map.finished {
        let word = table.load(number);
        let step = match table.child(word, child) {
            Some(link) => map.below::<F, L>(table, link),
            None => map.link::<F, L>(table, number, word, child),
        };
        if let Err(reason) = step {
            let reached = map.place.next;
            if reached > place.next {
                take_back(table, child, Place { last: reached - 1, ..place }, content, changes);
            }
            return Err(reason);
        }
    }
    Ok(())
}

/// Takes pages out of a child of the item at the place again.
fn take_back<F: Format, L: Level<Format = F>, E: Environment>(
    table: &Table<'_, L, E>,
    child: usize,
    place: Place,
    content: Pages<F>,
    changes: &mut Changes,
) {
    if let Some(link) = table.child(table.load(index::<L>(place.next)), child) {
        link.visit(TakeBack { next: place.next, last: place.last, oa: place.oa, content, changes });
    }
}

/// A page, the number of its level, the word of one of its items, and how many it has.
struct Found<A> {
    page: Mapping<A>,
    level: u8,
    word: u128,
    items: u32,
}

/// What to do with a page.
enum Action<'a, 'i, A> {
    /// Nothing.
    Look,
    /// Take it out if it still has this word.
    Remove(u128),
    /// Take it out, and invalidate.
    Break(&'a mut Invalidate<'i>),
    /// Put it where it was.
    Restore(Mapping<A>),
    /// Count its items, which stay absent, as empty.
    Leave(u32),
}

/// Goes down to the page that covers `va`, and gives what it said; `None` where that is not there any more.
struct At<'a, 'i, A> {
    va: u64,
    action: Action<'a, 'i, A>,
}

impl<F: Format, E: Environment> TableVisitor<F, E> for At<'_, '_, F::Attributes> {
    type Output = Option<Found<F::Attributes>>;

    fn visit<L: Level<Format = F>>(self, table: &Table<'_, L, E>) -> Self::Output {
        let number = index::<L>(self.va);
        let word = table.load(number);
        if let Some(link) = (0..L::CHILDREN.len()).find_map(|child| table.child(word, child)) {
            return link.visit(self);
        }
        match self.action {
            Action::Leave(items) => {
                table.header().leave::<Shared>(items);
                return None;
            }
            Action::Restore(page) => {
                let shapes = (0..L::PAGES.len()).filter_map(|shape| Some((shape, *L::PAGES.get(shape)?)));
                let of_size = shapes.filter(|(_, shape)| shape.size_lg2 == page.size_lg2);
                let encode =
                    |(number, shape)| Some((number, shape, L::encode_page(number, page.oa, &page.attributes)?));
                let (number, shape, word) = of_size.into_iter().find_map(encode)?;
                through_absent::put_back::<F, L, E>(table, page.va, number, shape, word);
                return None;
            }
            Action::Look | Action::Remove(_) | Action::Break(_) => {}
        }
        if L::class(word) != Class::Page {
            return None;
        }
        let shape = page_shape::<L>(word);
        let page = mapping::<L>(self.va, word);
        let items = 1 << shape.items_lg2;
        let word = match self.action {
            Action::Remove(expected) => {
                if items != 1 || word.into() != expected || table.replace_item(number, word, L::EMPTY).is_err() {
                    return None;
                }
                table.header().leave::<Shared>(1);
                word
            }
            Action::Break(invalidate) => through_absent::take_out::<F, L, E>(table, self.va, shape, invalidate)?,
            Action::Look | Action::Restore(_) | Action::Leave(_) => word,
        };
        let page = Mapping { attributes: L::attributes(word), ..page };
        Some(Found { page, level: L::NUMBER, word: word.into(), items })
    }

    fn dead_end(self) -> Self::Output {
        None
    }
}

//! Entries that can lead to several tables: which of them a part of a range goes to.
//!
//! Where the tables *exclude* each other, what the entry says already decides: a table that is there is filled, with
//! what fits into it. Only an empty one gives way to a table of another kind. Where there is none yet, the one with the
//! largest pages is made among those whose pages can say all that lies below the entry.
//!
//! Where they stand *side by side*, for the same input addresses, what one of them maps, the others must not. That is
//! looked at before anything is put into a table. Others may map the same addresses at the same time with other sizes
//! of pages: so who has put pages into one table looks at the others again, after a fence. Of two, at least one sees what
//! the other put, takes its own back, and finds the addresses occupied.

use core::marker::PhantomData;

use crate::address::low_mask;
use crate::content::{Content, Place};
use crate::detach;
use crate::environment::Environment;
use crate::error::Reason;
use crate::first::First;
use crate::format::{Format, Level};
use crate::map::{Flow, Map};
use crate::mode::Mode;
use crate::sync::{Ordering, fence};
use crate::table::{Table, TableVisitor, item_last};
use crate::take_back::TakeBack;

impl<E: Environment, M: Mode, C> Map<'_, E, M, C> {
    /// Fills a part of the item at `next`, whose word is `word`, in one of its children: as much as belongs there, and
    /// as is not mapped in another child.
    #[cold]
    pub(crate) fn one_of_many<F: Format, L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        index: usize,
        word: L::Word,
    ) -> Result<Flow, Reason>
    where
        C: Content<F>,
    {
        let item_last = item_last::<L>(self.place.next);
        let whole = Place { last: self.place.last.min(item_last), ..self.place };
        if L::CHILDREN_EXCLUDE
            && let Some(link) = (0..L::CHILDREN.len()).find_map(|child| table.child(word, child))
        {
            return self.in_what_is_there(table, whole, link.parts());
        }
        let mut sizes = whole.sizes;
        let mut why = Reason::Occupied;
        loop {
            let place = Place { sizes, ..whole };
            let (child, place) = free_part(table, word, place).ok_or(why)?;
            let outcome = self.in_child::<F>(place, |part| match table.child(word, child) {
                Some(link) => part.below::<F, L>(table, link),
                None => part.link::<F, L>(table, index, word, child),
            });
            if M::SHARED && !L::CHILDREN_EXCLUDE {
                self.look_beside::<F, L>(table, index, child, place)?;
            }
            // Pages of another table may be able to say it.
            let rest = sizes & !sizes_of::<L>(child);
            let fits = |sizes: u64| sizes != 0 && self.place.fits(sizes.trailing_zeros());
            let other = L::CHILDREN.iter().any(|sizes| fits(sizes & rest));
            if outcome != Err(Reason::NotEncodable) || !other {
                return outcome;
            }
            (sizes, why) = (rest, Reason::NotEncodable);
        }
    }

    /// Does a part of the work, and moves on by what was done of it.
    fn in_child<F: Format>(
        &mut self,
        place: Place,
        work: impl FnOnce(&mut Map<'_, E, M, C>) -> Result<Flow, Reason>,
    ) -> Result<Flow, Reason>
    where
        C: Content<F>,
    {
        let changes = &mut *self.changes;
        let mut part = Map::<'_, E, M, C> { place, finished: false, content: self.content, changes, mode: PhantomData };
        let outcome = work(&mut part);
        let (reached, finished) = (part.place.next, part.finished);
        if finished {
            self.advance_past(place.last - self.place.next);
        } else if reached > self.place.next {
            self.advance_past(reached - self.place.next - 1);
        }
        outcome
    }

    /// Fills the one table that an entry leads to, whatever its pages; takes it out if nothing fits and it is empty.
    fn in_what_is_there<F: Format, L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        place: Place,
        (child, address): (usize, u64),
    ) -> Result<Flow, Reason>
    where
        C: Content<F>,
    {
        let link = || table.link(child, address);
        let outcome = self.in_child::<F>(place, |part| part.below::<F, L>(table, link()));
        let Err(reason @ (Reason::BadOutput | Reason::NotEncodable)) = outcome else { return outcome };
        if self.place.next == place.next && link().visit(Kill) {
            detach::unlink::<L, E, M>(*table, place.next, (child, address), self.changes);
            return Ok(Flow::Done);
        }
        Err(if reason == Reason::BadOutput { Reason::OtherPages } else { reason })
    }

    /// Looks whether another child says something where this one was just filled, from `place.next` on: if so, takes
    /// back what was put there and beyond.
    fn look_beside<F: Format, L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        index: usize,
        child: usize,
        place: Place,
    ) -> Result<(), Reason>
    where
        C: Content<F>,
    {
        let reached = if self.finished { place.last } else { self.place.next.wrapping_sub(1) };
        if !self.finished && self.place.next == place.next {
            return Ok(());
        }
        // Pairs with the one of whoever fills the other table: one of the two sees what the other put there.
        fence(Ordering::SeqCst);
        let word = table.load(index);
        let said = |other| table.child(word, other)?.visit(First { next: place.next, last: reached });
        let others = (0..L::CHILDREN.len()).filter(|other| *other != child);
        let Some(contested) = others.filter_map(said).min() else { return Ok(()) };
        let Some(link) = table.child(word, child) else { return Ok(()) };
        let oa = place.oa.wrapping_add(contested - place.next);
        let (content, changes) = (self.content, &mut *self.changes);
        let back = TakeBack { next: contested, last: reached, oa, content, changes };
        let Some(first) = link.visit(back) else { return Ok(()) };
        self.finished = false;
        self.place.next = first;
        self.place.oa = place.oa.wrapping_add(first - place.next);
        Err(Reason::Occupied)
    }
}

/// Kills a table that is empty; says whether it was, and nobody is about to fill it.
struct Kill;

impl<F: Format, E: Environment> TableVisitor<F, E> for Kill {
    type Output = bool;

    fn visit<L: Level<Format = F>>(self, table: &Table<'_, L, E>) -> bool {
        table.header().kill()
    }

    fn dead_end(self) -> bool {
        false
    }
}

/// Which child a part of the place goes to, and that part: up to what another child maps already. `None` where that leaves
/// no room for any entry.
fn free_part<F: Format, L: Level<Format = F>, E: Environment>(
    table: &Table<'_, L, E>,
    word: L::Word,
    mut place: Place,
) -> Option<(usize, Place)> {
    loop {
        let (child, last) = if L::CHILDREN_EXCLUDE { (for_all::<L>(&place), place.last) } else { part::<L>(&place) };
        let others = (0..L::CHILDREN.len()).filter(|other| *other != child);
        let said = |other| table.child(word, other)?.visit(First { next: place.next, last });
        let Some(mapped) = others.filter_map(said).min() else { return Some((child, Place { last, ..place })) };
        // Smaller pages may be needed up to there.
        place.last = mapped.checked_sub(1).filter(|last| *last >= place.next)?;
        L::CHILDREN.iter().find(|sizes| largest(**sizes & place.sizes, &place).is_some())?;
    }
}

/// The sizes of pages in a child and below.
fn sizes_of<L: Level>(child: usize) -> u64 {
    L::CHILDREN.get(child).copied().unwrap_or(0)
}

/// The largest of these sizes that fits at the place.
fn largest(sizes: u64, place: &Place) -> Option<u32> {
    (0..64).rev().find(|size| (sizes >> size) & 1 != 0 && place.fits(*size))
}

/// The child with the largest pages at the place among those whose pages can say all of it; the one with the smallest
/// pages where none can.
fn for_all<L: Level>(place: &Place) -> usize {
    let ends = place.next | place.oa | (place.last - place.next).wrapping_add(1);
    let sizes = |child: usize| sizes_of::<L>(child) & place.sizes;
    // Of equals the first: `max_by_key` takes the last, `min_by_key` the first.
    let all = || (0..L::CHILDREN.len()).filter(|child| sizes(*child) != 0);
    let can = all().rev().filter(|child| ends & low_mask(sizes(*child).trailing_zeros()) == 0);
    let best = can.max_by_key(|child| largest(sizes(*child), place));
    best.or_else(|| all().min_by_key(|child| sizes(*child).trailing_zeros())).unwrap_or(0)
}

/// Which child of an item the largest entry that fits at the place lies below, and how far what is filled there goes:
/// to where its entries no longer fit, or to where larger ones of another child do.
fn part<L: Level>(place: &Place) -> (usize, u64) {
    let sizes = |child: usize| sizes_of::<L>(child) & place.sizes;
    // Of equals the first: `max_by_key` takes the last.
    let children = (0..L::CHILDREN.len()).rev().filter_map(|child| Some((largest(sizes(child), place)?, child)));
    let child = children.max_by_key(|(size, _)| *size).map_or(0, |(_, child)| child);

    let mut last = place.last;
    let smallest_lg2 = sizes(child).trailing_zeros();
    let smallest = low_mask(smallest_lg2);
    let bytes_less_one = last - place.next;
    if bytes_less_one & smallest != smallest && bytes_less_one > smallest {
        last = place.next + ((bytes_less_one & !smallest) - 1);
    }
    let others = (0..L::CHILDREN.len()).filter(|other| *other != child).map(sizes).fold(0, |all, sizes| all | sizes);
    for size_lg2 in (smallest_lg2 + 1..64).filter(|size| (others >> size) & 1 != 0) {
        let mask = low_mask(size_lg2);
        let before = place.next | mask;
        let fits_there = (place.next ^ place.oa) & mask == 0 && before < last && last - before > mask;
        if place.next & mask != 0 && fits_there {
            last = before;
        }
    }
    (child, last)
}

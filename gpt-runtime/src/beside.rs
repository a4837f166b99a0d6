//! Entries that lead to several tables at once, one for each size of pages: which of them a part of a range goes to.
//!
//! The tables of one entry stand for the same input addresses, so what one of them maps, the others must not. That is
//! looked at before anything is put into a table, one table after the other: who maps the same address at the same
//! time with another size of pages may not be seen.

use core::marker::PhantomData;

use crate::address::low_mask;
use crate::content::{Content, Place};
use crate::environment::Environment;
use crate::error::Reason;
use crate::format::{Format, Level};
use crate::map::{Flow, Map};
use crate::mode::Mode;
use crate::scan::Scan;
use crate::table::{Link, Table, item_last};

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
        let mut sizes = self.place.sizes;
        loop {
            let place = Place { last: self.place.last.min(item_last), sizes, ..self.place };
            let (child, place) = free_part(table, word, place)?;
            let mut part = Map::<'_, E, M, C> {
                place,
                finished: false,
                content: self.content,
                changes: &mut *self.changes,
                mode: PhantomData,
            };
            let outcome = match table.child(word, child) {
                Some(link) => part.below::<F, L>(table, link),
                None => part.link::<F, L>(table, index, word, child),
            };
            let (reached, finished) = (part.place.next, part.finished);
            if finished {
                self.advance_past(place.last - self.place.next);
            } else if reached > self.place.next {
                self.advance_past(reached - self.place.next - 1);
            }
            // Pages of another table may be able to say it.
            let rest = sizes & !sizes_of::<L>(child);
            let fits = |sizes: u64| sizes != 0 && self.place.fits(sizes.trailing_zeros());
            let other = L::CHILDREN.iter().any(|sizes| fits(sizes & rest));
            if outcome != Err(Reason::NotEncodable) || !other {
                return outcome;
            }
            sizes = rest;
        }
    }
}

/// Which child a part of the place goes to, and that part: up to what another child maps already.
fn free_part<F: Format, L: Level<Format = F>, E: Environment>(
    table: &Table<'_, L, E>,
    word: L::Word,
    mut place: Place,
) -> Result<(usize, Place), Reason> {
    loop {
        let (child, last) = part::<L>(&place);
        let others = (0..L::CHILDREN.len()).filter(|other| *other != child);
        let mapped = others.filter_map(|other| first_mapped(table.child(word, other)?, &place, last)).min();
        let Some(mapped) = mapped else { return Ok((child, Place { last, ..place })) };
        // Smaller pages may be needed up to there.
        place.last = mapped.checked_sub(1).filter(|last| *last >= place.next).ok_or(Reason::Occupied)?;
    }
}

/// The sizes of pages in a child and below.
fn sizes_of<L: Level>(child: usize) -> u64 {
    L::CHILDREN.get(child).copied().unwrap_or(0)
}

/// The first address from `place.next` to `last` that is mapped below a link.
fn first_mapped<F: Format, L: Level<Format = F>, E: Environment>(
    link: Link<'_, L, E>,
    place: &Place,
    last: u64,
) -> Option<u64> {
    let mut scan = Scan::<F> { next: place.next, last, finished: false, specials: true, piece: None };
    link.visit(&mut scan);
    scan.piece.map(|piece| piece.first)
}

/// Which child of an item the largest entry that fits at the place lies below, and how far what is filled there goes:
/// to where its entries no longer fit, or to where larger ones of another child do.
fn part<L: Level>(place: &Place) -> (usize, u64) {
    let sizes = |child: usize| sizes_of::<L>(child) & place.sizes;
    let largest = |child: usize| (0..64).rev().find(|size| (sizes(child) >> size) & 1 != 0 && place.fits(*size));
    // Of equals the first: `max_by_key` takes the last.
    let children = (0..L::CHILDREN.len()).rev().filter_map(|child| Some((largest(child)?, child)));
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

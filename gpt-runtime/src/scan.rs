//! Finds what is mapped, in order of input addresses, as runs of pages that continue each other.

use crate::address::low_mask;
use crate::environment::Environment;
use crate::format::{Class, Format, Level};
use crate::table::{Table, TableVisitor, index, item_last, table_last};
use crate::walk::{Mapping, mapping};

/// Pages next to each other in input and output addresses that say the same.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MappedRun<A> {
    /// The first input address.
    pub first: u64,
    /// The last input address.
    pub last: u64,
    /// What the first input address is translated to.
    pub oa: u64,
    /// What else the pages say.
    pub attributes: A,
}

/// A piece of the input address space of which the entries say one thing.
#[derive(Clone, Copy)]
pub(crate) struct Piece<A> {
    pub(crate) first: u64,
    last: u64,
    /// What the first address is translated to, and what else the pages say; `None` for special entries.
    page: Option<(u64, A)>,
}

impl<A> Piece<A> {
    /// The part of the two that comes first and in which the other has no say; `self` wins where both start.
    fn before(self, other: Self) -> Self {
        let (mut first, second) = if self.first <= other.first { (self, other) } else { (other, self) };
        if first.first < second.first {
            first.last = first.last.min(second.first - 1);
        }
        first
    }

    /// The piece as a run, if it is one.
    pub(crate) fn run(self) -> Option<MappedRun<A>> {
        let (oa, attributes) = self.page?;
        Some(MappedRun { first: self.first, last: self.last, oa, attributes })
    }
}

/// The search for the first piece from `next` on.
pub(crate) struct Scan<F: Format> {
    pub(crate) next: u64,
    pub(crate) last: u64,
    pub(crate) finished: bool,
    /// Whether special entries are pieces too: in the first of two tables they hide what the second one has.
    pub(crate) specials: bool,
    pub(crate) piece: Option<Piece<F::Attributes>>,
}

impl<F: Format, E: Environment> TableVisitor<F, E> for &mut Scan<F> {
    /// Whether the piece is complete.
    type Output = bool;

    #[inline(always)]
    fn visit<L: Level<Format = F>>(self, table: &Table<'_, L, E>) -> bool {
        let table_last = table_last::<L>(self.next);
        while !self.finished && self.next <= table_last {
            let word = table.load(index::<L>(self.next));
            let complete = match L::class(word) {
                Class::Page => self.page(&mapping::<L>(self.next, word)),
                Class::Table => self.children(table, word),
                Class::Special if self.specials => {
                    let last = item_last::<L>(self.next).min(self.last);
                    self.add(Piece { first: self.next, last, page: None })
                }
                Class::Absent | Class::Special | Class::Malformed => {
                    self.advance_past(item_last::<L>(self.next) - self.next);
                    self.piece.is_some()
                }
            };
            if complete {
                return true;
            }
        }
        false
    }

    fn dead_end(self) -> bool {
        true
    }
}

impl<F: Format> Scan<F> {
    /// Adds the page at `next` to the piece, or says that the piece ends before it.
    #[inline(always)]
    fn page(&mut self, page: &Mapping<F::Attributes>) -> bool {
        let oa = page.oa.wrapping_add(self.next - page.va);
        let last = (page.va | low_mask(page.size_lg2)).min(self.last);
        self.add(Piece { first: self.next, last, page: Some((oa, page.attributes)) })
    }

    /// Adds what starts at `next` to the piece, or says that the piece ends before it.
    #[inline(always)]
    fn add(&mut self, piece: Piece<F::Attributes>) -> bool {
        match &mut self.piece {
            None => self.piece = Some(piece),
            Some(so_far) => {
                let goes_on = match (so_far.page, piece.page) {
                    (Some((oa, attributes)), Some((next_oa, next_attributes))) => {
                        oa.checked_add(self.next - so_far.first) == Some(next_oa) && attributes == next_attributes
                    }
                    (before, after) => before.is_none() && after.is_none(),
                };
                if so_far.last.wrapping_add(1) != self.next || !goes_on {
                    return true;
                }
                so_far.last = piece.last;
            }
        }
        self.advance_past(piece.last - self.next);
        false
    }

    /// Goes down into the children of a table entry. What lies at lower addresses comes first, whichever child it is in;
    /// where two children have something at the same address, the earlier child does.
    #[inline(always)]
    fn children<L: Level<Format = F>, E: Environment>(&mut self, table: &Table<'_, L, E>, word: L::Word) -> bool {
        let item_last = item_last::<L>(self.next);
        if L::CHILDREN.len() == 1
            && let Some(link) = table.child(word, 0)
        {
            return link.visit(&mut *self);
        }
        while !self.finished && self.next <= item_last {
            let mut best: Option<Piece<F::Attributes>> = None;
            for child in 0..L::CHILDREN.len() {
                let Some(link) = table.child(word, child) else { continue };
                let last = self.last.min(item_last);
                let mut scan = Self { next: self.next, last, finished: false, specials: true, piece: None };
                link.visit(&mut scan);
                if let Some(piece) = scan.piece {
                    best = Some(match best {
                        None => piece,
                        Some(best) => best.before(piece),
                    });
                }
            }
            let Some(piece) = best else {
                self.advance_past(self.last.min(item_last) - self.next);
                return self.piece.is_some();
            };
            if piece.first > self.next {
                if self.piece.is_some() {
                    return true;
                }
                self.advance_past(piece.first - self.next - 1);
            }
            if piece.page.is_none() && !self.specials {
                self.advance_past(piece.last - self.next);
                if self.piece.is_some() {
                    return true;
                }
            } else if self.add(piece) {
                return true;
            }
        }
        false
    }

    /// Moves on by one byte more than `bytes_less_one`.
    #[inline(always)]
    fn advance_past(&mut self, bytes_less_one: u64) {
        if self.last - self.next <= bytes_less_one {
            self.finished = true;
        } else {
            self.next += bytes_less_one + 1;
        }
    }
}

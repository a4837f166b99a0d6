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

impl<A> MappedRun<A> {
    /// The part of the two that comes first and in which the other has no say; `self` wins where both start.
    fn before(self, other: Self) -> Self {
        let (mut first, second) = if self.first <= other.first { (self, other) } else { (other, self) };
        if first.first < second.first {
            first.last = first.last.min(second.first - 1);
        }
        first
    }
}

/// The search for the first run from `next` on.
pub(crate) struct Scan<F: Format> {
    pub(crate) next: u64,
    pub(crate) last: u64,
    pub(crate) finished: bool,
    pub(crate) run: Option<MappedRun<F::Attributes>>,
}

impl<F: Format, E: Environment> TableVisitor<F, E> for &mut Scan<F> {
    /// Whether the run is complete.
    type Output = bool;

    #[inline(always)]
    fn visit<L: Level<Format = F>>(self, table: &Table<'_, L, E>) -> bool {
        let table_last = table_last::<L>(self.next);
        while !self.finished && self.next <= table_last {
            let word = table.load(index::<L>(self.next));
            let complete = match L::class(word) {
                Class::Page => self.page(&mapping::<L>(self.next, word)),
                Class::Table => self.children(table, word),
                Class::Absent | Class::Special | Class::Malformed => {
                    self.advance_past(item_last::<L>(self.next) - self.next);
                    self.run.is_some()
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
    /// Adds the page at `next` to the run, or says that the run ends before it.
    #[inline(always)]
    fn page(&mut self, page: &Mapping<F::Attributes>) -> bool {
        let oa = page.oa.wrapping_add(self.next - page.va);
        let last = (page.va | low_mask(page.size_lg2)).min(self.last);
        self.add(MappedRun { first: self.next, last, oa, attributes: page.attributes })
    }

    /// Adds what starts at `next` to the run, or says that the run ends before it.
    #[inline(always)]
    fn add(&mut self, piece: MappedRun<F::Attributes>) -> bool {
        match &mut self.run {
            None => self.run = Some(piece),
            Some(run) => {
                let continues = run.last.wrapping_add(1) == self.next
                    && run.oa.checked_add(self.next - run.first) == Some(piece.oa)
                    && run.attributes == piece.attributes;
                if !continues {
                    return true;
                }
                run.last = piece.last;
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
            let mut best: Option<MappedRun<F::Attributes>> = None;
            for child in 0..L::CHILDREN.len() {
                let Some(link) = table.child(word, child) else { continue };
                let last = self.last.min(item_last);
                let mut scan = Self { next: self.next, last, finished: false, run: None };
                link.visit(&mut scan);
                if let Some(run) = scan.run {
                    best = Some(match best {
                        None => run,
                        Some(best) => best.before(run),
                    });
                }
            }
            let Some(run) = best else {
                self.advance_past(self.last.min(item_last) - self.next);
                return self.run.is_some();
            };
            if run.first > self.next {
                if self.run.is_some() {
                    return true;
                }
                self.advance_past(run.first - self.next - 1);
            }
            if self.add(run) {
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

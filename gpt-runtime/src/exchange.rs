//! Replaces an entry that says something without translating, in one step and only if it still says that: whoever put
//! it there can tell whether somebody else took it out meanwhile.

use crate::address::{InputAddress, low_mask};
use crate::environment::Environment;
use crate::error::{Incomplete, Reason};
use crate::format::{Class, Format, Level};
use crate::obligation::{Changes, Obligation};
use crate::page_table::{Outcome, PageTable};
use crate::reclaim::Reclaim;
use crate::table::{Table, TableVisitor, index};

/// What an entry that said something without translating is to become, in terms of the format's attributes and special
/// entries.
#[derive(Clone, Copy, Debug)]
pub enum Becomes<'a, A, S> {
    /// A page of the size that the entry stands for.
    Page {
        /// What its first address is translated to.
        oa: u64,
        /// What else it says.
        attributes: &'a A,
    },
    /// Another entry that says something without translating.
    Special(&'a S),
}

/// The exchange of the entry at an address.
struct Exchange<'a, F: Format> {
    va: u64,
    expected: &'a F::Special,
    becomes: Becomes<'a, F::Attributes, F::Special>,
    changes: &'a mut Changes,
}

impl<F: Format, E: Environment> TableVisitor<F, E> for &mut Exchange<'_, F> {
    type Output = Result<(), Reason>;

    fn visit<L: Level<Format = F>>(self, table: &Table<'_, L, E>) -> Self::Output {
        let index = index::<L>(self.va);
        loop {
            let word = table.load(index);
            match L::class(word) {
                Class::Table => {
                    let mut outcome = Err(Reason::Changed);
                    for child in 0..L::CHILDREN.len() {
                        if outcome == Err(Reason::Changed)
                            && let Some(link) = table.child(word, child)
                        {
                            outcome = link.visit(&mut *self);
                        }
                    }
                    return outcome;
                }
                Class::Special if L::special(word).as_ref() == Some(self.expected) => {
                    let new = self.word::<L>().ok_or(Reason::NotEncodable)?;
                    if table.replace_item(index, word, new).is_ok() {
                        if F::CACHES.absent {
                            let first = self.va & !low_mask(L::INDEX_LOW);
                            self.changes.note(first, first | low_mask(L::INDEX_LOW), L::INDEX_LOW, L::NUMBER);
                        }
                        return Ok(());
                    }
                }
                Class::Absent | Class::Page | Class::Special | Class::Malformed => return Err(Reason::Changed),
            }
        }
    }

    fn dead_end(self) -> Self::Output {
        Err(Reason::BadInput)
    }
}

impl<F: Format> Exchange<'_, F> {
    /// What the entry is to hold, if entries of this level can.
    fn word<L: Level<Format = F>>(&self) -> Option<L::Word> {
        match self.becomes {
            Becomes::Special(special) => L::encode_special(special),
            Becomes::Page { oa, attributes } => {
                let single = L::PAGES.iter().position(|shape| shape.items_lg2 == 0)?;
                L::encode_page(single, oa, attributes)
            }
        }
    }
}

impl<F: Format, E: Environment, R: Reclaim> PageTable<F, E, R> {
    /// Replaces the entry at `va`, which says `expected` without translating, by another, for all the addresses that it
    /// stands for, in one step.
    ///
    /// May run at once with every other operation on `&self`. Of several that expect the same entry one succeeds.
    ///
    /// # Errors
    /// [`Reason::Changed`] where the entry is another one, [`Reason::NotEncodable`] where an entry of its size cannot say
    /// what it is to become; nothing is changed then.
    pub fn exchange_special(
        &self,
        va: InputAddress<F>,
        expected: &F::Special,
        becomes: Becomes<'_, F::Attributes, F::Special>,
    ) -> Outcome<'_, F, E, R> {
        let _reader = self.reader();
        let mut changes = Changes::new();
        let outcome = match self.input(va) {
            Some(va) => self.visit_root(&mut Exchange { va, expected, becomes, changes: &mut changes }),
            None => Err(Reason::BadInput),
        };
        let obligation = Obligation::new(self, changes.invalidation(), changes.detached);
        match outcome {
            Ok(()) => Ok(obligation),
            Err(reason) => Err(Incomplete { reason, at: va.get(), obligation }),
        }
    }
}

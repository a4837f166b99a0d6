//! What the entry for one address is, whatever that may be.

use crate::address::{InputAddress, low_mask};
use crate::environment::Environment;
use crate::format::{Class, Format, Level};
use crate::reader::Reader;
use crate::reclaim::Reclaim;
use crate::table::{Table, TableVisitor, index};
use crate::walk::{Mapping, mapping};

/// An entry, as found at the end of the way down for an address: with the attributes of pages, and what special entries
/// say.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Entry<A, S> {
    /// It says nothing; or the address is none that a walk from this root takes.
    Absent,
    /// It translates.
    Page(Mapping<A>),
    /// It says something without translating.
    Special {
        /// The first input address that it stands for.
        va: u64,
        /// How many input addresses it stands for, as a power of two.
        size_lg2: u32,
        /// What it says.
        special: S,
    },
    /// It is none of the kinds that the format has.
    Malformed,
}

/// The way down from one table.
struct Look {
    va: u64,
}

impl<F: Format, E: Environment> TableVisitor<F, E> for Look {
    type Output = Entry<F::Attributes, F::Special>;

    fn visit<L: Level<Format = F>>(self, table: &Table<'_, L, E>) -> Self::Output {
        let word = table.load(index::<L>(self.va));
        match L::class(word) {
            Class::Absent => Entry::Absent,
            Class::Page => Entry::Page(mapping::<L>(self.va, word)),
            Class::Malformed => Entry::Malformed,
            Class::Special => L::special(word).map_or(Entry::Malformed, |special| {
                let va = self.va & !low_mask(L::INDEX_LOW);
                Entry::Special { va, size_lg2: L::INDEX_LOW, special }
            }),
            Class::Table => {
                // Where there are several children, an earlier one wins unless it says nothing, as in a walk.
                let links = (0..L::CHILDREN.len()).filter_map(|child| table.child(word, child));
                let mut said = links.map(|link| link.visit(Look { va: self.va }));
                said.find(|entry| !matches!(entry, Entry::Absent)).unwrap_or(Entry::Absent)
            }
        }
    }

    fn dead_end(self) -> Self::Output {
        Entry::Absent
    }
}

impl<F: Format, E: Environment, R: Reclaim> Reader<'_, F, E, R> {
    /// The entry for an address: like [`Reader::walk`], but says also what an entry holds that does not translate.
    pub fn look(&self, va: InputAddress<F>) -> Entry<F::Attributes, F::Special> {
        let tree = self.tree();
        tree.input(va).map_or(Entry::Absent, |va| tree.visit_root(Look { va }))
    }
}

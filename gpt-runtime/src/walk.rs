//! Translation of one address: reads only, loads each entry once for each table that it leads to, never waits.

use core::fmt;

use crate::address::low_mask;
use crate::environment::Environment;
use crate::format::{Class, Format, Level, PageShape};
use crate::table::{Table, TableVisitor, index};

/// A page, as found by a walk.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mapping<A> {
    /// The first input address that it covers.
    pub va: u64,
    /// What that address is translated to.
    pub oa: u64,
    /// Its size in bytes, as a power of two.
    pub size_lg2: u32,
    /// What else it says.
    pub attributes: A,
}

/// Why there is no translation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The address is none that a walk from this root takes.
    BadInput,
    /// The entry at the level with this number is absent.
    Absent(u8),
    /// The entry at the level with this number says something, but does not translate.
    Special(u8),
    /// The entry at the level with this number is none of the kinds that the format has.
    Malformed(u8),
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (what, level) = match self {
            Self::BadInput => return f.write_str("no walk from this root takes this address"),
            Self::Absent(level) => ("is absent", level),
            Self::Special(level) => ("does not translate", level),
            Self::Malformed(level) => ("is malformed", level),
        };
        write!(f, "the entry at the level with the number {level} {what}")
    }
}

impl core::error::Error for Fault {}

/// The walk from one table down.
pub(crate) struct Walk {
    pub(crate) va: u64,
}

/// The first input and output address of a page that covers `va`.
#[inline(always)]
pub(crate) fn mapping<L: Level>(va: u64, word: L::Word) -> Mapping<<L::Format as Format>::Attributes> {
    let shape = page_shape::<L>(word);
    let start = va & !low_mask(shape.size_lg2);
    // An item with its own address covers its own part only; the page starts where the run of items does.
    let item_start = if shape.own_address { va & !low_mask(L::INDEX_LOW) } else { start };
    let oa = L::page_address(word).wrapping_sub(item_start - start);
    Mapping { va: start, oa, size_lg2: shape.size_lg2, attributes: L::attributes(word) }
}

/// The shape of the pages of one item, where the level has such pages.
#[inline(always)]
pub(crate) fn single_shape<L: Level>() -> Option<PageShape> {
    L::PAGES.iter().find(|shape| shape.items_lg2 == 0).copied()
}

/// Whether a page is one of one item.
#[inline(always)]
pub(crate) fn is_single<L: Level>(word: L::Word) -> bool {
    L::PAGES.iter().all(|shape| shape.items_lg2 == 0) || page_shape::<L>(word).items_lg2 == 0
}

/// The shape of a page.
#[inline(always)]
pub(crate) fn page_shape<L: Level>(word: L::Word) -> PageShape {
    let whole_item = PageShape { size_lg2: L::INDEX_LOW, items_lg2: 0, own_address: false };
    L::PAGES.get(L::page_shape(word)).copied().unwrap_or(whole_item)
}

impl<F: Format, E: Environment> TableVisitor<F, E> for Walk {
    type Output = Result<Mapping<F::Attributes>, Fault>;

    #[inline(always)]
    fn visit<L: Level<Format = F>>(self, table: &Table<'_, L, E>) -> Self::Output {
        let word = table.load(index::<L>(self.va));
        // Mostly there is one way down, and whether an entry leads there is one comparison.
        if L::CHILDREN.len() == 1 {
            if let Some(link) = table.child(word, 0) {
                return link.visit(self);
            }
            seldom();
        }
        match L::class(word) {
            Class::Page => Ok(mapping::<L>(self.va, word)),
            Class::Table if L::CHILDREN.len() == 1 => Err(Fault::Absent(L::NUMBER)),
            Class::Table => {
                // Where there are several children, an earlier one wins unless it says nothing.
                let mut absent = Err(Fault::Absent(L::NUMBER));
                for child in 0..L::CHILDREN.len() {
                    // A child that was linked meanwhile may hold what was in an earlier one until it was looked at.
                    let word = if child == 0 || L::CHILDREN_EXCLUDE { word } else { table.load(index::<L>(self.va)) };
                    if let Some(link) = table.child(word, child) {
                        match link.visit(Walk { va: self.va }) {
                            Err(Fault::Absent(level)) => absent = Err(Fault::Absent(level)),
                            said => return said,
                        }
                    }
                }
                absent
            }
            Class::Absent => Err(Fault::Absent(L::NUMBER)),
            Class::Special => Err(Fault::Special(L::NUMBER)),
            Class::Malformed => Err(Fault::Malformed(L::NUMBER)),
        }
    }

    #[inline(always)]
    fn dead_end(self) -> Self::Output {
        Err(Fault::BadInput)
    }
}

/// Says that what follows happens seldom, so that the way down comes first and is not mixed with what else an entry can be.
#[cold]
fn seldom() {}

//! What the tree should say, kept page by page; a walker over the raw words; and a count of the tables that it reaches.

use std::marker::PhantomData;

use gpt_runtime::{Class, Environment, Format, Level, Visitor, Word};

use super::{Change, Says, Special};

pub trait Toy: Format<Attributes = Says, Change = Change, Special = Special> {}
impl<F: Format<Attributes = Says, Change = Change, Special = Special>> Toy for F {}

/// What is mapped at one of the smallest pages.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Page {
    pub oa: u64,
    pub says: Says,
}

/// What every smallest page of a format says. The accessed and dirty bits here are those that must not be lost.
#[derive(Clone, Debug)]
pub struct Reference<F> {
    pub pages: Vec<Option<Page>>,
    format: PhantomData<F>,
}

impl<F: Toy> Reference<F> {
    pub const PAGE_LG2: u32 = F::PAGE_SIZES.trailing_zeros();

    pub fn new() -> Self {
        Self { pages: vec![None; 1 << (F::INPUT_BITS - Self::PAGE_LG2)], format: PhantomData }
    }

    /// The input address of a page's first byte.
    pub fn va(number: usize) -> u64 {
        let va = (number as u64) << Self::PAGE_LG2;
        let sign = F::SIGN_EXTENDED && va >> (F::INPUT_BITS - 1) != 0;
        if sign { va | (u64::MAX << F::INPUT_BITS) } else { va }
    }

    pub fn number(va: u64) -> usize {
        let mask = if F::INPUT_BITS == 64 { u64::MAX } else { (1 << F::INPUT_BITS) - 1 };
        ((va & mask) >> Self::PAGE_LG2) as usize
    }
}

/// What the walker of the hardware finds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Found {
    pub oa: u64,
    pub size_lg2: u32,
    pub says: Says,
}

/// Walks the raw words, and may set accessed and dirty bits on the way as hardware does.
pub struct Hardware<'e, E> {
    pub environment: &'e E,
    pub va: u64,
    pub set: Says,
}

/// The cell of an item of an allocated table.
///
/// # Safety
/// 1. The table of level `L` is allocated as long as the cell is used.
pub unsafe fn cell<L: Level, E: Environment>(environment: &E, table: u64, index: usize) -> &<L::Word as Word>::Cell {
    // SAFETY: by promise 1.
    let memory = unsafe { environment.table(table, L::TABLE) }.cast::<<L::Word as Word>::Cell>();
    assert!(index < L::TABLE.items);
    // SAFETY: the index is inside the table.
    let cell = unsafe { memory.add(index) };
    // SAFETY: as above, and words are only used as cells.
    unsafe { cell.as_ref() }
}

pub fn swap<L: Level>() -> bool {
    L::BIG_ENDIAN != cfg!(target_endian = "big")
}

impl<F: Toy, E: Environment> Visitor<F> for Hardware<'_, E> {
    type Output = Option<Found>;

    fn visit<L: Level<Format = F>>(self, table: u64) -> Option<Found> {
        let index = ((self.va >> L::INDEX_LOW) & ((1 << L::INDEX_BITS) - 1)) as usize;
        // SAFETY: the test keeps what the walker can reach allocated.
        let cell = unsafe { cell::<L, E>(self.environment, table, index) };
        loop {
            let raw = L::Word::load::<L>(cell);
            let word = raw.swapped_if(swap::<L>());
            match L::class(word) {
                Class::Page => {
                    let before: u128 = word.into();
                    let mut bits = if self.set.accessed { super::A } else { 0 };
                    if self.set.dirty && before as u64 & super::W != 0 {
                        bits |= super::D;
                    }
                    let says = L::attributes(word);
                    let wanted = Says {
                        accessed: says.accessed || bits & super::A != 0,
                        dirty: says.dirty || bits & super::D != 0,
                        ..says
                    };
                    // It writes nothing where the page cannot say it.
                    let new = L::encode_page(L::page_shape(word), L::page_address(word), &wanted);
                    if let Some(new) = new.filter(|_| before as u64 & bits != bits) {
                        if L::Word::compare_exchange::<L>(cell, raw, new.swapped_if(swap::<L>())).is_err() {
                            continue;
                        }
                        self.environment.written(table, L::TABLE, index, 1);
                    }
                    let shape = L::PAGES[L::page_shape(word)];
                    let size = if shape.own_address { L::INDEX_LOW } else { shape.size_lg2 };
                    let mask = (1u64 << size) - 1;
                    let oa = L::page_address(word) | (self.va & mask);
                    return Some(Found { oa, size_lg2: shape.size_lg2, says: L::attributes(word) });
                }
                Class::Table => {
                    let (environment, va, set) = (self.environment, self.va, self.set);
                    let down = |child| {
                        let table = L::child(word, child)?;
                        L::descend(child, table, Hardware { environment, va, set })
                    };
                    return (0..L::CHILDREN.len()).find_map(down);
                }
                Class::Absent | Class::Special => return None,
                Class::Malformed => panic!("the hardware walked into a malformed word {word:#x} at level {}", L::NAME),
            }
        }
    }

    fn dead_end(self) -> Option<Found> {
        panic!("the hardware walked into nowhere")
    }
}

/// One table that can be reached.
#[derive(Clone, Copy, Debug)]
pub struct Reached {
    pub first: u64,
    pub last: u64,
    /// How many items say something.
    pub items: usize,
    pub root: bool,
}

/// Lists the tables that can be reached.
pub struct Census<'e, 'l, E> {
    pub environment: &'e E,
    pub first: u64,
    pub root: bool,
    pub list: &'l mut Vec<Reached>,
}

impl<F: Toy, E: Environment> Visitor<F> for Census<'_, '_, E> {
    type Output = ();

    fn visit<L: Level<Format = F>>(self, table: u64) {
        let bits = L::INDEX_LOW + L::INDEX_BITS;
        let mask = if bits >= 64 { u64::MAX } else { (1 << bits) - 1 };
        let mut items = 0;
        let place = self.list.len();
        self.list.push(Reached { first: self.first, last: self.first | mask, items: 0, root: self.root });
        for index in 0..L::TABLE.items {
            // SAFETY: the table is linked, and nobody else uses the tree.
            let cell = unsafe { cell::<L, E>(self.environment, table, index) };
            let word = L::Word::load::<L>(cell).swapped_if(swap::<L>());
            items += usize::from(L::class(word) != Class::Absent);
            for child in 0..L::CHILDREN.len() {
                if let Some(table) = L::child(word, child).filter(|_| L::class(word) == Class::Table) {
                    let first = self.first + ((index as u64) << L::INDEX_LOW);
                    L::descend(
                        child,
                        table,
                        Census { environment: self.environment, first, root: false, list: self.list },
                    );
                }
            }
        }
        self.list[place].items = items;
    }

    fn dead_end(self) {
        panic!("a table was linked that the format does not have")
    }
}

/// The tables that a tree reaches.
pub fn census<F: Toy>(environment: &impl Environment, level: u8, root: u64) -> Vec<Reached> {
    let mut list = Vec::new();
    F::at_root(level, root, Census { environment, first: 0, root: true, list: &mut list });
    list
}

/// Numbers that look random and are the same in every run.
#[derive(Clone, Debug)]
pub struct Random(fastrand::Rng);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    pub fn next(&mut self) -> u64 {
        self.0.u64(..)
    }

    /// A number below `limit`.
    pub fn below(&mut self, limit: u64) -> u64 {
        self.0.u64(..limit)
    }

    pub fn chance(&mut self, one_in: u64) -> bool {
        self.below(one_in) == 0
    }
}

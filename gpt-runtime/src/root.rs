//! The root of a tree: fixed for most formats, and growing upwards for those whose hardware allows it.
//!
//! # Growing
//! A new root of a higher level is built aside, with the old root as its first child, and published by one
//! compare-exchange with release order; a walk loads the root with acquire order and so sees the child in place. Who
//! loses that race frees its table and finds the tree grown. A walk that started at the old root ends in the same tables.
//! The old root keeps the extra count that keeps it from dying: others may have started at it, and would not know the
//! parent that it now has to be taken out of.
#![allow(unsafe_code)]

use core::fmt;

use crate::address::{AddressRange, is_input};
use crate::environment::Environment;
use crate::fill::Fill;
use crate::format::{Format, Level, TableShape, Visitor};
use crate::header::Header;
use crate::mode::Owned;
use crate::page_table::CreateError;
use crate::sync::{AtomicPtr, Ordering};
use crate::table::{self, Table, TableVisitor};
use crate::table_entry::TableEntry;

/// A table at which a walk starts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RootTable {
    /// Its output address, for the hardware's root register.
    pub address: u64,
    /// The number of its level.
    pub level: u8,
}

/// Why a tree did not grow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GrowError {
    /// The format has no root above this one, or the meaning of addresses would change.
    NoHigherRoot,
    /// The environment has no memory for the new root table.
    OutOfTables,
}

impl fmt::Display for GrowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoHigherRoot => "this format has no root above this one",
            Self::OutOfTables => "there is no memory for the new root table",
        })
    }
}

impl core::error::Error for GrowError {}

/// The root of a tree that is alive.
#[derive(Debug)]
pub(crate) struct Root {
    /// The root that the tree was made with: the only one, where the format has but one.
    first: RootTable,
    current: AtomicPtr<Header>,
}

/// Asks a root's level for its facts.
struct Facts;

impl<F: Format> Visitor<F> for Facts {
    type Output = Option<(TableShape, u32)>;

    #[inline(always)]
    fn visit<L: Level<Format = F>>(self, _: u64) -> Self::Output {
        Some((L::TABLE, L::INDEX_LOW + L::INDEX_BITS))
    }

    #[inline(always)]
    fn dead_end(self) -> Self::Output {
        None
    }
}

/// Counts one item more than the root has, so that it never dies.
struct KeepAlive;

impl<F: Format, E: Environment> TableVisitor<F, E> for KeepAlive {
    type Output = ();

    fn visit<L: Level<Format = F>>(self, table: &Table<'_, L, E>) {
        table.header().enter::<Owned>(1);
    }

    fn dead_end(self) {}
}

/// Asks which child of a level is at the level with this number.
struct ChildAt {
    level: u8,
}

impl<F: Format> Visitor<F> for &ChildAt {
    type Output = bool;

    fn visit<L: Level<Format = F>>(self, _: u64) -> bool {
        L::NUMBER == self.level
    }

    fn dead_end(self) -> bool {
        false
    }
}

/// Links the old root below a new one; says whether that was possible.
struct Adopt {
    old: RootTable,
}

impl<F: Format, E: Environment> TableVisitor<F, E> for Adopt {
    type Output = bool;

    fn visit<L: Level<Format = F>>(self, table: &Table<'_, L, E>) -> bool {
        let is_old = ChildAt { level: self.old.level };
        let Some(child) = (0..L::CHILDREN.len()).find(|child| L::descend(*child, 0, &is_old)) else {
            return false;
        };
        let mut entry = TableEntry::<F>::new(L::NUMBER, 0, self.old.address);
        table.environment().table_entry(&mut entry);
        let Ok(entry) = entry.link::<L>(L::EMPTY, child) else { return false };
        table.header().enter::<Owned>(1);
        table.put_item(0, entry);
        true
    }

    fn dead_end(self) -> bool {
        false
    }
}

impl Root {
    /// A new root table at the level with this number, which maps nothing.
    pub(crate) fn create<F: Format, E: Environment>(environment: &E, level: u8) -> Result<Self, CreateError> {
        let (shape, _) = F::at_root(level, 0, Facts).ok_or(CreateError::NotARoot(level))?;
        let address = environment.allocate(shape).ok_or(CreateError::OutOfTables)?;
        // The level is a root, so this cannot fail.
        let _ = table::visit_root::<F, E, _>(environment, level, address, Fill);
        table::visit_root::<F, E, _>(environment, level, address, KeepAlive);
        // SAFETY: the table was just allocated with this shape.
        let header = unsafe { environment.header(address, shape) };
        // SAFETY: the header is valid, and nobody else has seen it.
        unsafe { header.as_ref() }.set_level(level);
        Ok(Self { first: RootTable { address, level }, current: AtomicPtr::new(header.as_ptr()) })
    }

    /// The root table at this moment.
    #[inline(always)]
    pub(crate) fn table<F: Format>(&self) -> RootTable {
        if F::ROOTS.len() <= 1 {
            return self.first;
        }
        // SAFETY: a root table is freed only with the tree, also when it is the root no more.
        let header = unsafe { &*self.current.load(Ordering::Acquire) };
        RootTable { address: header.address(), level: header.level() }
    }

    /// Whether a walk from this root takes the address.
    #[inline(always)]
    pub(crate) fn takes<F: Format>(&self, address: u64) -> bool {
        if F::ROOTS.len() <= 1 {
            return true;
        }
        let facts = F::at_root(self.table::<F>().level, 0, Facts);
        facts.is_some_and(|(_, bits)| is_input(address, bits, F::SIGN_EXTENDED))
    }

    /// Whether a walk from this root takes all addresses of the range.
    #[inline(always)]
    pub(crate) fn takes_all<F: Format>(&self, range: AddressRange<F>) -> bool {
        self.takes::<F>(range.first()) && self.takes::<F>(range.last())
    }

    /// Puts the next higher root of the format above this one.
    pub(crate) fn grow<F: Format, E: Environment>(&self, environment: &E) -> Result<RootTable, GrowError> {
        let current = self.current.load(Ordering::Acquire);
        // SAFETY: a root table is freed only with the tree, also when it is the root no more.
        let header = unsafe { &*current };
        let old = RootTable { address: header.address(), level: header.level() };
        // Addresses below the old root would mean others: the upper half of a sign-extended space moves.
        if F::SIGN_EXTENDED {
            return Err(GrowError::NoHigherRoot);
        }
        let (level, shape) = Self::above::<F>(old.level).ok_or(GrowError::NoHigherRoot)?;
        let address = environment.allocate(shape).ok_or(GrowError::OutOfTables)?;
        let _ = table::visit_root::<F, E, _>(environment, level, address, Fill);
        table::visit_root::<F, E, _>(environment, level, address, KeepAlive);
        let adopted = table::visit_root::<F, E, _>(environment, level, address, Adopt { old });
        // SAFETY: the table was just allocated with this shape.
        let header = unsafe { environment.header(address, shape) };
        // SAFETY: the header is valid, and nobody else has seen it.
        unsafe { header.as_ref() }.set_level(level);
        let new = header.as_ptr();
        if adopted && self.current.compare_exchange(current, new, Ordering::AcqRel, Ordering::Acquire).is_ok() {
            return Ok(RootTable { address, level });
        }
        // SAFETY: nobody has seen the new table: it is freed alone, without the old root.
        unsafe { environment.free(address, shape) };
        if adopted { Ok(self.table::<F>()) } else { Err(GrowError::OutOfTables) }
    }

    /// The root whose level has the level with this number as a child, and the memory of its tables.
    fn above<F: Format>(below: u8) -> Option<(u8, TableShape)> {
        struct HasChild(u8);
        impl<F: Format> Visitor<F> for HasChild {
            type Output = Option<TableShape>;

            fn visit<L: Level<Format = F>>(self, _: u64) -> Self::Output {
                let is_wanted = ChildAt { level: self.0 };
                let has = (0..L::CHILDREN.len()).any(|child| L::descend(child, 0, &is_wanted));
                has.then_some(L::TABLE)
            }

            fn dead_end(self) -> Self::Output {
                None
            }
        }
        F::ROOTS.iter().find_map(|level| F::at_root(*level, 0, HasChild(below)).map(|shape| (*level, shape)))
    }
}

//! The shared part of every page-table driver: walking, filling, updating and freeing, lockless and without `std`.
//!
//! A generated module says what a format looks like ([`Format`], [`Level`]); a driver says where tables live
//! ([`Environment`]); [`PageTable`] does the rest. How threads and hardware share a tree is told in [`protocol`].

#![no_std]
#![deny(unsafe_code)]

#[cfg(feature = "std")]
extern crate std;

#[cfg(feature = "alloc")]
extern crate alloc;

mod address;
mod arena;
mod aside;
mod attributes;
mod beside;
mod breaking;
mod codes;
mod content;
mod detach;
mod edit;
mod entry_tables;
mod environment;
#[cfg(all(test, loom))]
mod epochs_model;
mod error;
mod exchange;
mod exclusive;
mod fields;
mod fill;
mod first;
mod format;
mod header;
#[cfg(feature = "alloc")]
mod heap;
mod level;
mod level_children;
mod level_pages;
mod list;
mod look;
mod map;
mod merge;
mod merge_run;
mod mode;
mod obligation;
mod one;
mod page_table;
mod prepare;
pub mod protocol;
mod put;
mod range;
mod reader;
mod reclaim;
mod removed;
mod root;
mod run;
mod scan;
mod settle;
mod split;
mod split_beside;
mod split_entry;
mod split_word;
mod stripe;
mod sync;
mod table;
mod table_attributes;
mod table_entry;
mod take_back;
mod teardown;
mod through_absent;
mod unmap;
mod unmap_beside;
mod update;
mod update_beside;
mod update_pages;
mod walk;
mod word;
mod written;

pub use address::{AddressRange, InputAddress, RangeError};
pub use arena::{Arena, GRANULE_BYTES, Granule};
#[doc(hidden)]
pub use attributes::{EventBits, Events};
pub use breaking::Breaking;
pub use environment::Environment;
pub use error::{Incomplete, Reason};
pub use exchange::Becomes;
pub use exclusive::Exclusive;
#[doc(hidden)]
pub use fields::{gathered, scattered};
pub use format::{Caches, Class, Format, Level, NoSpecial, PageShape, TableShape, Visitor};
pub use header::Header;
#[cfg(feature = "alloc")]
pub use heap::Heap;
#[doc(hidden)]
pub use level_pages::page_shapes;
pub use list::{SharedTables, Tables};
pub use look::Entry;
pub use obligation::{Invalidation, Obligation};
pub use page_table::{CreateError, Outcome, PageTable};
pub use prepare::{OutOfTables, Prepared};
pub use range::ExclusiveRange;
pub use reader::{Mappings, Reader};
pub use reclaim::{EpochGuard, Epochs, Reclaim, SingleThread};
pub use removed::{EmptyTables, Removed};
pub use root::{GrowError, RootTable};
pub use scan::MappedRun;
pub use table_entry::{NoTableAttributes, TableEntry};
pub use walk::{Fault, Mapping};
pub use word::Word;
pub use written::Written;

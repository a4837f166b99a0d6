//! A driver whose format's module is committed: it builds without any tool, and reviewers see what changes.
//!
//! After a change of `toy_display.yaml`, in this directory:
//!
//! ```text
//! gpt build toy_display.yaml -o src/toy_display.rs
//! gpt build toy_display.yaml -o src/toy_display.rs --check    # for continuous integration: fails if stale
//! ```
#![no_std]

use gpt_runtime::{Environment, SingleThread};

/// The module that `gpt build` wrote.
#[rustfmt::skip]
pub mod toy_display;

/// What the engine sees.
pub struct Mmu<E: Environment> {
    /// The tables that the engine walks.
    pub tables: toy_display::PageTable<E, SingleThread>,
}

impl<E: Environment> Mmu<E> {
    /// A unit that sees nothing, or `None` where there is no memory for its root table.
    pub fn new(environment: E) -> Option<Self> {
        Some(Self { tables: toy_display::PageTable::new(environment, SingleThread::default()).ok()? })
    }
}

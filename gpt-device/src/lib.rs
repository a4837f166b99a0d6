//! Page tables of a device that nobody but the device writes: a GPU, or anything else with command queues.
//!
//! ```text
//!  PageTable ──▶ shadow in host memory, which everybody walks
//!      └─ Recording: Steps ──▶ Batch ──▶ Emit ──▶ the device's commands ──▶ tables in its memory
//!                       └─ Timeline ◀── finished ──────┘
//!                            └─▶ Fenced (tables), Waiting (pages): freed when the device is done with them
//! ```
//!
//! Every operation of `gpt-runtime` works on such a tree as on any other: [`Recording`] is its environment and
//! [`Fenced`] its reclaimer. [`Batch`]es of what was recorded are given to the device, in order, through an [`Emit`].

#![no_std]
#![deny(unsafe_code)]

extern crate alloc;

mod batch;
mod coalesce;
mod emit;
mod fenced;
mod log;
mod migration;
mod mirror;
mod moves;
mod pull;
mod recording;
mod sequence;
mod sides;
mod step;
mod sync;
mod timeline;
mod waiting;
mod write;

use gpt_runtime::{Epochs, PageTable};

pub use batch::Batch;
pub use emit::{AmdSdma, Emit, IntelMi, NoCommand};
pub use fenced::Fenced;
pub use migration::{Migration, NotMoved};
pub use mirror::{Begun, Mirror};
pub use moves::{Away, Moves};
pub use pull::NotPulled;
pub use recording::{Misplaced, Recording};
pub use sequence::{Commit, Invalidating, Sequence, Snapshot};
pub use sides::{Access, CpuAttributes, CpuSpecial, CpuTable, DeviceAttributes, DeviceSide, Sides};
pub use step::Step;
pub use timeline::{Mark, Timeline};
pub use waiting::Waiting;
pub use write::{Item, Words, Write};

/// A tree in a device's memory, with shadows in `E` and a list under a lock `L`.
pub type DeviceTable<F, E, L, R = Epochs> = PageTable<F, Recording<E, L>, Fenced<R>>;

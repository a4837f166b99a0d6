//! Emulated machines that nobody here wrote, made to walk the tables that this project writes.
//!
//! An [`Emulator`] is a QEMU whose guest memory is a file that this process maps too ([`Memory`]): an arena of the
//! runtime over a part of it puts tables where the emulated hardware looks for them. Registers are set and single
//! instructions stepped through the debug stub ([`Gdb`]); device registers are reached through the test protocol
//! ([`Qtest`]); [`edu`] is the device that copies memory through an IOMMU, and [`vtd`] one such IOMMU.

pub mod edu;
mod emulator;
mod error;
mod firmware;
mod gdb;
mod memory;
mod qmp;
mod qtest;
mod version;
pub mod vtd;

pub use emulator::{Emulator, Machine};
pub use error::{Error, Result};
pub use firmware::halting_firmware;
pub use gdb::{Gdb, Order};
pub use memory::{Memory, Window};
pub use qmp::Qmp;
pub use qtest::Qtest;
pub use version::{Version, installed};

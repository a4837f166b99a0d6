//! What a mirror needs to know of its two tables: a driver's part.

use gpt_runtime::{Environment, Format, Obligation, PageTable, Reclaim};

/// How the device wants to use memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// It reads.
    Read,
    /// It reads and writes.
    Write,
}

/// A CPU's table and a device's, which translate the same input addresses, and how one's pages are said in the other's
/// terms.
///
/// Nothing is assumed about the sizes of pages on the two sides: a page of one may be many of the other, and the other way
/// round.
pub trait Sides {
    /// The format of the CPU's table.
    type Cpu: Format;
    /// Where the CPU's tables are.
    type CpuTables: Environment;
    /// Who waits for the readers of the CPU's tables.
    type CpuReaders: Reclaim;
    /// The format of the device's table.
    type Device: Format;
    /// Where the device's tables are: often a [`crate::Recording`].
    type DeviceTables: Environment;
    /// Who waits for the readers of the device's tables: often [`crate::Fenced`].
    type DeviceReaders: Reclaim;

    /// The CPU's table.
    fn cpu(&self) -> &CpuTable<Self>;

    /// The device's table.
    fn device(&self) -> &DeviceSide<Self>;

    /// Pays what a change of the CPU's table owes. On return no CPU uses what was there before.
    fn cpu_changed(&self, owed: Obligation<'_, Self::Cpu, Self::CpuTables, Self::CpuReaders>);

    /// Pays what a change of the device's table owes, or sees to it that it will be paid: for changes that only add.
    fn device_changed(&self, owed: Obligation<'_, Self::Device, Self::DeviceTables, Self::DeviceReaders>);

    /// Waits until the device has executed everything that was recorded, the invalidations too. On return it uses
    /// nothing that was there before.
    fn device_done(&self);

    /// Passes a moment of waiting for another thread that is writing to the device's table.
    fn relax(&self) {
        core::hint::spin_loop();
    }

    /// Whether the CPU's page may be written.
    fn is_writable(&self, cpu: &CpuAttributes<Self>) -> bool;

    /// Whether the CPU's page is marked as written, by the processor or with [`Sides::mark`].
    fn is_dirty(&self, cpu: &CpuAttributes<Self>) -> bool;

    /// The change that marks a page of the CPU as one that the device may write, or takes the mark away: in a bit that is
    /// software's.
    fn mark(&self, written: bool) -> <Self::Cpu as Format>::Change;

    /// What the device's pages say of memory that the CPU's pages say this of, with or without leave to write; `None` where
    /// the device may not have it.
    fn pull(&self, cpu: &CpuAttributes<Self>, write: bool) -> Option<DeviceAttributes<Self>>;

    /// Whether the device's page may be written.
    fn grants_write(&self, device: &DeviceAttributes<Self>) -> bool;

    /// The change that gives the device leave to write to a page, or takes it.
    fn writable(&self, write: bool) -> <Self::Device as Format>::Change;
}

/// The CPU's table.
pub type CpuTable<S> = PageTable<<S as Sides>::Cpu, <S as Sides>::CpuTables, <S as Sides>::CpuReaders>;
/// The device's table.
pub type DeviceSide<S> = PageTable<<S as Sides>::Device, <S as Sides>::DeviceTables, <S as Sides>::DeviceReaders>;
/// What the CPU's pages say.
pub type CpuAttributes<S> = <<S as Sides>::Cpu as Format>::Attributes;
/// What entries of the CPU's table say that do not translate.
pub type CpuSpecial<S> = <<S as Sides>::Cpu as Format>::Special;
/// What the device's pages say.
pub type DeviceAttributes<S> = <<S as Sides>::Device as Format>::Attributes;

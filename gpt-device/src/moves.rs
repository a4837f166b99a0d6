//! What moving pages needs beside two tables: a driver's part.

use crate::sides::{CpuAttributes, CpuSpecial, DeviceAttributes, Sides};

/// Where a page is that is not in the CPU's memory: what an entry of the CPU's table says that does not translate.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Away<A> {
    /// It is on its way, and belongs to the thread that moves it. The number tells one move from the others.
    Moving(u32),
    /// It is in the device's memory.
    OnDevice {
        /// The output address of the device's page.
        page: u64,
        /// What the CPU's page said, and will say again.
        attributes: A,
    },
}

/// Two tables and two memories, between which pages move.
pub trait Moves: Sides {
    /// The entry that says where a page is; `None` where there is no such entry, or no room in it.
    ///
    /// What is said comes back unchanged from [`Moves::hear`], but for attributes that pages in the device's memory
    /// do not need.
    fn say(&self, away: &Away<CpuAttributes<Self>>) -> Option<CpuSpecial<Self>>;

    /// What an entry says; `None` for one that is not about a page that is away.
    fn hear(&self, entry: &CpuSpecial<Self>) -> Option<Away<CpuAttributes<Self>>>;

    /// What the device's pages say of its own memory, for a page that said this in the CPU's table; `None` where the device
    /// may not have it.
    fn local(&self, cpu: &CpuAttributes<Self>, write: bool) -> Option<DeviceAttributes<Self>>;

    /// The same, marked as written.
    fn marked(&self, cpu: &CpuAttributes<Self>) -> CpuAttributes<Self>;

    /// A page of 2^`size_lg2` bytes of the device's memory; `None` where there is none.
    fn take_device_page(&self, size_lg2: u32) -> Option<u64>;

    /// A page of 2^`size_lg2` bytes of the CPU's memory; `None` where there is none.
    fn take_host_page(&self, size_lg2: u32) -> Option<u64>;

    /// Gives a page of the device's memory back; neither side uses it any more.
    fn free_device_page(&self, page: u64, size_lg2: u32);

    /// Gives a page of the CPU's memory back, or a part of one; neither side uses it any more.
    fn free_host_page(&self, page: u64, size_lg2: u32);

    /// Copies a page of the CPU's memory to one of the device's; false where that failed.
    fn copy_to_device(&self, from: u64, to: u64, size_lg2: u32) -> bool;

    /// Copies a page of the device's memory to one of the CPU's; false where that failed.
    fn copy_to_host(&self, from: u64, to: u64, size_lg2: u32) -> bool;
}

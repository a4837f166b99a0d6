//! Faults of either side, and what is evicted to make room.

use std::ops::RangeInclusive;

use gpt_device::{Access, NotMoved, NotPulled};
use gpt_runtime::{AddressRange, Entry, InputAddress};

use super::{Counters, Driver, SHARED};
use crate::gpu::Use;

impl Driver {
    /// Memory that CPU and GPU share, in pages of 2^`size_lg2` bytes of the CPU; gives its first address. Memory that is
    /// `pinned` stays the CPU's, and the GPU reaches it over the bus.
    ///
    /// # Errors
    /// Where there is no memory.
    pub(crate) fn allocate(&self, offset: u64, bytes: u64, size_lg2: u32, pinned: bool) -> Result<u64, String> {
        let machine = self.machine();
        let first = SHARED.start() + offset;
        let attributes = gpt_formats::x86_64_os::Attributes { write: true, user: true, ..Default::default() };
        for va in (first..first + bytes).step_by(1 << size_lg2) {
            let page = machine.host.pages().lock().take(size_lg2).ok_or("the host's memory is full")?;
            let range = AddressRange::new(va, 1 << size_lg2).map_err(|error| error.to_string())?;
            match machine.cpu.map(range, page, &attributes) {
                Ok(owed) => owed.acknowledge(),
                Err(stopped) => return Err(stopped.to_string()),
            }
        }
        if pinned {
            self.pinned.lock().push(first..=first + (bytes - 1));
        }
        Ok(first)
    }

    /// Gives shared memory back, wherever its pages are.
    ///
    /// # Errors
    /// Why it could not be unmapped.
    pub(crate) fn free(&self, memory: RangeInclusive<u64>) -> Result<(), String> {
        let range = AddressRange::from_first_last(*memory.start(), *memory.end()).map_err(|error| error.to_string())?;
        self.resident.lock().retain(|va| !memory.contains(va));
        self.migration.unmap(range).map_err(|reason| reason.to_string())
    }

    /// The GPU has faulted: the page is brought to its memory, unless it is pinned, and its table gets the entry.
    ///
    /// # Errors
    /// Where the program has no right to what it asked for.
    pub(crate) fn gpu_fault(&self, va: u64, usage: Use) -> Result<(), String> {
        let machine = self.machine();
        Counters::add(&machine.counters.gpu_faults);
        if !self.pinned.lock().iter().any(|range| range.contains(&va)) {
            self.bring(va)?;
        }
        let access = if usage == Use::Write { Access::Write } else { Access::Read };
        match self.migration.pull(va, access, 16) {
            // What is busy now is asked for again.
            Ok(_) | Err(NotPulled::Busy) => machine.submit(),
            Err(error) => Err(format!("the GPU uses {va:#x}: {error}")),
        }
    }

    /// Moves the page at an address to the GPU's memory, and others away until there is room.
    fn bring(&self, va: u64) -> Result<(), String> {
        loop {
            match self.migration.to_device(va) {
                Ok(()) => {
                    Counters::add(&self.machine().counters.to_gpu);
                    self.resident.lock().push_back(va & !0xfff);
                    return Ok(());
                }
                Err(NotMoved::NotThere | NotMoved::Gone) => return Ok(()),
                Err(NotMoved::Busy) => {}
                Err(NotMoved::NoMemory) => {
                    let victim = self.resident.lock().pop_front();
                    // If nothing can go, the page is used where it is.
                    let Some(victim) = victim else { return Ok(()) };
                    if self.migration.to_host(victim).is_ok() {
                        Counters::add(&self.machine().counters.evicted);
                    }
                }
                Err(error) => return Err(format!("{va:#x} cannot move: {error}")),
            }
        }
    }

    /// An access of the CPU: where its word is in the host's memory. A page that is away is brought back first.
    ///
    /// # Errors
    /// Where nothing is mapped.
    pub(crate) fn cpu_access(&self, va: u64) -> Result<u64, String> {
        let machine = self.machine();
        let address = InputAddress::new(va).ok_or("the address is not canonical")?;
        loop {
            match machine.cpu.reader().look(address) {
                Entry::Page(page) => return Ok(page.oa + (va - page.va)),
                Entry::Special { .. } => {
                    machine.count_cpu_fault();
                    match self.migration.to_host(va) {
                        Ok(()) | Err(NotMoved::Busy | NotMoved::NotThere | NotMoved::Gone) => {}
                        Err(error) => return Err(format!("the CPU uses {va:#x}: {error}")),
                    }
                }
                Entry::Absent | Entry::Malformed => return Err(format!("nothing is mapped at {va:#x}")),
            }
        }
    }
}

//! The driver: two tables, two memories, and what goes to the GPU.

mod fault;
mod moves;
mod shadow;
mod sides;
mod submit;

use std::collections::{BTreeMap, VecDeque};
use std::ops::RangeInclusive;
use std::sync::atomic::{AtomicU64, Ordering};

use gpt_device::{Batch, DeviceTable, Fenced, Migration, Mirror, Recording};
use gpt_formats::amdgpu_gfx9::AmdgpuGfx9;
use gpt_formats::x86_64_os::X86_64Os;
use gpt_runtime::{Arena, Epochs, Heap, PageTable};
use parking_lot::Mutex;

use crate::gpu::Gpu;
use crate::host::{HostMemory, Pages};

/// The lock around the list of what the GPU is to write: here that of a library, in a kernel the kernel's.
pub(crate) type Lock = parking_lot::RawMutex;
/// The GPU's table.
pub(crate) type GpuTable = DeviceTable<AmdgpuGfx9, Arena<'static>, Lock>;
/// The CPU's table.
pub(crate) type CpuTable = PageTable<X86_64Os, Heap, Epochs>;

/// Where tables are in the GPU's memory, and how many bytes there are for them.
const TABLES: (u64, usize) = (0x10_0000, 4 << 20);
/// Where pages are in the GPU's memory.
const PAGES: u64 = 0x80_0000;
/// The addresses that CPU and GPU share.
const SHARED: RangeInclusive<u64> = 0x1000_0000_0000..=0x100f_ffff_ffff;

/// What the driver counts.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    /// Faults of the GPU.
    pub(crate) gpu_faults: AtomicU64,
    /// Faults of the CPU on pages that were away.
    pub(crate) cpu_faults: AtomicU64,
    /// Pages that went to the GPU's memory.
    pub(crate) to_gpu: AtomicU64,
    /// Pages that went back to the CPU's memory because the GPU's was full.
    pub(crate) evicted: AtomicU64,
    /// Batches that were handed to the GPU.
    pub(crate) batches: AtomicU64,
    /// Steps of these batches.
    pub(crate) steps: AtomicU64,
    /// Items of tables that these wrote.
    pub(crate) items: AtomicU64,
}

impl Counters {
    /// Counts one more.
    pub(crate) fn add(counter: &AtomicU64) {
        counter.fetch_add(1, Ordering::Relaxed);
    }
}

/// What the mirror needs of the driver.
pub(crate) struct Machine {
    cpu: CpuTable,
    gpu_table: GpuTable,
    /// The hardware.
    pub(crate) gpu: Mutex<Gpu>,
    /// The host's memory.
    pub(crate) host: HostMemory,
    video: Mutex<Pages>,
    /// What the GPU has still to execute, by the position that it will signal.
    in_flight: Mutex<BTreeMap<u64, Batch>>,
    /// What was counted.
    pub(crate) counters: Counters,
}

/// The driver.
pub(crate) struct Driver {
    migration: Migration<Machine>,
    /// Pages in the GPU's memory, the one that came first in front.
    resident: Mutex<VecDeque<u64>>,
    /// What is not moved, wherever it is used.
    pinned: Mutex<Vec<RangeInclusive<u64>>>,
}

impl Driver {
    /// A driver for a GPU with so many bytes of memory for pages, beside a host with so many pages.
    ///
    /// # Errors
    /// Where there is no memory for the tables.
    pub(crate) fn new(video_bytes: usize, host_pages: usize, seed: u64) -> Result<Self, String> {
        let shadow = shadow::arena(TABLES.0, TABLES.1).ok_or("there is no memory for the shadows of tables")?;
        let recording = Recording::new(shadow);
        let fenced = Fenced::new(Epochs::new(), recording.timeline());
        let gpu_table: GpuTable = DeviceTable::new(recording, fenced).map_err(|error| error.to_string())?;
        let mut gpu = Gpu::new(PAGES as usize + video_bytes, seed);
        gpu.set_root(gpu_table.root());
        let machine = Machine {
            cpu: PageTable::new(Heap, Epochs::new()).map_err(|error| error.to_string())?,
            gpu_table,
            gpu: Mutex::new(gpu),
            host: HostMemory::new(host_pages),
            video: Mutex::new(Pages::new(PAGES, video_bytes / 4096)),
            in_flight: Mutex::default(),
            counters: Counters::default(),
        };
        // The root table has to be there before the GPU walks it.
        machine.submit()?;
        machine.wait();
        let mirror = Mirror::new(machine, *SHARED.start(), *SHARED.end());
        Ok(Self { migration: Migration::new(mirror), resident: Mutex::default(), pinned: Mutex::default() })
    }

    /// What the mirror needs.
    pub(crate) fn machine(&self) -> &Machine {
        self.migration.mirror().sides()
    }
}

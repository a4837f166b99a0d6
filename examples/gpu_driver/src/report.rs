//! What is printed in the end.

use std::fmt;
use std::sync::atomic::Ordering;

use crate::driver::Driver;
use crate::gpu;

/// What happened.
pub(crate) struct Report {
    bytes: u64,
    peak: (usize, usize),
    table_bytes: usize,
    gpu: gpu::Counters,
    counters: [u64; 7],
}

impl Report {
    /// What happened so far to a program with arrays of so many bytes; `peak` is how many pages of the host's and of the GPU's
    /// memory were in use.
    pub(crate) fn of(driver: &Driver, bytes: u64, peak: (usize, usize)) -> Self {
        let machine = driver.machine();
        let count = &machine.counters;
        let counters = [
            &count.gpu_faults,
            &count.cpu_faults,
            &count.to_gpu,
            &count.evicted,
            &count.batches,
            &count.steps,
            &count.items,
        ];
        Self {
            bytes,
            peak,
            table_bytes: machine.table_bytes(),
            gpu: machine.gpu.lock().counters(),
            counters: counters.map(|counter| counter.load(Ordering::Relaxed)),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [gpu_faults, cpu_faults, to_gpu, evicted, batches, steps, items] = self.counters;
        let hits = self.gpu.hits * 100 / self.gpu.accesses.max(1);
        writeln!(f, "arrays         3 of {} MiB; the GPU had {} MiB for pages", self.bytes >> 20, self.bytes >> 21)?;
        writeln!(f, "GPU            {} accesses, {hits} % of them translated by the TLB", self.gpu.accesses)?;
        writeln!(f, "faults         {gpu_faults} of the GPU, {cpu_faults} of the CPU on pages that were away")?;
        writeln!(f, "migrated       {to_gpu} pages to the GPU, {evicted} evicted to make room")?;
        writeln!(f, "in use before  {} pages of the host, {} of the GPU", self.peak.0, self.peak.1)?;
        writeln!(f, "table updates  {items} items in {steps} steps, {batches} batches, {} packets", self.gpu.packets)?;
        writeln!(f, "invalidations  {}", self.gpu.invalidations)?;
        writeln!(f, "tables         {} KiB", self.table_bytes >> 10)?;
        writeln!(f, "every sum is right, and every page was given back")
    }
}

//! From what was recorded to the GPU's queues, and back when it is done.

use std::sync::atomic::Ordering;

use gpt_device::{AmdSdma, Step};

use super::{Counters, Machine};
use crate::gpu::{Job, SEMAPHORE};

impl Machine {
    /// Hands everything that was recorded to the copy engines, in turn. Each job waits for the one before, in whichever
    /// queue that is.
    ///
    /// # Errors
    /// Where an engine has no packet for something.
    pub(crate) fn submit(&self) -> Result<(), String> {
        while let Some(batch) = self.gpu_table.environment().cut() {
            let mut packets = AmdSdma::new(SEMAPHORE, 0);
            batch.emit(&mut packets).map_err(|error| error.to_string())?;
            let job = Job {
                wait_for: batch.waits_for(),
                packets: packets.packets().to_vec(),
                invalidate_at: packets.invalidations().iter().map(|(at, _)| *at).collect(),
            };
            let engine = self.counters.batches.fetch_add(1, Ordering::Relaxed) as usize;
            self.counters.steps.fetch_add(batch.steps().len() as u64, Ordering::Relaxed);
            let items = batch.steps().iter().map(|step| match step {
                Step::Write(write) => write.count(),
                Step::Barrier | Step::Invalidate(_) => 0,
            });
            self.counters.items.fetch_add(items.sum(), Ordering::Relaxed);
            self.in_flight.lock().insert(batch.signals(), batch);
            self.gpu.lock().submit(engine, job);
        }
        Ok(())
    }

    /// Lets the GPU work for a moment, and deals with its interrupt: what it is done with can be freed.
    pub(crate) fn step(&self) {
        let mut gpu = self.gpu.lock();
        gpu.step();
        let Some(position) = gpu.take_interrupt() else { return };
        drop(gpu);
        loop {
            let mut in_flight = self.in_flight.lock();
            let Some(first) = in_flight.first_entry().filter(|entry| *entry.key() <= position) else { break };
            let batch = first.remove();
            // It cannot be out of order: jobs wait for each other.
            let _ = self.gpu_table.environment().finished(batch);
        }
        self.gpu_table.reclaim();
    }

    /// Waits until the GPU has done all that was handed to it.
    pub(crate) fn wait(&self) {
        while self.is_busy() {
            self.step();
        }
    }

    /// Whether the GPU has something to do still.
    pub(crate) fn is_busy(&self) -> bool {
        !self.in_flight.lock().is_empty()
    }

    /// How many tables' bytes the shadow has in use.
    pub(crate) fn table_bytes(&self) -> usize {
        self.gpu_table.environment().shadow().used_bytes()
    }

    /// How many pages of 4 KiB of either memory are in use: the host's, the GPU's.
    pub(crate) fn used_pages(&self) -> (usize, usize) {
        (self.host.pages().lock().used(), self.video.lock().used())
    }

    /// Counts a fault of the CPU.
    pub(crate) fn count_cpu_fault(&self) {
        Counters::add(&self.counters.cpu_faults);
    }
}

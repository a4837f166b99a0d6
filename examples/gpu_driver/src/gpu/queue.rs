//! A command queue: jobs in order, each of which waits for a semaphore, executed packet by packet.

use std::collections::VecDeque;

use super::engine;

/// Packets for a copy engine.
#[derive(Debug)]
pub(crate) struct Job {
    /// The job starts when the semaphore has reached this.
    pub(crate) wait_for: u64,
    /// The packets.
    pub(crate) packets: Vec<u32>,
    /// Before the packets at these places, counted in words, the translations that the GPU has cached are forgotten.
    pub(crate) invalidate_at: Vec<usize>,
}

/// What an engine does next.
pub(super) enum Work {
    /// It executes a packet.
    Packet(Vec<u32>),
    /// It makes the GPU forget what it has cached.
    Invalidate,
}

/// The jobs of an engine.
#[derive(Default)]
pub(super) struct Queue {
    jobs: VecDeque<Job>,
    /// How many words of the first job were executed.
    done: usize,
}

impl Queue {
    pub(super) fn push(&mut self, job: Job) {
        self.jobs.push_back(job);
    }

    /// What is next, if the engine need not wait.
    pub(super) fn next(&mut self, semaphore: u64) -> Option<Work> {
        let job = self.jobs.front_mut().filter(|job| job.wait_for <= semaphore)?;
        if job.invalidate_at.first() == Some(&self.done) {
            job.invalidate_at.remove(0);
            return Some(Work::Invalidate);
        }
        let rest = job.packets.get(self.done..).unwrap_or_default();
        let packet = rest.get(..engine::length(rest)).unwrap_or(rest).to_vec();
        self.done += packet.len();
        if self.done >= job.packets.len() {
            self.jobs.pop_front();
            self.done = 0;
        }
        Some(Work::Packet(packet))
    }
}

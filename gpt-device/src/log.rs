//! The steps that no device was told yet, and the pieces of the list that devices are working on.
//!
//! # Positions
//! Every step has a position in one list that only grows. A piece of the list that is handed out is a [`Batch`]; it covers the
//! positions from its first to its end. A batch is *pending*, *under way*, or *done*. One that was cancelled is pending
//! again, with its old positions: what lies behind it in the list was made knowing that it would run before. The list
//! is *executed* up to the end of the last batch such that all before it are done too.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;
use core::mem;

use gpt_runtime::{Class, Invalidation, Written};

use crate::batch::Batch;
use crate::coalesce::{around, join, split};
use crate::step::Step;
use crate::write::{Item, Write};

/// The list.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// What was recorded and is not in `pending`.
    open: Vec<Step>,
    /// The position of the first step of `open`.
    open_first: u64,
    /// The position behind the last step.
    recorded: u64,
    /// Where each write since the last barrier of `open` starts and ends.
    segment: BTreeMap<u64, u64>,
    /// Pieces that were cancelled, by their first position.
    pending: BTreeMap<u64, Batch>,
    /// Pieces that devices have, by their first position: where they end, and whether they are done.
    under_way: BTreeMap<u64, (u64, bool)>,
    /// Everything before is done.
    executed: u64,
}

impl Log {
    /// The position behind the last step.
    pub(crate) fn recorded(&self) -> u64 {
        self.recorded
    }

    /// The position before which everything is done.
    pub(crate) fn executed(&self) -> u64 {
        self.executed
    }

    /// Records items as they are now.
    pub(crate) fn record(&mut self, written: &Written<'_>) {
        let item = Item { bytes: written.item_bytes(), big_endian: written.big_endian() };
        let mut leads = false;
        let words: Vec<u128> = (0..written.items())
            .map(|number| {
                let (word, class) = written.item(number);
                leads |= class == Class::Table;
                word
            })
            .collect();
        // A device must not see the way to a table before what is in it.
        if leads {
            self.barrier();
        }
        for write in split(written.address(), item, &words) {
            self.write(write);
        }
    }

    /// Records that something has to be invalidated.
    pub(crate) fn invalidate(&mut self, what: Invalidation) {
        self.push(Step::Invalidate(what));
        self.segment.clear();
    }

    /// Makes the writes before this come before those behind it.
    fn barrier(&mut self) {
        if !self.segment.is_empty() {
            self.push(Step::Barrier);
            self.segment.clear();
        }
    }

    /// Records a write.
    fn write(&mut self, write: Write) {
        if let Some(last) = self.last() {
            if write.address <= last.address && last.end() <= write.end() {
                // Nothing of it is left.
                self.drop_last();
            } else if let Some((below, above)) = around(last, &write) {
                self.drop_last();
                [below, Some(write), above].into_iter().flatten().for_each(|part| self.add(part));
                return;
            }
        }
        if self.overlaps(&write) {
            self.barrier();
        }
        let Some(last) = self.last() else { return self.add(write) };
        match join(last, write) {
            Ok(()) => {
                let (start, end) = (last.address, last.end());
                self.segment.insert(start, end);
            }
            Err(write) => self.add(write),
        }
    }

    /// The last step, if it is a write since the last barrier.
    fn last(&mut self) -> Option<&mut Write> {
        match self.open.last_mut() {
            Some(Step::Write(last)) if !self.segment.is_empty() => Some(last),
            _ => None,
        }
    }

    /// Takes the last step back, which is a write since the last barrier.
    fn drop_last(&mut self) {
        if let Some(Step::Write(last)) = self.open.pop() {
            self.segment.remove(&last.address);
        }
    }

    /// Whether a write since the last barrier touches the same bytes.
    fn overlaps(&self, write: &Write) -> bool {
        self.segment.range(..write.end()).next_back().is_some_and(|(_, end)| *end > write.address)
    }

    /// Adds a write that overlaps none since the last barrier.
    fn add(&mut self, write: Write) {
        self.segment.insert(write.address, write.end());
        self.push(Step::Write(write));
    }

    fn push(&mut self, step: Step) {
        self.open.push(step);
        self.recorded += 1;
    }

    /// Hands out the first piece that no device has.
    pub(crate) fn cut(&mut self) -> Option<Batch> {
        if !self.open.is_empty() {
            let batch = Batch { first: self.open_first, end: self.recorded, steps: mem::take(&mut self.open) };
            self.pending.insert(batch.first, batch);
            self.open_first = self.recorded;
            self.segment.clear();
        }
        let (_, mut batch) = self.pending.pop_first()?;
        while let Some(next) = self.pending.remove(&batch.end) {
            batch.steps.push(Step::Barrier);
            batch.steps.extend(next.steps);
            batch.end = next.end;
        }
        self.under_way.insert(batch.first, (batch.end, false));
        Some(batch)
    }

    /// Notes that a batch was executed; gives it back where one before it was not handed out again after it was
    /// cancelled, so that this one cannot have waited for it.
    pub(crate) fn finish(&mut self, batch: Batch) -> Result<(), Batch> {
        let waited = self.pending.first_key_value().is_none_or(|(first, _)| *first > batch.first);
        match self.under_way.get_mut(&batch.first) {
            Some((end, done)) if waited && *end == batch.end => *done = true,
            _ => return Err(batch),
        }
        while let Some(entry) = self.under_way.first_entry() {
            let (first, (end, done)) = (*entry.key(), *entry.get());
            if first != self.executed || !done {
                break;
            }
            entry.remove();
            self.executed = end;
        }
        Ok(())
    }

    /// Takes back a batch that will not be executed; gives it back where it is not from this list.
    pub(crate) fn cancel(&mut self, batch: Batch) -> Result<(), Batch> {
        match self.under_way.get(&batch.first) {
            Some((end, false)) if *end == batch.end => {
                self.under_way.remove(&batch.first);
                self.pending.insert(batch.first, batch);
                Ok(())
            }
            _ => Err(batch),
        }
    }
}

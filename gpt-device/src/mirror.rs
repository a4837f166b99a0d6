//! Keeps a device's table in step with a CPU's.
//!
//! ```text
//!  the device faults ─▶ pull:  the CPU's table is read ─▶ commit ─▶ entries of the device's table
//!  the CPU's side    ─▶ begin: entries leave the device's table, the device forgets ─▶ the CPU's table changes ─▶ end
//! ```
//!
//! The device has at most what the CPU's table allows, at every moment: what a pull has read is put into the device's table
//! only if nothing was invalidated since, and an invalidation returns only when the device has forgotten. How the two
//! keep out of each other's way is told in `sequence.rs`.
//!
//! # Written pages
//! Most devices keep no dirty bits. So a device may write to a page only when the CPU's page is marked as written: the
//! first write faults, the pull marks the CPU's page, in a bit that is software's, and only then gives leave. Who clears the mark, to write the page back,
//! does so within [`Mirror::begin_read_only`], which takes the leave away: the next write faults again.

use core::fmt;

use gpt_runtime::{
    AddressRange, EmptyTables, Environment, Format, InputAddress, Mapping, Obligation, Outcome, Reason, Reclaim,
    Removed,
};

use crate::sequence::{Invalidating, Sequence};
use crate::sides::{DeviceAttributes, Sides};

/// Two tables in step, over a range.
pub struct Mirror<S: Sides> {
    pub(crate) sides: S,
    sequence: Sequence,
    pub(crate) first: u64,
    pub(crate) last: u64,
}

/// An invalidation that has reached the device, and has not ended: the CPU's table may be changed.
#[must_use = "the device can pull again when this is dropped"]
pub struct Begun<'m> {
    _sequence: Invalidating<'m>,
}

impl<S: Sides> Mirror<S> {
    /// Mirrors the addresses from `first` to `last`. The device's table maps nothing there yet.
    pub fn new(sides: S, first: u64, last: u64) -> Self {
        Self { sides, sequence: Sequence::new(), first, last }
    }

    /// The two tables.
    pub fn sides(&self) -> &S {
        &self.sides
    }

    /// The state of the range.
    pub(crate) fn sequence(&self) -> &Sequence {
        &self.sequence
    }

    /// Begins an invalidation: on return the device uses nothing of the range, and will not until the value is dropped.
    /// `written` is told of every page that the device had leave to write.
    ///
    /// Where a page of the device lies only partly in the range, all of it goes: the device will ask for the rest again.
    pub fn begin(&self, first: u64, last: u64, mut written: impl FnMut(&Mapping<DeviceAttributes<S>>)) -> Begun<'_> {
        let begun = Begun { _sequence: self.sequence.invalidate(|| self.sides.relax()) };
        if let Some(range) = self.extent(first, last) {
            // At once, so that a larger page can take the place of the table. Nobody maps a neighbour before this has ended,
            // and by then the device has forgotten the table.
            let outcome = self.sides.device().unmap(range, EmptyTables::AtOnce, |removed| {
                if let Removed::Page(page) = removed
                    && self.sides.grants_write(&page.attributes)
                {
                    written(&page);
                }
            });
            self.sides.device_changed(owed(outcome));
            self.sides.device_done();
        }
        begun
    }

    /// As [`Mirror::begin`], but the device may go on reading: it only loses its leave to write.
    pub fn begin_read_only(&self, first: u64, last: u64) -> Begun<'_> {
        let begun = Begun { _sequence: self.sequence.invalidate(|| self.sides.relax()) };
        if let Some(range) = self.extent(first, last) {
            self.sides.device_changed(owed(self.sides.device().protect(range, &self.sides.writable(false))));
            self.sides.device_done();
        }
        begun
    }

    /// The part of a range that is mirrored, and all of the device's pages that lie partly in it.
    fn extent(&self, first: u64, last: u64) -> Option<AddressRange<S::Device>> {
        let (first, last) = (first.max(self.first), last.min(self.last));
        let smallest = (1_u64 << S::Device::PAGE_SIZES.trailing_zeros()) - 1;
        let reader = self.sides.device().reader();
        let page = |va: u64| {
            let page = reader.walk(InputAddress::new(va)?).ok()?;
            Some((page.va, page.va | ((1_u64 << page.size_lg2) - 1)))
        };
        let first = page(first).map_or(first & !smallest, |(start, _)| start);
        let last = page(last).map_or(last | smallest, |(_, end)| end);
        AddressRange::from_first_last(first, last).ok()
    }

    /// Takes the device's leave to write to a range away, and clears and reports what is known of writes to it: `report`
    /// is told the first and the last address of pages that the CPU or the device may have written. Until one is written
    /// again, neither side has it as written. A page can be reported twice, and one only partly in the range as a whole.
    ///
    /// # Errors
    /// Why the CPU's table could not be gone over to the end.
    pub fn take_dirty(&self, range: AddressRange<S::Cpu>, mut report: impl FnMut(u64, u64)) -> Result<(), Reason> {
        let _begun = self.begin_read_only(range.first(), range.last());
        let cpu = self.sides.cpu();
        let mut marked = false;
        for run in cpu.reader().mappings(range).filter(|run| self.sides.is_dirty(&run.attributes)) {
            report(run.first, run.last);
            marked = true;
        }
        // What the processor has written meanwhile is reported here; the mark is set by nobody while this has begun.
        let pages = cpu.take_dirty(range, |page| report(page.va, page.va | ((1_u64 << page.size_lg2) - 1)));
        self.paid(pages)?;
        if marked { self.paid(cpu.protect(range, &self.sides.mark(false))) } else { Ok(()) }
    }

    /// Pays what a change of the CPU's table owes, and says why it stopped, if it did.
    fn paid(&self, outcome: Outcome<'_, S::Cpu, S::CpuTables, S::CpuReaders>) -> Result<(), Reason> {
        let reason = outcome.as_ref().err().map(|stopped| stopped.reason);
        self.sides.cpu_changed(owed(outcome));
        reason.map_or(Ok(()), Err)
    }
}

/// What is owed, whether an operation came to its end or not.
pub(crate) fn owed<'t, F: Format, E: Environment, R: Reclaim>(
    outcome: Outcome<'t, F, E, R>,
) -> Obligation<'t, F, E, R> {
    outcome.unwrap_or_else(|stopped| stopped.obligation)
}

impl<S: Sides> fmt::Debug for Mirror<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Mirror of {:#x}..={:#x}", self.first, self.last)
    }
}

impl fmt::Debug for Begun<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Begun")
    }
}

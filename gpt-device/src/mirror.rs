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

use gpt_runtime::{AddressRange, Entry, Format, InputAddress, Mapping, Obligation, Outcome, Reason};
use gpt_runtime::{EmptyTables, Environment, Reclaim, Removed};

use crate::sequence::{Invalidating, Sequence, Snapshot};
use crate::sides::{Access, CpuAttributes, DeviceAttributes, Sides};

/// Two tables in step, over a range.
pub struct Mirror<S: Sides> {
    sides: S,
    sequence: Sequence,
    first: u64,
    last: u64,
}

/// Why nothing was pulled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotPulled {
    /// Something is being invalidated or moved: try again.
    Busy,
    /// The address is not mirrored, or the device's format does not translate it.
    Outside,
    /// The CPU's table has no page there: its own fault has to be dealt with first.
    NotMapped,
    /// The CPU's page may not be written.
    ReadOnly,
    /// The device may not have the page, or no page of its sizes can say what it should.
    NotForDevice,
    /// There is no memory for a table.
    OutOfTables,
}

impl fmt::Display for NotPulled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "the range is being changed: try again",
            Self::Outside => "the address is not mirrored",
            Self::NotMapped => "the CPU has no page there",
            Self::ReadOnly => "the page may not be written",
            Self::NotForDevice => "the device cannot have the page",
            Self::OutOfTables => "there is no memory for a table",
        })
    }
}

impl core::error::Error for NotPulled {}

/// How often a pull looks again at a page of the device's that others are putting there at the same time.
const MOST_ATTEMPTS: u32 = 16;

/// A piece of the CPU's memory that the device may use.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Piece<A> {
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) oa: u64,
    pub(crate) attributes: A,
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

    /// Gives the device what the CPU's table maps at `va`, and what it maps around that in the block of 2^`around_lg2` bytes
    /// that `va` is in, or in the whole page if that is larger. Gives the first and the last address of the page or run of pages that `va` is in.
    ///
    /// What was changed is in the device's table, or recorded for it: it is up to the caller to hand that out.
    ///
    /// # Errors
    /// Where `va` itself cannot be pulled. What lies around it is left out without an error.
    pub fn pull(&self, va: u64, access: Access, around_lg2: u32) -> Result<(u64, u64), NotPulled> {
        if !(self.first..=self.last).contains(&va) {
            return Err(NotPulled::Outside);
        }
        let snapshot = self.sequence.read().ok_or(NotPulled::Busy)?;
        let reader = self.sides.cpu().reader();
        let address = InputAddress::new(va).ok_or(NotPulled::Outside)?;
        let page = match reader.look(address) {
            Entry::Page(page) => page,
            Entry::Special { .. } => return Err(NotPulled::Busy),
            Entry::Absent | Entry::Malformed => return Err(NotPulled::NotMapped),
        };
        self.may(&page, access)?;
        // Whole pages of either side, however small the block.
        let block_lg2 = around_lg2.max(page.size_lg2).max(S::Device::PAGE_SIZES.trailing_zeros());
        let block = 1_u64.checked_shl(block_lg2).map_or(u64::MAX, |bytes| bytes - 1);
        let (first, last) = ((va & !block).max(self.first), (va | block).min(self.last));
        let range = AddressRange::<S::Cpu>::from_first_last(first, last).map_err(|_| NotPulled::Outside)?;
        let mut pulled = Err(NotPulled::Busy);
        for run in reader.mappings(range) {
            let piece = Piece { first: run.first, last: run.last, oa: run.oa, attributes: run.attributes };
            if (run.first..=run.last).contains(&va) {
                pulled = self.pull_at(va, &piece, access, snapshot);
                pulled?;
            } else {
                // Around it only what can be read, as it is: nobody has asked for more.
                match self.put(&piece, Access::Read, snapshot) {
                    Ok(()) | Err(NotPulled::NotForDevice) => {}
                    Err(NotPulled::Busy) => break,
                    Err(why) => return Err(why),
                }
            }
        }
        pulled
    }

    /// Pulls the run that `va` is in: where it is written, that page alone is marked and given leave, the rest is read.
    fn pull_at(
        &self,
        va: u64,
        run: &Piece<CpuAttributes<S>>,
        access: Access,
        snapshot: Snapshot,
    ) -> Result<(u64, u64), NotPulled> {
        if access == Access::Read || self.sides.is_dirty(&run.attributes) {
            self.put(run, Access::Read, snapshot)?;
            return Ok((run.first, run.last));
        }
        // A clean run is written in one place: that place is marked, in units of the device's smallest page.
        let page = self.page_at(va).ok_or(NotPulled::Busy)?;
        let size = page.size_lg2.max(S::Device::PAGE_SIZES.trailing_zeros());
        let mask = 1_u64.checked_shl(size).map_or(u64::MAX, |bytes| bytes - 1);
        let (first, last) = ((va & !mask).max(run.first), (va | mask).min(run.last));
        let piece = Piece { first, last, oa: run.oa + (first - run.first), attributes: run.attributes };
        self.put(&piece, Access::Write, snapshot)?;
        Ok((first, last))
    }

    /// The CPU's page at an address.
    fn page_at(&self, va: u64) -> Option<Mapping<CpuAttributes<S>>> {
        self.sides.cpu().reader().walk(InputAddress::new(va)?).ok()
    }

    /// Whether the device may use a page of the CPU in this way.
    fn may(&self, page: &Mapping<CpuAttributes<S>>, access: Access) -> Result<(), NotPulled> {
        let refused = access == Access::Write && !self.sides.is_writable(&page.attributes);
        if refused { Err(NotPulled::ReadOnly) } else { Ok(()) }
    }

    /// Puts a piece of the CPU's memory into the device's table.
    fn put(&self, piece: &Piece<CpuAttributes<S>>, access: Access, snapshot: Snapshot) -> Result<(), NotPulled> {
        let sides = &self.sides;
        let _commit = self.sequence.commit(snapshot).ok_or(NotPulled::Busy)?;
        let mut write = sides.is_writable(&piece.attributes) && sides.is_dirty(&piece.attributes);
        if access == Access::Write {
            // Marked before there is leave: who finds no mark in the CPU's table knows that the device has not written.
            let range = AddressRange::from_first_last(piece.first, piece.last).map_err(|_| NotPulled::Outside)?;
            match sides.cpu().protect(range, &sides.mark(true)) {
                Ok(owed) => sides.cpu_changed(owed),
                Err(stopped) => {
                    sides.cpu_changed(stopped.obligation);
                    return Err(NotPulled::ReadOnly);
                }
            }
            write = true;
        }
        let attributes = sides.pull(&piece.attributes, write).ok_or(NotPulled::NotForDevice)?;
        self.put_pages(piece.first, piece.last, piece.oa, &attributes)
    }

    /// Maps a piece in the device's table, and gives pages that are there already leave to write if the piece has it.
    pub(crate) fn put_pages(
        &self,
        first: u64,
        last: u64,
        oa: u64,
        attributes: &DeviceAttributes<S>,
    ) -> Result<(), NotPulled> {
        let device = self.sides.device();
        let mut next = first;
        let mut attempts = 0;
        loop {
            let range = AddressRange::<S::Device>::from_first_last(next, last).map_err(|_| NotPulled::Outside)?;
            let stopped = match device.map(range, oa + (next - first), attributes) {
                Ok(owed) => {
                    self.sides.device_changed(owed);
                    return Ok(());
                }
                Err(stopped) => stopped,
            };
            let (reason, at) = (stopped.reason, stopped.at);
            self.sides.device_changed(stopped.obligation);
            match reason {
                Reason::Occupied => {}
                Reason::OutOfTables => return Err(NotPulled::OutOfTables),
                _ => return Err(NotPulled::NotForDevice),
            }
            // Somebody else has pulled it: as it is in the CPU's table, since nothing was invalidated meanwhile.
            let Some(end) = self.allow(at, last, attributes) else {
                attempts += 1;
                if attempts > MOST_ATTEMPTS {
                    return Err(NotPulled::Busy);
                }
                continue;
            };
            match end.checked_add(1) {
                Some(after) if after <= last => next = after,
                _ => return Ok(()),
            }
        }
    }

    /// Gives the device's page at an address leave to write, if it is to have it; says where the page ends. None: look
    /// again.
    fn allow(&self, at: u64, last: u64, wanted: &DeviceAttributes<S>) -> Option<u64> {
        let device = self.sides.device();
        let page = device.reader().walk(InputAddress::new(at)?).ok()?;
        let page_last = page.va | ((1_u64 << page.size_lg2) - 1);
        let end = page_last.min(last);
        if !self.sides.grants_write(wanted) || self.sides.grants_write(&page.attributes) {
            return Some(end);
        }
        let part = AddressRange::from_first_last(at, end).ok()?;
        match device.protect(part, &self.sides.writable(true)) {
            Ok(owed) => {
                self.sides.device_changed(owed);
                Some(end)
            }
            Err(stopped) => {
                // It is part of a page that cannot be split. The device can ask for the rest of it again.
                self.sides.device_changed(stopped.obligation);
                let whole = AddressRange::from_first_last(page.va, page_last).ok()?;
                self.sides.device_changed(owed(device.unmap(whole, EmptyTables::Never, |_| {})));
                None
            }
        }
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

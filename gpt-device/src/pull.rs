//! Pulls what a CPU's table maps into a device's: what a fault of the device asks for.
//!
//! The CPU's table is read under a snapshot, and what was read is put into the device's table only if nothing was
//! invalidated since. Several pulls may put the same page there at the same time; whoever comes second finds it occupied, by
//! what it would have put there itself, or by the same with less leave.

use core::fmt;

use gpt_runtime::{AddressRange, EmptyTables, Entry, Format, InputAddress, Mapping, Reason};

use crate::mirror::{Mirror, owed};
use crate::sequence::Snapshot;
use crate::sides::{Access, CpuAttributes, DeviceAttributes, Sides};

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

impl<S: Sides> Mirror<S> {
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
        let snapshot = self.sequence().read().ok_or(NotPulled::Busy)?;
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
        let _commit = self.sequence().commit(snapshot).ok_or(NotPulled::Busy)?;
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
}

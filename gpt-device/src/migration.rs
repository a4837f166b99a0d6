//! Moves pages between a CPU's memory and a device's, while both use them.
//!
//! # Who owns a page
//! The CPU's table says for every address what there is, and that is who owns it:
//!
//! | entry of the CPU's table | the page is | it belongs to |
//! |---|---|---|
//! | page | in the CPU's memory | the entry |
//! | on device | in the device's memory | the entry |
//! | moving | in one of them, and perhaps a copy in the other | the thread whose number is in the entry |
//! | absent | none | |
//!
//! Each change from one line to another is one compare-exchange of the entry, so it has one winner, and the page has one
//! owner at every moment. The device's table is a copy of what the CPU's table says and owns nothing.
//!
//! # A move
//! 1. The entry becomes *moving*, which takes the page out of the CPU's reach and makes the mover its owner. Who faults on it
//!    from now on, on either side, is told to try again.
//! 2. The range leaves the device's table, the device forgets it. A pull that had read the entry before is waited for
//!    or fails, see `sequence.rs`; one that comes later reads *moving*. From here on nobody writes to the page.
//! 3. It is copied.
//! 4. The entry becomes what it is to be, if it is still *moving* with this mover's number. The old page is freed. If there was
//!    no memory for the copy, or it failed, the entry becomes what it was.
//!
//! # Races
//! * **Unmap, during a move.** It takes the entry out and leaves the page to the mover, whose exchange in step 4 fails. The
//!   mover frees both pages. Whatever is mapped there later, or moved, has another number.
//! * **Move, move.** One wins the exchange of step 1.
//! * **Fault, move.** The fault finds the page where it was, *moving*, or where it is now.
//! * **Unmap of a part of a large page, that becomes *moving* at that moment.** The entry would go as a whole. Therefore step 1
//!   is a commit, and an unmap begins an invalidation first: pages do not start to move meanwhile. A large page that is away
//!   already, and only partly in the range, is brought back before.
//! * **Write by the device, move.** In between steps 1 and 2 a pull may give leave to write when the mark cannot be
//!   made any more, because the page is gone from the CPU's table. Step 2 finds the leave in the device's table, and the
//!   page moves as one that is marked.

use alloc::vec::Vec;
use core::fmt;

use gpt_runtime::{AddressRange, Becomes, EmptyTables, Entry, InputAddress, Mapping, Reason, Removed};

use crate::mirror::{Mirror, owed};
use crate::moves::{Away, Moves};
use crate::pull::NotPulled;
use crate::sides::{Access, CpuAttributes, CpuSpecial};
use crate::sync::{AtomicUsize, Ordering};

/// A mirror between whose sides pages can be moved.
#[derive(Debug)]
pub struct Migration<S: Moves> {
    mirror: Mirror<S>,
    moves: AtomicUsize,
}

/// Why a page was not moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotMoved {
    /// Something is being invalidated or moved: try again.
    Busy,
    /// There is no such page there: nothing, or one that is already where it should go.
    NotThere,
    /// The entry cannot say that the page is away.
    NoEntry,
    /// There is no memory to move it to. It is as it was.
    NoMemory,
    /// It could not be copied. It is as it was.
    NotCopied,
    /// It was unmapped meanwhile.
    Gone,
}

impl fmt::Display for NotMoved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Busy => "the range is being changed: try again",
            Self::NotThere => "no page is there that could be moved so",
            Self::NoEntry => "no entry can say that the page is away",
            Self::NoMemory => "there is no memory to move the page to",
            Self::NotCopied => "the page could not be copied",
            Self::Gone => "the page was unmapped meanwhile",
        })
    }
}

impl core::error::Error for NotMoved {}

/// A page that is being moved, and belongs to this thread.
struct Mine<S: Moves> {
    va: u64,
    size_lg2: u32,
    entry: CpuSpecial<S>,
}

impl<S: Moves> Mine<S> {
    fn last(&self) -> u64 {
        self.va | low_mask(self.size_lg2)
    }
}

/// Two to the power of `bits`, less one.
fn low_mask(bits: u32) -> u64 {
    1_u64.checked_shl(bits).map_or(u64::MAX, |bit| bit - 1)
}

impl<S: Moves> Migration<S> {
    /// Moves pages between the sides of a mirror.
    pub fn new(mirror: Mirror<S>) -> Self {
        Self { mirror, moves: AtomicUsize::new(0) }
    }

    /// The mirror.
    pub fn mirror(&self) -> &Mirror<S> {
        &self.mirror
    }

    fn sides(&self) -> &S {
        self.mirror.sides()
    }

    /// An entry for a page that this thread moves.
    fn moving(&self) -> Option<CpuSpecial<S>> {
        // Numbers come again after 2³² moves, while none takes nearly as long.
        #[allow(clippy::cast_possible_truncation)]
        let number = self.moves.fetch_add(1, Ordering::Relaxed) as u32;
        self.sides().say(&Away::Moving(number))
    }

    /// Moves the CPU's page at `va` to the device's memory.
    ///
    /// # Errors
    /// Why not; then the page is as it was, unless it was unmapped.
    pub fn to_device(&self, va: u64) -> Result<(), NotMoved> {
        let sides = self.sides();
        let sequence = self.mirror.sequence();
        let snapshot = sequence.read().ok_or(NotMoved::Busy)?;
        let address = InputAddress::new(va).ok_or(NotMoved::NotThere)?;
        let Entry::Page(page) = sides.cpu().reader().look(address) else { return Err(NotMoved::NotThere) };
        let last = page.va | low_mask(page.size_lg2);
        let range = AddressRange::from_first_last(page.va, last).map_err(|_| NotMoved::NotThere)?;
        let entry = self.moving().ok_or(NotMoved::NoEntry)?;

        // Others may split the page meanwhile, so there may be several.
        let mut pages: Vec<Mapping<CpuAttributes<S>>> = Vec::new();
        let commit = sequence.commit(snapshot).ok_or(NotMoved::Busy)?;
        let outcome = sides.cpu().replace_by_special(range, &entry, |page| pages.push(*page));
        drop(commit);
        sides.cpu_changed(owed(outcome));
        if pages.is_empty() {
            return Err(NotMoved::NoEntry);
        }
        let mut written: Vec<(u64, u64)> = Vec::new();
        drop(self.mirror.begin(page.va, last, |page| written.push((page.va, page.va | low_mask(page.size_lg2)))));

        let mut outcome = Ok(());
        for mut page in pages {
            let last = page.va | low_mask(page.size_lg2);
            if written.iter().any(|(first, end)| *first <= last && page.va <= *end) {
                page.attributes = sides.marked(&page.attributes);
            }
            let mine = Mine::<S> { va: page.va, size_lg2: page.size_lg2, entry };
            outcome = outcome.and(self.fill_device_page(&mine, &page));
        }
        outcome
    }

    /// Copies a page that this thread owns to the device's memory, and says in the CPU's table that it is there.
    fn fill_device_page(&self, mine: &Mine<S>, page: &Mapping<CpuAttributes<S>>) -> Result<(), NotMoved> {
        let sides = self.sides();
        let back = Becomes::Page { oa: page.oa, attributes: &page.attributes };
        let Some(copy) = sides.take_device_page(mine.size_lg2) else {
            self.end(mine, back).inspect_err(|_| sides.free_host_page(page.oa, mine.size_lg2))?;
            return Err(NotMoved::NoMemory);
        };
        let there = sides.say(&Away::OnDevice { page: copy, attributes: page.attributes });
        let outcome = match there {
            None => Err(NotMoved::NoEntry),
            Some(_) if !sides.copy_to_device(page.oa, copy, mine.size_lg2) => Err(NotMoved::NotCopied),
            Some(there) => Ok(there),
        };
        let becomes = outcome.as_ref().map_or(back, Becomes::Special);
        let ended = self.end(mine, becomes);
        if ended.is_err() || outcome.is_ok() {
            sides.free_host_page(page.oa, mine.size_lg2);
        }
        if ended.is_err() || outcome.is_err() {
            sides.free_device_page(copy, mine.size_lg2);
        }
        ended.and(outcome.map(drop))
    }

    /// Moves the page at `va` back to the CPU's memory: what a fault of the CPU on its entry asks for.
    ///
    /// # Errors
    /// Why not; then the page is as it was, unless it was unmapped.
    pub fn to_host(&self, va: u64) -> Result<(), NotMoved> {
        let sides = self.sides();
        let address = InputAddress::new(va).ok_or(NotMoved::NotThere)?;
        let Entry::Special { va, size_lg2, special } = sides.cpu().reader().look(address) else {
            return Err(NotMoved::NotThere);
        };
        let (page, attributes) = match sides.hear(&special) {
            Some(Away::OnDevice { page, attributes }) => (page, attributes),
            Some(Away::Moving(_)) => return Err(NotMoved::Busy),
            None => return Err(NotMoved::NotThere),
        };
        let entry = self.moving().ok_or(NotMoved::NoEntry)?;
        match sides.cpu().exchange_special(address, &special, Becomes::Special(&entry)) {
            Ok(owed) => sides.cpu_changed(owed),
            Err(stopped) => {
                sides.cpu_changed(stopped.obligation);
                return Err(NotMoved::Busy);
            }
        }
        let mine = Mine::<S> { va, size_lg2, entry };
        drop(self.mirror.begin(mine.va, mine.last(), |_| {}));

        let Some(copy) = sides.take_host_page(size_lg2) else {
            self.end(&mine, Becomes::Special(&special)).inspect_err(|_| sides.free_device_page(page, size_lg2))?;
            return Err(NotMoved::NoMemory);
        };
        let copied = sides.copy_to_host(page, copy, size_lg2);
        let there = Becomes::Page { oa: copy, attributes: &attributes };
        let ended = self.end(&mine, if copied { there } else { Becomes::Special(&special) });
        if ended.is_err() || copied {
            sides.free_device_page(page, size_lg2);
        }
        if ended.is_err() || !copied {
            sides.free_host_page(copy, size_lg2);
        }
        ended.and(if copied { Ok(()) } else { Err(NotMoved::NotCopied) })
    }

    /// Ends a move, if the entry is still this thread's; both pages are this thread's otherwise.
    fn end(&self, mine: &Mine<S>, becomes: Becomes<'_, CpuAttributes<S>, CpuSpecial<S>>) -> Result<(), NotMoved> {
        let sides = self.sides();
        let address = InputAddress::new(mine.va).ok_or(NotMoved::Gone)?;
        match sides.cpu().exchange_special(address, &mine.entry, becomes) {
            Ok(owed) => {
                sides.cpu_changed(owed);
                Ok(())
            }
            Err(stopped) => {
                sides.cpu_changed(stopped.obligation);
                Err(NotMoved::Gone)
            }
        }
    }

    /// As [`Mirror::pull`], also for pages in the device's memory.
    ///
    /// # Errors
    /// Those of [`Mirror::pull`].
    pub fn pull(&self, va: u64, access: Access, around_lg2: u32) -> Result<(u64, u64), NotPulled> {
        let sides = self.sides();
        let snapshot = self.mirror.sequence().read().ok_or(NotPulled::Busy)?;
        let address = InputAddress::new(va).ok_or(NotPulled::Outside)?;
        let Entry::Special { va, size_lg2, special } = sides.cpu().reader().look(address) else {
            return self.mirror.pull(va, access, around_lg2);
        };
        let (page, mut attributes) = match sides.hear(&special) {
            Some(Away::OnDevice { page, attributes }) => (page, attributes),
            Some(Away::Moving(_)) => return Err(NotPulled::Busy),
            None => return Err(NotPulled::NotMapped),
        };
        if access == Access::Write && !sides.is_writable(&attributes) {
            return Err(NotPulled::ReadOnly);
        }
        let _commit = self.mirror.sequence().commit(snapshot).ok_or(NotPulled::Busy)?;
        let dirty = sides.is_dirty(&attributes);
        if access == Access::Write && !dirty {
            attributes = sides.marked(&attributes);
            let marked = sides.say(&Away::OnDevice { page, attributes }).ok_or(NotPulled::NotForDevice)?;
            match sides.cpu().exchange_special(address, &special, Becomes::Special(&marked)) {
                Ok(owed) => sides.cpu_changed(owed),
                Err(stopped) => {
                    sides.cpu_changed(stopped.obligation);
                    return Err(NotPulled::Busy);
                }
            }
        }
        let write = sides.is_writable(&attributes) && (dirty || access == Access::Write);
        let local = sides.local(&attributes, write).ok_or(NotPulled::NotForDevice)?;
        let last = va | low_mask(size_lg2);
        self.mirror.put_pages(va, last, page, &local)?;
        Ok((va, last))
    }

    /// Unmaps a range on both sides, and frees its pages wherever they are.
    ///
    /// # Errors
    /// [`Reason::OutOfTables`] where there is no memory to split a large page, or to bring one back that is only partly in
    /// the range; other reasons of [`gpt_runtime::PageTable::unmap`]. A part of the range may be unmapped then.
    pub fn unmap(&self, range: AddressRange<S::Cpu>) -> Result<(), Reason> {
        let sides = self.sides();
        let _begun = self.mirror.begin(range.first(), range.last(), |_| {});
        for edge in [range.first(), range.last()] {
            self.whole(edge, range)?;
        }
        let mut pages: Vec<(u64, u32)> = Vec::new();
        let mut away: Vec<(u64, u32)> = Vec::new();
        let outcome = sides.cpu().unmap(range, EmptyTables::WhenCovered, |removed| match removed {
            Removed::Page(page) => pages.push((page.oa, page.size_lg2)),
            Removed::Special { size_lg2, special, .. } => {
                // One that is moving is its mover's.
                if let Some(Away::OnDevice { page, .. }) = sides.hear(&special) {
                    away.push((page, size_lg2));
                }
            }
        });
        let reason = outcome.as_ref().err().map(|stopped| stopped.reason);
        sides.cpu_changed(owed(outcome));
        pages.into_iter().for_each(|(page, size_lg2)| sides.free_host_page(page, size_lg2));
        away.into_iter().for_each(|(page, size_lg2)| sides.free_device_page(page, size_lg2));
        reason.map_or(Ok(()), Err)
    }

    /// Brings a page back that is away and only partly in a range, while no page starts to move.
    fn whole(&self, va: u64, range: AddressRange<S::Cpu>) -> Result<(), Reason> {
        let address = InputAddress::new(va).ok_or(Reason::BadInput)?;
        loop {
            let Entry::Special { va, size_lg2, special } = self.sides().cpu().reader().look(address) else {
                return Ok(());
            };
            let inside = range.first() <= va && va | low_mask(size_lg2) <= range.last();
            if inside || self.sides().hear(&special).is_none() {
                return Ok(());
            }
            match self.to_host(va) {
                Ok(()) | Err(NotMoved::NotThere | NotMoved::Gone) => {}
                Err(NotMoved::Busy) => self.sides().relax(),
                Err(NotMoved::NoMemory | NotMoved::NotCopied | NotMoved::NoEntry) => return Err(Reason::OutOfTables),
            }
        }
    }
}

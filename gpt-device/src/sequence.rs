//! Pulls from a CPU's table into a device's, against invalidations of what was pulled: who may go on, and who has to look
//! again.
//!
//! # The protocol
//! There is one word. Its upper part counts invalidations that have begun, ever; its lower part how many of them have not
//! ended. A second word counts *commits*: pulls that are writing to the device's table now.
//!
//! * Who **pulls** reads the word (none may be under way), then reads the CPU's table for as long as it likes. Before it
//!   writes to the device's table it enters as a commit, and looks at the word again: where it is another one, it leaves and
//!   starts over. What was read is then older than an invalidation, and may be of a page that is somebody else's by now.
//! * Who **invalidates** counts itself in the word, then waits until no commit is left of those that entered before it
//!   could be seen. From then on nobody writes to the device's table until the invalidation has ended: new pulls see the
//!   word. It takes the range out of the device's table, has the device forget it, and changes the CPU's table. Then it
//!   counts itself out.
//!
//! Invalidations do not exclude each other. A commit never waits. What an invalidation waits for is a piece of code that writes
//! entries and waits for nothing; how it passes that time is the caller's choice.
//!
//! # Orderings
//! A commit's entry and the look that follows, and an invalidation's entry and its look at the commits, are the two sides of a
//! store-then-load race: each side writes its own word and then reads the other's, with a sequentially consistent
//! fence in between, so at least one of the two sees the other. If the commit sees the invalidation, it leaves. If not, the
//! invalidation sees the commit and waits.
//!
//! The end of a commit is a release that the invalidation's look acquires: what the commit wrote to the device's table
//! is there to be taken out. The end of an invalidation is a release that the reader of the word acquires: whoever pulls after
//! it reads the CPU's table as the invalidation left it.

use core::fmt;

use crate::sync::{AtomicUsize, Ordering, fence};

/// One more invalidation has begun, ever.
const BEGUN: usize = 1 << (usize::BITS / 2);
/// The invalidations that have not ended.
const UNDER_WAY: usize = BEGUN - 1;

/// The state of one mirrored range.
///
/// On a host with words of 32 bits a pull that takes so long that 2¹⁶ invalidations come and go during it, or a
/// multiple of that, is not told to start over; on one with 64 bits the number is 2³².
#[derive(Debug)]
pub struct Sequence {
    word: AtomicUsize,
    commits: AtomicUsize,
}

/// What was read of the CPU's table holds as long as nothing was invalidated since.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Snapshot(usize);

/// While this lives, no invalidation goes on to take out entries.
#[must_use = "the device's table may be written only as long as this lives"]
pub struct Commit<'s>(&'s Sequence);

/// An invalidation that has not ended.
#[must_use = "the invalidation ends when this is dropped"]
pub struct Invalidating<'s>(&'s Sequence);

impl Default for Sequence {
    fn default() -> Self {
        Self::new()
    }
}

impl Sequence {
    /// Nothing was invalidated yet.
    pub fn new() -> Self {
        Self { word: AtomicUsize::new(0), commits: AtomicUsize::new(0) }
    }

    /// Starts to pull; `None` while an invalidation is under way.
    pub fn read(&self) -> Option<Snapshot> {
        let word = self.word.load(Ordering::Acquire);
        (word & UNDER_WAY == 0).then_some(Snapshot(word))
    }

    /// Starts to write what was read since the snapshot; `None` where something was invalidated meanwhile.
    pub fn commit(&self, snapshot: Snapshot) -> Option<Commit<'_>> {
        self.commits.fetch_add(1, Ordering::Relaxed);
        let commit = Commit(self);
        fence(Ordering::SeqCst);
        (self.word.load(Ordering::Relaxed) == snapshot.0).then_some(commit)
    }

    /// Begins an invalidation: `relax` is called again and again as long as somebody is still writing to the device's
    /// table.
    pub fn invalidate(&self, mut relax: impl FnMut()) -> Invalidating<'_> {
        self.word.fetch_add(BEGUN + 1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        while self.commits.load(Ordering::Acquire) != 0 {
            relax();
        }
        Invalidating(self)
    }
}

impl Drop for Commit<'_> {
    fn drop(&mut self) {
        self.0.commits.fetch_sub(1, Ordering::Release);
    }
}

impl Drop for Invalidating<'_> {
    fn drop(&mut self) {
        self.0.word.fetch_sub(1, Ordering::Release);
    }
}

impl fmt::Debug for Commit<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Commit").finish()
    }
}

impl fmt::Debug for Invalidating<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Invalidating").finish()
    }
}

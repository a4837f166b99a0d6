//! What is mapped, as intervals: the reference that everything is compared with.

use std::collections::BTreeMap;

use gpt_codegen::interpreter::{Attributes, Value};

/// What an interval is.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// It translates.
    Page {
        /// Where its first address leads.
        oa: u64,
        /// What its pages say, without events.
        says: Attributes,
        /// What the hardware may write: whether it is known to be set or clear; `None` where it may be either.
        events: BTreeMap<String, Option<bool>>,
    },
    /// It says something without translating; the number is the tester's.
    Special(usize),
}

/// An interval, both ends included.
#[derive(Clone, Debug, PartialEq)]
pub struct Piece {
    /// The first address.
    pub first: u64,
    /// The last address.
    pub last: u64,
    /// What it is.
    pub what: What,
}

/// What is mapped.
#[derive(Clone, Debug, Default)]
pub struct Reference {
    pieces: BTreeMap<u64, Piece>,
}

impl Piece {
    /// Whether the next piece says the same and leads to where this one ends.
    fn goes_on_in(&self, next: &Self) -> bool {
        self.last.checked_add(1) == Some(next.first) && self.clone().shifted(next.first) == next.what
    }

    /// What would be at a later address if the piece were longer.
    fn shifted(self, to: u64) -> What {
        let mut what = self.what;
        if let What::Page { oa, .. } = &mut what {
            *oa = oa.wrapping_add(to - self.first);
        }
        what
    }

    /// The part of it from `first` to `last`, both inside.
    fn part(&self, first: u64, last: u64) -> Self {
        let mut what = self.what.clone();
        if let What::Page { oa, .. } = &mut what {
            *oa += first - self.first;
        }
        Self { first, last, what }
    }
}

impl Reference {
    /// Everything that is mapped, in order.
    pub fn all(&self) -> impl Iterator<Item = &Piece> {
        self.pieces.values()
    }

    /// What is there at an address.
    pub fn at(&self, va: u64) -> Option<&Piece> {
        self.pieces.range(..=va).next_back().map(|(_, piece)| piece).filter(|piece| va <= piece.last)
    }

    /// The parts of the pieces that are in a range, in order.
    pub fn within(&self, first: u64, last: u64) -> Vec<Piece> {
        let start = self.at(first).map_or(first, |piece| piece.first);
        let pieces = self.pieces.range(start..=last).map(|(_, piece)| piece);
        pieces.map(|piece| piece.part(piece.first.max(first), piece.last.min(last))).collect()
    }

    /// Makes a range absent, and says what was there.
    pub fn take(&mut self, first: u64, last: u64) -> Vec<Piece> {
        self.cut(first);
        if let Some(next) = last.checked_add(1) {
            self.cut(next);
        }
        let taken = self.within(first, last);
        for piece in &taken {
            self.pieces.remove(&piece.first);
        }
        taken
    }

    /// Adds a piece where nothing is; it becomes one with its neighbours where these go on in the same way.
    pub fn put(&mut self, mut piece: Piece) {
        assert!(self.within(piece.first, piece.last).is_empty(), "{piece:x?} is there already");
        let before = piece.first.checked_sub(1).and_then(|va| self.at(va)).filter(|before| before.goes_on_in(&piece));
        if let Some(before) = before.cloned() {
            piece = Piece { last: piece.last, ..before };
        }
        let after = piece.last.checked_add(1).and_then(|va| self.at(va)).filter(|after| piece.goes_on_in(after));
        if let Some((first, last)) = after.map(|after| (after.first, after.last)) {
            self.pieces.remove(&first);
            piece.last = last;
        }
        self.pieces.insert(piece.first, piece);
    }

    /// Changes what pages of a range say.
    pub fn change(&mut self, first: u64, last: u64, change: impl Fn(&mut Piece)) {
        for mut piece in self.take(first, last) {
            change(&mut piece);
            self.put(piece);
        }
    }

    /// Changes what is known of events in a range.
    pub fn know(&mut self, first: u64, last: u64, know: impl Fn(&str, &mut Option<bool>)) {
        self.change(first, last, |piece| {
            if let What::Page { events, .. } = &mut piece.what {
                events.iter_mut().for_each(|(name, known)| know(name, known));
            }
        });
    }

    /// Makes a piece end just below an address.
    fn cut(&mut self, va: u64) {
        let Some(piece) = self.at(va).filter(|piece| piece.first < va).cloned() else { return };
        self.pieces.insert(va, piece.part(va, piece.last));
        self.pieces.insert(piece.first, piece.part(piece.first, va - 1));
    }
}

impl What {
    /// Pages with these attributes, some of which are events.
    pub fn page(oa: u64, attributes: &Attributes, is_event: impl Fn(&str) -> bool) -> Self {
        let (events, says): (Attributes, Attributes) =
            attributes.iter().map(|(name, value)| (name.clone(), value.clone())).partition(|(name, _)| is_event(name));
        let known = |value| Some(value == Value::Flag(true));
        Self::Page { oa, says, events: events.into_iter().map(|(name, value)| (name, known(value))).collect() }
    }
}

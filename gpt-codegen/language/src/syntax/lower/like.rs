//! The rows of a kind: its own, and those it takes from another kind.

use super::Found;
use crate::diagnostic::Diagnostic;
use crate::syntax::description::Entry;
use crate::syntax::row::Row;
use crate::syntax::suggest::{instead, quote};

/// A kind and the kinds whose rows it takes, nearest first.
pub(super) struct Chain<'a> {
    entries: Vec<&'a Entry>,
    /// Whether every kind of the chain was found and understood.
    pub(super) clear: bool,
}

impl<'a> Chain<'a> {
    /// The chain of `entry`. Says where it breaks off or runs in a circle, unless some kinds were not understood:
    /// the chain could be mended by one of these.
    pub(super) fn of(entry: &'a Entry, all: &[&'a Entry], all_clear: bool, found: &mut Found) -> Self {
        let mut chain = Self { entries: vec![entry], clear: !entry.unclear };
        let mut last = entry;
        while let Some(like) = &last.like {
            let next = match &last.base {
                Some(base) => Some(&**base),
                None => all.iter().copied().find(|other| other.name.value == like.value),
            };
            let Some(next) = next else {
                let known: Vec<&str> = all.iter().map(|other| other.name.value.as_str()).collect();
                let message = format!("there is no kind of entry called {}", quote(&like.value));
                if all_clear {
                    found.push(Diagnostic::new("E0102", like.span, message).help(instead(&like.value, &known)));
                }
                chain.clear = false;
                break;
            };
            if chain.entries.iter().any(|earlier| std::ptr::eq(*earlier, next)) {
                let message = format!("{} takes its own rows", quote(&next.name.value));
                if all_clear {
                    let help = "take out one `like:` and write the rows there";
                    found.push(Diagnostic::new("E0107", like.span, message).help(help));
                }
                chain.clear = false;
                break;
            }
            chain.clear &= !next.unclear;
            chain.entries.push(next);
            last = next;
        }
        chain
    }

    /// Every row of the chain, whether replaced or not.
    pub(super) fn rows(&self) -> impl Iterator<Item = &'a Row> {
        self.entries.iter().flat_map(|entry| &entry.rows)
    }

    /// The rows that hold at a level, the highest bit first.
    pub(super) fn rows_at(&self, level: &str) -> Vec<&'a Row> {
        let mut taken = 0;
        let mut rows: Vec<&Row> = Vec::new();
        for entry in &self.entries {
            let here = || {
                entry.rows.iter().filter(|row| row.levels.is_empty() || row.levels.iter().any(|at| at.value == level))
            };
            rows.extend(here().filter(|row| row.bits.value.mask() & taken == 0));
            taken = here().fold(taken, |mask, row| mask | row.bits.value.mask());
        }
        rows.sort_by_key(|row| std::cmp::Reverse(row.bits.value.high));
        rows
    }
}

//! The rows of a kind: its own, and those it takes from another kind.

use super::Found;
use crate::diagnostic::Diagnostic;
use crate::model::Class;
use crate::syntax::description::Entry;
use crate::syntax::row::{Role, Row};
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
                None => named(all, &like.value),
            };
            let Some(next) = next else {
                if all_clear {
                    let message = format!("there is no kind of entry called {}", quote(&like.value));
                    let help = instead(&like.value, &kind_names(all));
                    found.push(Diagnostic::new("E0102", like.span, message).help(help));
                }
                chain.clear = false;
                break;
            };
            if chain.entries.iter().any(|earlier| std::ptr::eq(*earlier, next)) {
                if all_clear {
                    let message = format!("{} takes its own rows", quote(&next.name.value));
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

    /// What the rows of the chain make of the kind, whether replaced or not; nothing where it has no address.
    pub(super) fn class(&self) -> Option<Class> {
        let mut class = None;
        for entry in &self.entries {
            for row in &entry.rows {
                match row.role {
                    Role::Page { .. } => return Some(Class::Page),
                    Role::Table { .. } => class = Some(Class::Table),
                    _ => {}
                }
            }
        }
        class
    }

    /// The rows that hold at a level, the highest bit first.
    pub(super) fn rows_at(&self, level: &str) -> Vec<&'a Row> {
        let mut taken = 0;
        let mut rows: Vec<&Row> = Vec::new();
        for entry in &self.entries {
            let mut own = 0;
            for row in &entry.rows {
                if !row.holds_at(level) {
                    continue;
                }
                let bits = row.bits.value;
                own |= bits.mask();
                if bits.mask() & taken == 0 {
                    let place = rows.partition_point(|above| above.bits.value.high >= bits.high);
                    rows.insert(place, row);
                }
            }
            taken |= own;
        }
        rows
    }
}

/// The kind with this name.
fn named<'a>(all: &[&'a Entry], name: &str) -> Option<&'a Entry> {
    all.iter().find(|entry| entry.name.value == name).copied()
}

/// The names of kinds.
pub(super) fn kind_names<'a>(all: &[&'a Entry]) -> Vec<&'a str> {
    let mut names: Vec<&str> = Vec::new();
    for entry in all {
        names.push(&entry.name.value);
    }
    names
}

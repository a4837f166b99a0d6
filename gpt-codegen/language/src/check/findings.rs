//! Keeps a mistake that shows in several places from being reported several times.

use std::fmt::Write as _;

use crate::diagnostic::Diagnostics;
use crate::model::{Format, LevelId};
use crate::seen::Seen;

/// What a rule found in the layouts of one kind, with the levels at which each finding holds.
pub(super) struct ByLevel<T>(pub(super) Vec<(T, Vec<LevelId>)>);

impl<T: PartialEq> ByLevel<T> {
    /// Nothing so far.
    pub(super) fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds a finding at a level, to those at other levels if it was made there too.
    pub(super) fn add(&mut self, finding: T, level: LevelId) {
        for (known, levels) in &mut self.0 {
            if *known == finding {
                levels.push(level);
                return;
            }
        }
        self.0.push((finding, vec![level]));
    }
}

/// A clause that says at which of several levels something holds, such as ` at PT`; nothing where it holds at all of them.
pub(super) fn clause(format: &Format, of: usize, levels: &[LevelId]) -> String {
    if levels.len() == of {
        return String::new();
    }
    let mut clause = String::new();
    for level in levels {
        clause.push_str(if clause.is_empty() { " at " } else { ", " });
        clause.push_str(&format.level(*level).name);
    }
    clause
}

/// Adds to `all` what was found, without diagnostics that repeat an earlier one: kinds that share rows share their
/// mistakes too.
pub(super) fn add_once_each(all: &mut Diagnostics, found: Diagnostics) {
    let mut seen = Seen::default();
    for diagnostic in found {
        let mut written_somewhere = true;
        let mut key = diagnostic.code.to_owned();
        for label in &diagnostic.labels {
            written_somewhere &= label.span.number() != 0;
            let _ = write!(key, " {}", label.span.number());
        }
        key.push(':');
        key.push_str(&diagnostic.message);
        if seen.is_new(key) || !written_somewhere {
            all.push(diagnostic);
        }
    }
}

//! Keeps a mistake that shows in several places from being reported several times.

use std::collections::HashSet;

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Format, Kind, Layout, LevelId};

/// What a rule found in the layouts of one kind, with the levels at which each finding holds.
pub(super) struct ByLevel<T>(Vec<(T, Vec<LevelId>)>);

impl<T: PartialEq> ByLevel<T> {
    /// Looks at every layout of the kind.
    pub(super) fn of<I: IntoIterator<Item = T>>(kind: &Kind, look: impl Fn(&Layout) -> I) -> Self {
        let mut findings: Vec<(T, Vec<LevelId>)> = Vec::new();
        for layout in &kind.layouts {
            for finding in look(layout) {
                match findings.iter_mut().find(|(known, _)| *known == finding) {
                    Some((_, levels)) => levels.push(layout.level),
                    None => findings.push((finding, vec![layout.level])),
                }
            }
        }
        Self(findings)
    }

    /// The findings, each with a clause that says where it holds, such as ` at PT`; nothing where it holds at every
    /// level of the kind.
    pub(super) fn into_clauses(self, format: &Format, kind: &Kind) -> impl Iterator<Item = (T, String)> {
        self.0.into_iter().map(|(finding, levels)| {
            let clause = if levels.len() == kind.layouts.len() {
                String::new()
            } else {
                let names: Vec<&str> = levels.iter().map(|level| format.level(*level).name.as_str()).collect();
                format!(" at {}", names.join(", "))
            };
            (finding, clause)
        })
    }
}

/// The diagnostics without those that repeat an earlier one: kinds that share rows share their mistakes too.
pub(super) fn once_each(found: Diagnostics) -> Vec<Diagnostic> {
    let mut seen = HashSet::new();
    let mut kept = Vec::new();
    for diagnostic in found.iter() {
        let places: Vec<u32> = diagnostic.labels.iter().map(|label| label.span.number()).collect();
        let written_somewhere = places.iter().all(|place| *place != 0);
        if seen.insert((diagnostic.code, diagnostic.message.clone(), places)) || !written_somewhere {
            kept.push(diagnostic.clone());
        }
    }
    kept
}

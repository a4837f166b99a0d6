//! A walk can come to every level, and at every level there is something to come to.

use super::Lowered;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Class, Format, LevelId};

/// Finds levels that no walk reaches, and those whose entries are neither pages nor tables.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    if lowered.level_unknown() {
        return;
    }
    let format = &lowered.format;
    let reached = reached(format);
    for (number, level) in format.levels.iter().enumerate() {
        let (id, name) = (LevelId(number), &level.name);
        if !reached.contains(&id) && !format.roots.is_empty() {
            found.push(
                Diagnostic::new("E0231", level.span, format!("no walk comes to `{name}`"))
                    .label("no table entry leads here")
                    .help(format!(
                        "lead here with `ADDR table {name}`, add `{name}` to `roots:`, or take the level out"
                    )),
            );
        }
        if format.first_at(id, Class::Page).is_none() && format.first_at(id, Class::Table).is_none() {
            found.push(
                Diagnostic::new("E0232", level.span, format!("nothing can be mapped at `{name}`"))
                    .label("no entry here is a page or a table")
                    .help(format!("add `{name}` to the `at:` of a page or a table, or take the level out")),
            );
        }
    }
}

/// The levels that a walk can come to from a root.
fn reached(format: &Format) -> Vec<LevelId> {
    let mut reached = format.roots.clone();
    let mut next = 0;
    while let Some(level) = reached.get(next).copied() {
        next += 1;
        for (_, layout) in format.layouts_at(level) {
            for child in &layout.children {
                if !reached.contains(&child.level) {
                    reached.push(child.level);
                }
            }
        }
    }
    reached
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{codes, kind, toy};
    use crate::model::{BitRange, LevelId};
    use crate::span::Span;

    #[test]
    fn a_level_that_nothing_leads_to_is_unused() {
        let mut format = toy();
        let mut lost = format.levels[1].clone();
        lost.name = "LOST".to_owned();
        lost.index = BitRange { high: 11, low: 2 };
        format.levels.push(lost);
        for name in ["absent", "page"] {
            let kind = kind(&mut format, name);
            let mut layout = kind.layouts[0].clone();
            layout.level = LevelId(2);
            layout.span = Span::new(900);
            kind.layouts.push(layout);
        }
        kind(&mut format, "page").layouts[1].reach_bits = 36;
        assert!(codes(format.clone()).contains(&"E0231"));
        format.roots.push(LevelId(2));
        assert!(!codes(format).contains(&"E0231"));
    }

    #[test]
    fn a_level_of_absent_entries_maps_nothing() {
        let mut format = toy();
        format.kinds.pop();
        assert_eq!(codes(format), ["E0232"]);
    }
}

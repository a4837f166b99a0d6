//! The tables that the entries of a level lead to.

use gpt_language::model::{Class, Condition, Cube, Layout, LevelId};

use super::expression::{mask, test};
use super::logic::Test;
use super::names::ident;
use super::plan::{KindHere, LevelPlan, Plan};
use super::rows::section;

/// The levels that a level leads to.
pub(super) fn below(plan: &Plan<'_>, level: &LevelPlan<'_>) -> String {
    let children = level.children().filter_map(|(here, place)| here.layout.children.get(place));
    let rows = children.enumerate().map(|(number, child)| {
        let name = plan.levels.get(child.level.0).map_or("", |level| level.name.as_str());
        let (name, sizes) = (ident(name), mask(u128::from(sizes_below(plan, child.level))));
        format!("    child {number} {name}, sizes {sizes};\n")
    });
    rows.collect()
}

/// The section `children`: how the entries of a level hold their children; nothing where they have none.
pub(super) fn text(plan: &Plan<'_>, level: &LevelPlan<'_>) -> String {
    let rows = level.children().enumerate().map(|(number, (here, place))| {
        let entry = plan.entry(here).map_or("", |entry| entry.name.as_str());
        let entry = ident(entry);
        let table = if here.layout.children.len() == 1 { String::new() } else { format!("[{place}]") };
        let writer = plan.tables.writer(plan, here.layout, place, level.level.entry_bits);
        let says = writer.map_or(String::new(), |writer| format!(".{writer}"));
        format!("{number} by {entry}{table}{says}, {}", test(&present(level, here, place)))
    });
    section("children", rows)
}

/// When `word` has a child.
fn present(level: &LevelPlan<'_>, here: &KindHere<'_>, place: usize) -> Test {
    let layout = here.layout;
    let always = Condition::always();
    let present = layout.children.get(place).map_or(&always, |child| &child.present);
    if hardware_makes(level, here) {
        // What the hardware may make of another entry is never followed.
        Test::never()
    } else if layout.children.len() == 1 {
        Test::tell(&layout.matches.0, &[])
    } else {
        match layout.matches.and(present) {
            Some(both) => Test::tell(&both.0, &[]),
            None => Test::All(vec![Test::tell(&layout.matches.0, &[]), Test::tell(&present.0, &[])]),
        }
    }
}

/// The sizes of pages at a level and below it: bit n is 2ⁿ bytes.
fn sizes_below(plan: &Plan<'_>, id: LevelId) -> u64 {
    let mut reached = vec![id];
    let mut sizes = 0;
    let mut next = 0;
    while let Some(level) = reached.get(next).copied() {
        next += 1;
        for (kind, layout) in plan.format.layouts_at(level) {
            if kind.class == Class::Page {
                sizes |= 1_u64.checked_shl(plan.format.page_lg2(layout)).unwrap_or(0);
            }
            let new = layout.children.iter().map(|child| child.level).filter(|child| !reached.contains(child));
            let new: Vec<LevelId> = new.collect();
            reached.extend(new);
        }
    }
    sizes
}

/// Whether the hardware can make an entry of this kind of another, or another of one.
fn hardware_makes(level: &LevelPlan<'_>, here: &KindHere<'_>) -> bool {
    let matters = |layout: &Layout| {
        let present = layout.children.iter().flat_map(|child| &child.present.0);
        layout.matches.0.iter().chain(present).fold(0, |mask, cube| mask | cube.mask)
    };
    let loosened = |layout: &Layout| -> Vec<Cube> {
        let hardware = layout.hardware_mask();
        let without = |cube: &Cube| Cube { mask: cube.mask & !hardware, value: cube.value & !hardware };
        layout.matches.0.iter().map(without).collect()
    };
    let mut others = level.kinds.iter().filter(|other| other.kind.name != here.kind.name);
    matters(here.layout) & here.layout.hardware_mask() != 0
        || others.any(|other| Condition(loosened(other.layout)).witness(&here.layout.matches).is_some())
}

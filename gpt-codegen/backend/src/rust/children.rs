//! The tables that the entries of a level lead to.

use gpt_language::model::{Class, Condition, Cube, Layout, LevelId};

use super::expression::{mask, test};
use super::format::page_size;
use super::logic::Test;
use super::names::ident;
use super::plan::{KindHere, LevelPlan, Plan};
use super::rows::section;

/// The levels that a level leads to.
pub(super) fn below(plan: &Plan<'_>, level: &LevelPlan<'_>) -> String {
    let mut rows = String::new();
    for (number, (here, place)) in level.children().iter().enumerate() {
        if let Some(child) = here.layout.children.get(*place)
            && let Some(level) = plan.levels.get(child.level.0)
        {
            let (name, sizes) = (ident(&level.name), mask(u128::from(sizes_below(plan, child.level))));
            rows.push_str(&format!("    child {number} {name}, sizes {sizes};\n"));
        }
    }
    rows
}

/// The section `children`: how the entries of a level hold their children; nothing where they have none.
pub(super) fn text(plan: &Plan<'_>, level: &LevelPlan<'_>) -> String {
    let mut rows = Vec::new();
    for (number, (here, place)) in level.children().iter().enumerate() {
        let Some(entry) = plan.entry(here) else { continue };
        let mut holder = ident(&entry.name).to_string();
        if here.layout.children.len() > 1 {
            holder.push_str(&format!("[{place}]"));
        }
        if let Some(writer) = plan.tables.writer(plan, here.layout, *place, level.level.entry_bits) {
            holder.push_str(&format!(".{writer}"));
        }
        rows.push(format!("{number} by {holder}, {}", test(&present(level, here, *place))));
    }
    section("children", &rows)
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
        for kind in &plan.format.kinds {
            let Some(layout) = kind.layout_at(level) else { continue };
            if kind.class == Class::Page {
                sizes |= page_size(plan.format, layout);
            }
            for child in &layout.children {
                if !reached.contains(&child.level) {
                    reached.push(child.level);
                }
            }
        }
    }
    sizes
}

/// Whether the hardware can make an entry of this kind of another, or another of one.
fn hardware_makes(level: &LevelPlan<'_>, here: &KindHere<'_>) -> bool {
    let mut matters = here.layout.matches.mask();
    for child in &here.layout.children {
        matters |= child.present.mask();
    }
    if matters & here.layout.hardware_mask() != 0 {
        return true;
    }
    for other in &level.kinds {
        if other.kind.name != here.kind.name && loosened(other.layout).witness(&here.layout.matches).is_some() {
            return true;
        }
    }
    false
}

/// What the words of a layout fulfil, whatever the hardware wrote.
fn loosened(layout: &Layout) -> Condition {
    let hardware = layout.hardware_mask();
    let mut cubes = Vec::new();
    for cube in &layout.matches.0 {
        cubes.push(Cube { mask: cube.mask & !hardware, value: cube.value & !hardware });
    }
    Condition(cubes)
}

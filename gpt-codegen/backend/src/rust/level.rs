//! One type for each level, and what its entries can be.

use gpt_language::model::{Class, Cube, Endian, LevelId};

use super::children;
use super::entries::is_type;
use super::expression::{mask, number, test};
use super::format::size;
use super::host;
use super::logic::{Test, in_order, one_by_one};
use super::names::ident;
use super::pages;
use super::plan::{KindHere, LevelPlan, Plan};
use super::rows::section;
use super::special;

/// The classes that an entry can have, in the order in which they are asked for if nothing speaks against it.
const CLASSES: [Class; 4] = [Class::Absent, Class::Table, Class::Page, Class::Special];

/// The calls of the runtime's macro, one for levels that follow each other and have the same entries.
pub(super) fn texts(plan: &Plan<'_>, runtime: &str) -> Vec<String> {
    let mut calls: Vec<(Vec<String>, String)> = Vec::new();
    for level in &plan.levels {
        let (head, entries) = (head(plan, level), entries(plan, level));
        match calls.last_mut().filter(|(_, before)| *before == entries) {
            Some((heads, _)) => heads.push(head),
            None => calls.push((vec![head], entries)),
        }
    }
    let texts = calls.into_iter().map(|(heads, entries)| {
        // What is about all of them is set apart.
        let apart = if heads.len() > 1 { "\n" } else { "" };
        format!("{runtime}::level! {{\n{}{apart}{entries}}}\n", heads.join("\n"))
    });
    texts.collect()
}

/// The types, where the level stands in the format, the memory of its tables, and the levels below.
fn head(plan: &Plan<'_>, level: &LevelPlan<'_>) -> String {
    let (name, decoded) = (ident(&level.name), ident(&level.decoded));
    let of = level.level;
    let (id, manual, index, covers) = (level.id, &of.name, of.index, size(of.index.low));
    let about = match of.items_lg2() {
        0 => format!("a table has one entry, for {covers}"),
        items_lg2 => {
            let items = 1_u64 << items_lg2;
            let (bits, pick) = if index.high == index.low { ("bit", "picks") } else { ("bits", "pick") };
            format!("{bits} {index} of the input address {pick} one of {items} entries, each for {covers}")
        }
    };
    let (bytes, align) = (number(u128::from(of.table_bytes)), number(u128::from(of.align_bytes)));
    let (reach, below) = (reach_bits(plan, id), children::below(plan, level));
    format!(
        "    /// The level `{manual}`: {about}.\n    \
         pub enum {name} = {} {manual:?}, index {}:{};\n    \
         table {bytes} aligned {align} below {reach};\n\
         {below}    \
         /// What an entry of a `{manual}` can be.\n    \
         pub enum {decoded};\n",
        id.0, index.high, index.low
    )
}

/// What the entries of a level can be, and what decides about that.
fn entries(plan: &Plan<'_>, level: &LevelPlan<'_>) -> String {
    let safety = plan.comments.lines(
        "SAFETY: the hardware writes nothing that decides whether an entry has a child, or where; each child is of the \
         level that it is said to be of; a table has room for its items.",
    );
    let safety: String = safety.iter().map(|line| format!("    // {line}\n")).collect();
    let (format, entry_bits) = (ident(&plan.name), level.level.entry_bits);
    let parts = [
        format!("{safety}    unsafe impl Level(word: u{entry_bits}) in {format};\n"),
        facts(plan, level),
        section("kinds", kinds(plan, level)),
        section("classes", classes(level)),
        pages::text(plan, level),
        section("special", special::rows(plan, level)),
        children::text(plan, level),
    ];
    parts.concat()
}

/// What an absent entry is, and the bits that decide.
fn facts(plan: &Plan<'_>, level: &LevelPlan<'_>) -> String {
    let absent = level.kinds.iter().find(|here| here.kind.class == Class::Absent);
    let empty = mask(absent.map_or(0, |here| here.layout.skeleton()));
    let kind_bits = level.kinds.iter().flat_map(|here| &here.layout.matches.0).fold(0, |mask, cube| mask | cube.mask);
    let kind_bits = mask(kind_bits);
    let gate = host::gate_bits(plan, level.id);
    let gate_bits = gate.as_ref().map_or(String::new(), |gate| format!(", gate_bits {}", mask(gate.bits)));
    let children = || level.children().map(|(here, _)| here.layout.children.len());
    let properties = [
        ("big_endian", level.level.endian == Endian::Big),
        ("children_exclude", children().count() > 1 && children().all(|count| count == 1)),
        ("gate_tells", gate.is_some_and(|gate| gate.tells)),
        ("hardware_writes", level.pages().any(|here| here.layout.hardware_mask() != 0)),
    ];
    let properties: Vec<&str> = properties.into_iter().filter(|(_, is)| *is).map(|(name, _)| name).collect();
    let is = if properties.is_empty() { String::new() } else { format!("    is {};\n", properties.join(", ")) };
    format!("    empty {empty}, kind_bits {kind_bits}{gate_bits};\n{is}")
}

/// How many bits the address of a table of this level may have: what reaches it with the fewest says.
fn reach_bits(plan: &Plan<'_>, id: LevelId) -> u32 {
    let layouts = plan.format.kinds.iter().flat_map(|kind| &kind.layouts);
    let leading = layouts.filter(|layout| layout.children.iter().any(|child| child.level == id));
    leading.map(|layout| layout.reach_bits).fold(plan.format.output.bits, u32::min)
}

/// What an entry can be, each with when it is that if it is nothing before.
fn kinds(plan: &Plan<'_>, level: &LevelPlan<'_>) -> Vec<String> {
    let order: Vec<usize> = by_class(level)
        .into_iter()
        .flat_map(|(class, _)| level.kinds.iter().enumerate().filter(move |(_, here)| here.kind.class == class))
        .map(|(place, _)| place)
        .collect();
    let cubes: Vec<Vec<Cube>> = level.kinds.iter().map(|here| here.layout.matches.0.clone()).collect();
    let rows = one_by_one(&cubes, &order).into_iter().filter_map(|(place, when)| {
        let here = level.kinds.get(place)?;
        let says = match typed(plan, here) {
            Some(entry) => format!("({})", ident(entry)),
            None => format!(" zero {}", mask(here.layout.zero_mask())),
        };
        Some(format!("{:<7} {}{says}, {}", class_name(here.kind.class), ident(&here.variant), test(&when)))
    });
    rows.collect()
}

/// The type of an entry of this kind, if the kind is more than its name.
fn typed<'p>(plan: &'p Plan<'_>, here: &KindHere<'_>) -> Option<&'p str> {
    plan.entry(here).filter(|entry| is_type(entry)).map(|entry| entry.name.as_str())
}

fn class_name(class: Class) -> &'static str {
    match class {
        Class::Absent => "Absent",
        Class::Table => "Table",
        Class::Page => "Page",
        Class::Special => "Special",
    }
}

/// When an entry is of which class: the kinds' constants and conditions alone, so that a walk pays no more. Nothing
/// where each class has one kind, which says so already.
fn classes(level: &LevelPlan<'_>) -> Vec<String> {
    let classes = by_class(level);
    if classes.len() == level.kinds.len() {
        return Vec::new();
    }
    classes.into_iter().map(|(class, when)| format!("{:<7}, {}", class_name(class), test(&when))).collect()
}

/// The classes at a level in the order in which they are best asked for, with their tests.
fn by_class(level: &LevelPlan<'_>) -> Vec<(Class, Test)> {
    let of = |class: Class| {
        let cubes = level.kinds.iter().filter(|here| here.kind.class == class).flat_map(|here| &here.layout.matches.0);
        (class, cubes.copied().collect::<Vec<Cube>>())
    };
    let classes: Vec<(Class, Vec<Cube>)> = CLASSES.into_iter().map(of).filter(|(_, cubes)| !cubes.is_empty()).collect();
    let cubes: Vec<Vec<Cube>> = classes.iter().map(|(_, cubes)| cubes.clone()).collect();
    in_order(&cubes).into_iter().filter_map(|(place, test)| Some((classes.get(place)?.0, test))).collect()
}

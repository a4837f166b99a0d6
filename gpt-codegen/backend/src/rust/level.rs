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
use super::rows::{push_item, section};
use super::special;

/// The classes that an entry can have, in the order in which they are asked for if nothing speaks against it.
const CLASSES: [Class; 4] = [Class::Absent, Class::Table, Class::Page, Class::Special];

/// The calls of the runtime's macro, one for levels that follow each other and have the same entries.
pub(super) fn texts(plan: &Plan<'_>, runtime: &str) -> Vec<String> {
    let mut calls: Vec<(String, &str, String)> = Vec::new();
    for level in &plan.levels {
        let (head, entries) = (head(plan, level), entries(plan, level));
        match calls.last_mut() {
            Some((heads, apart, before)) if *before == entries => {
                push_item(heads, "\n", &head);
                // What is about all of them is set apart.
                *apart = "\n";
            }
            _ => calls.push((head, "", entries)),
        }
    }
    let mut texts = Vec::new();
    for (heads, apart, entries) in &calls {
        texts.push(format!("{runtime}::level! {{\n{heads}{apart}{entries}}}\n"));
    }
    texts
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
    let mut text = String::new();
    for line in &safety {
        text.push_str(&format!("    // {line}\n"));
    }
    let (format, entry_bits) = (ident(&plan.name), level.level.entry_bits);
    let classes = by_class(level);
    text.push_str(&format!("    unsafe impl Level(word: u{entry_bits}) in {format};\n"));
    text.push_str(&facts(plan, level));
    text.push_str(&section("kinds", &kind_rows(plan, level, &classes)));
    text.push_str(&section("classes", &class_rows(level, &classes)));
    text.push_str(&pages::text(plan, level));
    text.push_str(&section("special", &special::rows(plan, level)));
    text.push_str(&children::text(plan, level));
    text
}

/// What an absent entry is, and the bits that decide.
fn facts(plan: &Plan<'_>, level: &LevelPlan<'_>) -> String {
    let (mut empty, mut kind_bits, mut hardware_writes) = (0, 0, false);
    for here in &level.kinds {
        kind_bits |= here.layout.matches.mask();
        match here.kind.class {
            Class::Absent => empty = here.layout.skeleton(),
            Class::Page => hardware_writes |= here.layout.hardware_mask() != 0,
            Class::Table | Class::Special => {}
        }
    }
    let children = level.children();
    let mut exclude = children.len() > 1;
    for (here, _) in &children {
        exclude &= here.layout.children.len() == 1;
    }
    let (mut gate_bits, mut gate_tells) = (String::new(), false);
    if let Some(gate) = host::gate_bits(plan, level.id) {
        (gate_bits, gate_tells) = (format!(", gate_bits {}", mask(gate.bits)), gate.tells);
    }
    let mut properties = String::new();
    for (name, is) in &[
        ("big_endian", level.level.endian == Endian::Big),
        ("children_exclude", exclude),
        ("gate_tells", gate_tells),
        ("hardware_writes", hardware_writes),
    ] {
        if *is {
            push_item(&mut properties, ", ", name);
        }
    }
    let is = if properties.is_empty() { String::new() } else { format!("    is {properties};\n") };
    format!("    empty {}, kind_bits {}{gate_bits};\n{is}", mask(empty), mask(kind_bits))
}

/// How many bits the address of a table of this level may have: what reaches it with the fewest says.
fn reach_bits(plan: &Plan<'_>, id: LevelId) -> u32 {
    let mut fewest = plan.format.output.bits;
    for kind in &plan.format.kinds {
        for layout in &kind.layouts {
            for child in &layout.children {
                if child.level == id {
                    fewest = fewest.min(layout.reach_bits);
                }
            }
        }
    }
    fewest
}

/// What an entry can be, each with when it is that if it is nothing before.
fn kind_rows(plan: &Plan<'_>, level: &LevelPlan<'_>, classes: &[(Class, Test)]) -> Vec<String> {
    let (mut order, mut cubes) = (Vec::new(), Vec::new());
    for (class, _) in classes {
        for (place, here) in level.kinds.iter().enumerate() {
            if here.kind.class == *class {
                order.push(place);
            }
        }
    }
    for here in &level.kinds {
        cubes.push(here.layout.matches.0.clone());
    }
    let mut rows = Vec::new();
    for (place, when) in &one_by_one(&cubes, &order) {
        let Some(here) = level.kinds.get(*place) else { continue };
        let says = match typed(plan, here) {
            Some(entry) => format!("({})", ident(entry)),
            None => format!(" zero {}", mask(here.layout.zero_mask())),
        };
        rows.push(format!("{:<7} {}{says}, {}", class_name(here.kind.class), ident(&here.variant), test(when)));
    }
    rows
}

/// The type of an entry of this kind, if the kind is more than its name.
fn typed<'p>(plan: &'p Plan<'_>, here: &KindHere<'_>) -> Option<&'p str> {
    let entry = plan.entry(here)?;
    if is_type(entry) { Some(&entry.name) } else { None }
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
fn class_rows(level: &LevelPlan<'_>, classes: &[(Class, Test)]) -> Vec<String> {
    let mut rows = Vec::new();
    if classes.len() < level.kinds.len() {
        for (class, when) in classes {
            rows.push(format!("{:<7}, {}", class_name(*class), test(when)));
        }
    }
    rows
}

/// The classes at a level in the order in which they are best asked for, with their tests.
fn by_class(level: &LevelPlan<'_>) -> Vec<(Class, Test)> {
    let (mut classes, mut cubes) = (Vec::new(), Vec::new());
    for class in &CLASSES {
        let mut own: Vec<Cube> = Vec::new();
        for here in &level.kinds {
            if here.kind.class == *class {
                own.extend_from_slice(&here.layout.matches.0);
            }
        }
        if !own.is_empty() {
            classes.push(*class);
            cubes.push(own);
        }
    }
    let mut ordered = Vec::new();
    for (place, test) in in_order(&cubes) {
        if let Some(class) = classes.get(place) {
            ordered.push((*class, test));
        }
    }
    ordered
}

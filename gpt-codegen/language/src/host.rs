//! How a host writes entries that are wider than what it can change in one step.
//!
//! A format never mentions the host. From the width of an entry and the places of the bits that decide what it is,
//! this derives the order in which its parts are written, or says why there is none.

pub mod gate;

use std::fmt::Write as _;

use crate::check::Checked;
use crate::model::{Class, Field, Format, Layout, LevelId, Role};

use gate::{Gate, part_mask, parts_with};

/// What a host can change in one step. Its byte order does not matter: that of entries is the format's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Host {
    /// What it is called in messages.
    pub name: &'static str,
    /// The width of its widest atomic.
    pub atomic_bits: u32,
    /// The width of the parts in which it writes what is wider.
    pub part_bits: u32,
}

impl Host {
    /// A host with 64-bit pointers.
    pub const BITS_64: Self = Self { name: "a 64-bit host", atomic_bits: 64, part_bits: 64 };
    /// A host with 32-bit pointers and 64-bit atomics, such as ARMv7-A or the Pentium.
    pub const BITS_32_ATOMIC_64: Self =
        Self { name: "a 32-bit host with 64-bit atomics", atomic_bits: 64, part_bits: 32 };
    /// A host with 32-bit pointers and atomics, such as RV32, PowerPC or ARMv7-M.
    pub const BITS_32: Self = Self { name: "a 32-bit host without 64-bit atomics", atomic_bits: 32, part_bits: 32 };

    /// Every kind of host with the word for it on a command line.
    pub const ALL: &'static [(&'static str, Self)] =
        &[("64", Self::BITS_64), ("32-atomic64", Self::BITS_32_ATOMIC_64), ("32", Self::BITS_32)];

    /// The host with this word.
    pub fn from_word(word: &str) -> Option<Self> {
        for (known, host) in Self::ALL {
            if *known == word {
                return Some(*host);
            }
        }
        None
    }
}

/// How each kind of change of an entry is made on a host, and what cannot be done live, as text.
pub fn report(checked: &Checked, host: Host) -> String {
    text(checked.format(), host, &wide_levels(checked.format(), host, false))
}

/// The same in few lines, for the documentation of a module: levels that differ only in the names of rows are said
/// together.
pub fn summary(format: &Format, host: Host) -> String {
    text(format, host, &wide_levels(format, host, true))
}

/// The lines of a report that a summary has.
fn in_few(lines: &Lines) -> Lines {
    let mut few = Vec::new();
    for (title, line) in lines {
        if *title == "not live" {
            few.push(("in one step", "a change within one part".to_owned()));
        }
        if matches!(*title, "gate" | "refused" | "publish" | "take" | "not live") {
            few.push((*title, line.clone()));
        }
    }
    few
}

/// How the entries of some levels are written on a host.
#[derive(Debug)]
pub struct Order {
    /// The levels, by name.
    pub levels: Vec<String>,
    /// What a report says of them, a title and a text for each line; nothing where each change is one atomic step.
    pub lines: Vec<(&'static str, String)>,
}

/// How the entries of each level are written on a host: what [`report`] says, for programs.
pub fn orders(checked: &Checked, host: Host) -> Vec<Order> {
    let format = checked.format();
    let mut orders = wide_levels(format, host, false);
    let mut native = Vec::new();
    for level in &format.levels {
        if level.entry_bits <= host.atomic_bits {
            native.push(level.name.clone());
        }
    }
    if !native.is_empty() {
        orders.push(Order { levels: native, lines: Vec::new() });
    }
    orders
}

fn text(format: &Format, host: Host, wide: &[Order]) -> String {
    let mut text = format!("{} on {}\n", format.name, host.name);
    if wide.is_empty() {
        let mut widest = 0;
        for level in &format.levels {
            widest = widest.max(level.entry_bits);
        }
        let _ = writeln!(text, "  entries have {widest} bits at most: each change is one atomic step");
        return text;
    }
    let mut native = format.levels.len();
    for (number, order) in wide.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        let _ = writeln!(text, "  {}", joined(&order.levels, ", "));
        for (title, line) in &order.lines {
            let _ = writeln!(text, "    {title:13}{line}");
        }
        native -= order.levels.len();
    }
    if native > 0 {
        text.push_str("\n  other levels: each change is one atomic step\n");
    }
    text
}

/// Why the host cannot write entries of this format, if it cannot: the level and the rows, as one sentence.
pub fn refusal(checked: &Checked, host: Host) -> Option<String> {
    format_refusal(checked.format(), host)
}

/// Why the host cannot write entries of this format, as [`refusal`] says it of a checked one.
pub fn format_refusal(format: &Format, host: Host) -> Option<String> {
    for level in 0..format.levels.len() {
        if let Some(why) = level_refusal(format, LevelId(level), host) {
            return Some(why);
        }
    }
    None
}

fn level_refusal(format: &Format, id: LevelId, host: Host) -> Option<String> {
    let level = format.level(id);
    if level.entry_bits <= host.atomic_bits {
        return None;
    }
    let unsound = gate::unsound(format, id, host.part_bits)?;
    Some(format!(
        "`{}` cannot be used on {}: an entry of {} is written in parts of {} bits, and a `{}` of which {} is not there \
         yet would be taken for a `{}`",
        format.name,
        host.name,
        level.name,
        host.part_bits,
        unsound.kind.name,
        rows(unsound.layout, unsound.shut),
        unsound.other.name,
    ))
}

/// Lines of a report: a title and what it says.
type Lines = Vec<(&'static str, String)>;

/// The levels whose entries the host writes in parts, those of which the same is said together.
fn wide_levels(format: &Format, host: Host, few: bool) -> Vec<Order> {
    let mut all: Vec<Order> = Vec::new();
    'levels: for (number, level) in format.levels.iter().enumerate() {
        if level.entry_bits <= host.atomic_bits {
            continue;
        }
        let lines = lines(format, LevelId(number), host);
        let lines = if few { in_few(&lines) } else { lines };
        for other in &mut all {
            if other.lines == lines {
                other.levels.push(level.name.clone());
                continue 'levels;
            }
        }
        all.push(Order { levels: vec![level.name.clone()], lines });
    }
    all
}

fn lines(format: &Format, id: LevelId, host: Host) -> Lines {
    let entry_bits = format.level(id).entry_bits;
    let Gate { bits, tells } = gate::gate(format, id);
    let gates = parts_with(bits, entry_bits, host.part_bits);
    let all = parts_with(u128::MAX, entry_bits, host.part_bits);
    let mut rest = Vec::new();
    for part in &all {
        if part_mask(*part, host.part_bits) & bits == 0 {
            rest.push(*part);
        }
    }
    let (gate, rest) = (places(&gates, host), places(&rest, host));
    let (mut deciding, mut written) = (Vec::new(), Vec::new());
    let mut hardware = 0;
    for (kind, layout) in format.layouts_at(id) {
        if kind.class == Class::Absent {
            add_named(&mut deciding, layout, bits);
        }
        hardware |= layout.hardware_mask();
        add_named(&mut written, layout, layout.hardware_mask());
    }
    let mut lines = vec![("gate", format!("{} in {gate}", joined(&deciding, ", ")))];
    if let Some(why) = level_refusal(format, id, host) {
        lines.push(("refused", why));
        return lines;
    }
    if hardware != 0 {
        let places = places(&parts_with(hardware, entry_bits, host.part_bits), host);
        lines.push(("hardware", format!("writes {} in {places}", joined(&written, ", "))));
    }
    if rest.is_empty() {
        lines.push(("publish", format!("{gate}, one after the other: a part alone is absent or one of the children")));
        lines.push(("take", "the same".to_owned()));
    } else {
        lines.push(("publish", format!("{rest}, then {gate}")));
        lines.push(("take", format!("{gate}, then {rest}")));
    }
    for part in &all {
        let mut rows = Vec::new();
        for (kind, layout) in format.layouts_at(id) {
            if kind.class == Class::Page {
                add_changeable(&mut rows, layout, part_mask(*part, host.part_bits));
            }
        }
        if !rows.is_empty() {
            let place = places(&[*part], host);
            lines.push(("in one step", format!("changes of {place} alone: {}", joined(&rows, ", "))));
        }
    }
    lines.push((
        "not live",
        "any other change, a page made a table too: the hardware finds the entry absent for a moment".to_owned(),
    ));
    let reading = if tells {
        "gate, rest, and whether either changed since; a shut gate is enough"
    } else {
        "all parts, and whether any changed since"
    };
    lines.push(("read", reading.to_owned()));
    lines
}

/// Adds the names of the rows of a layout that have one of these bits, each once.
fn add_named(rows: &mut Vec<String>, layout: &Layout, bits: u128) {
    for field in &layout.fields {
        if field.bits.mask() & bits != 0 {
            add_once(rows, row(field));
        }
    }
}

/// Adds the settings and addresses of a layout that have one of these bits, each once.
fn add_changeable(rows: &mut Vec<String>, layout: &Layout, bits: u128) {
    for field in &layout.fields {
        let changeable = match field.role {
            Role::Setting { .. } | Role::Address { .. } => true,
            Role::Free { .. } => !field.name.is_empty(),
            Role::Constant(_) | Role::Zero => false,
        };
        if changeable && field.bits.mask() & bits != 0 {
            add_once(rows, row(field));
        }
    }
}

fn add_once(rows: &mut Vec<String>, row: String) {
    if !rows.contains(&row) {
        rows.push(row);
    }
}

fn row(field: &Field) -> String {
    if field.name.is_empty() { field.bits.to_string() } else { format!("{} ({})", field.name, field.bits) }
}

/// The rows of a layout with one of these bits, for a sentence.
fn rows(layout: &Layout, bits: u128) -> String {
    let mut rows = Vec::new();
    for field in &layout.fields {
        if field.bits.mask() & bits != 0 {
            rows.push(format!("`{}`", row(field)));
        }
    }
    joined(&rows, " and ")
}

/// The bits of parts, such as `31:0`, the highest first.
fn places(parts: &[u32], host: Host) -> String {
    let mut places = Vec::new();
    for part in parts.iter().rev() {
        places.push(format!("{}:{}", part * host.part_bits + host.part_bits - 1, part * host.part_bits));
    }
    joined(&places, " and ")
}

fn joined(words: &[String], between: &str) -> String {
    let mut joined = String::new();
    for (number, word) in words.iter().enumerate() {
        if number > 0 {
            joined.push_str(between);
        }
        joined.push_str(word);
    }
    joined
}

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
        Self::ALL.iter().find(|(known, _)| *known == word).map(|(_, host)| *host)
    }
}

/// How each kind of change of an entry is made on a host, and what cannot be done live, as text.
pub fn report(checked: &Checked, host: Host) -> String {
    text(checked.format(), host, wide_levels(checked.format(), host, &Vec::clone))
}

/// The same in few lines, for the documentation of a module: levels that differ only in the names of rows are said
/// together.
pub fn summary(format: &Format, host: Host) -> String {
    let short = |lines: &Lines| {
        let mut short: Lines = lines.clone();
        short.retain(|(title, _)| ["gate", "refused", "publish", "take", "not live"].contains(title));
        if let Some(place) = short.iter().position(|(title, _)| *title == "not live") {
            short.insert(place, ("in one step", "a change within one part".to_owned()));
        }
        short
    };
    text(format, host, wide_levels(format, host, &short))
}

/// How the entries of some levels are written on a host.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    /// The levels, by name.
    pub levels: Vec<String>,
    /// What a report says of them, a title and a text for each line; nothing where each change is one atomic step.
    pub lines: Vec<(&'static str, String)>,
}

/// How the entries of each level are written on a host: what [`report`] says, for programs.
pub fn orders(checked: &Checked, host: Host) -> Vec<Order> {
    let format = checked.format();
    let wide = wide_levels(format, host, &Vec::clone);
    let native = format.levels.iter().filter(|level| level.entry_bits <= host.atomic_bits);
    let native: Vec<String> = native.map(|level| level.name.clone()).collect();
    let wide = wide.into_iter().map(|(levels, lines)| (levels.into_iter().map(str::to_owned).collect(), lines));
    let all = wide.chain((!native.is_empty()).then_some((native, Vec::new())));
    all.map(|(levels, lines)| Order { levels, lines }).collect()
}

fn text(format: &Format, host: Host, wide: Vec<(Vec<&str>, Lines)>) -> String {
    let mut text = format!("{} on {}\n", format.name, host.name);
    if wide.is_empty() {
        let widest = format.levels.iter().map(|level| level.entry_bits).max().unwrap_or(0);
        let _ = writeln!(text, "  entries have {widest} bits at most: each change is one atomic step");
        return text;
    }
    for (number, (levels, lines)) in wide.iter().enumerate() {
        if number > 0 {
            text.push('\n');
        }
        let _ = writeln!(text, "  {}", levels.join(", "));
        for (title, line) in lines {
            let _ = writeln!(text, "    {title:13}{line}");
        }
    }
    let native = format.levels.len() - wide.iter().map(|(levels, _)| levels.len()).sum::<usize>();
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
    (0..format.levels.len()).map(LevelId).find_map(|level| level_refusal(format, level, host))
}

fn level_refusal(format: &Format, id: LevelId, host: Host) -> Option<String> {
    let level = format.level(id);
    if level.entry_bits <= host.atomic_bits {
        return None;
    }
    let unsound = gate::unsound(format, id, host.part_bits)?;
    let layout = unsound.kind.layouts.iter().find(|layout| layout.level == id)?;
    Some(format!(
        "`{}` cannot be used on {}: an entry of {} is written in parts of {} bits, and a `{}` of which {} is not there \
         yet would be taken for a `{}`",
        format.name,
        host.name,
        level.name,
        host.part_bits,
        unsound.kind.name,
        rows(layout, unsound.shut),
        unsound.other.name,
    ))
}

/// Lines of a report: a title and what it says.
type Lines = Vec<(&'static str, String)>;

/// The levels whose entries the host writes in parts, those that are written alike together.
fn wide_levels<'f>(format: &'f Format, host: Host, said: &dyn Fn(&Lines) -> Lines) -> Vec<(Vec<&'f str>, Lines)> {
    let mut all: Vec<(Vec<&str>, Lines)> = Vec::new();
    for (number, level) in format.levels.iter().enumerate() {
        if level.entry_bits <= host.atomic_bits {
            continue;
        }
        let lines = said(&lines(format, LevelId(number), host));
        match all.iter_mut().find(|(_, other)| *other == lines) {
            Some((levels, _)) => levels.push(&level.name),
            None => all.push((vec![&level.name], lines)),
        }
    }
    all
}

fn lines(format: &Format, id: LevelId, host: Host) -> Lines {
    let level = format.level(id);
    let Gate { bits, tells } = gate::gate(format, id);
    let gates = parts_with(bits, level.entry_bits, host.part_bits);
    let all = parts_with(u128::MAX, level.entry_bits, host.part_bits);
    let rest: Vec<u32> = all.iter().copied().filter(|part| !gates.contains(part)).collect();
    let (gate, rest) = (places(&gates, host), places(&rest, host));
    let layouts = || format.layouts_at(id).map(|(_, layout)| layout);
    let absent = format.layouts_at(id).filter(|(kind, _)| kind.class == Class::Absent);
    let deciding = unique(absent.flat_map(|(_, layout)| named(layout, bits)));
    let mut lines = vec![("gate", format!("{} in {gate}", deciding.join(", ")))];
    if let Some(why) = level_refusal(format, id, host) {
        lines.push(("refused", why));
        return lines;
    }
    let hardware = layouts().fold(0, |mask, layout| mask | layout.hardware_mask());
    if hardware != 0 {
        let rows = unique(layouts().flat_map(|layout| named(layout, hardware & layout.hardware_mask())));
        let places = places(&parts_with(hardware, level.entry_bits, host.part_bits), host);
        lines.push(("hardware", format!("writes {} in {places}", rows.join(", "))));
    }
    if rest.is_empty() {
        lines.push(("publish", format!("{gate}, one after the other: a part alone is absent or one of the children")));
        lines.push(("take", "the same".to_owned()));
    } else {
        lines.push(("publish", format!("{rest}, then {gate}")));
        lines.push(("take", format!("{gate}, then {rest}")));
    }
    for part in all {
        let mask = part_mask(part, host.part_bits);
        let pages = || format.layouts_at(id).filter(|(kind, _)| kind.class == Class::Page).map(|(_, layout)| layout);
        let rows = unique(pages().flat_map(|layout| changeable(layout, mask)));
        if !rows.is_empty() {
            lines.push(("in one step", format!("changes of {} alone: {}", places(&[part], host), rows.join(", "))));
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

/// The names of the rows of a layout that have one of these bits.
fn named(layout: &Layout, bits: u128) -> Vec<String> {
    layout.fields.iter().filter(|field| field.bits.mask() & bits != 0).map(row).collect()
}

/// The settings and addresses of a layout that have one of these bits.
fn changeable(layout: &Layout, bits: u128) -> Vec<String> {
    let free = |field: &&Field| {
        let says = matches!(field.role, Role::Setting { .. } | Role::Address { .. });
        let named = matches!(field.role, Role::Free { .. }) && !field.name.is_empty();
        (says || named) && field.bits.mask() & bits != 0
    };
    layout.fields.iter().filter(free).map(row).collect()
}

fn row(field: &Field) -> String {
    if field.name.is_empty() { field.bits.to_string() } else { format!("{} ({})", field.name, field.bits) }
}

/// The rows of a layout with one of these bits, for a sentence.
fn rows(layout: &Layout, bits: u128) -> String {
    let rows: Vec<String> = named(layout, bits).into_iter().map(|row| format!("`{row}`")).collect();
    rows.join(" and ")
}

/// The bits of parts, such as `31:0`.
fn places(parts: &[u32], host: Host) -> String {
    let bits = |part: &u32| format!("{}:{}", part * host.part_bits + host.part_bits - 1, part * host.part_bits);
    parts.iter().rev().map(bits).collect::<Vec<_>>().join(" and ")
}

/// Each string once, in order.
fn unique(all: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for one in all {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen
}

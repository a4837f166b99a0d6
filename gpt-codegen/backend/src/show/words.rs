//! What stands beside the figures: rows, conditions, codes, maintenance.

use gpt_language::model::{Class, Condition, Cube, Field, Flush, Format, Layout, Replace, Role, Target, Walker};

/// How many patterns of a condition are written out.
const MOST_PATTERNS: usize = 8;

/// A sentence after a few words, broken at spaces.
pub(super) fn wrapped(start: &str, sentence: &str, columns: usize) -> String {
    let mut text = start.to_owned();
    let mut used = start.chars().count();
    for (place, word) in sentence.split_whitespace().enumerate() {
        let length = word.chars().count();
        if place > 0 && used + 1 + length > columns {
            text.push_str("\n  ");
            used = 2;
        } else if place > 0 {
            text.push(' ');
            used += 1;
        }
        text.push_str(word);
        used += length;
    }
    text.push('\n');
    text
}

/// Rows of words in columns, each line indented.
pub(super) fn columns<const N: usize>(rows: impl Iterator<Item = [String; N]>) -> String {
    let rows: Vec<[String; N]> = rows.collect();
    let mut widths = [0; N];
    for row in &rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str("  ");
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}

/// The name of a class.
pub(super) fn class(class: Class) -> &'static str {
    match class {
        Class::Absent => "absent",
        Class::Table => "table",
        Class::Page => "page",
        Class::Special => "special",
    }
}

/// The rows of a layout that say more than the figure.
pub(super) fn rows(format: &Format, layout: &Layout) -> String {
    let rows = layout.fields.iter().filter_map(|field| {
        let hardware = if field.hardware { " [hw]" } else { "" };
        let says = says(format, layout, field)?;
        Some([field.bits.to_string(), field.name.clone(), format!("{says}{hardware}")])
    });
    columns(rows)
}

fn says(format: &Format, layout: &Layout, field: &Field) -> Option<String> {
    if let Some(extent) = field.extent {
        return Some(extent.word().to_owned());
    }
    match &field.role {
        Role::Constant(_) | Role::Zero => None,
        Role::Free { fill: 0 } if field.name.is_empty() => None,
        Role::Free { fill: 0 } => Some("free".to_owned()),
        Role::Free { fill } => Some(format!("free, empty is {fill:#x}")),
        Role::Address { target: Target::Page, output } => Some(format!("page[{output}]")),
        Role::Address { target: Target::Table(_), output } if layout.children.len() < 2 => {
            Some(format!("table[{output}]"))
        }
        Role::Address { target: Target::Table(place), output } => {
            let level = layout.children.get(*place).map_or("", |child| format.level(child.level).name.as_str());
            Some(format!("table {level}[{output}]"))
        }
        Role::Setting { meaning, negative, codes, part } => {
            let not = if *negative { "not " } else { "" };
            let codes = codes.and_then(|id| format.codes.get(id.0));
            let codes = codes.map_or_else(String::new, |table| format!(" as {}", table.name));
            let part = part.map_or_else(String::new, |part| format!("[{part}]"));
            Some(format!("{not}{meaning}{part}{codes}"))
        }
    }
}

/// Which words have the layout, beyond what the figure says.
pub(super) fn condition(layout: &Layout) -> String {
    let fixed = layout.constant_mask();
    let Condition(cubes) = &layout.matches;
    let beyond = |cube: &Cube| Cube { mask: cube.mask & !fixed, value: cube.value & !fixed };
    let mut patterns: Vec<String> = Vec::new();
    for cube in cubes.iter().map(beyond) {
        if cube.mask == 0 {
            return String::new();
        }
        patterns.push(pattern(layout, cube));
    }
    let more = patterns.len().saturating_sub(MOST_PATTERNS);
    patterns.truncate(MOST_PATTERNS);
    if more > 0 {
        patterns.push(format!("{more} more"));
    }
    wrapped("  when ", &patterns.join(" or "), super::COLUMNS)
}

/// One pattern, field by field.
fn pattern(layout: &Layout, cube: Cube) -> String {
    let mut parts = Vec::new();
    for field in &layout.fields {
        let (mask, value) = (field.bits.get(cube.mask), field.bits.get(cube.value));
        if mask == 0 {
            continue;
        }
        let name = if field.name.is_empty() { format!("bits {}", field.bits) } else { field.name.clone() };
        if field.bits.mask() & !cube.mask == 0 {
            parts.push(format!("{name}={value}"));
            continue;
        }
        for bit in (0..field.bits.width()).rev().filter(|bit| mask >> bit & 1 == 1) {
            parts.push(format!("{name}[{bit}]={}", value >> bit & 1));
        }
    }
    parts.join(",")
}

/// The code tables.
pub(super) fn codes(format: &Format) -> String {
    let mut text = String::new();
    for table in &format.codes {
        text.push_str(&format!("\ncodes {}\n", table.name));
        text.push_str(&columns(table.codes.iter().flat_map(|code| {
            let grants: Vec<&str> = code.grants.iter().map(gpt_language::model::Meaning::name).collect();
            // Three to a line: more of the long names would not fit a terminal.
            let mut lines: Vec<String> = grants.chunks(3).map(|few| few.join(" ")).collect();
            lines.resize(lines.len().max(1), String::new());
            let own = |number: usize, text: String| if number == 0 { text } else { String::new() };
            let rows = lines.into_iter().enumerate();
            rows.map(move |(number, grants)| {
                [own(number, format!("{:#x}", code.value)), own(number, code.name.clone()), grants]
            })
        })));
    }
    text
}

/// What the hardware caches and what a change requires.
pub(super) fn maintenance(format: &Format) -> String {
    let maintenance = &format.maintenance;
    let caches = maintenance.caches;
    let kept = [(caches.absent, "absent"), (caches.table, "table"), (caches.page, "page")];
    let kept: Vec<&str> = kept.iter().filter(|(there, _)| *there).map(|(_, name)| *name).collect();
    let flush = match maintenance.flush {
        Flush::Page => "page",
        Flush::Range => "range",
        Flush::PowerOfTwo => "power-of-two",
        Flush::Context => "context",
    };
    let replace = match maintenance.replace {
        Replace::InPlace => "in-place",
        Replace::ThroughAbsent => "through-absent",
    };
    let walker = match maintenance.walker {
        Walker::Coherent => "coherent",
        Walker::CleanLines => "clean-lines",
    };
    let mut rows = vec![
        ["caches".to_owned(), if kept.is_empty() { "nothing".to_owned() } else { kept.join(", ") }],
        ["flush".to_owned(), flush.to_owned()],
        ["replace".to_owned(), replace.to_owned()],
        ["walker".to_owned(), walker.to_owned()],
    ];
    if !maintenance.reload.is_empty() {
        let levels: Vec<&str> = maintenance.reload.iter().map(|id| format.level(*id).name.as_str()).collect();
        rows.push(["reload".to_owned(), levels.join(", ")]);
    }
    format!("\nmaintenance\n{}", columns(rows.into_iter()))
}

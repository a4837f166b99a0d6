//! A format that has no mistakes, with the names of one that has.

use std::ops::Range;

use crate::check::{Checked, check};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Class, Endian, Meaning};
use crate::span::Span;
use crate::syntax::code::CodeLine;
use crate::syntax::derive::empty;
use crate::syntax::description::{CodeList, Description, Entry, Spanned};
use crate::syntax::grammar::Sentence;
use crate::syntax::level::LevelLine;
use crate::syntax::lower;
use crate::syntax::row::{Role, Row};
use crate::syntax::width::Quantity;

/// A format with the same name, levels, codes and attributes of pages, as far as they are understood; `None` where that
/// is too little to make one of.
pub(super) fn stand_in(description: &Description) -> Option<Checked> {
    let lines = description.levels.as_ref()?;
    let mut names: Vec<&str> = Vec::new();
    for line in lines {
        if !names.contains(&line.name.value.as_str()) && names.len() < 5 {
            names.push(&line.name.value);
        }
    }
    let last = names.len().checked_sub(1)?;
    let mut levels = Vec::new();
    for (place, name) in names.iter().enumerate() {
        // Entries of 128 bits in tables of 4 KiB: 8 bits pick one.
        let low = 12 + 8 * (last - place);
        levels.push(parse(&format!("{}:{low} {name}", low + 7), LevelLine::parse)?);
    }
    let bits = |bits: u32| Spanned::new(bits, Span::NOWHERE);
    let mut entries = vec![entry("absent", &names, &["127:1 free", "0 V = 0"])?];
    let (above, at_last) = names.split_at_checked(last)?;
    if !above.is_empty() {
        entries.push(entry("table", above, &["127:52 free", "51:12 ADDR table", "11:1 free", "0 V = 1"])?);
    }
    let mut page = entry("page", at_last, &["51:12 ADDR page", "11:1 free", "0 V = 1"])?;
    page.rows.append(&mut page_rows(description)?);
    entries.push(page);
    let standing = Description {
        format: Some(description.format.clone().unwrap_or_else(|| text("format"))),
        about: Some(text("stands for a format with mistakes")),
        manual: Some(text("none")),
        va: Some(Quantity { bits: bits(12 + 8 * u32::try_from(names.len()).ok()?), clause: false }),
        pa: Some(Quantity { bits: bits(52), clause: true }),
        entry: Some(Quantity { bits: bits(128), clause: Endian::Little }),
        levels: Some(levels),
        entries: Some(entries),
        codes: code_tables(description),
        ..Description::default()
    };
    lower(&standing, Diagnostics::default()).and_then(check).ok()
}

/// An entry of these levels and rows.
fn entry(name: &str, levels: &[&str], lines: &[&str]) -> Option<Entry> {
    let (mut entry, mut at) = (empty(text(name)), Vec::new());
    for level in levels {
        at.push(text(level));
    }
    for line in lines {
        entry.rows.push(parse(line, Row::parse)?);
    }
    entry.at = Some(at);
    Some(entry)
}

/// The tables of codes, with a name for every value that a row can have.
fn code_tables(description: &Description) -> Vec<CodeList> {
    let mut tables = Vec::new();
    for table in &description.codes {
        let mut codes = Vec::new();
        for code in &table.codes {
            codes.push(code_line(code.value.value, &code.name.value, &code.grants));
        }
        for value in 0..1_u128 << widest(description, &table.name.value).min(8) {
            if !codes.iter().any(|code| code.value.value == value) {
                codes.push(code_line(value, &format!("value-{value}"), &[]));
            }
        }
        tables.push(CodeList { name: table.name.clone(), codes });
    }
    tables
}

/// A code with the permissions that there are.
fn code_line(value: u128, name: &str, permissions: &[Spanned<String>]) -> CodeLine {
    let mut grants = Vec::new();
    for permission in permissions {
        if Meaning::from_name(&permission.value).is_some() {
            grants.push(text(&permission.value));
        }
    }
    CodeLine { value: Spanned::new(value, Span::NOWHERE), name: text(name), grants, span: Span::NOWHERE }
}

/// The width of the widest row that uses a table of codes.
fn widest(description: &Description, table: &str) -> u32 {
    let mut widest = 0;
    for entry in description.entries.as_deref().unwrap_or_default() {
        for row in &entry.rows {
            if let Role::Setting { codes: Some(codes), .. } = &row.role
                && codes.value == table
            {
                widest = widest.max(width(row));
            }
        }
    }
    widest
}

/// How many bits the value has that a row holds all of, or a part.
fn width(row: &Row) -> u32 {
    match &row.role {
        Role::Setting { part: Some(part), .. } => part.value.high + 1,
        _ => row.bits.value.width(),
    }
}

/// The rows that say all that the pages of the description say.
fn page_rows(description: &Description) -> Option<Vec<Row>> {
    let mut said: Vec<(String, u32)> = Vec::new();
    for entry in description.entries.as_deref().unwrap_or_default() {
        let page = entry.rows.iter().any(|row| matches!(row.role, Role::Page { .. }));
        if page || entry.is == Some(Class::Page) || entry.like.is_some() {
            say(&mut said, &entry.rows);
            if let Some(base) = &entry.base {
                say(&mut said, &base.rows);
            }
        }
    }
    let mut rows = Vec::new();
    let mut next = 52;
    for (place, (what, width)) in said.iter().enumerate() {
        // A free row has its name already.
        let name = if what.ends_with(" free") { String::new() } else { format!("X{place} ") };
        rows.push(parse(&format!("{}:{next} {name}{what}", next + width - 1), Row::parse)?);
        next += width;
    }
    if next < 128 {
        rows.push(parse(&format!("127:{next} free"), Row::parse)?);
    }
    Some(rows)
}

/// Adds what some rows say, each once with the width of the widest.
fn say(said: &mut Vec<(String, u32)>, rows: &[Row]) {
    for row in rows {
        let what = match (&row.role, &row.name) {
            (Role::Setting { meaning, codes, .. }, _) if Meaning::from_name(&meaning.value).is_some() => match codes {
                Some(codes) => format!("{} as {}", meaning.value, codes.value),
                None => meaning.value.clone(),
            },
            (Role::Free(_), Some(name)) => format!("{} free", name.value),
            _ => continue,
        };
        let width = width(row);
        match said.iter_mut().find(|(other, _)| *other == what) {
            Some((_, widest)) => *widest = width.max(*widest),
            None => said.push((what, width)),
        }
    }
}

fn text(text: &str) -> Spanned<String> {
    Spanned::new(text.to_owned(), Span::NOWHERE)
}

fn parse<T>(text: &str, parse: fn(Sentence<'_>) -> Result<T, Diagnostic>) -> Option<T> {
    parse(Sentence::new(text, &mut nowhere)).ok()
}

fn nowhere(_: Range<usize>) -> Span {
    Span::NOWHERE
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::stand_in;
    use crate::syntax::derive::read;

    #[test]
    fn it_has_the_names_of_what_it_stands_for() {
        let item = "
            #[page_table(
                entry(64 bits, little-endian),
                levels(38:30 TOP; 29:21 DIR; 20:12 TAB),
                codes(kinds(0 memory; 1 device)),
            )]
            enum Broken {
                #[at(TAB)]
                Page {
                    #[bits(5:4 KIND memory-type as kinds; 3:2 AVL free)]
                    what: u8,
                    #[bits(1 RO not write)]
                    write: bool,
                    #[bits(7 X nonsense)]
                    other: bool,
                    #[bits(31:12 ADDR page)]
                    page: u64,
                }
            }
        ";
        let reading = read(item.parse().unwrap()).unwrap();
        let checked = stand_in(&reading.description).unwrap();
        let format = checked.format();
        assert_eq!(format.name, "broken");
        assert_eq!(format.levels.iter().map(|level| level.name.as_str()).collect::<Vec<_>>(), ["TOP", "DIR", "TAB"]);
        let page = format.kinds.iter().find(|kind| kind.name == "page").unwrap();
        let attributes = page.layouts.iter().flat_map(|layout| &layout.fields).filter_map(|field| match &field.role {
            crate::model::Role::Setting { meaning, .. } => Some(meaning.identifier()),
            crate::model::Role::Free { .. } if !field.name.is_empty() => Some(field.name.clone()),
            _ => None,
        });
        let mut attributes: Vec<String> = attributes.collect();
        attributes.sort();
        assert_eq!(attributes, ["AVL", "memory_type", "write"]);
    }
}

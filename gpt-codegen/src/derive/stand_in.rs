//! A format that has no mistakes, with the names of one that has.

use crate::check::{Checked, check};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Class, Endian, Meaning};
use crate::span::Span;
use crate::syntax::code::CodeLine;
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
    let level = |(place, name): (usize, &&str)| {
        // Entries of 128 bits in tables of 4 KiB: 8 bits pick one.
        let low = 12 + 8 * (last - place);
        parse(&format!("{}:{low} {name}", low + 7), LevelLine::parse)
    };
    let levels: Option<Vec<LevelLine>> = names.iter().enumerate().map(level).collect();
    let bits = |bits: u32| Spanned::new(bits, Span::NOWHERE);
    let entry = |name: &str, at: &[&str], rows: Vec<String>| {
        let rows: Option<Vec<Row>> = rows.iter().map(|row| parse(row, Row::parse)).collect();
        Some(Entry {
            name: text(name),
            unclear: false,
            none: false,
            at: Some(at.iter().map(|name| text(name)).collect()),
            is: None,
            like: None,
            base: None,
            when: None,
            run: None,
            reach: None,
            present: Vec::new(),
            rows: rows?,
        })
    };
    let mut entries = vec![entry("absent", &names, vec!["127:1 free".to_owned(), "0 V = 0".to_owned()])?];
    if let Some(above) = names.get(..last).filter(|above| !above.is_empty()) {
        let rows = ["127:52 free", "51:12 ADDR table", "11:1 free", "0 V = 1"].map(str::to_owned);
        entries.push(entry("table", above, rows.to_vec())?);
    }
    entries.push(entry("page", names.get(last..)?, page_rows(description)?)?);
    let standing = Description {
        format: description.format.clone().or_else(|| Some(text("format"))),
        about: Some(text("stands for a format with mistakes")),
        manual: Some(text("none")),
        va: Some(Quantity { bits: bits(12 + 8 * u32::try_from(names.len()).ok()?), clause: false }),
        pa: Some(Quantity { bits: bits(52), clause: true }),
        entry: Some(Quantity { bits: bits(128), clause: Endian::Little }),
        levels: Some(levels?),
        entries: Some(entries),
        codes: code_tables(description),
        ..Description::default()
    };
    lower(&standing, Diagnostics::default()).and_then(check).ok()
}

/// The tables of codes, with a name for every value that a row can have.
fn code_tables(description: &Description) -> Vec<CodeList> {
    let rows = description.entries.iter().flatten().flat_map(|entry| &entry.rows);
    let widths: Vec<(&str, u32)> = rows
        .filter_map(|row| match &row.role {
            Role::Setting { codes: Some(codes), .. } => Some((codes.value.as_str(), width(row))),
            _ => None,
        })
        .collect();
    let complete = |table: &CodeList| {
        let of_table = widths.iter().filter(|(name, _)| *name == table.name.value);
        let most = of_table.map(|(_, width)| *width).max().unwrap_or(0).min(8);
        let mut table = table.clone();
        for code in &mut table.codes {
            code.grants.retain(|grant| Meaning::from_name(&grant.value).is_some());
        }
        for value in 0..1_u128 << most {
            if !table.codes.iter().any(|code| code.value.value == value) {
                let value = Spanned::new(value, Span::NOWHERE);
                let name = text(&format!("value-{}", value.value));
                table.codes.push(CodeLine { value, name, grants: Vec::new(), span: Span::NOWHERE });
            }
        }
        table
    };
    description.codes.iter().map(complete).collect()
}

/// How many bits the value has that a row holds all of, or a part.
fn width(row: &Row) -> u32 {
    match &row.role {
        Role::Setting { part: Some(part), .. } => part.value.high + 1,
        _ => row.bits.value.width(),
    }
}

/// The rows of a page that says all that the pages of the description say.
fn page_rows(description: &Description) -> Option<Vec<String>> {
    let entries = description.entries.iter().flatten();
    let is_page = |entry: &&Entry| {
        let page = entry.rows.iter().any(|row| matches!(row.role, Role::Page { .. }));
        page || entry.is == Some(Class::Page) || entry.like.is_some()
    };
    let mut widths: Vec<(String, u32)> = Vec::new();
    let rows = entries.filter(is_page).flat_map(|entry| {
        let base = entry.base.iter().flat_map(|base| &base.rows);
        entry.rows.iter().chain(base)
    });
    for row in rows {
        let what = match (&row.role, &row.name) {
            (Role::Setting { meaning, codes, .. }, _) => {
                if Meaning::from_name(&meaning.value).is_none() {
                    continue;
                }
                let codes = codes.as_ref().map_or_else(String::new, |codes| format!(" as {}", codes.value));
                format!("{}{codes}", meaning.value)
            }
            (Role::Free(_), Some(name)) => format!("{} free", name.value),
            _ => continue,
        };
        let width = width(row);
        match widths.iter_mut().find(|(other, _)| *other == what) {
            Some((_, widest)) => *widest = width.max(*widest),
            None => widths.push((what, width)),
        }
    }
    let mut rows = vec!["51:12 ADDR page".to_owned(), "11:1 free".to_owned(), "0 V = 1".to_owned()];
    let mut next = 52;
    for (place, (what, width)) in widths.into_iter().enumerate() {
        // A free row has its name already.
        let name = if what.ends_with(" free") { String::new() } else { format!("X{place} ") };
        rows.push(format!("{}:{next} {name}{what}", next + width - 1));
        next += width;
    }
    if next < 128 {
        rows.push(format!("127:{next} free"));
    }
    Some(rows)
}

fn text(text: &str) -> Spanned<String> {
    Spanned::new(text.to_owned(), Span::NOWHERE)
}

fn parse<T>(text: &str, parse: impl FnOnce(Sentence<'_>) -> Result<T, Diagnostic>) -> Option<T> {
    parse(Sentence::new(text, &mut |_| Span::NOWHERE)).ok()
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

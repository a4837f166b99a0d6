//! A format that has no mistakes, with the names of one that has.

use std::collections::BTreeMap;

use crate::check::{Checked, check};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Class, Endian, Meaning};
use crate::span::Span;
use crate::syntax::description::{Description, Entry, Spanned};
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
        let low = 12 + 9 * (last - place);
        parse(&format!("{}:{low} {name}", low + 8), LevelLine::parse)
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
        va: Some(Quantity { bits: bits(12 + 9 * u32::try_from(names.len()).ok()?), clause: false }),
        pa: Some(Quantity { bits: bits(52), clause: true }),
        entry: Some(Quantity { bits: bits(128), clause: Endian::Little }),
        levels: Some(levels?),
        entries: Some(entries),
        codes: description.codes.clone(),
        ..Description::default()
    };
    lower(&standing, Diagnostics::default()).and_then(check).ok()
}

/// The rows of a page that says all that the pages of the description say.
fn page_rows(description: &Description) -> Option<Vec<String>> {
    let entries = description.entries.iter().flatten();
    let is_page = |entry: &&Entry| {
        let page = entry.rows.iter().any(|row| matches!(row.role, Role::Page { .. }));
        page || entry.is == Some(Class::Page) || entry.like.is_some()
    };
    let mut widths: BTreeMap<String, u32> = BTreeMap::new();
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
                format!("X {}{codes}", meaning.value)
            }
            (Role::Free(_), Some(name)) => format!("{} free", name.value),
            _ => continue,
        };
        let width = widths.entry(what).or_default();
        *width = (*width).max(row.bits.value.width());
    }
    let mut rows = vec!["51:12 ADDR page".to_owned(), "11:1 free".to_owned(), "0 V = 1".to_owned()];
    let mut next = 52;
    for (what, width) in widths {
        rows.push(format!("{}:{next} {what}", next + width - 1));
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

//! A format as text for a terminal of 100 columns: levels, page sizes, and a figure of every entry.

mod figure;
mod words;

use gpt_language::check::Checked;
use gpt_language::model::{Class, Endian, Format, Kind, Layout, Level, LevelId};

/// How wide the text may be; long names and sentences of a description are not broken.
const COLUMNS: usize = 100;

/// The text.
pub fn show(checked: &Checked) -> String {
    let format = checked.format();
    let mut text = heading(format);
    text.push_str(&levels(format));
    text.push_str(&pages(format));
    for (kind, layouts) in layouts(format) {
        text.push('\n');
        text.push_str(&entry(format, kind, &layouts));
    }
    text.push_str(&words::codes(format));
    text.push_str(&words::maintenance(format));
    text
}

/// A number of bytes with the largest unit that divides it, such as `4K`.
pub fn size(bytes: u128) -> String {
    let units = ["", "K", "M", "G", "T", "P", "E"];
    let zeros = if bytes == 0 { 0 } else { (bytes.trailing_zeros() as usize / 10).min(units.len() - 1) };
    format!("{}{}", bytes >> (10 * zeros), units[zeros])
}

fn heading(format: &Format) -> String {
    let signed = if format.input.sign_extended { ", sign-extended" } else { "" };
    let at_most = if format.output.at_most { ", at most" } else { "" };
    let mut text = format!("{}: {}\n", format.name, format.about);
    text.push_str(&words::wrapped("manual: ", &format.manual, COLUMNS));
    if let Some(checked_by) = &format.checked_by {
        text.push_str(&words::wrapped("checked by: ", checked_by, COLUMNS));
    }
    text.push_str(&format!("\nva {} bits{signed}; pa {} bits{at_most}\n", format.input.bits, format.output.bits));
    text
}

fn levels(format: &Format) -> String {
    let several = format.roots.len() > 1;
    let rows = format.levels.iter().enumerate().map(|(place, level)| {
        let root = several && format.roots.contains(&LevelId(place));
        [
            level.name.clone(),
            if level.items_lg2() == 0 { "no va bits".to_owned() } else { format!("va {}", level.index) },
            format!("{} × {} bytes, {}", size(1 << level.items_lg2()), level.entry_bytes(), order(level)),
            format!("table {}, aligned {}", size(level.table_bytes.into()), size(level.align_bytes.into())),
            if root { "root".to_owned() } else { String::new() },
        ]
    });
    format!("\nlevels\n{}", words::columns(rows))
}

fn order(level: &Level) -> &'static str {
    match level.endian {
        Endian::Little => "little-endian",
        Endian::Big => "big-endian",
    }
}

fn pages(format: &Format) -> String {
    let mut pages: Vec<(u32, &Kind, &Layout)> = Vec::new();
    for kind in format.kinds.iter().filter(|kind| kind.class == Class::Page) {
        pages.extend(kind.layouts.iter().map(|layout| (format.page_lg2(layout), kind, layout)));
    }
    pages.sort_by_key(|(lg2, ..)| *lg2);
    let rows = pages.into_iter().map(|(lg2, kind, layout)| {
        let run = layout.run.map_or_else(String::new, |run| {
            let address = if run.own_address { "own addresses" } else { "same address" };
            format!("{} items, {address}", 1_u64 << run.items_lg2)
        });
        [size(1 << lg2), kind.name.clone(), format!("at {}", format.level(layout.level).name), run, String::new()]
    });
    format!("\npages\n{}", words::columns(rows))
}

/// Every kind with its layouts, those that look alike at several levels together.
fn layouts(format: &Format) -> Vec<(&Kind, Vec<&Layout>)> {
    let mut all: Vec<(&Kind, Vec<&Layout>)> = Vec::new();
    for kind in &format.kinds {
        for layout in &kind.layouts {
            let alike = |other: &Layout| {
                other.fields == layout.fields
                    && other.run == layout.run
                    && other.matches == layout.matches
                    && other.children.len() == layout.children.len()
                    && format.level(other.level).entry_bits == format.level(layout.level).entry_bits
            };
            let same = |(other, layouts): &&mut (&Kind, Vec<&Layout>)| {
                other.name == kind.name && layouts.first().is_some_and(|first| alike(first))
            };
            match all.iter_mut().find(same) {
                Some((_, layouts)) => layouts.push(layout),
                None => all.push((kind, vec![layout])),
            }
        }
    }
    all
}

fn entry(format: &Format, kind: &Kind, layouts: &[&Layout]) -> String {
    let Some(layout) = layouts.first() else { return String::new() };
    let name = |layout: &&Layout| {
        let here = &format.level(layout.level).name;
        let below: Vec<&str> = layout.children.iter().map(|it| format.level(it.level).name.as_str()).collect();
        if below.is_empty() { here.clone() } else { format!("{here} → {}", below.join(" + ")) }
    };
    let places: Vec<String> = layouts.iter().map(name).collect();
    let class = words::class(kind.class);
    let class = if kind.name == class { String::new() } else { format!(" ({class})") };
    let mut text = words::wrapped(&format!("{}{class} at ", kind.name), &places.join(", "), COLUMNS);
    text.push_str(&words::condition(layout));
    text.push_str(&figure::figure(layout, format.level(layout.level).entry_bits, COLUMNS));
    text.push_str(&words::rows(format, layout));
    text
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_have_the_largest_unit_that_divides_them() {
        assert_eq!(size(0), "0");
        assert_eq!(size(4096), "4K");
        assert_eq!(size(6144), "6K");
        assert_eq!(size(1 << 30), "1G");
        assert_eq!(size(1 << 70), "1024E");
    }
}

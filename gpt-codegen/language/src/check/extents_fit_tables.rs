//! Rows that say which part of a table is there belong to an entry that leads to one table, and cut it into no more parts
//! than it has items.

use super::Lowered;
use super::findings::{ByLevel, clause};
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Condition, Cube, Extent, Field, Format, Kind, Layout};

/// What is wrong with a row.
#[derive(PartialEq)]
enum Finding {
    /// The entry leads to no table, or to several.
    NoTable(Field, usize),
    /// Another row says the same.
    Again(Field, Field),
    /// There are more parts than items.
    TooMany(Field, u32),
    /// With a part of the table the word is of another kind.
    OtherKind(Field, String),
}

/// Finds such rows that have no table to speak of, or too small a one.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    for kind in &lowered.whole_kinds() {
        let mut findings = ByLevel::new();
        for layout in &kind.layouts {
            look(&lowered.format, kind, layout, &mut findings);
        }
        for (finding, levels) in &findings.0 {
            found.push(report(kind, finding, &clause(&lowered.format, kind.layouts.len(), levels)));
        }
    }
}

fn look(format: &Format, kind: &Kind, layout: &Layout, findings: &mut ByLevel<Finding>) {
    let extents = layout.extents();
    let Some((_, first)) = extents.first() else { return };
    for (number, (extent, row)) in extents.iter().enumerate() {
        for (other, earlier) in extents.iter().take(number) {
            if other == extent {
                findings.add(Finding::Again((*row).clone(), (*earlier).clone()), layout.level);
                break;
            }
        }
        let [child] = layout.children.as_slice() else {
            findings.add(Finding::NoTable((*row).clone(), layout.children.len()), layout.level);
            continue;
        };
        let items_lg2 = format.level(child.level).items_lg2();
        if row.bits.width() > items_lg2 {
            findings.add(Finding::TooMany((*row).clone(), items_lg2), layout.level);
        }
    }
    let part = partial(layout, &extents);
    for (other, at) in format.layouts_at(layout.level) {
        if other.name != kind.name && at.matches.witness(&part).is_some() {
            // That the kinds overlap whatever the rows say is the business of another rule.
            if at.matches.witness(&layout.matches).is_none() {
                findings.add(Finding::OtherKind((*first).clone(), other.name.clone()), layout.level);
            }
            break;
        }
    }
}

/// The words that the layout has, whatever its rows say of the table.
fn partial(layout: &Layout, extents: &[(Extent, &Field)]) -> Condition {
    let mut free = 0;
    for (_, row) in extents {
        free |= row.bits.mask();
    }
    let mut part = layout.matches.clone();
    for cube in &mut part.0 {
        *cube = Cube { mask: cube.mask & !free, value: cube.value & !free };
    }
    part
}

fn report(kind: &Kind, finding: &Finding, clause: &str) -> Diagnostic {
    let new = |row: &Field, message: String| Diagnostic::new("E0236", row.span, message);
    match finding {
        Finding::NoTable(row, 0) => new(row, format!("`{}`{clause} leads to no table", kind.name))
            .label("says which part of one is there")
            .help("take the row out, or add one such as `51:12 ADDR table`"),
        Finding::NoTable(row, _) => new(row, format!("`{}`{clause} leads to several tables", kind.name))
            .label("says which part of one is there")
            .help("describe a kind for each table"),
        Finding::Again(row, earlier) => {
            let word = match row.extent {
                Some(extent) => extent.word(),
                None => "",
            };
            new(row, format!("two rows are `{word}`"))
                .and(earlier.span, "the other one")
                .help("one row numbers the first part, `table.first`, and one the last, `table.last`")
        }
        Finding::TooMany(row, items_lg2) => {
            let parts = 1_u128.checked_shl(row.bits.width()).unwrap_or(0);
            new(row, format!("{parts} parts are more than the table{clause} has items"))
                .label(format!("has {}", wording::count(row.bits.width(), "bit")))
                .help(format!("let the row have {} or fewer", wording::count(*items_lg2, "bit")))
        }
        Finding::OtherKind(row, other) => {
            new(row, format!("with a part of the table only, some words{clause} are `{other}`"))
                .label(format!("is free to vary in `{}`", kind.name))
                .help(format!("tell `{other}` from `{}` by other bits than these", kind.name))
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{check_all, codes, kind, row, toy, zero};
    use crate::model::{Condition, Cube, Extent, Format, Role};

    /// The toy, with quarters of tables.
    fn quarters() -> Format {
        let mut format = toy();
        let table = &mut kind(&mut format, "table").layouts[0];
        let mut first = row(7, 6, "FIRST", Role::Constant(0));
        let mut last = row(5, 4, "LAST", Role::Constant(3));
        (first.extent, last.extent) = (Some(Extent::First), Some(Extent::Last));
        table.fields[1] = row(3, 1, "", zero());
        table.fields.extend([first, last]);
        table.matches = Condition(vec![Cube { mask: 0xf1, value: 0x31 }]);
        format
    }

    #[test]
    fn a_table_has_no_more_parts_than_items() {
        assert!(codes(quarters()).is_empty(), "{:?}", check_all(quarters()));
        let mut format = quarters();
        format.levels[1].index = crate::model::BitRange { high: 21, low: 21 };
        let found = check_all(format);
        assert!(found.iter().any(|found| found.message == "4 parts are more than the table has items"));
    }

    #[test]
    fn a_page_has_no_part_of_a_table() {
        let mut format = quarters();
        let mut row = row(7, 6, "FIRST", Role::Constant(0));
        row.extent = Some(Extent::First);
        let page = &mut kind(&mut format, "page").layouts[0];
        page.fields[1].bits.high = 5;
        page.fields.push(row);
        let found = check_all(format);
        assert_eq!((found.len(), found[0].code, found[0].message.as_str()), (1, "E0236", "`page` leads to no table"));
    }

    #[test]
    fn a_partial_table_is_no_other_kind() {
        let mut format = quarters();
        let mut other = kind(&mut format, "table").clone();
        other.name = "short".to_owned();
        let layout = &mut other.layouts[0];
        layout.matches = Condition(vec![Cube { mask: 0xf1, value: 0x01 }]);
        layout.fields.iter_mut().for_each(|row| row.extent = None);
        layout.fields.iter_mut().filter(|row| row.name == "LAST").for_each(|row| row.role = Role::Constant(0));
        format.kinds.push(other);
        let found = check_all(format);
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].message, "with a part of the table only, some words are `short`");
    }

    #[test]
    fn the_items_there_are_those_of_the_parts() {
        let mut format = quarters();
        let table = &kind(&mut format, "table").layouts[0];
        for (first, last, items) in [(0, 3, 0..=1023), (1, 1, 256..=511), (0, 0, 0..=255), (2, 3, 512..=1023)] {
            assert_eq!(table.items_there(first << 6 | last << 4, 10), items);
        }
        assert!(table.items_there(2 << 6 | 1 << 4, 10).is_empty());
        assert_eq!(table.as_whole(1 << 6 | 1), 0x31);
    }
}

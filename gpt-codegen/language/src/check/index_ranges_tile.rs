//! Where an entry leads to a table, the table's index begins right below the entry's own, so that every bit of the
//! input address picks an item once. That also keeps a walk from going in circles.

use super::Lowered;
use super::children_told_apart::row_of;
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{BitRange, Layout, Level, LevelId};
use crate::span::Span;

/// Finds tables whose index does not begin right below that of an entry that leads to them.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    let format = &lowered.format;
    let mut seen: Vec<(LevelId, LevelId)> = Vec::new();
    for (_, layout) in lowered.layouts() {
        for (number, child) in layout.children.iter().enumerate() {
            let edge = (layout.level, child.level);
            let (parent, below) = (format.level(layout.level), format.level(child.level));
            // Of two levels that take no bits neither lies below the other.
            let alike = parent.items_lg2() == 0 && below.items_lg2() == 0;
            if parent.index.low == below.index.high + 1 && !alike || seen.contains(&edge) {
                continue;
            }
            seen.push(edge);
            found.push(if child.level == layout.level || alike || below.index.high >= parent.index.high {
                not_below(parent, below, leading(layout, number))
            } else {
                apart(parent, below, leading(layout, number))
            });
        }
    }
}

/// The place of the row that leads to a child.
fn leading(layout: &Layout, child: usize) -> Span {
    match row_of(layout, child) {
        Some(row) => row.span,
        None => layout.span,
    }
}

fn not_below(parent: &Level, below: &Level, row: Span) -> Diagnostic {
    let message = format!("`{}` does not lie below `{}`", below.name, parent.name);
    let diagnostic = Diagnostic::new("E0230", row, message)
        .label(format!("leads from `{}` to `{}`", parent.name, below.name))
        .and(below.span, wording::picks(below));
    let diagnostic = if parent.span.number() == below.span.number() {
        diagnostic
    } else {
        diagnostic.and(parent.span, wording::picks(parent))
    };
    diagnostic.help(match parent.index.low.checked_sub(1) {
        Some(high) => format!("lead to a level whose index begins at bit {high}, as in `ADDR table LEVEL`"),
        None => format!("no level lies below `{}`, which picks by bit 0: let its entries be pages", parent.name),
    })
}

fn apart(parent: &Level, below: &Level, row: Span) -> Diagnostic {
    let (gap, shared) = (
        wording::mask_from(below.index.high + 1, parent.index.low),
        wording::mask_from(parent.index.low, below.index.high + 1),
    );
    let message = if parent.index.low > below.index.high {
        let verb = if gap.count_ones() == 1 { "picks" } else { "pick" };
        format!(
            "{} of the input address {verb} nothing between `{}` and `{}`",
            wording::bits(gap),
            parent.name,
            below.name
        )
    } else {
        let verb = if shared.count_ones() == 1 { "picks" } else { "pick" };
        format!(
            "{} of the input address {verb} an item at both `{}` and `{}`",
            wording::bits(shared),
            parent.name,
            below.name
        )
    };
    let high = parent.index.low.saturating_sub(1);
    let begins = match below.items_lg2() {
        0 => wording::picks(below),
        _ => format!("begins at bit {}", below.index.high),
    };
    let fitting = match below.items_lg2() {
        0 => BitRange::none_at(parent.index.low),
        _ => BitRange::new(high, below.index.low),
    };
    Diagnostic::new("E0230", below.span, message)
        .label(begins)
        .and(parent.span, format!("ends at bit {}", parent.index.low))
        .and(row, format!("leads from `{}` to `{}`", parent.name, below.name))
        .help(match fitting {
            Some(index) => {
                let line = wording::level_line(index, &below.name);
                format!("write `{line}`, or lead to another level, as in `ADDR table LEVEL`")
            }
            None => format!(
                "let the index of `{}` begin at bit {high}, or lead to another level, as in `ADDR table LEVEL`",
                below.name
            ),
        })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::check::toy::{check_all, toy};
    use crate::model::{BitRange, LevelId};

    #[test]
    fn a_gap_and_an_overlap_name_the_bits() {
        for (high, expected) in [
            (19, "bits 21:20 of the input address pick nothing between `DIR` and `TAB`"),
            (22, "bit 22 of the input address picks an item at both `DIR` and `TAB`"),
        ] {
            let mut format = toy();
            format.levels[1].index = BitRange { high, low: 12 };
            format.levels[1].table_bytes = 8192;
            let found = check_all(format);
            assert_eq!((found.len(), found[0].code, found[0].message.as_str()), (1, "E0230", expected));
            assert_eq!(
                found[0].help.as_deref(),
                Some("write `21:12 TAB`, or lead to another level, as in `ADDR table LEVEL`")
            );
        }
    }

    #[test]
    fn a_table_of_one_item_takes_no_bits_and_has_a_place() {
        let mut format = toy();
        let only = |low| BitRange::none_at(low).unwrap();
        format.levels[1].index = only(21);
        format.levels[1].table_bytes = 4096;
        let found = check_all(format.clone());
        let first = &found[found.iter().position(|found| found.code == "E0230").unwrap()];
        assert_eq!(first.message, "bit 21 of the input address picks nothing between `DIR` and `TAB`");
        assert_eq!(
            first.help.as_deref(),
            Some("write `TAB, one item of 4M`, or lead to another level, as in `ADDR table LEVEL`")
        );
        format.levels[1].index = only(22);
        assert!(check_all(format.clone()).iter().all(|found| found.code != "E0230"));
        format.levels[0].index = only(22);
        assert!(check_all(format).iter().any(|found| found.message == "`TAB` does not lie below `DIR`"));
    }

    #[test]
    fn a_walk_does_not_go_in_circles() {
        let mut format = toy();
        format.kinds[1].layouts[0].children[0].level = LevelId(0);
        format.roots.push(LevelId(1));
        let found = check_all(format);
        assert_eq!((found.len(), found[0].message.as_str()), (1, "`DIR` does not lie below `DIR`"));
    }
}

//! A run is of pages, of more than one item, and of no more than a table has.

use super::Lowered;
use super::findings::{ByLevel, clause};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Class;

/// Finds runs that are no runs, do not fit, or are not of pages.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    let format = &lowered.format;
    for kind in &lowered.whole_kinds() {
        let is_page = kind.class == Class::Page;
        let mut wrong = ByLevel::new();
        for layout in &kind.layouts {
            let items_lg2 = format.level(layout.level).items_lg2();
            if let Some(run) = layout.run
                && (run.items_lg2 == 0 || run.items_lg2 > items_lg2 || !is_page)
            {
                wrong.add((run, items_lg2), layout.level);
            }
        }
        for ((run, items_lg2), levels) in &wrong.0 {
            let clause = clause(format, kind.layouts.len(), levels);
            let (message, help) = if !is_page {
                (format!("`{}` is not a page and has no run", kind.name), "take `run:` out".to_owned())
            } else if run.items_lg2 == 0 {
                (
                    "a run of one item is no run".to_owned(),
                    "write how many items make one entry, or take `run:` out".to_owned(),
                )
            } else {
                let items = 1u128.checked_shl(run.items_lg2).unwrap_or(0);
                let message = format!("a run of {items} items does not fit a table{clause}");
                (
                    message,
                    match items_lg2 {
                        0 => "a table has one item: take `run:` out".to_owned(),
                        _ => format!("a table has {} items: write as many or fewer", 1u64 << items_lg2),
                    },
                )
            };
            found.push(Diagnostic::new("E0228", run.span, message).help(help));
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{codes, kind, toy};
    use crate::model::Run;
    use crate::span::Span;

    #[test]
    fn a_run_has_from_two_items_to_a_whole_table() {
        for (items_lg2, expected) in [(0, &["E0228"][..]), (1, &[][..]), (10, &[][..]), (11, &["E0228"][..])] {
            let mut format = toy();
            kind(&mut format, "page").layouts[0].run = Some(Run { items_lg2, own_address: true, span: Span::NOWHERE });
            assert_eq!(codes(format), expected);
        }
    }

    #[test]
    fn tables_have_no_runs() {
        let mut format = toy();
        kind(&mut format, "table").layouts[0].run = Some(Run { items_lg2: 1, own_address: true, span: Span::NOWHERE });
        assert_eq!(codes(format), ["E0228"]);
    }
}

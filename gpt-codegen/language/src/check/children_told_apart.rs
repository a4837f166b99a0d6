//! An entry that may have two tables below it says when each is there.

use super::Lowered;
use super::findings::ByLevel;
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Condition, Field, Format, Kind, Layout, Role, Target};
use crate::span::Span;

/// The most tables that one entry leads to.
const MOST_CHILDREN: usize = 2;

/// What is wrong with a child, and where its address is.
#[derive(PartialEq)]
enum Finding {
    /// There are too many children.
    TooMany(Span),
    /// No row holds its address.
    NoAddress(String),
    /// It is of the same level as an earlier one.
    SameLevel(String, Span),
    /// It is not said when these are there.
    Unsaid(Vec<(String, Span)>),
    /// It is never there.
    Never(String, Span),
}

/// Finds children that cannot be told apart, are always there, or never.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    for kind in lowered.whole_kinds() {
        let findings = ByLevel::of(kind, |layout| look(&lowered.format, layout));
        let clauses = findings.into_clauses(&lowered.format, kind);
        found.extend(clauses.map(|(finding, clause)| report(kind, finding, &clause)));
    }
}

/// Whether a row holds bits of the address of a child.
pub(super) fn leads_to(row: &Field, child: usize) -> bool {
    matches!(row.role, Role::Address { target: Target::Table(of), .. } if of == child)
}

fn look(format: &Format, layout: &Layout) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut unsaid = Vec::new();
    for (number, child) in layout.children.iter().enumerate() {
        let name = format.level(child.level).name.clone();
        let Some(row) = layout.fields.iter().find(|row| leads_to(row, number)) else {
            findings.push(Finding::NoAddress(name));
            continue;
        };
        if number == MOST_CHILDREN {
            findings.push(Finding::TooMany(row.span));
        } else if layout.children.iter().take(number).any(|earlier| earlier.level == child.level) {
            findings.push(Finding::SameLevel(name, row.span));
        } else if layout.children.len() > 1 && child.present == Condition::always() {
            unsaid.push((name, row.span));
        } else if !layout.matches.0.is_empty() && layout.matches.witness(&child.present).is_none() {
            findings.push(Finding::Never(name, row.span));
        }
    }
    if !unsaid.is_empty() {
        findings.push(Finding::Unsaid(unsaid));
    }
    findings
}

fn report(kind: &Kind, finding: Finding, clause: &str) -> Diagnostic {
    let new = |span, message: String| Diagnostic::new("E0226", span, message);
    match finding {
        Finding::TooMany(span) => new(span, format!("an entry leads to at most {MOST_CHILDREN} tables"))
            .help("describe a kind for each table if only one of them is there at a time"),
        Finding::NoAddress(name) => new(kind.span, format!("no row holds the address of the table `{name}`{clause}"))
            .help(format!("add a row such as `51:12 ADDR table {name}`")),
        Finding::SameLevel(name, span) => new(span, format!("two tables below one entry are of the level `{name}`"))
            .help(format!(
                "name another level; if both rows hold parts of one address, say which, as in `ADDR table {name}[HIGH:LOW]`"
            )),
        Finding::Unsaid(children) => {
            let quoted = |form: fn(&str) -> String| {
                wording::list(&children.iter().map(|(name, _)| form(name)).collect::<Vec<_>>())
            };
            let plural = if children.len() == 1 { ("table", "is") } else { ("tables", "are") };
            let names = quoted(|name| format!("`{name}`"));
            let message = format!("it is not said when the {} {names} {} there", plural.0, plural.1);
            let mut places = children.iter().map(|(_, span)| *span);
            let first = new(places.next().unwrap_or(kind.span), message).label("one of two tables");
            let lines = quoted(|name| format!("`{name}: CONDITION`"));
            places
                .fold(first, |diagnostic, place| diagnostic.and(place, "one of two tables"))
                .help(format!("write a key `present:` in `{}`, with {lines}", kind.name))
        }
        Finding::Never(name, span) => new(span, format!("the table `{name}`{clause} is never there"))
            .help(format!("no word of `{}` fulfils what `present:` says of `{name}`: correct one of the two", kind.name)),
    }
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{check_all, codes, dual, kind, toy};
    use crate::model::{Condition, Cube};

    #[test]
    fn each_of_two_children_has_its_condition() {
        let mut format = dual(toy());
        assert!(codes(format.clone()).is_empty(), "{:?}", check_all(format));
        kind(&mut format, "table").layouts[0].children[1].present = Condition::always();
        let found = check_all(format);
        assert_eq!((found.len(), found[0].code), (1, "E0226"));
        assert_eq!(found[0].message, "it is not said when the table `BIG` is there");
    }

    #[test]
    fn a_child_that_no_word_has_is_a_mistake() {
        let mut format = dual(toy());
        kind(&mut format, "table").layouts[0].children[0].present =
            Condition(vec![Cube { mask: 1 << 32 | 1, value: 0 }]);
        let found = check_all(format);
        assert_eq!(found[0].message, "the table `TAB` is never there");
    }

    #[test]
    fn two_children_are_of_different_levels() {
        let mut format = dual(toy());
        let first = kind(&mut format, "table").layouts[0].children[0].level;
        kind(&mut format, "table").layouts[0].children[1].level = first;
        assert!(codes(format).contains(&"E0226"));
    }
}

//! An entry that may have two tables below it says when each is there.

use super::Lowered;
use super::findings::{ByLevel, clause};
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
    for kind in &lowered.whole_kinds() {
        let mut findings = ByLevel::new();
        for layout in &kind.layouts {
            look(&lowered.format, layout, &mut findings);
        }
        for (finding, levels) in &findings.0 {
            found.push(report(kind, finding, &clause(&lowered.format, kind.layouts.len(), levels)));
        }
    }
}

/// The first row that holds bits of the address of a child.
pub(super) fn row_of(layout: &Layout, child: usize) -> Option<&Field> {
    for row in &layout.fields {
        if matches!(row.role, Role::Address { target: Target::Table(of), .. } if of == child) {
            return Some(row);
        }
    }
    None
}

fn look(format: &Format, layout: &Layout, findings: &mut ByLevel<Finding>) {
    let mut unsaid = Vec::new();
    let mut earlier = Vec::new();
    for (number, child) in layout.children.iter().enumerate() {
        let name = format.level(child.level).name.clone();
        let again = earlier.contains(&child.level);
        earlier.push(child.level);
        let Some(row) = row_of(layout, number) else {
            findings.add(Finding::NoAddress(name), layout.level);
            continue;
        };
        if number == MOST_CHILDREN {
            findings.add(Finding::TooMany(row.span), layout.level);
        } else if again {
            findings.add(Finding::SameLevel(name, row.span), layout.level);
        } else if layout.children.len() > 1 && child.present == Condition::always() {
            unsaid.push((name, row.span));
        } else if !layout.matches.0.is_empty() && layout.matches.witness(&child.present).is_none() {
            findings.add(Finding::Never(name, row.span), layout.level);
        }
    }
    if !unsaid.is_empty() {
        findings.add(Finding::Unsaid(unsaid), layout.level);
    }
}

fn report(kind: &Kind, finding: &Finding, clause: &str) -> Diagnostic {
    let new = |span: &Span, message: String| Diagnostic::new("E0226", *span, message);
    match finding {
        Finding::TooMany(span) => new(span, format!("an entry leads to at most {MOST_CHILDREN} tables"))
            .help("describe a kind for each table if only one of them is there at a time"),
        Finding::NoAddress(name) => new(&kind.span, format!("no row holds the address of the table `{name}`{clause}"))
            .help(format!("add a row such as `51:12 ADDR table {name}`")),
        Finding::SameLevel(name, span) => new(span, format!("two tables below one entry are of the level `{name}`"))
            .help(format!(
                "name another level; if both rows hold parts of one address, say which, as in `ADDR table {name}[HIGH:LOW]`"
            )),
        Finding::Unsaid(children) => {
            let (mut names, mut lines) = (Vec::new(), Vec::new());
            for (name, _) in children {
                names.push(format!("`{name}`"));
                lines.push(format!("`{name}: CONDITION`"));
            }
            let (noun, verb) = if children.len() == 1 { ("table", "is") } else { ("tables", "are") };
            let message = format!("it is not said when the {noun} {} {verb} there", wording::list(&names));
            let mut places = children.iter();
            let first = places.next().map_or(&kind.span, |(_, span)| span);
            let mut diagnostic = new(first, message).label("one of two tables");
            for (_, place) in places {
                diagnostic = diagnostic.and(*place, "one of two tables");
            }
            diagnostic.help(format!("write a key `present:` in `{}`, with {}", kind.name, wording::list(&lines)))
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

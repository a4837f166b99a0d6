//! A page has the address of a page, a table those of its children, and nothing else has an address.

use super::Lowered;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Class, Field, Kind, Layout, Role, Target};

/// Finds addresses that are missing, and those that a kind of this class does not have.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    for (kind, layout) in lowered.whole_layouts() {
        let level = &lowered.format.level(layout.level).name;
        found.extend(missing(kind, layout, level));
        found.extend(stray(kind, layout));
    }
}

fn missing(kind: &Kind, layout: &Layout, level: &str) -> Option<Diagnostic> {
    let (what, example) = match kind.class {
        Class::Page if layout.address_fields(Target::Page).len() == 0 => ("a page", "ADDR page"),
        Class::Table if layout.children.is_empty() => ("a table", "ADDR table"),
        _ => return None,
    };
    Some(
        Diagnostic::new("E0221", kind.span, format!("`{}` is {what} and has no address at {level}", kind.name))
            .help(format!("add a row for it, such as `51:12 {example}`, or correct `is:`")),
    )
}

fn stray(kind: &Kind, layout: &Layout) -> Option<Diagnostic> {
    for row in &layout.fields {
        let held = match row.role {
            Role::Address { target: Target::Page, .. } if kind.class != Class::Page => "page",
            Role::Address { target: Target::Table(_), .. } if kind.class != Class::Table => "table",
            _ => continue,
        };
        return Some(stray_row(kind, row, held));
    }
    None
}

/// What to say of a row that holds the address of a page or a table, where the kind has none.
fn stray_row(kind: &Kind, row: &Field, held: &str) -> Diagnostic {
    let (what, help) = match kind.class {
        Class::Page => ("a page", "an entry leads to a page or to a table: describe two kinds"),
        Class::Table => ("a table", "an entry leads to a page or to a table: describe two kinds"),
        Class::Absent => {
            ("absent", "call it `payload` if it is software's own, or correct the name or `is:` of the kind")
        }
        Class::Special => ("special", "call it `payload` if it is software's own, or correct `is:`"),
    };
    Diagnostic::new("E0221", row.span, format!("`{}` is {what} and has no address of a {held}", kind.name))
        .and(kind.span, format!("is {what}"))
        .help(help)
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{codes, kind, page, toy};
    use crate::model::Class;

    #[test]
    fn a_special_state_does_not_translate() {
        let mut format = toy();
        let mut sparse = kind(&mut format, "page").clone();
        sparse.name = "sparse".to_owned();
        sparse.class = Class::Special;
        format.kinds.push(sparse);
        assert!(codes(format).contains(&"E0221"));
    }

    #[test]
    fn a_table_that_is_called_a_page_lacks_one_address_and_has_another() {
        let mut format = toy();
        kind(&mut format, "table").class = Class::Page;
        assert_eq!(codes(format.clone()).iter().filter(|code| **code == "E0221").count(), 2);
        kind(&mut format, "table").layouts[0].fields[0].role = page(35, 12);
        assert!(codes(format).contains(&"E0225"));
    }
}

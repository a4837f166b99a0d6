//! Whether the type of a field fits what its rows hold.

use proc_macro2::{Ident, Span};

use super::wanted::{name_of, number_for, value_bits};
use super::{Binding, instead_of};
use crate::backend::decoded::Repr;
use crate::diagnostic::Diagnostic;
use crate::model::{self, CodesId, Format, Kind, Role};
use crate::syntax::derive::{Field, Holder, variant_name};

impl Binding<'_> {
    /// How a field holds its value; says so where it cannot.
    pub(super) fn repr(&mut self, field: &Field, held: &[Vec<&model::Field>]) -> Option<Repr> {
        let said = field.said();
        let mut rows = Vec::new();
        for here in held {
            rows.extend_from_slice(here);
        }
        let Some(first) = rows.first().copied() else {
            if self.unheld.contains(&said) {
                return None;
            }
            let message = format!("nothing in `{}` is called `{said}`", self.variant.name);
            let help = if self.by_name {
                instead_of(&said, &names(self.format, self.kind))
            } else {
                "write its bits on it, as in `#[bits(63 XD not execute)]`, or take it out".to_owned()
            };
            let message = if self.by_name { message } else { format!("no row says where `{said}` is") };
            self.wrong("E0302", field.span, &message, &help);
            return None;
        };
        let address = matches!(first.role, Role::Address { .. });
        for row in &rows {
            if matches!(row.role, Role::Address { .. }) != address {
                let message = format!("`{said}` is an address in one row and something else in another");
                self.found.push(Diagnostic::new("E0302", row.span, message).and(first.span, "the other"));
                return None;
            }
        }
        for here in held {
            if let [one, other, ..] = here.as_slice()
                && !address
                && here.iter().any(|row| row.part().is_none())
            {
                let message = format!("`{said}` is in two rows of one entry");
                self.found.push(
                    Diagnostic::new("E0302", one.span, message)
                        .and(other.span, "the other")
                        .help("write `at` and the levels after each row, or make two fields of it"),
                );
                return None;
            }
        }
        if address { self.address(field, &rows) } else { self.value(field, &rows) }
    }

    fn address(&mut self, field: &Field, rows: &[&model::Field]) -> Option<Repr> {
        let mut top = 0;
        for row in rows {
            if let Role::Address { output, .. } = row.role {
                top = top.max(output.high);
            }
        }
        match field.holder {
            Holder::Number(bits) if bits > top => Some(Repr::Address(bits)),
            _ => {
                let message = format!("an address with bit {top} does not fit in this type");
                self.wrong("E0303", field.type_span, &message, "write `u64`");
                None
            }
        }
    }

    fn value(&mut self, field: &Field, rows: &[&model::Field]) -> Option<Repr> {
        let (mut width, mut codes, mut negative) = (1, None, false);
        for row in rows {
            width = width.max(value_bits(row));
            codes = codes.or(codes_of(row));
            negative |= matches!(row.role, Role::Setting { negative: true, .. });
        }
        let wanted = if width == 1 { "bool".to_owned() } else { number_for(width) };
        let bits = if width == 1 { "1 bit".to_owned() } else { format!("{width} bits") };
        let (message, help) = match (field.holder, codes) {
            (Holder::Flag, None) if width == 1 => return Some(Repr::Flag),
            (Holder::Number(most), _) if most >= width && !negative => return Some(Repr::Number(most)),
            (Holder::Own, Some(codes)) => {
                if let Some(row) = rows.iter().find(|row| codes_of(row) != Some(codes)) {
                    let message = format!("`{}` has other names for its values in another row", field.said());
                    self.found.push(
                        Diagnostic::new("E0303", row.span, message)
                            .and(field.type_span, "the type for both")
                            .help(format!("write `{wanted}`, or use one table of codes")),
                    );
                    return None;
                }
                let mut variants = Vec::new();
                if let Some(table) = self.format.codes.get(codes.0) {
                    for code in &table.codes {
                        variants.push((code.value, Ident::new(&variant_name(&code.name), Span::call_site())));
                    }
                }
                return Some(Repr::Codes(variants));
            }
            (Holder::Own, None) => (
                "a type of your own stands for values with names, and these have none".to_owned(),
                format!("write `{wanted}`, or name the values: `as NAME` in the row, and `NAME` under `codes:`"),
            ),
            (Holder::Flag, Some(_)) => (
                "values with names do not fit in a `bool`".to_owned(),
                format!("write an enum whose variants are called like the codes, or `{}`", number_for(width)),
            ),
            (_, _) if negative => ("a bit that forbids is a `bool`".to_owned(), "write `bool`".to_owned()),
            _ => (format!("{bits} do not fit in this type"), format!("write `{wanted}`")),
        };
        let mut diagnostic = Diagnostic::new("E0303", field.type_span, message).help(help);
        if let (Some(row), false) = (rows.first(), self.by_name) {
            diagnostic = diagnostic.and(row.span, "the row");
        }
        self.found.push(diagnostic);
        None
    }
}

/// What the rows of a kind are called, in the order written.
fn names(format: &Format, kind: &Kind) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for layout in &kind.layouts {
        for row in &layout.fields {
            if let Some(name) = name_of(format, layout, row)
                && names.last() != Some(&name)
            {
                names.push(name);
            }
        }
    }
    names
}

fn codes_of(row: &model::Field) -> Option<CodesId> {
    match row.role {
        Role::Setting { codes, .. } => codes,
        _ => None,
    }
}

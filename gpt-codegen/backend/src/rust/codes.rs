//! Fields whose values have names: a type that holds any value of the field, with a constant for each name.

use gpt_language::model::{CodeTable, CodesId, Format, Layout, Meaning, Role};

use super::attributes::integer_bits;
use super::expression::number;
use super::names::{Names, camel, ident, upper};

/// A pattern for these numbers: ranges where three or more follow each other.
fn pattern(mut values: Vec<u128>) -> String {
    values.sort_unstable();
    let mut runs: Vec<(u128, u128)> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == value => *last = value,
            _ => runs.push((value, value)),
        }
    }
    let patterns = runs.into_iter().map(|(first, last)| {
        let (low, high) = (number(first), number(last));
        match last - first {
            0 => low.to_string(),
            1 => format!("{low} | {high}"),
            _ => format!("{low}..={high}"),
        }
    });
    patterns.collect::<Vec<_>>().join(" | ")
}

/// The type of a table of codes.
pub(super) struct CodeType {
    pub(super) name: String,
    /// The width of the widest row that uses the table.
    pub(super) width: u32,
}

impl CodeType {
    /// A type for each table of codes that a row uses.
    pub(super) fn all(format: &Format, names: &mut Names) -> Vec<Option<Self>> {
        let width = |id: CodesId| {
            let values = format.kinds.iter().flat_map(|kind| &kind.layouts).flat_map(Layout::values);
            let users = values
                .filter(|value| matches!(value.field.role, Role::Setting { codes: Some(codes), .. } if codes == id));
            users.map(|value| value.places.width()).max()
        };
        let mut types = Vec::new();
        for (number, table) in format.codes.iter().enumerate() {
            let name = names.distinct(camel(&table.name));
            types.push(width(CodesId(number)).map(|width| Self { name, width }));
        }
        types
    }

    /// The width of the integer inside.
    pub(super) fn integer_bits(&self) -> u32 {
        integer_bits(self.width)
    }

    /// The call of the runtime's macro for the type.
    pub(super) fn text(&self, table: &CodeTable, runtime: &str) -> String {
        let (name, bits) = (ident(&self.name), self.integer_bits());
        let most = (1_u128.checked_shl(self.width)).filter(|_| self.width < bits);
        let most = most.map_or(String::new(), |after| format!(", up to {}", number(after - 1)));
        let codes = table.codes.iter().map(|code| {
            let (value, name) = (number(code.value), ident(&upper(&code.name)));
            format!("        {value} {name} {:?};\n", code.name)
        });
        let mut permissions: Vec<&Meaning> = Vec::new();
        for permission in table.codes.iter().flat_map(|code| &code.grants) {
            if !permissions.contains(&permission) {
                permissions.push(permission);
            }
        }
        let grants = permissions.into_iter().map(|permission| {
            let granting = table.codes.iter().filter(|code| code.grants.contains(permission));
            let (about, name) = (permission.sentence().unwrap_or(permission.name()), ident(&permission.identifier()));
            let values = pattern(granting.map(|code| code.value).collect());
            format!("        /// Whether {about}.\n        {values} => {name};\n")
        });
        let (codes, grants): (String, String) = (codes.collect(), grants.collect());
        let grants = if grants.is_empty() { grants } else { format!("    grants {{\n{grants}    }}\n") };
        format!(
            "{runtime}::codes! {{\n    \
             /// A code of `{}`, with a name or without.\n    \
             pub struct {name}(u{bits}){most};\n    \
             codes {{\n{codes}    }}\n{grants}}}\n",
            table.name
        )
    }
}

//! Fields whose values have names: a type that holds any value of the field, with a constant for each name.

use gpt_language::model::{CodeTable, CodesId, Format, Meaning, Role};

use super::attributes::integer_bits;
use super::expression::number;
use super::names::{Names, camel, ident, upper};
use super::rows::push_item;

/// A pattern for numbers in rising order: ranges where three or more follow each other.
fn pattern(values: &[u128]) -> String {
    let mut runs: Vec<(u128, u128)> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == *value => *last = *value,
            _ => runs.push((*value, *value)),
        }
    }
    let mut pattern = String::new();
    for (first, last) in &runs {
        let (low, high) = (number(*first), number(*last));
        let run = match last - first {
            0 => low.to_string(),
            1 => format!("{low} | {high}"),
            _ => format!("{low}..={high}"),
        };
        push_item(&mut pattern, " | ", &run);
    }
    pattern
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
        let mut types = Vec::new();
        for (number, table) in format.codes.iter().enumerate() {
            let name = names.distinct(camel(&table.name));
            types.push(width(format, CodesId(number)).map(|width| Self { name, width }));
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
        let narrower = self.width < bits;
        let most = if narrower { format!(", up to {}", number((1 << self.width) - 1)) } else { String::new() };
        let mut codes = String::new();
        for code in &table.codes {
            let (value, name) = (number(code.value), ident(&upper(&code.name)));
            codes.push_str(&format!("        {value} {name} {:?};\n", code.name));
        }
        let mut grants = String::new();
        for permission in granted(table) {
            let (about, name) = (permission.sentence().unwrap_or(permission.name()), ident(&permission.identifier()));
            let values = pattern(&granting(table, permission));
            grants.push_str(&format!("        /// Whether {about}.\n        {values} => {name};\n"));
        }
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

/// The width of the widest row that uses a table.
fn width(format: &Format, id: CodesId) -> Option<u32> {
    let mut widest = None;
    for kind in &format.kinds {
        for layout in &kind.layouts {
            for value in &layout.values() {
                if matches!(value.field.role, Role::Setting { codes: Some(codes), .. } if codes == id) {
                    widest = widest.max(Some(value.places.width()));
                }
            }
        }
    }
    widest
}

/// The permissions that codes of a table grant, in the order in which they are first met.
fn granted(table: &CodeTable) -> Vec<&Meaning> {
    let mut permissions: Vec<&Meaning> = Vec::new();
    for code in &table.codes {
        for permission in &code.grants {
            if !permissions.contains(&permission) {
                permissions.push(permission);
            }
        }
    }
    permissions
}

/// The codes that grant a permission, in rising order.
fn granting(table: &CodeTable, permission: &Meaning) -> Vec<u128> {
    let mut values: Vec<u128> = Vec::new();
    for code in &table.codes {
        if code.grants.contains(permission) {
            let place = values.partition_point(|value| *value < code.value);
            values.insert(place, code.value);
        }
    }
    values
}

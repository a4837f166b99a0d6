//! In a table of codes every value and every name occurs once.

use super::Lowered;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Code, CodeTable};
use crate::seen::Seen;

/// Finds values and names that an earlier code of the table has already.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    for table in &lowered.format.codes {
        let (mut values, mut names) = (Seen::default(), Seen::default());
        for (number, code) in table.codes.iter().enumerate() {
            if let Some(first) = earlier(table, &mut values, code.value.to_string(), number) {
                let message = format!("the value {} has two names in `{}`", code.value, table.name);
                found.push(
                    Diagnostic::new("E0214", code.span, message)
                        .label(format!("is `{}` here", code.name))
                        .and(first.span, format!("is `{}` here", first.name))
                        .help("take one of the codes out, or correct its value"),
                );
            }
            let mut plain = String::new();
            for char in code.name.chars() {
                if char != '-' {
                    plain.push(char);
                }
            }
            if let Some(first) = earlier(table, &mut names, plain, number) {
                let message = format!("the name `{}` has two values in `{}`", code.name, table.name);
                found.push(
                    Diagnostic::new("E0214", code.span, message)
                        .label(format!("is {} here", code.value))
                        .and(first.span, format!("`{}` is {} here", first.name, first.value))
                        .help("choose names that differ in more than dashes, such as the manual's own"),
                );
            }
        }
    }
}

/// The code with this text that stands before the code with this number, if there is one.
fn earlier<'t>(table: &'t CodeTable, seen: &mut Seen, text: String, number: usize) -> Option<&'t Code> {
    let first = seen.first(text, number);
    if first == number { None } else { table.codes.get(first) }
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{code, code_table, codes, toy};

    #[test]
    fn values_and_names_are_counted_apart() {
        let mut format = toy();
        format.codes = vec![code_table("type", vec![code(0, "a-b", &[]), code(1, "b", &[])])];
        assert!(codes(format.clone()).is_empty());
        format.codes = vec![code_table("type", vec![code(0, "a-b", &[]), code(0, "b", &[]), code(2, "ab", &[])])];
        assert_eq!(codes(format), ["E0214", "E0214"]);
    }
}

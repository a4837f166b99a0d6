//! In a table of codes every value and every name occurs once.

use std::collections::HashMap;

use super::Lowered;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Code;

/// Finds values and names that an earlier code of the table has already.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    for table in &lowered.format.codes {
        let mut values: HashMap<u128, &Code> = HashMap::new();
        let mut names: HashMap<String, &Code> = HashMap::new();
        for code in &table.codes {
            let first = *values.entry(code.value).or_insert(code);
            if !std::ptr::eq(first, code) {
                found.push(
                    Diagnostic::new(
                        "E0214",
                        code.span,
                        format!("the value {} has two names in `{}`", code.value, table.name),
                    )
                    .label(format!("is `{}` here", code.name))
                    .and(first.span, format!("is `{}` here", first.name))
                    .help("take one of the codes out, or correct its value"),
                );
            }
            let first = *names.entry(code.name.replace('-', "")).or_insert(code);
            if !std::ptr::eq(first, code) {
                found.push(
                    Diagnostic::new(
                        "E0214",
                        code.span,
                        format!("the name `{}` has two values in `{}`", code.name, table.name),
                    )
                    .label(format!("is {} here", code.value))
                    .and(first.span, format!("`{}` is {} here", first.name, first.value))
                    .help("choose names that differ in more than dashes, such as the manual's own"),
                );
            }
        }
    }
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

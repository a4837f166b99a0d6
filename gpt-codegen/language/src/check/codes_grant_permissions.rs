//! What a code grants are permissions, each once.

use super::Lowered;
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Meaning, Sort};

/// Finds grants that are no permissions, and permissions granted twice by one code.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    for code in lowered.format.codes.iter().flat_map(|table| &table.codes) {
        for (number, grant) in code.grants.iter().enumerate() {
            if grant.sort() != Sort::Permission {
                let known = Meaning::VOCABULARY.iter().filter(|(_, sort, _)| *sort == Sort::Permission);
                let known: Vec<String> = known.map(|(word, ..)| format!("`{word}`")).collect();
                found.push(
                    Diagnostic::new("E0216", code.span, format!("`{grant}` is not a permission that a code can grant"))
                        .help(format!("the permissions are {}", wording::list(&known))),
                );
            } else if code.grants.iter().take(number).any(|earlier| earlier == grant) {
                found.push(
                    Diagnostic::new("E0216", code.span, format!("the code `{}` grants `{grant}` twice", code.name))
                        .help(format!("write `{grant}` once")),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{code, code_table, codes, toy};

    #[test]
    fn only_permissions_are_granted_and_once() {
        let mut format = toy();
        let grants = &["read", "dirty", "write", "read"];
        format.codes = vec![code_table("access", vec![code(0, "none", &[]), code(1, "all", grants)])];
        assert_eq!(codes(format), ["E0216", "E0216"]);
    }
}

//! What a code grants are permissions, each once.

use super::Lowered;
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Meaning, Sort};

/// Finds grants that are no permissions, and permissions granted twice by one code.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    for table in &lowered.format.codes {
        for code in &table.codes {
            let mut granted: Vec<&Meaning> = Vec::new();
            for grant in &code.grants {
                if grant.sort() != Sort::Permission {
                    let message = format!("`{grant}` is not a permission that a code can grant");
                    let help = format!("the permissions are {}", permissions());
                    found.push(Diagnostic::new("E0216", code.span, message).help(help));
                } else if granted.contains(&grant) {
                    let message = format!("the code `{}` grants `{grant}` twice", code.name);
                    found.push(Diagnostic::new("E0216", code.span, message).help(format!("write `{grant}` once")));
                } else {
                    granted.push(grant);
                }
            }
        }
    }
}

/// The words of all permissions.
fn permissions() -> String {
    let mut known = Vec::new();
    for (word, sort, _) in Meaning::VOCABULARY {
        if *sort == Sort::Permission {
            known.push(format!("`{word}`"));
        }
    }
    wording::list(&known)
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

//! What is allowed or not, happened or not, or is written with `not`, is a single bit or has codes.

use super::Lowered;
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Role, Sort};

/// Finds flags of several bits, and `not` where the values have names.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    for (_, layout) in lowered.layouts() {
        for value in &layout.values() {
            let (row, width) = (value.field, value.places.width());
            let Role::Setting { meaning, negative, codes, .. } = &row.role else { continue };
            let bits = wording::count(width, "bit");
            if *negative && codes.is_some() {
                found.push(
                    Diagnostic::new("E0207", row.span, format!("`not {meaning}` cannot have codes"))
                        .help(format!("write `{meaning}`; the codes say what each value means")),
                );
            } else if width > 1 && codes.is_none() && *negative {
                found.push(
                    Diagnostic::new("E0207", row.span, format!("`not {meaning}` is about a single bit"))
                        .label(format!("has {bits}"))
                        .help(format!("name the values: `{meaning} as NAME`, and `NAME` under `codes:`")),
                );
            } else if width > 1 && codes.is_none() && meaning.sort() != Sort::Property {
                found.push(
                    Diagnostic::new("E0207", row.span, format!("`{meaning}` is a single bit or has codes"))
                        .label(format!("has {bits}"))
                        .help(format!("name the values: `{meaning} as NAME`, and `NAME` under `codes:`")),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{codes, kind, setting, toy};

    #[test]
    fn a_number_may_have_several_bits_but_a_permission_may_not() {
        let mut format = toy();
        kind(&mut format, "page").layouts[0].fields[1].role = setting("key", false);
        assert!(codes(format.clone()).is_empty());
        kind(&mut format, "page").layouts[0].fields[1].role = setting("execute", false);
        assert_eq!(codes(format.clone()), ["E0207"]);
        kind(&mut format, "page").layouts[0].fields[1].role = setting("key", true);
        assert_eq!(codes(format), ["E0207"]);
    }
}

//! Only entries that do not translate have a payload.

use super::Lowered;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Class, Role};

/// Finds payloads in pages and tables.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    for (kind, layout) in lowered.layouts() {
        let what = match kind.class {
            Class::Page => "a page",
            Class::Table => "a table",
            Class::Absent | Class::Special => continue,
        };
        for row in &layout.fields {
            if matches!(&row.role, Role::Setting { meaning, .. } if meaning.name() == "payload") {
                found.push(
                    Diagnostic::new("E0210", row.span, "only an entry that does not translate has a payload")
                        .label(format!("belongs to {what}"))
                        .and(kind.span, format!("this kind is {what}"))
                        .help("write `free` with a name for bits that are yours to use, or `is: special` for the kind"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{codes, kind, setting, toy};

    #[test]
    fn what_is_absent_may_hold_a_payload() {
        let mut format = toy();
        for layout in &mut kind(&mut format, "absent").layouts {
            layout.fields[0].role = setting("payload", false);
        }
        assert!(codes(format.clone()).is_empty());
        kind(&mut format, "page").layouts[0].fields[1].role = setting("payload", false);
        assert_eq!(codes(format), ["E0210"]);
    }
}

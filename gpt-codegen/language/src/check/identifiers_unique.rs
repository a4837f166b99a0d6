//! Different meanings stay different when they become identifiers: `vendor.x-y` and `vendor.x.y` do not.

use std::collections::{HashMap, HashSet};

use super::Lowered;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Meaning, Role};
use crate::span::Span;

/// Finds meanings whose identifier another meaning of the format has already.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    let mut taken: HashMap<String, (&Meaning, Span)> = HashMap::new();
    let mut reported: HashSet<&Meaning> = HashSet::new();
    for (_, layout) in lowered.layouts() {
        for row in &layout.fields {
            let Role::Setting { meaning, .. } = &row.role else { continue };
            let identifier = meaning.identifier();
            let (first, place) = *taken.entry(identifier.clone()).or_insert((meaning, row.span));
            if first != meaning && reported.insert(meaning) {
                found.push(
                    Diagnostic::new(
                        "E0211",
                        row.span,
                        format!("`{first}` and `{meaning}` are both called `{identifier}`"),
                    )
                    .label("in generated code, this one")
                    .and(place, "and this one")
                    .help("choose names that differ in more than `vendor.`, dots and dashes"),
                );
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{codes, kind, setting, toy};

    #[test]
    fn dots_and_dashes_do_not_tell_names_apart() {
        let mut format = toy();
        kind(&mut format, "page").layouts[0].fields[1].role = setting("vendor.x-y", false);
        kind(&mut format, "absent").layouts[0].fields[0].role = setting("vendor.x.z", false);
        assert!(codes(format.clone()).is_empty());
        kind(&mut format, "absent").layouts[1].fields[0].role = setting("vendor.x.y", false);
        assert_eq!(codes(format), ["E0211"]);
    }
}

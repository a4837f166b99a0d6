//! Different meanings stay different when they become identifiers: `vendor.x-y` and `vendor.x.y` do not.

use super::Lowered;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Meaning, Role};
use crate::seen::Seen;
use crate::span::Span;

/// Finds meanings whose identifier another meaning of the format has already.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    let (mut seen, mut reported) = (Seen::default(), Seen::default());
    let mut taken: Vec<(&Meaning, Span)> = Vec::new();
    for (_, layout) in lowered.layouts() {
        for row in &layout.fields {
            let Role::Setting { meaning, .. } = &row.role else { continue };
            let identifier = meaning.identifier();
            let Some((first, place)) = taken.get(seen.first(identifier.clone(), taken.len())) else {
                taken.push((meaning, row.span));
                continue;
            };
            if *first != meaning && reported.is_new(meaning.name().to_owned()) {
                let message = format!("`{first}` and `{meaning}` are both called `{identifier}`");
                found.push(
                    Diagnostic::new("E0211", row.span, message)
                        .label("in generated code, this one")
                        .and(*place, "and this one")
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

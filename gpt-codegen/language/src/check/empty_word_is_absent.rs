//! The word that an empty table is filled with is absent by its own kind's condition.

use super::Lowered;
use super::constants_fit;
use super::findings::{ByLevel, clause};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::Class;

/// Finds absent kinds whose empty word is not of the kind.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    for kind in &lowered.whole_kinds() {
        if kind.class != Class::Absent {
            continue;
        }
        let mut words = ByLevel::new();
        for layout in &kind.layouts {
            let word = layout.skeleton();
            let judged = !layout.matches.0.is_empty() && !constants_fit::doubtful(layout);
            if judged && !layout.matches.fits(word) {
                words.add(word, layout.level);
            }
        }
        for (word, levels) in &words.0 {
            let clause = clause(&lowered.format, kind.layouts.len(), levels);
            found.push(
                Diagnostic::new("E0220", kind.span, format!("the empty word {word:#x}{clause} is not `{}`", kind.name))
                    .label("`when:` does not hold for the word of its constants and fills")
                    .help(
                        "write what an empty entry holds, as a constant or as `BITS free = VALUE`, or correct `when:`",
                    ),
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{codes, kind, toy};
    use crate::model::{Condition, Cube, Role};

    #[test]
    fn a_fill_may_make_the_empty_word_absent() {
        let mut format = toy();
        let absent = kind(&mut format, "absent");
        absent.layouts[0].matches = Condition(vec![Cube { mask: 0x21, value: 0x20 }]);
        assert_eq!(codes(format.clone()), ["E0220"]);
        kind(&mut format, "absent").layouts[0].fields[0].role = Role::Free { fill: 0x10 };
        assert!(codes(format).is_empty());
    }
}

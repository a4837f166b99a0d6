//! No two rows of a layout mean the same.

use super::Lowered;
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Field, Meaning, Role};

/// Finds rows that mean what an earlier row of the same layout means.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    for (_, layout) in lowered.layouts() {
        for (number, row) in layout.fields.iter().enumerate() {
            let Some(meaning) = meaning(row) else { continue };
            for earlier in layout.fields.iter().take(number) {
                // Parts of one value are looked at elsewhere.
                let parts = row.part().is_some() && earlier.part().is_some();
                if self::meaning(earlier) == Some(meaning) && !parts {
                    found.push(
                        Diagnostic::new("E0209", row.span, format!("two rows mean `{meaning}`"))
                            .label("means it again")
                            .and(earlier.span, format!("{} means it already", wording::name(earlier)))
                            .help("give one of them another word, `vendor.NAME` where the vocabulary has none"),
                    );
                    break;
                }
            }
        }
    }
}

fn meaning(row: &Field) -> Option<&Meaning> {
    match &row.role {
        Role::Setting { meaning, .. } => Some(meaning),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{codes, kind, setting, toy};

    #[test]
    fn the_same_bit_at_two_levels_is_no_repetition() {
        assert!(codes(toy()).is_empty());
        let mut format = toy();
        kind(&mut format, "page").layouts[0].fields[4].role = setting("dirty", false);
        assert_eq!(codes(format), ["E0209"]);
    }
}

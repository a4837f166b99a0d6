//! Turns a model into a [`Checked`] format, or says all that is wrong with it.
//!
//! Each rule is a file named after the fact that it establishes. A rule reads the model and adds diagnostics; it never
//! changes anything. All rules run over every format, so that one run reports every mistake; only a format whose
//! numbers are beyond all reason is not looked at further, which bounds the time that a check can take.

mod address_bits_exact;
mod address_rows_match_kind;
mod attributes_agree;
mod bits_covered;
mod children_told_apart;
mod codes_complete;
mod codes_fit_fields;
mod codes_grant_permissions;
mod codes_unique;
mod constants_fit;
mod empty_word_is_absent;
mod extents_fit_tables;
mod findings;
mod flags_are_single_bits;
mod hardware_writes_settings;
mod identifiers_unique;
mod index_ranges_tile;
mod kind_matches_something;
mod kinds_exclusive;
mod levels_in_use;
mod maintenance_consistent;
mod meanings_unique;
mod names_unique;
mod numbers_in_bounds;
mod one_absent_kind;
mod payload_does_not_translate;
mod reach_within_output;
mod roots_cover_input;
mod runs_fit_tables;
mod settings_fit_word;
mod settings_whole;
mod tables_hold_items;
#[cfg(test)]
mod toy;
mod wording;

use crate::diagnostic::Diagnostics;
use crate::model::{Format, Kind, Layout};

/// A format that obeys every rule; backends take only this and cannot fail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked(Format);

impl Checked {
    /// The format.
    pub fn format(&self) -> &Format {
        &self.0
    }
}

/// What lowering made of a description: a model, possibly with holes where the description was not understood.
///
/// Every number of a level, of a code table or of a child in the model names one that exists.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The model.
    pub format: Format,
    /// The kinds, by their place in [`Format::kinds`], of which some row was not understood. Rules say nothing of
    /// these that could be a consequence of the missing rows.
    pub broken: Vec<usize>,
    /// What was not understood.
    pub diagnostics: Diagnostics,
}

impl Lowered {
    /// The kinds of which every row was understood, in the order written.
    fn whole_kinds(&self) -> Vec<&Kind> {
        let mut whole = Vec::new();
        for (number, kind) in self.format.kinds.iter().enumerate() {
            if !self.broken.contains(&number) {
                whole.push(kind);
            }
        }
        whole
    }

    /// The layouts of the kinds of which every row was understood.
    fn whole_layouts(&self) -> Vec<(&Kind, &Layout)> {
        let mut layouts = Vec::new();
        for kind in self.whole_kinds() {
            for layout in &kind.layouts {
                layouts.push((kind, layout));
            }
        }
        layouts
    }

    /// Every layout, also of kinds that lack rows.
    fn layouts(&self) -> Vec<(&Kind, &Layout)> {
        let mut layouts = Vec::new();
        for kind in &self.format.kinds {
            for layout in &kind.layouts {
                layouts.push((kind, layout));
            }
        }
        layouts
    }

    /// Whether some name of a level was not understood, so that a level may seem to be missing where it is not.
    fn level_unknown(&self) -> bool {
        for diagnostic in self.diagnostics.iter() {
            if diagnostic.code == UNKNOWN_LEVEL {
                return true;
            }
        }
        !self.broken.is_empty()
    }
}

/// The code by which lowering says that it does not know a level.
const UNKNOWN_LEVEL: &str = "E0101";

/// One rule: adds what it finds to the diagnostics.
type Rule = fn(&Lowered, &mut Diagnostics);

/// Every rule, in the order in which their findings are reported.
const RULES: &[Rule] = &[
    bits_covered::rule,
    constants_fit::rule,
    hardware_writes_settings::rule,
    flags_are_single_bits::rule,
    settings_fit_word::rule,
    meanings_unique::rule,
    settings_whole::rule,
    payload_does_not_translate::rule,
    identifiers_unique::rule,
    attributes_agree::rule,
    names_unique::rule,
    codes_unique::rule,
    codes_fit_fields::rule,
    codes_complete::rule,
    codes_grant_permissions::rule,
    kind_matches_something::rule,
    kinds_exclusive::rule,
    one_absent_kind::rule,
    empty_word_is_absent::rule,
    address_rows_match_kind::rule,
    reach_within_output::rule,
    address_bits_exact::rule,
    children_told_apart::rule,
    tables_hold_items::rule,
    extents_fit_tables::rule,
    runs_fit_tables::rule,
    roots_cover_input::rule,
    index_ranges_tile::rule,
    levels_in_use::rule,
    maintenance_consistent::rule,
];

/// Checks a model.
///
/// # Errors
/// Everything that lowering and the rules found, each finding once, even where several kinds share the row.
pub fn check(lowered: Lowered) -> Result<Checked, Diagnostics> {
    let mut found = Diagnostics::default();
    numbers_in_bounds::rule(&lowered, &mut found);
    if found.is_empty() {
        for rule in RULES {
            rule(&lowered, &mut found);
        }
    }
    let mut all = lowered.diagnostics;
    findings::add_once_each(&mut all, found);
    all.propagate(Checked(lowered.format))
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::toy::{check_all, kind, toy};
    use crate::model::{Condition, Cube, LevelId};

    /// As many kinds, levels and patterns as are let through, each kind in conflict with each.
    #[test]
    fn a_hostile_model_is_checked_in_a_bounded_time() {
        let mut format = toy();
        let level = format.levels[1].clone();
        format.levels.resize_with(16, || level.clone());
        let page = kind(&mut format, "page").clone();
        let patterns: Vec<Cube> = (0..8).map(|value| Cube { mask: 0xff0, value: value << 4 }).collect();
        for number in format.kinds.len()..255 {
            let mut page = page.clone();
            page.name = format!("page-{number}");
            for level in 0..16 {
                let mut layout = page.layouts[0].clone();
                layout.level = LevelId(level);
                layout.matches = Condition(patterns.clone());
                page.layouts.push(layout);
            }
            page.layouts.remove(0);
            format.kinds.push(page);
        }
        let start = Instant::now();
        let found = check_all(format);
        assert!(found.len() > 252 * 251 / 2);
        assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
    }

    #[test]
    fn nothing_is_said_of_a_kind_that_was_not_understood() {
        let mut format = toy();
        kind(&mut format, "page").layouts[0].fields.remove(0);
        let mut lowered = super::toy::lowered(format);
        assert!(super::check(lowered.clone()).is_err());
        lowered.broken.push(2);
        assert!(super::check(lowered).is_ok());
    }
}

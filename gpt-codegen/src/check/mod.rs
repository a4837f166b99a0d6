//! Turns a model into a [`Checked`] format, or says all that is wrong with it.
//!
//! Each rule is a file named after the fact that it establishes. A rule reads the model and adds diagnostics; it never
//! changes anything. All rules run over every format, so that one run reports every mistake.

use std::collections::BTreeSet;

use crate::diagnostic::Diagnostics;
use crate::model::Format;

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
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The model.
    pub format: Format,
    /// The kinds, by their place in [`Format::kinds`], of which some row was not understood. Rules say nothing of
    /// these that could be a consequence of the missing rows.
    pub broken: BTreeSet<usize>,
    /// What was not understood.
    pub diagnostics: Diagnostics,
}

/// One rule: adds what it finds to the diagnostics.
type Rule = fn(&Lowered, &mut Diagnostics);

/// Every rule, in the order in which their findings are reported.
const RULES: &[Rule] = &[];

/// Checks a model.
///
/// # Errors
/// Everything that lowering and the rules found.
pub fn check(lowered: Lowered) -> Result<Checked, Diagnostics> {
    let mut found = lowered.diagnostics.clone();
    for rule in RULES {
        rule(&lowered, &mut found);
    }
    found.propagate(Checked(lowered.format))
}

//! From the syntax tree to the model: names resolved, defaults filled in, everything not understood reported.

mod codes;
mod conditions;
mod frame;
mod kinds;
mod like;
mod maintenance;
mod rows;
mod sized;

use std::collections::HashSet;

use super::Description;
use super::description::Spanned;
use super::suggest::{instead, quote};
use crate::check::Lowered;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Format, InputAddress, Level, LevelId, OutputAddress};

/// Lowers a description; `found` is what its front end did not understand.
///
/// # Errors
/// All mistakes, where the widths or the levels are not understood, so that there is nothing that a rule could judge by.
pub fn lower(description: &Description, found: Diagnostics) -> Result<Lowered, Diagnostics> {
    let mut found = Found::new(found);
    missing_keys(description, &mut found);
    let levels = frame::levels(description);
    let codes = codes::tables(description, &mut found);
    let names = Names { levels: &levels, levels_clear: frame::levels_clear(description), codes: &codes };
    let (kinds, broken) = kinds::kinds(description, &names, &mut found);
    let roots = match &description.roots {
        Some(roots) => roots.iter().filter_map(|root| names.level(root, &mut found)).collect(),
        None => vec![LevelId(0)],
    };
    let maintenance = maintenance::maintenance(&description.tlb, &names, &mut found);
    let clear = names.levels_clear && description.entry.is_some();
    let (Some(format), Some(va), Some(pa), true) = (&description.format, description.va, description.pa, clear) else {
        return Err(found.diagnostics);
    };
    let text = |given: &Option<Spanned<String>>| given.as_ref().map(|text| text.value.clone());
    Ok(Lowered {
        format: Format {
            name: format.value.clone(),
            about: text(&description.about).unwrap_or_default(),
            manual: text(&description.manual).unwrap_or_default(),
            checked_by: text(&description.checked_by),
            input: InputAddress { bits: va.bits.value, sign_extended: va.clause, span: va.bits.span },
            output: OutputAddress { bits: pa.bits.value, at_most: pa.clause, span: pa.bits.span },
            levels,
            roots,
            kinds,
            codes,
            maintenance,
            span: format.span,
        },
        broken,
        diagnostics: found.diagnostics,
    })
}

/// What was found so far. The same is said once, however many levels and kinds share the row concerned.
struct Found {
    diagnostics: Diagnostics,
    said: HashSet<(&'static str, u32, String)>,
}

impl Found {
    fn new(diagnostics: Diagnostics) -> Self {
        Self { diagnostics, said: HashSet::new() }
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        let place = diagnostic.labels.first().map_or(0, |label| label.span.number());
        if self.said.insert((diagnostic.code, place, diagnostic.message.clone())) {
            self.diagnostics.push(diagnostic);
        }
    }
}

/// The names that rows and keys may refer to.
struct Names<'a> {
    levels: &'a [Level],
    levels_clear: bool,
    codes: &'a [crate::model::CodeTable],
}

impl Names<'_> {
    /// The level with this name. Says so where there is none, unless some level was not understood.
    fn level(&self, name: &Spanned<String>, found: &mut Found) -> Option<LevelId> {
        let id = self.levels.iter().position(|level| level.name == name.value).map(LevelId);
        if id.is_none() && self.levels_clear {
            let known: Vec<&str> = self.levels.iter().map(|level| level.name.as_str()).collect();
            let message = format!("there is no level {}", quote(&name.value));
            found.push(Diagnostic::new("E0101", name.span, message).help(instead(&name.value, &known)));
        }
        id
    }
}

/// Says which keys the description lacks.
fn missing_keys(description: &Description, found: &mut Found) {
    let given = [
        ("format", description.format.is_some(), "its name, such as `format: toy`"),
        ("about", description.about.is_some(), "one line on what it is"),
        ("manual", description.manual.is_some(), "title, revision and place of the manual"),
        ("va", description.va.is_some(), "the width of the address that is translated, such as `va: 48 bits`"),
        ("pa", description.pa.is_some(), "the width of the address that comes out, such as `pa: 52 bits, at most`"),
        ("entry", description.entry.is_some(), "what an item is, such as `entry: 64 bits, little-endian`"),
        ("levels", description.levels.is_some(), "the levels, root first, such as `- 31:22 DIR`"),
        ("entries", description.entries.is_some(), "the kinds of entries and their rows"),
    ];
    for (key, _, help) in given.iter().filter(|(key, given, _)| !given && !description.unclear.contains(key)) {
        let message = format!("the description has no `{key}:`");
        found.push(Diagnostic::new("E0006", description.span, message).help(format!("write {help}")));
    }
}

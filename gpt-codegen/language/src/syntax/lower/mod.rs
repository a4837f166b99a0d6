//! From the syntax tree to the model: names resolved, defaults filled in, everything not understood reported.

mod codes;
mod conditions;
mod frame;
mod kinds;
mod like;
mod maintenance;
mod rows;
mod sized;

use super::Description;
use super::description::Spanned;
use super::suggest::{instead, quote};
use crate::check::Lowered;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Format, InputAddress, Level, LevelId, OutputAddress};
use crate::seen::Seen;

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
        Some(roots) => names.levels(roots, &mut found),
        None => vec![LevelId(0)],
    };
    let maintenance = maintenance::maintenance(&description.tlb, &names, &mut found);
    let clear = names.levels_clear && description.entry.is_some();
    let (Some(format), Some(va), Some(pa), true) = (&description.format, description.va, description.pa, clear) else {
        return Err(found.diagnostics);
    };
    Ok(Lowered {
        format: Format {
            name: format.value.clone(),
            about: text(&description.about),
            manual: text(&description.manual),
            checked_by: description.checked_by.as_ref().map(|text| text.value.clone()),
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

/// What was written, or nothing.
fn text(given: &Option<Spanned<String>>) -> String {
    match given {
        Some(text) => text.value.clone(),
        None => String::new(),
    }
}

/// What was found so far. The same is said once, however many levels and kinds share the row concerned.
struct Found {
    diagnostics: Diagnostics,
    said: Seen,
}

impl Found {
    fn new(diagnostics: Diagnostics) -> Self {
        Self { diagnostics, said: Seen::default() }
    }

    fn push(&mut self, diagnostic: Diagnostic) {
        let place = diagnostic.place().number();
        if self.said.is_new(format!("{} {place} {}", diagnostic.code, diagnostic.message)) {
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
        for (number, level) in self.levels.iter().enumerate() {
            if level.name == name.value {
                return Some(LevelId(number));
            }
        }
        if self.levels_clear {
            let mut known: Vec<&str> = Vec::new();
            for level in self.levels {
                known.push(&level.name);
            }
            let message = format!("there is no level {}", quote(&name.value));
            found.push(Diagnostic::new("E0101", name.span, message).help(instead(&name.value, &known)));
        }
        None
    }

    /// The levels with these names, without those that are not known.
    fn levels(&self, names: &[Spanned<String>], found: &mut Found) -> Vec<LevelId> {
        let mut levels = Vec::new();
        for name in names {
            if let Some(level) = self.level(name, found) {
                levels.push(level);
            }
        }
        levels
    }

    /// The name of a level, or nothing where it is not there.
    fn level_name(&self, level: LevelId) -> &str {
        match self.levels.get(level.0) {
            Some(level) => &level.name,
            None => "",
        }
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
    for (key, given, help) in &given {
        if *given || description.unclear.contains(key) {
            continue;
        }
        let message = format!("the description has no `{key}:`");
        found.push(Diagnostic::new("E0006", description.span, message).help(format!("write {help}")));
    }
}

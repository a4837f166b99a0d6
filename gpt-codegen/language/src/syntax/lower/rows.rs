//! One row at one level becomes a field.

use super::{Found, Names, text};
use crate::diagnostic::Diagnostic;
use crate::model::{BitRange, CodesId, Field, LevelId, Meaning, Role, Target};
use crate::syntax::description::Spanned;
use crate::syntax::row::{self, Row};
use crate::syntax::suggest::{in_other_words, instead, nearest, quote};

/// Lowers the rows of one layout.
pub(super) struct Rows<'a, 'b> {
    pub(super) names: &'a Names<'a>,
    pub(super) found: &'b mut Found,
    /// The level of the layout; `None` where a row is only looked at.
    pub(super) level: Option<LevelId>,
    /// The levels that its table rows lead to, in the order met.
    pub(super) children: Vec<LevelId>,
    /// Whether every row was understood.
    pub(super) clear: bool,
}

impl Rows<'_, '_> {
    /// The field that a row is, or `None` where it is not understood.
    pub(super) fn field(&mut self, row: &Row) -> Option<Field> {
        let Some(role) = self.role(row) else {
            self.clear = false;
            return None;
        };
        let extent = match row.role {
            row::Role::Extent(extent) => Some(extent),
            _ => None,
        };
        let (name, bits, hardware) = (text(&row.name), row.bits.value, row.hardware.is_some());
        Some(Field { name, bits, role, hardware, extent, span: row.span })
    }

    fn role(&mut self, row: &Row) -> Option<Role> {
        Some(match &row.role {
            row::Role::Constant(value) => Role::Constant(value.value),
            row::Role::Extent(extent) => Role::Constant(extent.whole(row.bits.value.width())),
            row::Role::Zero => Role::Zero,
            row::Role::Free(None) => Role::Free { fill: 0 },
            row::Role::Free(Some(fill)) => Role::Free { fill: fill.value },
            row::Role::Page { output, .. } => {
                Role::Address { target: Target::Page, output: self.output(row, *output)? }
            }
            row::Role::Table { level, output } => {
                let child = self.child(row, level.as_ref());
                let output = self.output(row, *output);
                Role::Address { target: child?, output: output? }
            }
            row::Role::Setting { negative, meaning, part, codes } => {
                let meaning = self::meaning(meaning, self.found);
                let codes = match codes {
                    Some(codes) => Some(self.codes(codes)?),
                    None => None,
                };
                let part = match part {
                    Some(part) => Some(self.output(row, Some(*part))?),
                    None => None,
                };
                Role::Setting { meaning: meaning?, negative: *negative, codes, part }
            }
        })
    }

    /// The bits of the address, or of the value, that a row holds.
    fn output(&mut self, row: &Row, output: Option<Spanned<BitRange>>) -> Option<BitRange> {
        let bits = row.bits.value;
        let Some(output) = output else { return Some(bits) };
        if output.value.width() == bits.width() {
            return Some(output.value);
        }
        let whole = if matches!(row.role, row::Role::Setting { .. }) { "value" } else { "address" };
        let message = format!("the row has {} and holds {} of the {whole}", count(bits), count(output.value));
        let mut diagnostic =
            Diagnostic::new("E0109", output.span, message).label(count(output.value)).and(row.bits.span, count(bits));
        let high = output.value.low + bits.width() - 1;
        let mut widest = 0;
        for level in self.names.levels {
            widest = widest.max(level.entry_bits);
        }
        if widest > 0 && bits.high >= widest {
            diagnostic =
                diagnostic.help(format!("the highest bit of an entry is {}: correct the bits of the row", widest - 1));
        } else if let Some(wider) = BitRange::new(high, output.value.low) {
            diagnostic = diagnostic.help(format!("as wide as the row would be `[{wider}]`"));
        }
        self.found.push(diagnostic);
        None
    }

    /// The child that a table row leads to.
    fn child(&mut self, row: &Row, level: Option<&Spanned<String>>) -> Option<Target> {
        let level = match level {
            Some(level) => self.names.level(level, self.found)?,
            None => {
                let own = self.level?;
                self.next(own, row)?
            }
        };
        for (place, child) in self.children.iter().enumerate() {
            if *child == level {
                return Some(Target::Table(place));
            }
        }
        self.children.push(level);
        Some(Target::Table(self.children.len() - 1))
    }

    /// The level after `own`. Says so where there is none, unless some level was not understood.
    fn next(&mut self, own: LevelId, row: &Row) -> Option<LevelId> {
        if own.0 + 1 < self.names.levels.len() {
            return Some(LevelId(own.0 + 1));
        }
        if self.names.levels_clear {
            let last = self.names.level_name(own);
            let message = format!("no level comes after `{last}` that this table could belong to");
            self.found.push(
                Diagnostic::new("E0110", row.span, message)
                    .help("name the level, as in `ADDR table NAME`, or take the level out of `at:`"),
            );
        }
        None
    }

    fn codes(&mut self, name: &Spanned<String>) -> Option<CodesId> {
        for (number, table) in self.names.codes.iter().enumerate() {
            if table.name == name.value {
                return Some(CodesId(number));
            }
        }
        let mut known: Vec<&str> = Vec::new();
        for table in self.names.codes {
            known.push(&table.name);
        }
        let message = format!("there is no table of codes called {}", quote(&name.value));
        let help = if known.is_empty() {
            format!("write the table under `codes:`, as `{}:`", name.value)
        } else {
            instead(&name.value, &known)
        };
        self.found.push(Diagnostic::new("E0104", name.span, message).help(help));
        None
    }
}

/// The meaning with this name. Says so where there is none.
pub(super) fn meaning(name: &Spanned<String>, found: &mut Found) -> Option<Meaning> {
    let meaning = Meaning::from_name(&name.value);
    if meaning.is_none() {
        let message = format!("{} is not in the vocabulary", quote(&name.value));
        found.push(Diagnostic::new("E0103", name.span, message).help(another_word(&name.value)));
    }
    meaning
}

/// What to write instead of a word that is not in the vocabulary.
fn another_word(word: &str) -> String {
    if let Some(help) = in_other_words(word) {
        return help.to_owned();
    }
    let mut known = Vec::new();
    for (meaning, ..) in Meaning::VOCABULARY {
        known.push(*meaning);
    }
    for role in &["zero", "free", "page", "table"] {
        known.push(*role);
    }
    if let Some(near) = nearest(word, &known) {
        return format!("did you mean `{near}`?");
    }
    let mut free = String::new();
    for char in word.to_lowercase().chars() {
        free.push(if char.is_ascii_lowercase() || char.is_ascii_digit() { char } else { '-' });
    }
    format!("a meaning that is not in the vocabulary is written `vendor.{free}`")
}

/// `1 bit`, `9 bits`.
fn count(bits: BitRange) -> String {
    if bits.width() == 1 { "1 bit".to_owned() } else { format!("{} bits", bits.width()) }
}

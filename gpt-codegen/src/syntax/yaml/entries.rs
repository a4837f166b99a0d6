//! The kinds of entries.

use super::node::Node;
use super::reader::Reader;
use crate::diagnostic::Diagnostic;
use crate::syntax::choices::CLASSES;
use crate::syntax::code::{bad_name, is_lower_name};
use crate::syntax::condition::Expression;
use crate::syntax::description::{Entry, Spanned};
use crate::syntax::grammar::Sentence;
use crate::syntax::row::Row;
use crate::syntax::width::{Quantity, Run};

/// The keys of a kind of entry.
pub(super) const ENTRY_KEYS: [&str; 8] = ["at", "bits", "is", "like", "when", "run", "reach", "present"];

/// How many kinds of entries there may be.
const MOST_KINDS: usize = 256;
/// How many rows one file may have.
const MOST_ROWS: usize = 4096;

/// What was read so far.
#[derive(Default)]
pub(super) struct Counts {
    rows: usize,
}

impl Reader<'_> {
    /// The kinds, and whether all their names are understood.
    pub(super) fn entries(&mut self, node: &Node, counts: &mut Counts) -> Option<(Vec<Entry>, bool)> {
        let keys = self.keys(node, "`entries`")?;
        if keys.len() > MOST_KINDS {
            let message = format!("{} is too many: there can be {MOST_KINDS} kinds of entries", keys.len());
            let span = self.span(node);
            self.found.push(Diagnostic::new("E0007", span, message));
            return None;
        }
        let mut clear = true;
        let mut entries = Vec::new();
        for (name, value) in keys {
            if !is_lower_name(&name.value, '-') {
                self.found.push(bad_name(&name, '-'));
                clear = false;
            }
            entries.push(self.entry(name, value, counts));
        }
        Some((entries, clear))
    }

    fn entry(&mut self, name: Spanned<String>, node: &Node, counts: &mut Counts) -> Entry {
        let mut entry = Entry {
            name,
            unclear: false,
            none: false,
            at: None,
            is: None,
            like: None,
            base: None,
            when: None,
            run: None,
            reach: None,
            present: Vec::new(),
            rows: Vec::new(),
        };
        if self.is_word(node, "none") {
            entry.none = true;
            return entry;
        }
        let Some(keys) = self.keys(node, "a kind of entry") else {
            entry.unclear = true;
            return entry;
        };
        let mut bits = false;
        for (key, value) in keys {
            bits |= key.value == "bits";
            let understood = match key.value.as_str() {
                "at" => {
                    entry.at = self.words(value, "`at`", "names in brackets, as in `at: [DIR, TAB]`");
                    entry.at.is_some()
                }
                "bits" => self.rows(value, &mut entry, counts),
                "is" => {
                    entry.is = self.choice(value, "`is`", &CLASSES);
                    entry.is.is_some()
                }
                "like" => {
                    entry.like = self.text(value, "`like`");
                    entry.like.is_some()
                }
                "when" => {
                    entry.when = self.condition(value);
                    entry.when.is_some()
                }
                "run" => {
                    entry.run = self.sentence(value, "`run`", Run::parse);
                    entry.run.is_some()
                }
                "reach" => {
                    entry.reach = self.sentence(value, "`reach`", Quantity::reach);
                    entry.reach.is_some()
                }
                "present" => self.present(value, &mut entry),
                _ => {
                    self.unknown_key(&key, &ENTRY_KEYS);
                    false
                }
            };
            entry.unclear |= !understood;
        }
        if !bits && entry.like.is_none() && !entry.unclear {
            let message = format!("`{}` has no rows", entry.name.value);
            self.found.push(
                Diagnostic::new("E0006", entry.name.span, message)
                    .help("write `bits:` and one row for each range of bits, or `like:` and the name of another kind"),
            );
            entry.unclear = true;
        }
        entry
    }

    /// Reads the rows of a kind; says whether all are understood.
    fn rows(&mut self, node: &Node, entry: &mut Entry, counts: &mut Counts) -> bool {
        let left = MOST_ROWS - counts.rows.min(MOST_ROWS);
        let example = "one row for each range of bits, as in `- 31:12 ADDR page`";
        let Some(items) = self.list(node, "`bits`", left, example) else { return false };
        counts.rows += items.len();
        entry.rows = items.iter().filter_map(|item| self.sentence(item, "a row", Row::parse)).collect();
        entry.rows.len() == items.len()
    }

    fn condition(&mut self, node: &Node) -> Option<Spanned<Expression>> {
        self.sentence(node, "a condition", |mut sentence: Sentence<'_>| {
            let span = sentence.whole();
            Ok(Spanned::new(Expression::parse(sentence)?, span))
        })
    }

    fn present(&mut self, node: &Node, entry: &mut Entry) -> bool {
        let Some(keys) = self.keys(node, "`present`") else { return false };
        let wanted = keys.len();
        entry.present = keys.into_iter().filter_map(|(key, value)| Some((key, self.condition(value)?))).collect();
        entry.present.len() == wanted
    }
}

//! Takes nodes for what they should be, and says where they are something else.

use std::collections::BTreeMap;
use std::ops::Range;

use serde_saphyr::Location;

use super::node::{Node, Value};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::span::Span;
use crate::syntax::description::Spanned;
use crate::syntax::grammar::Sentence;
use crate::syntax::source::{FileId, Sources};
use crate::syntax::suggest::{instead, quote};

/// One text that is being read.
pub(super) struct Reader<'a> {
    pub(super) sources: &'a mut Sources,
    pub(super) file: FileId,
    pub(super) found: &'a mut Diagnostics,
}

/// A string and where it stands.
struct Scalar {
    text: String,
    /// The bytes of the whole node.
    node: Range<usize>,
    /// Where the text begins, if it stands in the file exactly as it is.
    start: Option<usize>,
}

impl Reader<'_> {
    /// The place of a node.
    pub(super) fn span(&mut self, node: &Node) -> Span {
        let bytes = self.bytes(node.location);
        self.sources.span(self.file, bytes)
    }

    /// The bytes of a location; of a list or map where it begins.
    pub(super) fn bytes(&self, location: Location) -> Range<usize> {
        let text = self.sources.text(self.file);
        let place = |number: u64| usize::try_from(number).map_or(text.len(), |place| place.min(text.len()));
        let Some(start) = location.span().byte_offset() else {
            let start = byte_of(text, place(location.line()), place(location.column()));
            return start..start;
        };
        let start = place(start);
        start..start.saturating_add(place(location.span().byte_len().unwrap_or(0))).min(text.len())
    }

    fn wrong(&mut self, node: &Node, message: String, help: &str) {
        let span = self.span(node);
        self.found.push(Diagnostic::new("E0003", span, message).help(help));
    }

    /// The string that a node is; numbers and truth values are taken as they are written.
    fn scalar(&mut self, node: &Node, what: &str) -> Option<Scalar> {
        let bytes = self.bytes(node.location);
        let written = self.sources.text(self.file).get(bytes.clone()).unwrap_or_default();
        let inside = |text: &str| {
            let quoted = written.strip_prefix(['"', '\'']).and_then(|rest| rest.strip_suffix(['"', '\'']));
            if written == text {
                Some(bytes.start)
            } else if quoted == Some(text) {
                Some(bytes.start + 1)
            } else {
                None
            }
        };
        match &node.value {
            Value::Text(text) => Some(Scalar { text: text.clone(), start: inside(text), node: bytes }),
            Value::Plain => Some(Scalar { text: written.to_owned(), start: Some(bytes.start), node: bytes }),
            Value::Empty => {
                self.wrong(node, format!("{what} is empty"), "write a value, or take the key out");
                None
            }
            Value::List(_) => {
                self.wrong(node, format!("{what} is text, not a list"), "write it without brackets and dashes");
                None
            }
            Value::Map(_) => {
                self.wrong(node, format!("{what} is text, not a map"), "text with a colon and a space needs quotes");
                None
            }
        }
    }

    /// The word or line that a node is, with its spaces made single.
    pub(super) fn text(&mut self, node: &Node, what: &str) -> Option<Spanned<String>> {
        const MOST: usize = 500;
        let scalar = self.scalar(node, what)?;
        let text = scalar.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let span = self.sources.span(self.file, scalar.node);
        if text.is_empty() {
            self.wrong(node, format!("{what} is empty"), "write a value, or take the key out");
            return None;
        }
        if text.chars().any(char::is_control) || text.len() > MOST {
            self.wrong(
                node,
                format!("{what} is not one line of text"),
                "write at most 500 bytes without control characters",
            );
            return None;
        }
        Some(Spanned::new(text, span))
    }

    /// A sentence that a node is.
    pub(super) fn sentence<T>(
        &mut self,
        node: &Node,
        what: &str,
        parse: impl FnOnce(Sentence<'_>) -> Result<T, Diagnostic>,
    ) -> Option<T> {
        let scalar = self.scalar(node, what)?;
        let (sources, file) = (&mut *self.sources, self.file);
        let mut place = |part: Range<usize>| {
            let bytes = match scalar.start {
                Some(start) => start.saturating_add(part.start)..start.saturating_add(part.end),
                None => scalar.node.clone(),
            };
            sources.span(file, bytes)
        };
        match parse(Sentence::new(&scalar.text, &mut place)) {
            Ok(value) => Some(value),
            Err(diagnostic) => {
                self.found.push(diagnostic);
                None
            }
        }
    }

    /// One of a few words.
    pub(super) fn choice<T: Copy>(&mut self, node: &Node, what: &str, choices: &[(&str, T)]) -> Option<T> {
        let word = self.text(node, what)?;
        let chosen = choices.iter().find(|(name, _)| *name == word.value).map(|(_, value)| *value);
        if chosen.is_none() {
            let known: Vec<&str> = choices.iter().map(|(name, _)| *name).collect();
            let message = format!("{} is not understood here", quote(&word.value));
            self.found.push(Diagnostic::new("E0020", word.span, message).help(instead(&word.value, &known)));
        }
        chosen
    }

    /// Whether a node is this word alone.
    pub(super) fn is_word(&self, node: &Node, word: &str) -> bool {
        matches!(&node.value, Value::Text(text) if text == word)
    }

    /// The items of a list, and whether there are no more than `most`.
    pub(super) fn list<'n>(&mut self, node: &'n Node, what: &str, most: usize, example: &str) -> Option<&'n [Node]> {
        let Value::List(items) = &node.value else {
            self.wrong(node, format!("{what} is a list, not {}", shape(&node.value)), &format!("write {example}"));
            return None;
        };
        if items.len() > most {
            let span = self.span(node);
            let message = format!("{what} has {} items, more than {most}", items.len());
            self.found.push(Diagnostic::new("E0007", span, message));
            return None;
        }
        Some(items)
    }

    /// Each item of a list of words; `None` where one is not understood.
    pub(super) fn words(&mut self, node: &Node, what: &str, example: &str) -> Option<Vec<Spanned<String>>> {
        let items = self.list(node, what, 64, example)?;
        let words: Vec<_> = items.iter().filter_map(|item| self.text(item, "a name")).collect();
        if items.is_empty() {
            self.wrong(node, format!("{what} is empty"), &format!("write {example}"));
            return None;
        }
        (words.len() == items.len()).then_some(words)
    }

    /// The keys of a map, each once and with its value.
    pub(super) fn keys<'n>(&mut self, node: &'n Node, what: &str) -> Option<Vec<(Spanned<String>, &'n Node)>> {
        let Value::Map(entries) = &node.value else {
            self.wrong(
                node,
                format!("{what} is a map, not {}", shape(&node.value)),
                "write keys and values, as in `key: value`",
            );
            return None;
        };
        let mut keys: Vec<(Spanned<String>, &Node)> = Vec::new();
        let mut first = BTreeMap::new();
        for (key, value) in entries {
            let Some(name) = self.text(key, "a key") else { continue };
            if let Some(earlier) = first.insert(name.value.clone(), name.span) {
                let message = format!("{} is given twice", quote(&name.value));
                let help = "take one of them out; what differs needs a name of its own";
                self.found.push(Diagnostic::new("E0005", name.span, message).and(earlier, "the first one").help(help));
                first.insert(name.value, earlier);
                continue;
            }
            keys.push((name, value));
        }
        Some(keys)
    }

    /// Says that a key is not known.
    pub(super) fn unknown_key(&mut self, key: &Spanned<String>, known: &[&str]) {
        let message = format!("there is no key {}", quote(&key.value));
        self.found.push(Diagnostic::new("E0004", key.span, message).help(instead(&key.value, known)));
    }
}

/// What a value is, in a word.
fn shape(value: &Value) -> &'static str {
    match value {
        Value::Empty => "nothing",
        Value::Plain | Value::Text(_) => "text",
        Value::List(_) => "a list",
        Value::Map(_) => "a map",
    }
}

/// The byte at a line and a column, both counted from 1.
fn byte_of(text: &str, line: usize, column: usize) -> usize {
    let start: usize = text.split_inclusive('\n').take(line.saturating_sub(1)).map(str::len).sum();
    let rest = text.get(start..).unwrap_or_default();
    let within: usize =
        rest.chars().take_while(|c| *c != '\n').take(column.saturating_sub(1)).map(char::len_utf8).sum();
    start + within
}

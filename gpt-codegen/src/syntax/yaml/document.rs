//! The top-level keys, and the files that `extends:` names.

use std::path::Path;

use super::entries::Counts;
use super::node::{self, Node};
use super::reader::Reader;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::span::Span;
use crate::syntax::choices::{CACHES, FLUSHES, REPLACES, WALKERS};
use crate::syntax::code::{CodeLine, bad_name, is_lower_name};
use crate::syntax::description::{CodeList, Description, Spanned, Tlb};
use crate::syntax::level::LevelLine;
use crate::syntax::source::Sources;
use crate::syntax::suggest::{nearest, quote};
use crate::syntax::width::Quantity;

/// The keys of a description.
pub(super) const KEYS: [&str; 13] = [
    "format",
    "about",
    "manual",
    "checked-by",
    "extends",
    "va",
    "pa",
    "entry",
    "levels",
    "roots",
    "entries",
    "codes",
    "tlb",
];
/// The keys under `tlb`.
pub(super) const TLB_KEYS: [&str; 5] = ["caches", "flush", "replace", "walker", "reload"];

/// How many files one description may be made of.
const MOST_FILES: usize = 8;
/// How many levels there may be.
const MOST_LEVELS: usize = 64;
/// How many codes one table may have.
const MOST_CODES: usize = 1024;

/// Reads a description and those that it extends.
///
/// `load` gets the text of a file of the same directory. Every text ends up in `sources`, every mistake in `found`.
pub fn load(
    name: &str,
    text: &str,
    load: &dyn Fn(&str) -> Result<String, String>,
    sources: &mut Sources,
    found: &mut Diagnostics,
) -> Description {
    let mut files = vec![name.to_owned()];
    let (mut description, mut extends) = read(name, text, sources, found);
    while let Some(base) = extends {
        let path = Path::new(name).with_file_name(&base.value).display().to_string();
        let text = match base_text(&base, &path, &files, load) {
            Ok(text) => text,
            Err(diagnostic) => {
                found.push(diagnostic);
                description.unclear.extend(KEYS);
                break;
            }
        };
        let (other, next) = read(&path, &text, sources, found);
        files.push(path);
        description = description.over(other);
        extends = next;
    }
    description
}

/// The text of a file that is extended.
fn base_text(
    base: &Spanned<String>,
    path: &str,
    files: &[String],
    load: &dyn Fn(&str) -> Result<String, String>,
) -> Result<String, Diagnostic> {
    let name = &base.value;
    if name.contains(['/', '\\', '\0']) || name.starts_with('.') {
        let message = format!("{} is not the name of a file of this directory", quote(name));
        return Err(Diagnostic::new("E0001", base.span, message).help("write a name such as `other.yaml`"));
    }
    if files.iter().any(|file| file == path) {
        let message = format!("{} extends itself", quote(name));
        return Err(Diagnostic::new("E0108", base.span, message).help("take one `extends:` out"));
    }
    if files.len() >= MOST_FILES {
        let message = format!("more than {MOST_FILES} files extend each other");
        return Err(Diagnostic::new("E0108", base.span, message).help("put some of them together"));
    }
    load(name).map_err(|why| Diagnostic::new("E0001", base.span, format!("cannot read {}: {why}", quote(name))))
}

/// Reads one text: what it says, and what it extends.
fn read(
    name: &str,
    text: &str,
    sources: &mut Sources,
    found: &mut Diagnostics,
) -> (Description, Option<Spanned<String>>) {
    let mut description = Description::default();
    if text.len() > node::MOST_BYTES {
        let file = sources.add(name, "");
        let message = format!("a description of {} bytes is too large", text.len());
        let help = format!("a description has at most {} bytes", node::MOST_BYTES);
        let span = sources.span(file, 0..0);
        found.push(Diagnostic::new("E0007", span, message).help(help));
        description.unclear.extend(KEYS);
        return (description, None);
    }
    let file = sources.add(name, text);
    description.span = sources.span(file, 0..0);
    let mut reader = Reader { sources, file, found };
    let root = match node::read(text) {
        Ok(root) => root,
        Err(error) => {
            reader.not_yaml(&error);
            description.unclear.extend(KEYS);
            return (description, None);
        }
    };
    let mut document = Document { reader, description, extends: None };
    document.keys(&root);
    (document.description, document.extends)
}

/// A description that is being read.
struct Document<'a> {
    reader: Reader<'a>,
    description: Description,
    extends: Option<Spanned<String>>,
}

impl Document<'_> {
    fn keys(&mut self, root: &Node) {
        let Some(keys) = self.reader.keys(root, "a description") else {
            self.description.unclear.extend(KEYS);
            return;
        };
        if let Some((first, _)) = keys.first() {
            self.description.span = first.span;
        }
        for (key, value) in keys {
            if let Some(known) = KEYS.iter().copied().find(|known| *known == key.value) {
                if self.key(known, value).is_none() {
                    self.description.unclear.push(known);
                }
            } else {
                self.reader.unknown_key(&key, &KEYS);
                self.description.unclear.extend(nearest(&key.value, &KEYS));
            }
        }
    }

    /// Reads the value of one key; `None` where it is not understood.
    fn key(&mut self, key: &str, value: &Node) -> Option<()> {
        let (reader, description) = (&mut self.reader, &mut self.description);
        match key {
            "format" => {
                let name = reader.text(value, "`format`")?;
                if !is_lower_name(&name.value, '_') {
                    reader.found.push(bad_name(&name, '_'));
                    return None;
                }
                description.format = Some(name);
            }
            "about" => description.about = Some(reader.text(value, "`about`")?),
            "manual" => description.manual = Some(reader.text(value, "`manual`")?),
            "checked-by" => description.checked_by = Some(reader.text(value, "`checked-by`")?),
            "extends" => self.extends = Some(reader.text(value, "`extends`")?),
            "va" => description.va = Some(reader.sentence(value, "`va`", Quantity::input)?),
            "pa" => description.pa = Some(reader.sentence(value, "`pa`", Quantity::output)?),
            "entry" => description.entry = Some(reader.sentence(value, "`entry`", Quantity::entry)?),
            "levels" => self.description.levels = Some(self.levels(value)?),
            "roots" => description.roots = Some(reader.words(value, "`roots`", "names, as in `roots: [PML4]`")?),
            "entries" => {
                let (entries, clear) = reader.entries(value, &mut Counts::default())?;
                description.entries = Some(entries);
                return clear.then_some(());
            }
            "codes" => {
                for (name, list) in reader.keys(value, "`codes`")? {
                    self.codes(name, list);
                }
            }
            _ => self.tlb(value)?,
        }
        Some(())
    }

    /// The levels; a level that is not understood is left out, and the key is unclear.
    fn levels(&mut self, node: &Node) -> Option<Vec<LevelLine>> {
        let items = self.reader.list(node, "`levels`", MOST_LEVELS, "one row for each level, as in `- 31:22 DIR`")?;
        let levels: Vec<_> =
            items.iter().filter_map(|item| self.reader.sentence(item, "a level", LevelLine::parse)).collect();
        if items.is_empty() {
            let span = self.reader.span(node);
            self.reader
                .found
                .push(Diagnostic::new("E0006", span, "there is no level").help("write one, as in `- 31:22 DIR`"));
            return None;
        }
        if levels.len() < items.len() {
            self.description.unclear.push("levels");
        }
        Some(levels)
    }

    fn codes(&mut self, name: Spanned<String>, node: &Node) {
        if !is_lower_name(&name.value, '-') {
            self.reader.found.push(bad_name(&name, '-'));
        }
        let example = "one row for each code, as in `- 1 non-cacheable`";
        let items = self.reader.list(node, "a table of codes", MOST_CODES, example).unwrap_or_default();
        let codes = items.iter().filter_map(|item| self.reader.sentence(item, "a code", CodeLine::parse)).collect();
        self.description.codes.push(CodeList { name, codes });
    }

    fn tlb(&mut self, node: &Node) -> Option<()> {
        let reader = &mut self.reader;
        let mut tlb = Tlb { span: reader.span(node), ..Tlb::default() };
        for (key, value) in reader.keys(node, "`tlb`")? {
            match key.value.as_str() {
                "caches" => {
                    let example = "classes of entries, as in `caches: [table, page]`";
                    let items = reader.list(value, "`caches`", 3, example).unwrap_or_default();
                    let classes = items.iter().filter_map(|item| reader.choice(item, "a class of entries", &CACHES));
                    tlb.caches = Some(classes.collect());
                }
                "flush" => tlb.flush = reader.choice(value, "`flush`", &FLUSHES),
                "replace" => tlb.replace = reader.choice(value, "`replace`", &REPLACES),
                "walker" => tlb.walker = reader.choice(value, "`walker`", &WALKERS),
                "reload" => tlb.reload = reader.words(value, "`reload`", "names, as in `reload: [PDPT]`"),
                _ => reader.unknown_key(&key, &TLB_KEYS),
            }
        }
        self.description.tlb = tlb;
        Some(())
    }
}

impl Reader<'_> {
    /// Says what the YAML parser found.
    fn not_yaml(&mut self, error: &serde_saphyr::Error) {
        use serde_saphyr::budget::BudgetBreach;
        use serde_saphyr::{Error, MessageFormatter, UserMessageFormatter};
        let mut error = error.without_snippet();
        while let Error::AliasError { error: inner, .. } = error {
            error = inner;
        }
        let message = UserMessageFormatter.format_message(error).replace(char::is_control, " ");
        // The scanner looks ahead, and has a limit of its own on what stands in brackets.
        let too_large = message.contains("recursion limit")
            || matches!(
                error,
                Error::Budget { .. }
                    | Error::AliasReplayLimitExceeded { .. }
                    | Error::AliasExpansionLimitExceeded { .. }
                    | Error::AliasReplayStackDepthExceeded { .. }
            );
        let span = match error.location() {
            Some(location) => {
                let bytes = self.bytes(location);
                let end = bytes.end.max(bytes.start + 1);
                self.sources.span(self.file, bytes.start..end)
            }
            None => Span::NOWHERE,
        };
        let diagnostic = if matches!(error, Error::Budget { breach: BudgetBreach::Documents { .. }, .. }) {
            Diagnostic::new("E0002", span, "a second document begins here")
                .help("take the line `---` out, or put what follows into a file of its own")
        } else if too_large {
            Diagnostic::new("E0007", span, "the description is too large, too deeply nested or repeats too much")
                .help("write it without aliases; `like:` takes the rows of another kind")
        } else {
            let help = if message.contains("mapping values") {
                "put text that contains a colon and a space in quotes, or look at the indentation"
            } else {
                "look at the indentation, and for a missing quote or bracket"
            };
            Diagnostic::new("E0002", span, format!("this is not YAML: {message}")).help(help)
        };
        self.found.push(diagnostic);
    }
}

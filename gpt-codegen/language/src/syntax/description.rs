//! The syntax tree of a description: what every front end builds and [`super::lower()`] reads.
//!
//! A key that was not given is `None`. A key that was given and not understood is `None` too, but is remembered as
//! unclear, so that nobody says of it that it is missing.

use super::code::CodeLine;
use super::condition::Expression;
use super::level::LevelLine;
use super::row::Row;
use super::width::{Quantity, Run};
use crate::model::{Class, Endian, Flush, Replace, Walker};
use crate::span::Span;

/// Something with the place where it was written.
#[derive(Clone, Copy, Debug)]
pub struct Spanned<T> {
    /// What was written.
    pub value: T,
    /// Where.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// `value`, written at `span`.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

/// A whole description.
#[derive(Debug, Default)]
pub struct Description {
    /// The place to point at when a key is missing.
    pub span: Span,
    /// Keys that were given and not understood.
    pub unclear: Vec<&'static str>,
    /// The name of the format.
    pub format: Option<Spanned<String>>,
    /// One line on what it is.
    pub about: Option<Spanned<String>>,
    /// The manual that it is from.
    pub manual: Option<Spanned<String>>,
    /// What has checked it.
    pub checked_by: Option<Spanned<String>>,
    /// The width of the input address; the flag says that it is sign-extended.
    pub va: Option<Quantity<bool>>,
    /// The width of the output address; the flag says that an implementation may have fewer bits.
    pub pa: Option<Quantity<bool>>,
    /// The width and byte order of an entry.
    pub entry: Option<Quantity<Endian>>,
    /// The levels, root first.
    pub levels: Option<Vec<LevelLine>>,
    /// The levels at which a walk may start.
    pub roots: Option<Vec<Spanned<String>>>,
    /// The kinds of entries.
    pub entries: Option<Vec<Entry>>,
    /// The tables of codes.
    pub codes: Vec<CodeList>,
    /// What the hardware caches and what a change requires.
    pub tlb: Tlb,
}

/// One kind of entry.
#[derive(Debug)]
pub struct Entry {
    /// Its name.
    pub name: Spanned<String>,
    /// Whether some part of it was not understood.
    pub unclear: bool,
    /// Whether it takes out the kind of this name of the description that this one extends.
    pub none: bool,
    /// The levels at which it occurs.
    pub at: Option<Vec<Spanned<String>>>,
    /// What it is, where that is said.
    pub is: Option<Class>,
    /// The kind whose rows it takes.
    pub like: Option<Spanned<String>>,
    /// The kind of the same name in the description that this one extends, where `like` names that or `none` is said.
    pub base: Option<Box<Entry>>,
    /// Which words are of this kind.
    pub when: Option<Spanned<Expression>>,
    /// How many items make one entry.
    pub run: Option<Run>,
    /// The width of the addresses in it.
    pub reach: Option<Quantity<()>>,
    /// When each of two children is there, by the level of the child.
    pub present: Vec<(Spanned<String>, Spanned<Expression>)>,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One table of codes.
#[derive(Clone, Debug)]
pub struct CodeList {
    /// Its name.
    pub name: Spanned<String>,
    /// The codes.
    pub codes: Vec<CodeLine>,
}

/// What the hardware caches and what a change requires.
#[derive(Debug, Default)]
pub struct Tlb {
    /// Where it is written.
    pub span: Span,
    /// The classes of entries that the walker may keep.
    pub caches: Option<Vec<Class>>,
    /// The smallest thing that can be invalidated.
    pub flush: Option<Flush>,
    /// How a live entry is replaced.
    pub replace: Option<Replace>,
    /// Whether the walker sees the processor's caches.
    pub walker: Option<Walker>,
    /// Levels that the hardware copies.
    pub reload: Option<Vec<Spanned<String>>>,
}

impl Description {
    /// Whether a key is the base's to give: it is not given, nor was it given and not understood. What is unclear in the
    /// base then is unclear here too.
    fn lacks(&mut self, key: &'static str, given: bool, base: &Description) -> bool {
        if given || self.unclear.contains(&key) {
            return false;
        }
        if base.unclear.contains(&key) {
            self.unclear.push(key);
        }
        true
    }

    /// This description with everything that it does not say taken from `base`.
    ///
    /// Top-level keys are replaced whole, `entries`, `codes` and `tlb` name by name. Who has checked `base` has not
    /// checked this one, so `checked_by` is not taken over.
    #[must_use]
    pub fn over(mut self, mut base: Description) -> Description {
        if self.lacks("format", self.format.is_some(), &base) {
            self.format = base.format.take();
        }
        if self.lacks("about", self.about.is_some(), &base) {
            self.about = base.about.take();
        }
        if self.lacks("manual", self.manual.is_some(), &base) {
            self.manual = base.manual.take();
        }
        if self.lacks("va", self.va.is_some(), &base) {
            self.va = base.va;
        }
        if self.lacks("pa", self.pa.is_some(), &base) {
            self.pa = base.pa;
        }
        if self.lacks("entry", self.entry.is_some(), &base) {
            self.entry = base.entry;
        }
        if self.lacks("levels", self.levels.is_some(), &base) {
            self.levels = base.levels.take();
        }
        if self.lacks("roots", self.roots.is_some(), &base) {
            self.roots = base.roots.take();
        }
        match (&mut self.entries, base.entries.take()) {
            (Some(own), Some(base)) => merge_entries(own, base),
            (own, base @ Some(_)) => *own = base,
            (_, None) => {}
        }
        if base.unclear.contains(&"entries") {
            self.unclear.push("entries");
        }
        while let Some(table) = base.codes.pop() {
            if !names_table(&self.codes, &table.name.value) {
                self.codes.insert(0, table);
            }
        }
        self.tlb.over(base.tlb);
        self
    }
}

impl Tlb {
    /// Takes what this does not say from `base`.
    fn over(&mut self, mut base: Tlb) {
        if self.span.number() == 0 {
            self.span = base.span;
        }
        if self.caches.is_none() {
            self.caches = base.caches.take();
        }
        if self.reload.is_none() {
            self.reload = base.reload.take();
        }
        self.flush = self.flush.or(base.flush);
        self.replace = self.replace.or(base.replace);
        self.walker = self.walker.or(base.walker);
    }
}

/// Makes `own` the kinds of `base` in their order, each replaced by the own one of its name, then the other own ones.
fn merge_entries(own: &mut Vec<Entry>, base: Vec<Entry>) {
    let merged = own;
    'own: for mut entry in std::mem::replace(merged, base) {
        for other in &mut *merged {
            if other.name.value == entry.name.value {
                std::mem::swap(other, &mut entry);
                other.replace(entry);
                continue 'own;
            }
        }
        merged.push(entry);
    }
}

/// Whether one of the tables of codes has this name.
fn names_table(tables: &[CodeList], name: &str) -> bool {
    for table in tables {
        if table.name.value == name {
            return true;
        }
    }
    false
}

impl Entry {
    /// Takes the place of `base`, a kind of the same name, and keeps it where it is still spoken of.
    fn replace(&mut self, base: Entry) {
        let mut last = self;
        while last.base.is_some() {
            let Some(next) = last.base.as_deref_mut() else { return };
            last = next;
        }
        let takes_its_own = match &last.like {
            Some(like) => like.value == last.name.value,
            None => false,
        };
        if last.none || takes_its_own {
            last.base = Some(Box::new(base));
        }
    }
}

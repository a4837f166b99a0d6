//! The mistakes of a description, with the texts that they point into.

use std::fmt;
use std::ops::Range;

use annotate_snippets::{AnnotationKind, Element, Level, Renderer, Snippet};

use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::syntax::source::{Source, Sources};

/// One place in an excerpt and what is said about it.
type Mark<'a> = (AnnotationKind, Range<usize>, &'a str);

/// How many mistakes are shown in full.
const MOST_SHOWN: usize = 100;

/// All mistakes of one description, in the order of the text.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// The mistakes.
    pub diagnostics: Diagnostics,
    sources: Sources,
}

/// A place in a file. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The name of the file.
    pub file: &'a str,
    /// The line of the first character.
    pub line: usize,
    /// The column of the first character.
    pub column: usize,
    /// The line after the last character.
    pub end_line: usize,
    /// The column after the last character.
    pub end_column: usize,
    /// What is said about the place; may be empty.
    pub text: &'a str,
}

/// One mistake with its places.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding<'a> {
    /// The stable code.
    pub code: &'static str,
    /// One sentence.
    pub message: &'a str,
    /// What to write instead.
    pub help: Option<&'a str>,
    /// The places concerned, the main one first.
    pub places: Vec<Place<'a>>,
}

impl Report {
    /// The mistakes in the order of the text that they point into.
    pub fn new(diagnostics: Diagnostics, sources: Sources) -> Self {
        let mut sorted: Vec<Diagnostic> = diagnostics.iter().cloned().collect();
        sorted.sort_by_key(|diagnostic| {
            diagnostic.labels.first().map_or((usize::MAX, 0), |label| sources.order(label.span))
        });
        let mut diagnostics = Diagnostics::default();
        diagnostics.extend(sorted);
        Self { diagnostics, sources }
    }

    /// The mistakes with files, lines and columns, for programs.
    pub fn iter(&self) -> impl Iterator<Item = Finding<'_>> {
        self.diagnostics.iter().map(|diagnostic| Finding {
            code: diagnostic.code,
            message: &diagnostic.message,
            help: diagnostic.help.as_deref(),
            places: diagnostic
                .labels
                .iter()
                .filter_map(|label| {
                    let (source, range) = self.sources.place(label.span)?;
                    let (line, column) = position(&source.text, range.start);
                    let (end_line, end_column) = position(&source.text, range.end);
                    Some(Place { file: &source.name, line, column, end_line, end_column, text: &label.text })
                })
                .collect(),
        })
    }

    /// The mistakes for people: each with the lines concerned, and what to write instead.
    pub fn render(&self, colour: bool) -> String {
        let renderer = if colour { Renderer::styled() } else { Renderer::plain() };
        let mut text = String::new();
        for diagnostic in self.diagnostics.iter().take(MOST_SHOWN) {
            text.push_str(&self.render_one(&renderer, diagnostic));
            text.push_str("\n\n");
        }
        match self.diagnostics.iter().count() {
            count if count > MOST_SHOWN => text.push_str(&format!("and {} more errors\n", count - MOST_SHOWN)),
            _ => {
                text.pop();
            }
        }
        text
    }

    fn render_one(&self, renderer: &Renderer, diagnostic: &Diagnostic) -> String {
        let mut group = Level::ERROR
            .primary_title(diagnostic.message.as_str())
            .id(diagnostic.code)
            .elements([] as [Element<'_>; 0]);
        let mut files: Vec<(&Source, Vec<Mark<'_>>)> = Vec::new();
        for (index, label) in diagnostic.labels.iter().enumerate() {
            let Some((source, range)) = self.sources.place(label.span) else { continue };
            let kind = if index == 0 { AnnotationKind::Primary } else { AnnotationKind::Context };
            let annotation = (kind, range, label.text.as_str());
            match files.iter_mut().find(|(other, _)| std::ptr::eq(*other, source)) {
                Some((_, annotations)) => annotations.push(annotation),
                None => files.push((source, vec![annotation])),
            }
        }
        for (source, annotations) in files {
            let (first_line, excerpt) = excerpt(&source.text, annotations.iter().map(|(_, range, _)| range));
            let mut snippet = Snippet::source(source.text.get(excerpt.clone()).unwrap_or_default())
                .line_start(first_line)
                .path(&source.name);
            for (kind, range, text) in annotations {
                let mut annotation = kind.span(range.start - excerpt.start..range.end - excerpt.start);
                if !text.is_empty() {
                    annotation = annotation.label(text);
                }
                snippet = snippet.annotation(annotation);
            }
            group = group.element(snippet);
        }
        if let Some(help) = &diagnostic.help {
            group = group.element(Level::HELP.message(help.as_str()));
        }
        renderer.render(&[group])
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Report {}

/// The line and column of a byte, both from 1.
fn position(text: &str, byte: usize) -> (usize, usize) {
    let before = text.get(..byte).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before.get(line_start..).unwrap_or_default().chars().count() + 1)
}

/// The lines that the ranges touch: the number of the first, and their bytes.
fn excerpt<'a>(text: &str, ranges: impl Iterator<Item = &'a Range<usize>> + Clone) -> (usize, Range<usize>) {
    let first = ranges.clone().map(|range| range.start).min().unwrap_or(0);
    let last = ranges.map(|range| range.end).max().unwrap_or(0);
    let start = text.get(..first).unwrap_or_default().rfind('\n').map_or(0, |newline| newline + 1);
    let end = text.get(last..).unwrap_or_default().find('\n').map_or(text.len(), |newline| last + newline);
    (text.get(..start).unwrap_or_default().matches('\n').count() + 1, start..end)
}

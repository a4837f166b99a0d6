//! The texts that were read, and which part of which text a span stands for.

use std::ops::Range;

use crate::span::Span;

/// The number of a text in [`Sources`].
#[derive(Clone, Copy, Debug)]
pub struct FileId(usize);

/// One text and what it is called.
#[derive(Clone, Debug)]
pub struct Source {
    /// The name that messages show.
    pub name: String,
    /// The whole text.
    pub text: String,
}

/// Every text of one description and every place in them that something points at.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    files: Vec<Source>,
    places: Vec<(FileId, Range<usize>)>,
}

impl Sources {
    /// Adds a text.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        self.files.push(Source { name: name.into(), text: text.into() });
        FileId(self.files.len() - 1)
    }

    /// The text with this number; it was given out by [`Sources::add`] of the same value.
    pub fn text(&self, file: FileId) -> &str {
        self.files.get(file.0).map_or("", |source| &source.text)
    }

    /// Gives a number to the bytes `range` of a text. A range that ends outside the text, or inside a character, is
    /// shortened until it does not.
    pub fn span(&mut self, file: FileId, range: Range<usize>) -> Span {
        let text = self.text(file);
        let start = boundary(text, range.start);
        let end = boundary(text, range.end).max(start);
        self.places.push((file, start..end));
        u32::try_from(self.places.len()).map_or(Span::NOWHERE, Span::new)
    }

    /// The text and the bytes that a span stands for, or `None` for [`Span::NOWHERE`].
    pub fn place(&self, span: Span) -> Option<(&Source, Range<usize>)> {
        let index = usize::try_from(span.number()).ok()?.checked_sub(1)?;
        let (file, range) = self.places.get(index)?;
        Some((self.files.get(file.0)?, range.clone()))
    }

    /// A number that orders spans as they stand in the texts, those from nowhere last.
    pub fn order(&self, span: Span) -> (usize, usize) {
        usize::try_from(span.number())
            .ok()
            .and_then(|number| self.places.get(number.checked_sub(1)?))
            .map_or((usize::MAX, 0), |(file, range)| (file.0, range.start))
    }
}

/// The last place at or before a byte that is in the text and not inside a character.
fn boundary(text: &str, byte: usize) -> usize {
    let mut boundary = byte.min(text.len());
    while !text.is_char_boundary(boundary) {
        boundary -= 1;
    }
    boundary
}

#[cfg(test)]
mod tests {
    use super::Sources;
    use crate::span::Span;

    #[test]
    fn a_span_never_ends_inside_a_character_or_outside_the_text() {
        let mut sources = Sources::default();
        let file = sources.add("a", "aé");
        let inside = sources.span(file, 1..2);
        let outside = sources.span(file, 0..99);
        assert_eq!(sources.place(inside).map(|(_, range)| range), Some(1..1));
        assert_eq!(sources.place(outside).map(|(_, range)| range), Some(0..3));
        assert!(sources.place(Span::NOWHERE).is_none());
    }
}

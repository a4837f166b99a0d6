//! Tokens as sentences: their text, and which tokens a span stands for.

use std::ops::Range;

use proc_macro2::{Delimiter, Spacing, Span as Place, TokenStream, TokenTree};
use quote::ToTokens;

use crate::diagnostic::Diagnostic;
use crate::span::Span;
use crate::syntax::grammar::Sentence;

/// Every place in the tokens that something points at.
#[derive(Default)]
pub struct Places {
    places: Vec<Tokens>,
}

/// The first and the last of some tokens, and how they read.
#[derive(Debug)]
pub struct Tokens {
    /// The first token.
    pub first: Place,
    /// The last token.
    pub last: Place,
    /// The text of all of them.
    pub text: String,
}

impl Places {
    /// Gives a number to some tokens.
    pub fn add(&mut self, first: Place, last: Place, text: &str) -> Span {
        self.places.push(Tokens { first, last, text: text.to_owned() });
        u32::try_from(self.places.len()).map_or(Span::NOWHERE, Span::new)
    }

    /// The tokens that a span stands for, or `None` for [`Span::NOWHERE`].
    pub fn get(&self, span: Span) -> Option<&Tokens> {
        self.places.get(usize::try_from(span.number()).ok()?.checked_sub(1)?)
    }
}

/// What reads a sentence.
pub(super) type Parse<T> = fn(Sentence<'_>) -> Result<T, Diagnostic>;

/// Some tokens as the text that a sentence is read from.
///
/// The tokens of a compiler have no spaces. Here `/`, `-`, `.` and `:` stand close to what is beside them, and
/// everything else has a space between, which is all that the grammar asks for.
pub(super) struct Text {
    text: String,
    pieces: Vec<(Range<usize>, Place)>,
    /// Where to point if there are no tokens.
    empty: Place,
}

impl Text {
    /// The text of some tokens; `empty` is where to point if there are none.
    pub(super) fn new(tokens: TokenStream, empty: Place) -> Self {
        let mut text = Self { text: String::new(), pieces: Vec::new(), empty };
        text.tokens(tokens, true);
        text
    }

    /// The text.
    pub(super) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether there are no tokens.
    pub(super) fn is_empty(&self) -> bool {
        self.pieces.is_empty()
    }

    fn tokens(&mut self, tokens: TokenStream, mut close: bool) {
        for token in tokens {
            match token {
                TokenTree::Group(group) => {
                    let (open, end) = match group.delimiter() {
                        Delimiter::Parenthesis => ("(", ")"),
                        Delimiter::Bracket => ("[", "]"),
                        Delimiter::Brace => ("{", "}"),
                        // What a macro put in for one of its variables.
                        Delimiter::None => {
                            self.tokens(group.stream(), close);
                            close = false;
                            continue;
                        }
                    };
                    let number = matches!(group.stream().into_iter().next(), Some(TokenTree::Literal(_)));
                    self.push(open, group.span_open(), close || (number && open == "["));
                    self.tokens(group.stream(), true);
                    self.push(end, group.span_close(), true);
                    close = false;
                }
                TokenTree::Punct(punct) => {
                    let character = punct.as_char();
                    let tight = matches!(character, '/' | '-' | '.' | ':');
                    self.push(&character.to_string(), punct.span(), close || tight || character == ',');
                    close = tight || punct.spacing() == Spacing::Joint;
                }
                TokenTree::Ident(ident) => {
                    self.push(&ident.to_string(), ident.span(), close);
                    close = false;
                }
                TokenTree::Literal(literal) => {
                    self.push(&literal.to_string(), literal.span(), close);
                    close = false;
                }
            }
        }
    }

    fn push(&mut self, token: &str, place: Place, close: bool) {
        if !close && !self.text.is_empty() {
            self.text.push(' ');
        }
        let start = self.text.len();
        self.text.push_str(token);
        self.pieces.push((start..self.text.len(), place));
    }

    /// The place of some bytes: the tokens that they touch, or the one before them.
    fn place(&self, bytes: &Range<usize>) -> (Place, Place) {
        let (mut touched, mut before) = (None, None);
        for (piece, place) in &self.pieces {
            if piece.start < bytes.end && bytes.start < piece.end {
                let (first, _) = touched.unwrap_or((*place, *place));
                touched = Some((first, *place));
            }
            // What comes first stands for what is before all tokens.
            if piece.end <= bytes.start || before.is_none() {
                before = Some(*place);
            }
        }
        let alone = before.unwrap_or(self.empty);
        touched.unwrap_or((alone, alone))
    }

    /// The span of the whole text.
    pub(super) fn span(&self, places: &mut Places) -> Span {
        let (first, last) = self.place(&(0..self.text.len()));
        places.add(first, last, &self.text)
    }

    /// Reads the text as a sentence.
    pub(super) fn parse<T>(&self, places: &mut Places, parse: Parse<T>) -> Result<T, Diagnostic> {
        parse(Sentence::new(&self.text, &mut self.pointer(places)))
    }

    /// What gives the span of some bytes.
    fn pointer(&self, places: &mut Places) -> impl FnMut(Range<usize>) -> Span {
        |bytes: Range<usize>| {
            let (first, last) = self.place(&bytes);
            places.add(first, last, self.text.get(bytes).unwrap_or_default())
        }
    }
}

/// The texts between separators; an empty one at the end does not count.
pub(super) fn split(tokens: TokenStream, separator: char, empty: Place) -> Vec<Text> {
    let mut texts = Vec::new();
    let mut current = TokenStream::new();
    let mut end = empty;
    for token in tokens {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == separator => {
                end = punct.span();
                texts.push(Text::new(std::mem::take(&mut current), end));
            }
            _ => token.to_tokens(&mut current),
        }
    }
    if !current.is_empty() {
        texts.push(Text::new(current, end));
    }
    texts
}

/// What is before and after the first separator.
pub(super) fn halves(tokens: &TokenStream, separator: char) -> (TokenStream, TokenStream) {
    let (mut before, mut after, mut met) = (TokenStream::new(), TokenStream::new(), false);
    for token in tokens.clone() {
        match &token {
            TokenTree::Punct(punct) if punct.as_char() == separator && !met => met = true,
            _ => token.to_tokens(if met { &mut after } else { &mut before }),
        }
    }
    (before, after)
}

#[cfg(test)]
#[allow(clippy::expect_used)]
mod tests {
    use super::{Text, split};
    use proc_macro2::Span;

    fn text(source: &str) -> String {
        Text::new(source.parse().expect("tokens"), Span::call_site()).as_str().to_owned()
    }

    #[test]
    fn tokens_read_as_they_were_written() {
        for row in [
            "63 XD not execute",
            "2 U/S user",
            "53:10 PPN page[55:12]",
            "5 A accessed [hw]",
            "62:61 PBMT memory-type as pbmt at PDPT, PD",
            "13:10 SIZE = 0b1000",
            "68 NO_ATS_SMALL vendor.no-ats-small",
            "(R or X and not W) and PBMT != 3",
            "28:21 PD0, entry 128 bits, aligned 4K",
        ] {
            assert_eq!(text(row), row);
        }
        assert_eq!(text("U / S  =1"), "U/S = 1");
        assert_eq!(text("R||W&&X"), "R || W && X");
    }

    #[test]
    fn an_empty_text_at_the_end_does_not_count() {
        let texts = |source: &str| split(source.parse().expect("tokens"), ';', Span::call_site()).len();
        assert_eq!((texts("a; b"), texts("a; b;"), texts("a;; b"), texts("")), (2, 2, 3, 0));
    }
}

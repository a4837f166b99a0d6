//! A sentence and its pieces: what all readers of sentences share.

use std::ops::Range;

use super::description::Spanned;
use super::peg;
use super::suggest::quote;
use crate::diagnostic::Diagnostic;
use crate::model::BitRange;
use crate::span::Span;

pub(super) use super::peg::Piece;
pub(super) use super::rules::Rule;

/// How long one sentence may be, in bytes.
pub(super) const MOST_BYTES: usize = 500;

/// One string of a description, and how to get the place of a part of it.
pub struct Sentence<'a> {
    text: &'a str,
    place: &'a mut dyn FnMut(Range<usize>) -> Span,
}

impl<'a> Sentence<'a> {
    /// A sentence; `place` gives the span of a range of its bytes.
    pub fn new(text: &'a str, place: &'a mut dyn FnMut(Range<usize>) -> Span) -> Self {
        Self { text, place }
    }

    /// The whole text.
    pub(super) fn text(&self) -> &'a str {
        self.text
    }

    /// The place of the whole sentence.
    pub fn whole(&mut self) -> Span {
        (self.place)(0..self.text.len())
    }

    /// The place of the end of the sentence.
    pub(super) fn end(&mut self) -> Span {
        let end = self.text.trim_end().len();
        (self.place)(end..end)
    }

    /// The place of some bytes of the sentence.
    pub(super) fn at(&mut self, range: Range<usize>) -> Span {
        (self.place)(range)
    }

    /// The place of a piece, without the spaces around it.
    pub(super) fn span(&mut self, piece: &Piece<'_>) -> Span {
        let text = piece.as_str();
        let start = piece.start() + (text.len() - text.trim_start().len());
        (self.place)(start..start + text.trim().len())
    }

    /// The text of a piece with its place.
    pub(super) fn word(&mut self, piece: &Piece<'_>) -> Spanned<String> {
        Spanned::new(piece.as_str().to_owned(), self.span(piece))
    }

    /// The first word of a piece that nothing else took, with its place.
    pub(super) fn first_word(&mut self, piece: &Piece<'_>) -> Spanned<String> {
        let text = piece.as_str().trim_start();
        let start = piece.start() + (piece.as_str().len() - text.len());
        let word = text.split_whitespace().next().unwrap_or(text);
        Spanned::new(word.to_owned(), (self.place)(start..start + word.len()))
    }

    /// The sentence as one piece, read as `rule`.
    ///
    /// # Errors
    /// It is too long to be one.
    pub(super) fn read(&mut self, rule: Rule) -> Result<Piece<'a>, Diagnostic> {
        if self.text.len() > MOST_BYTES {
            return Err(Diagnostic::new("E0007", self.whole(), "this is too long to be one line of a description")
                .label(format!("{} bytes", self.text.len()))
                .help(format!("write at most {MOST_BYTES} bytes")));
        }
        match peg::parse(rule, self.text) {
            Some(sentence) => Ok(sentence),
            None => Err(Diagnostic::new("E0014", self.whole(), "this is not understood")),
        }
    }

    /// The number that a piece stands for: decimal, `0x` or `0b`.
    pub(super) fn number(&mut self, piece: &Piece<'_>) -> Result<Spanned<u128>, Diagnostic> {
        let span = self.span(piece);
        Ok(Spanned::new(number(piece.as_str(), span)?, span))
    }

    /// The bits that a piece stands for.
    pub(super) fn bits(&mut self, piece: &Piece<'_>) -> Result<Spanned<BitRange>, Diagnostic> {
        let text = piece.as_str();
        let span = self.span(piece);
        let (high, low) = match text.split_once(':') {
            Some((high, low)) => (bit(high), bit(low)),
            None => (bit(text), bit(text)),
        };
        let wrong = |message: String| Diagnostic::new("E0011", span, message);
        let (Some(high), Some(low)) = (high, low) else {
            let help = match numbers(text).as_slice() {
                [high, low] if bit(high) >= bit(low) => format!("write `{high}:{low}`"),
                [low, high] => format!("write `{high}:{low}`"),
                _ => "write one decimal bit number, such as `63`, or two, such as `51:12`".to_owned(),
            };
            return Err(wrong(format!("{} is not a range of bits", quote(text))).help(help));
        };
        match BitRange::new(high, low) {
            Some(bits) => Ok(Spanned::new(bits, span)),
            None if high < low => {
                let swapped = format!("write `{low}:{high}`");
                Err(wrong("the high bit of a range is written first".to_owned()).help(swapped))
            }
            None => Err(wrong(format!("there is no bit {high}")).help("the widest entry has 128 bits, from 127 to 0")),
        }
    }
}

/// A bit number; numbers that are much too big are cut off at a bit that does not exist either.
fn bit(text: &str) -> Option<u32> {
    for byte in text.bytes() {
        if !byte.is_ascii_digit() {
            return None;
        }
    }
    match text.parse::<u128>() {
        _ if text.is_empty() => None,
        Ok(number) => Some(u32::try_from(number).unwrap_or(u32::MAX)),
        Err(_) => Some(u32::MAX),
    }
}

/// The runs of decimal digits in a text.
fn numbers(text: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    let mut number = String::new();
    for char in text.chars() {
        if char.is_ascii_digit() {
            number.push(char);
        } else if !number.is_empty() {
            numbers.push(std::mem::take(&mut number));
        }
    }
    if !number.is_empty() {
        numbers.push(number);
    }
    numbers
}

/// The number that a word stands for: decimal, `0x` hexadecimal or `0b` binary.
///
/// # Errors
/// It is none, or does not fit 128 bits.
pub(super) fn number(word: &str, span: Span) -> Result<u128, Diagnostic> {
    let (digits, radix) = match word.split_at_checked(2) {
        Some(("0x", digits)) => (digits, 16),
        Some(("0b", digits)) => (digits, 2),
        _ => (word, 10),
    };
    let mut wrong = digits.is_empty();
    for digit in digits.chars() {
        wrong |= !digit.is_digit(radix);
    }
    if wrong {
        let help = if word.starts_with('=') {
            "one `=` is enough, as in `P = 1`"
        } else {
            "write a decimal number, `0x` and hexadecimal digits, or `0b` and binary digits"
        };
        return Err(Diagnostic::new("E0013", span, format!("{} is not a number", quote(word))).help(help));
    }
    match u128::from_str_radix(digits, radix) {
        Ok(number) => Ok(number),
        Err(_) => Err(Diagnostic::new("E0013", span, "this number needs more than 128 bits")),
    }
}

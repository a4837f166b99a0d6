//! Widths and runs: a number, its unit, and what is said about it.

use super::description::Spanned;
use super::grammar::{Piece, Rule, Sentence};
use super::suggest::{instead, quote};
use crate::diagnostic::Diagnostic;
use crate::model::Endian;
use crate::span::Span;

/// `36 bits, at most`: a width and what is said about it.
#[derive(Clone, Copy, Debug)]
pub struct Quantity<T> {
    /// The width in bits.
    pub bits: Spanned<u32>,
    /// What is said about it.
    pub clause: T,
}

/// `16 items, same address`.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// How many items.
    pub items: Spanned<u128>,
    /// Whether each holds its own address.
    pub own_address: bool,
    /// The whole line.
    pub span: Span,
}

impl<T: Copy> Quantity<T> {
    /// Reads `N bits` and clauses; each clause stands for a value, and the lack of any for `none`.
    fn parse(mut sentence: Sentence<'_>, none: T, example: &str, clauses: &[(&str, T)]) -> Result<Self, Diagnostic> {
        let (bits, extra) = amount(&mut sentence, "bits", example)?;
        let bits = Spanned::new(width(bits)?, bits.span);
        let mut value = none;
        'clauses: for clause in &extra {
            let mut names = Vec::new();
            for (name, meant) in clauses {
                if *name == clause.value {
                    value = *meant;
                    continue 'clauses;
                }
                names.push(*name);
            }
            return Err(unknown_clause(clause, &names));
        }
        Ok(Self { bits, clause: value })
    }
}

impl Quantity<bool> {
    /// Reads `va:`, such as `48 bits, sign-extended`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn input(sentence: Sentence<'_>) -> Result<Self, Diagnostic> {
        Self::parse(sentence, false, "48 bits, sign-extended", &[("sign-extended", true)])
    }

    /// Reads `pa:`, such as `52 bits, at most`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn output(sentence: Sentence<'_>) -> Result<Self, Diagnostic> {
        Self::parse(sentence, false, "52 bits, at most", &[("at most", true)])
    }
}

impl Quantity<Endian> {
    /// Reads `entry:`, such as `64 bits, little-endian`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn entry(sentence: Sentence<'_>) -> Result<Self, Diagnostic> {
        let orders = [("little-endian", Some(Endian::Little)), ("big-endian", Some(Endian::Big))];
        let quantity = Quantity::parse(sentence, None, "64 bits, little-endian", &orders)?;
        let bits = entry_width(quantity.bits)?;
        match quantity.clause {
            Some(clause) => Ok(Self { bits, clause }),
            None if bits.value == 8 => Ok(Self { bits, clause: Endian::Little }),
            None => Err(Diagnostic::new("E0016", bits.span, "the byte order of an entry is not given")
                .help("write `, little-endian` or `, big-endian` after the width")),
        }
    }
}

impl Quantity<()> {
    /// Reads `reach:`, such as `32 bits`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn reach(sentence: Sentence<'_>) -> Result<Self, Diagnostic> {
        Self::parse(sentence, (), "32 bits", &[])
    }
}

impl Run {
    /// Reads `run:`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(mut sentence: Sentence<'_>) -> Result<Self, Diagnostic> {
        const ADDRESSES: [&str; 2] = ["same address", "own addresses"];
        const EXAMPLE: &str = "16 items, same address";
        let (items, clauses) = amount(&mut sentence, "items", EXAMPLE)?;
        let own_address = match clauses.as_slice() {
            [clause] if clause.value == ADDRESSES[0] => false,
            [clause] if clause.value == ADDRESSES[1] => true,
            [clause, ..] => return Err(unknown_clause(clause, &ADDRESSES)),
            [] => {
                return Err(Diagnostic::new("E0016", sentence.end(), "a run says what addresses its items hold")
                    .help("write `, same address` or `, own addresses` after the number of items"));
            }
        };
        if !items.value.is_power_of_two() || items.value < 2 || items.value > 1 << 32 {
            return Err(Diagnostic::new("E0016", items.span, format!("a run cannot have {} items", items.value))
                .help("write a power of two, at least 2"));
        }
        Ok(Self { items, own_address, span: sentence.whole() })
    }
}

/// Reads a number, a unit and clauses.
fn amount(
    sentence: &mut Sentence<'_>,
    unit: &str,
    example: &str,
) -> Result<(Spanned<u128>, Vec<Spanned<String>>), Diagnostic> {
    let (mut value, mut word, mut clauses) = (None, None, Vec::new());
    let help = format!("write something like `{example}`");
    for piece in sentence.read(Rule::quantity)?.inner() {
        match piece.as_rule() {
            Rule::number => value = Some(sentence.number(piece)?),
            Rule::word => word = Some(sentence.word(piece)),
            Rule::clause => clauses.push(words(sentence, piece)),
            _ => {
                let found = sentence.first_word(piece);
                let message = format!("{} is too much here", quote(&found.value));
                return Err(Diagnostic::new("E0016", found.span, message).help(help));
            }
        }
    }
    match (value, word) {
        (Some(value), Some(word)) if word.value == unit => Ok((value, clauses)),
        (_, Some(word)) => {
            let message = format!("here belongs a number of {unit}");
            Err(Diagnostic::new("E0016", word.span, message).help(help))
        }
        _ => {
            let message = format!("here belongs a number of {unit}");
            Err(Diagnostic::new("E0016", sentence.whole(), message).help(help))
        }
    }
}

/// A clause with single spaces between its words.
pub(super) fn words(sentence: &mut Sentence<'_>, clause: &Piece<'_>) -> Spanned<String> {
    let span = sentence.span(clause);
    let mut words = String::new();
    for word in clause.as_str().split_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    Spanned::new(words, span)
}

/// A width between 1 and 128 bits.
pub(super) fn width(bits: Spanned<u128>) -> Result<u32, Diagnostic> {
    match u32::try_from(bits.value) {
        Ok(width @ 1..=128) => Ok(width),
        _ => Err(Diagnostic::new("E0016", bits.span, format!("nothing here can be {} bits wide", bits.value))
            .help("write a number from 1 to 128")),
    }
}

/// A width that an entry can have.
pub(super) fn entry_width(bits: Spanned<u32>) -> Result<Spanned<u32>, Diagnostic> {
    if matches!(bits.value, 8 | 16 | 32 | 64 | 128) {
        return Ok(bits);
    }
    Err(Diagnostic::new("E0016", bits.span, format!("an entry cannot have {} bits", bits.value))
        .help("write 8, 16, 32, 64 or 128"))
}

fn unknown_clause(clause: &Spanned<String>, known: &[&str]) -> Diagnostic {
    let message = format!("{} is not understood here", quote(&clause.value));
    let help = if known.is_empty() { "write nothing after the unit".to_owned() } else { instead(&clause.value, known) };
    Diagnostic::new("E0016", clause.span, message).help(help)
}

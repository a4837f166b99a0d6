//! The other lines of a description: levels, widths, runs and codes.

use super::description::Spanned;
use super::grammar::{Piece, Rule, Sentence, number};
use super::suggest::{instead, quote};
use crate::diagnostic::Diagnostic;
use crate::model::{BitRange, Endian};
use crate::span::Span;

/// `36 bits, at most`: a width and what is said about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quantity<T> {
    /// The width in bits.
    pub bits: Spanned<u32>,
    /// What is said about it.
    pub clause: T,
}

/// `16 items, same address`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Run {
    /// How many items.
    pub items: Spanned<u128>,
    /// Whether each holds its own address.
    pub own_address: bool,
    /// The whole line.
    pub span: Span,
}

/// `31:22 DIR, table 4K`: one level.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LevelLine {
    /// The bits of the input address that pick the item.
    pub bits: Spanned<BitRange>,
    /// The name.
    pub name: Spanned<String>,
    /// The width of an item, where it is given.
    pub entry_bits: Option<Spanned<u32>>,
    /// The byte order, where it is given.
    pub endian: Option<Endian>,
    /// The size of a table, where it is given.
    pub table_bytes: Option<Spanned<u64>>,
    /// The alignment of a table, where it is given.
    pub align_bytes: Option<Spanned<u64>>,
    /// The whole line.
    pub span: Span,
}

/// `3 all read write execute`: one code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CodeLine {
    /// The value of the field.
    pub value: Spanned<u128>,
    /// The name.
    pub name: Spanned<String>,
    /// The permissions that it grants.
    pub grants: Vec<Spanned<String>>,
    /// The whole line.
    pub span: Span,
}

impl<T: Copy> Quantity<T> {
    /// Reads `N bits` and clauses; each clause stands for a value, and the lack of any for `none`.
    fn parse(mut sentence: Sentence<'_>, none: T, example: &str, clauses: &[(&str, T)]) -> Result<Self, Diagnostic> {
        let (bits, extra) = amount(&mut sentence, "bits", example)?;
        let bits = Spanned::new(width(bits)?, bits.span);
        let names: Vec<&str> = clauses.iter().map(|(name, _)| *name).collect();
        let mut value = none;
        for clause in extra {
            match clauses.iter().find(|(name, _)| *name == clause.value) {
                Some((_, meant)) => value = *meant,
                None => return Err(unknown_clause(&clause, &names)),
            }
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

impl LevelLine {
    /// Reads a level.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(mut sentence: Sentence<'_>) -> Result<Self, Diagnostic> {
        let (mut bits, mut name) = (None, None);
        let (mut entry_bits, mut endian, mut table_bytes, mut align_bytes) = (None, None, None, None);
        for piece in sentence.pieces(Rule::level)? {
            match piece.as_rule() {
                Rule::bits => bits = Some(sentence.bits(&piece)?),
                Rule::label => name = Some(sentence.word(&piece)),
                Rule::clause => {
                    let clause = words(&mut sentence, &piece);
                    match clause.value.split(' ').collect::<Vec<_>>().as_slice() {
                        ["entry", bits, "bits"] => {
                            let bits = Spanned::new(number(bits, clause.span)?, clause.span);
                            entry_bits = Some(entry_width(Spanned::new(width(bits)?, clause.span))?);
                        }
                        ["big-endian"] => endian = Some(Endian::Big),
                        ["little-endian"] => endian = Some(Endian::Little),
                        ["table", bytes] => table_bytes = Some(size(bytes, clause.span)?),
                        ["aligned", bytes] => align_bytes = Some(size(bytes, clause.span)?),
                        _ => return Err(unknown_level_clause(&clause)),
                    }
                }
                _ => return Err(level_leftover(&mut sentence, &piece, bits.is_some(), name.is_some())),
            }
        }
        let (Some(bits), Some(name)) = (bits, name) else {
            return Err(Diagnostic::new(
                "E0015",
                sentence.whole(),
                "a level has the bits that pick the item, and a name",
            )
            .help("write a level as `31:22 DIR`"));
        };
        Ok(Self { bits, name, entry_bits, endian, table_bytes, align_bytes, span: sentence.whole() })
    }
}

impl CodeLine {
    /// Reads a code.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(mut sentence: Sentence<'_>) -> Result<Self, Diagnostic> {
        let (mut value, mut words) = (None, Vec::new());
        for piece in sentence.pieces(Rule::code)? {
            match piece.as_rule() {
                Rule::number => value = Some(sentence.number(&piece)?),
                Rule::word => words.push(sentence.word(&piece)),
                _ => {
                    let word = sentence.first_word(&piece);
                    return Err(Diagnostic::new("E0018", word.span, "the words of a code are separated by spaces"));
                }
            }
        }
        let mut words = words.into_iter();
        let (Some(value), Some(name)) = (value, words.next()) else {
            return Err(Diagnostic::new("E0018", sentence.whole(), "a code has a value and a name")
                .help("write a code as `1 non-cacheable`"));
        };
        if !is_lower_name(&name.value, '-') {
            return Err(bad_name(&name, '-'));
        }
        Ok(Self { value, name, grants: words.collect(), span: sentence.whole() })
    }
}

/// Whether a name is a lower-case letter, and then lower-case letters, digits and `joint`.
pub(super) fn is_lower_name(name: &str, joint: char) -> bool {
    name.len() <= 64
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == joint)
}

/// What to say of a name that is not [`is_lower_name`].
pub(super) fn bad_name(name: &Spanned<String>, joint: char) -> Diagnostic {
    let better: String = name
        .value
        .to_lowercase()
        .chars()
        .map(|c| if matches!(c, '_' | '-' | ' ' | '.' | '/') { joint } else { c })
        .collect();
    let help = if better != name.value && is_lower_name(&better, joint) {
        format!("write `{better}`")
    } else {
        format!("a name is a lower-case letter, and then lower-case letters, digits and `{joint}`, 64 at most")
    };
    Diagnostic::new("E0019", name.span, format!("{} cannot be a name here", quote(&name.value))).help(help)
}

/// Reads a number, a unit and clauses.
fn amount(
    sentence: &mut Sentence<'_>,
    unit: &str,
    example: &str,
) -> Result<(Spanned<u128>, Vec<Spanned<String>>), Diagnostic> {
    let (mut value, mut word, mut clauses) = (None, None, Vec::new());
    let help = format!("write something like `{example}`");
    for piece in sentence.pieces(Rule::quantity)? {
        match piece.as_rule() {
            Rule::number => value = Some(sentence.number(&piece)?),
            Rule::word => word = Some(sentence.word(&piece)),
            Rule::clause => clauses.push(words(sentence, &piece)),
            _ => {
                let found = sentence.first_word(&piece);
                let message = format!("{} is too much here", quote(&found.value));
                return Err(Diagnostic::new("E0016", found.span, message).help(help));
            }
        }
    }
    match (value, word) {
        (Some(value), Some(word)) if word.value == unit => Ok((value, clauses)),
        (_, Some(word)) => {
            let message = format!("here stands a number of {unit}");
            Err(Diagnostic::new("E0016", word.span, message).help(help))
        }
        _ => {
            let message = format!("here stands a number of {unit}");
            Err(Diagnostic::new("E0016", sentence.whole(), message).help(help))
        }
    }
}

/// A clause with single spaces between its words.
fn words(sentence: &mut Sentence<'_>, clause: &Piece<'_>) -> Spanned<String> {
    let span = sentence.span(clause);
    Spanned::new(clause.as_str().split_whitespace().collect::<Vec<_>>().join(" "), span)
}

/// A width between 1 and 128 bits.
fn width(bits: Spanned<u128>) -> Result<u32, Diagnostic> {
    match u32::try_from(bits.value) {
        Ok(width @ 1..=128) => Ok(width),
        _ => Err(Diagnostic::new("E0016", bits.span, format!("nothing here can be {} bits wide", bits.value))
            .help("write a number from 1 to 128")),
    }
}

/// A width that an entry can have.
fn entry_width(bits: Spanned<u32>) -> Result<Spanned<u32>, Diagnostic> {
    if matches!(bits.value, 8 | 16 | 32 | 64 | 128) {
        return Ok(bits);
    }
    Err(Diagnostic::new("E0016", bits.span, format!("an entry cannot have {} bits", bits.value))
        .help("write 8, 16, 32, 64 or 128"))
}

/// A size in bytes, with K, M or G.
fn size(word: &str, span: Span) -> Result<Spanned<u64>, Diagnostic> {
    let (digits, shift) = match word.strip_suffix(['K', 'M', 'G']) {
        Some(digits) => (
            digits,
            if word.ends_with('K') {
                10
            } else if word.ends_with('M') {
                20
            } else {
                30
            },
        ),
        None => (word, 0),
    };
    let bytes = number(digits, span)?.checked_mul(1 << shift).and_then(|bytes| u64::try_from(bytes).ok());
    match bytes {
        Some(bytes) if bytes > 0 && bytes <= 1 << 48 => Ok(Spanned::new(bytes, span)),
        _ => Err(Diagnostic::new("E0015", span, "no table has this size")
            .help("write a number of bytes above zero, such as `16K`")),
    }
}

fn unknown_clause(clause: &Spanned<String>, known: &[&str]) -> Diagnostic {
    let message = format!("{} is not understood here", quote(&clause.value));
    let help = if known.is_empty() { "write nothing after the unit".to_owned() } else { instead(&clause.value, known) };
    Diagnostic::new("E0016", clause.span, message).help(help)
}

fn unknown_level_clause(clause: &Spanned<String>) -> Diagnostic {
    let message = format!("{} is not understood here", quote(&clause.value));
    let help = match clause.value.split(' ').next() {
        Some("entry") => "write the width of an item as `entry 64 bits`".to_owned(),
        Some(word @ ("table" | "aligned")) => format!("write a size in bytes, such as `{word} 4K`"),
        Some(word) => instead(word, &["entry 64 bits", "big-endian", "little-endian", "table 16K", "aligned 4K"]),
        None => "take out the comma".to_owned(),
    };
    Diagnostic::new("E0015", clause.span, message).help(help)
}

fn level_leftover(sentence: &mut Sentence<'_>, rest: &Piece<'_>, bits: bool, name: bool) -> Diagnostic {
    let word = sentence.first_word(rest);
    let (message, help) = match (bits, name) {
        (false, _) => ("a level begins with the bits that pick the item".to_owned(), "write a level as `31:22 DIR`"),
        (true, false) => (
            format!("{} cannot be the name of a level", quote(&word.value)),
            "a name is a letter and then letters, digits, `_` and `-`; `zero`, `free`, `page`, `table`, `not`, `and`, \
             `or`, `as` and `at` are taken",
        ),
        (true, true) => {
            (format!("{} is too much here", quote(&word.value)), "write a comma after the name of the level")
        }
    };
    Diagnostic::new("E0015", word.span, message).help(help)
}

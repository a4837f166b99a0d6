//! One level: the bits that pick the item, its name, and what differs from other levels.

use super::description::Spanned;
use super::grammar::{Piece, Rule, Sentence, number};
use super::suggest::{nearest, quote};
use super::width::{entry_width, width, words};
use crate::diagnostic::Diagnostic;
use crate::model::{BitRange, Endian};
use crate::span::Span;

/// The largest size that a table can have.
const MOST_TABLE_BYTES: u64 = 1 << 48;

/// `31:22 DIR, table 4K` or `TAB_4M, one item of 4M`: one level.
#[derive(Debug)]
pub struct LevelLine {
    /// The bits of the input address that pick the item; none for the one item of a table, at the lowest bit of what the
    /// item covers.
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

impl LevelLine {
    /// Reads a level.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(mut sentence: Sentence<'_>) -> Result<Self, Diagnostic> {
        let (mut bits, mut only, mut name) = (None, None, None);
        let (mut entry_bits, mut endian, mut table_bytes, mut align_bytes) = (None, None, None, None);
        for piece in sentence.read(Rule::level)?.inner() {
            match piece.as_rule() {
                Rule::bits => bits = Some(sentence.bits(piece)?),
                Rule::label => name = Some(sentence.word(piece)),
                Rule::clause => {
                    let clause = words(&mut sentence, piece);
                    let mut words = Vec::new();
                    for word in clause.value.split_whitespace() {
                        words.push(word);
                    }
                    match words.as_slice() {
                        ["entry", bits, "bits"] => {
                            let bits = Spanned::new(number(bits, clause.span)?, clause.span);
                            entry_bits = Some(entry_width(Spanned::new(width(bits)?, clause.span))?);
                        }
                        ["big-endian"] => endian = Some(Endian::Big),
                        ["little-endian"] => endian = Some(Endian::Little),
                        ["one", "item", "of", bytes] => only = Some(one_item(bytes, clause.span)?),
                        ["table", bytes] => table_bytes = Some(size(bytes, clause.span)?),
                        ["aligned", bytes] => align_bytes = Some(size(bytes, clause.span)?),
                        _ => return Err(unknown_level_clause(&clause)),
                    }
                }
                _ => return Err(level_leftover(&mut sentence, piece, bits.is_some(), name.is_some())),
            }
        }
        let (bits, name) = match (bits, only, name) {
            (Some(bits), None, Some(name)) | (None, Some(bits), Some(name)) => (bits, name),
            (Some(bits), Some(only), _) => return Err(picked_from_one(bits, only)),
            _ => return Err(incomplete(sentence.whole())),
        };
        Ok(Self { bits, name, entry_bits, endian, table_bytes, align_bytes, span: sentence.whole() })
    }
}

/// The place of the one item of a table, of which the size is given.
fn one_item(word: &str, span: Span) -> Result<Spanned<BitRange>, Diagnostic> {
    let bytes = size(word, span)?.value;
    match BitRange::none_at(bytes.ilog2()) {
        Some(none) if bytes.is_power_of_two() => Ok(Spanned::new(none, span)),
        _ => Err(Diagnostic::new("E0015", span, format!("an item cannot be of {} bytes", quote(word)))
            .help("write how much the item covers, a power of two such as `one item of 2M`")),
    }
}

fn picked_from_one(bits: Spanned<BitRange>, only: Spanned<BitRange>) -> Diagnostic {
    Diagnostic::new("E0015", bits.span, "nothing picks the item of a table that has only one")
        .label("picks one of several items")
        .and(only.span, "has one item")
        .help("take the bits out, as in `TAB, one item of 2M`, or take `one item` out")
}

fn incomplete(whole: Span) -> Diagnostic {
    Diagnostic::new("E0015", whole, "a level has the bits that pick the item, and a name")
        .help("write a level as `31:22 DIR`, or as `TAB, one item of 2M` where a table has one item only")
}

/// A size in bytes, with K, M, G or T.
fn size(word: &str, span: Span) -> Result<Spanned<u64>, Diagnostic> {
    let shift = match word.as_bytes() {
        [.., b'K'] => 10,
        [.., b'M'] => 20,
        [.., b'G'] => 30,
        [.., b'T'] => 40,
        _ => 0,
    };
    let digits = if shift == 0 { word } else { word.get(..word.len() - 1).unwrap_or_default() };
    if let Ok(units) = number(digits, span)
        && let Some(bytes) = units.checked_mul(1 << shift)
        && let Ok(bytes @ 1..=MOST_TABLE_BYTES) = u64::try_from(bytes)
    {
        return Ok(Spanned::new(bytes, span));
    }
    Err(Diagnostic::new("E0015", span, format!("{} is not the size of a table", quote(word)))
        .help("write a number of bytes, or of K, M, G or T, such as `16K`"))
}

fn unknown_level_clause(clause: &Spanned<String>) -> Diagnostic {
    let message = format!("{} is not understood here", quote(&clause.value));
    let help = match clause.value.split_whitespace().next().unwrap_or_default() {
        "entry" => "write the width of an item as `entry 64 bits`".to_owned(),
        "one" => "write how much the item covers, as in `one item of 2M`".to_owned(),
        word @ ("table" | "aligned") => format!("write a size in bytes, such as `{word} 4K`"),
        word => match nearest(word, &["entry", "big-endian", "little-endian", "table", "aligned"]) {
            Some(near) => format!("did you mean `{near}`?"),
            None => {
                "write `entry 64 bits`, `big-endian`, `little-endian`, `table 16K`, `aligned 4K` or `one item of 2M`"
                    .to_owned()
            }
        },
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
    let span = if name && !bits { sentence.whole() } else { word.span };
    Diagnostic::new("E0015", span, message).help(help)
}

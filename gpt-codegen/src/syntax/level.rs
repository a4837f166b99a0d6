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
    let bytes = number(digits, span).ok().and_then(|bytes| u64::try_from(bytes.checked_mul(1 << shift)?).ok());
    match bytes {
        Some(bytes @ 1..=MOST_TABLE_BYTES) => Ok(Spanned::new(bytes, span)),
        _ => Err(Diagnostic::new("E0015", span, format!("{} is not the size of a table", quote(word)))
            .help("write a number of bytes, or of K, M or G, such as `16K`")),
    }
}

fn unknown_level_clause(clause: &Spanned<String>) -> Diagnostic {
    let message = format!("{} is not understood here", quote(&clause.value));
    let help = match clause.value.split(' ').next() {
        Some("entry") => "write the width of an item as `entry 64 bits`".to_owned(),
        Some(word @ ("table" | "aligned")) => format!("write a size in bytes, such as `{word} 4K`"),
        Some(word) => match nearest(word, ["entry", "big-endian", "little-endian", "table", "aligned"]) {
            Some(near) => format!("did you mean `{near}`?"),
            None => "write `entry 64 bits`, `big-endian`, `little-endian`, `table 16K` or `aligned 4K`".to_owned(),
        },
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
    let span = if name && !bits { sentence.whole() } else { word.span };
    Diagnostic::new("E0015", span, message).help(help)
}

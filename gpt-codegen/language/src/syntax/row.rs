//! One row: a range of bits and what it is.

use super::description::Spanned;
use super::grammar::{Piece, Rule, Sentence};
use super::suggest::{nearest, quote};
use crate::diagnostic::Diagnostic;
use crate::model::{BitRange, Extent, Meaning};
use crate::span::Span;

/// A row as it was written.
#[derive(Clone, Debug)]
pub struct Row {
    /// The bits of the entry.
    pub bits: Spanned<BitRange>,
    /// The manual's name, where the row gives one.
    pub name: Option<Spanned<String>>,
    /// What the bits are.
    pub role: Role,
    /// Where `[hw]` stands, if it does.
    pub hardware: Option<Span>,
    /// The levels at which the row holds; all levels of its kind where there are none.
    pub levels: Vec<Spanned<String>>,
    /// The whole row.
    pub span: Span,
}

/// What the bits of a row are.
#[derive(Clone, Debug)]
pub enum Role {
    /// `P = 1`.
    Constant(Spanned<u128>),
    /// `zero`.
    Zero,
    /// `free`, with what an empty entry holds here.
    Free(Option<Spanned<u128>>),
    /// `ADDR page`.
    Page {
        /// The address bits where they are given.
        output: Option<Spanned<BitRange>>,
        /// Where `sized` stands, if the low bits of the row say how large the page is.
        sized: Option<Span>,
    },
    /// `ADDR table`.
    Table {
        /// The level of the table; the next one where none is given.
        level: Option<Spanned<String>>,
        /// The address bits where they are given.
        output: Option<Spanned<BitRange>>,
    },
    /// `TL table.last`.
    Extent(Extent),
    /// `XD not execute`.
    Setting {
        /// Whether `not` is written.
        negative: bool,
        /// The meaning.
        meaning: Spanned<String>,
        /// The bits of the value that the row holds, where other rows hold the rest.
        part: Option<Spanned<BitRange>>,
        /// The table of codes.
        codes: Option<Spanned<String>>,
    },
}

impl Row {
    /// Reads a row.
    ///
    /// # Errors
    /// What is wrong with it, at the word that is wrong.
    pub fn parse(mut sentence: Sentence<'_>) -> Result<Row, Diagnostic> {
        let row = sentence.read(Rule::row)?;
        let mut reader = Reader { sentence, name: None };
        let (mut bits, mut role, mut hardware, mut levels) = (None, None, None, Vec::new());
        for piece in row.inner() {
            match piece.as_rule() {
                Rule::bits => bits = Some(reader.sentence.bits(piece)?),
                Rule::hardware => hardware = Some(reader.sentence.span(piece)),
                Rule::levels => levels = reader.levels(piece),
                Rule::rest => return Err(reader.leftover(piece, bits.is_some(), role.as_ref())),
                _ => role = Some(reader.role(piece)?),
            }
        }
        let Some(bits) = bits else { return Err(no_bits(reader.sentence.whole())) };
        let Some(role) = role else { return Err(no_role(reader.sentence.end())) };
        Ok(Row { bits, name: reader.name, role, hardware, levels, span: reader.sentence.whole() })
    }

    /// Whether the row holds at the level with this name, if its kind occurs there.
    pub(super) fn holds_at(&self, level: &str) -> bool {
        self.levels.is_empty() || names_level(&self.levels, level)
    }
}

/// Whether one of the names is that of a level.
pub(super) fn names_level(names: &[Spanned<String>], level: &str) -> bool {
    for name in names {
        if name.value == level {
            return true;
        }
    }
    false
}

/// A row that is being read.
struct Reader<'a> {
    sentence: Sentence<'a>,
    name: Option<Spanned<String>>,
}

impl Reader<'_> {
    /// Reads the part that says what the bits are, and the name on the way.
    fn role(&mut self, body: &Piece<'_>) -> Result<Role, Diagnostic> {
        let rule = body.as_rule();
        let (mut value, mut output, mut level, mut negative, mut meaning, mut codes) =
            (None, None, None, false, None, None);
        let mut sized = None;
        for piece in body.inner() {
            match piece.as_rule() {
                Rule::name => self.name = Some(self.sentence.word(piece)),
                Rule::value => value = Some(self.sentence.number(piece)?),
                Rule::fill => value = Some(self.fill(piece)?),
                Rule::output => output = Some(self.output(piece)?),
                Rule::sized => sized = Some(self.sentence.span(piece)),
                Rule::label => level = Some(self.sentence.word(piece)),
                Rule::not => negative = true,
                Rule::meaning => meaning = Some(self.sentence.word(piece)),
                Rule::coded => codes = Some(self.codes(piece)?),
                _ => {}
            }
        }
        Ok(match (rule, meaning) {
            (Rule::constant, _) => Role::Constant(value.ok_or_else(|| no_value(self.sentence.end()))?),
            (Rule::zero, _) => Role::Zero,
            (Rule::free, _) => Role::Free(value),
            (Rule::page, _) => Role::Page { output, sized },
            (Rule::table, _) => Role::Table { level, output },
            (_, Some(meaning)) if let Some(extent) = Extent::from_word(&meaning.value) => {
                if negative || codes.is_some() || output.is_some() {
                    return Err(Diagnostic::new("E0014", meaning.span, "a part of a table is a plain number")
                        .help(format!("write the row as `TL {}`, without `not`, brackets or codes", meaning.value)));
                }
                Role::Extent(extent)
            }
            (_, Some(meaning)) => Role::Setting { negative, meaning, part: output, codes },
            (_, None) => return Err(no_role(self.sentence.end())),
        })
    }

    /// The value after the `=` of a free row.
    fn fill(&mut self, fill: &Piece<'_>) -> Result<Spanned<u128>, Diagnostic> {
        match fill.inner().first() {
            Some(value) => self.sentence.number(value),
            None => Err(no_value(self.sentence.end())),
        }
    }

    /// The address bits between brackets.
    fn output(&mut self, output: &Piece<'_>) -> Result<Spanned<BitRange>, Diagnostic> {
        let span = self.sentence.span(output);
        match output.inner().first() {
            Some(bits) => self.sentence.bits(bits),
            None => Err(Diagnostic::new("E0011", span, "the brackets are empty")
                .help("write the bits of the address or of the value that the row holds, such as `[35:12]`")),
        }
    }

    /// The name of the table of codes after `as`.
    fn codes(&mut self, coded: &Piece<'_>) -> Result<Spanned<String>, Diagnostic> {
        let span = self.sentence.span(coded);
        for piece in coded.inner() {
            if piece.as_rule() == Rule::codes {
                return Ok(self.sentence.word(piece));
            }
        }
        Err(Diagnostic::new("E0012", span, "`as` is not followed by the name of a table of codes")
            .help("write one of the names under `codes:`"))
    }

    /// The levels after `at`.
    fn levels(&mut self, levels: &Piece<'_>) -> Vec<Spanned<String>> {
        let mut names = Vec::new();
        for piece in levels.inner() {
            if piece.as_rule() == Rule::label {
                names.push(self.sentence.word(piece));
            }
        }
        names
    }

    /// What to say of a row with words that nothing took.
    fn leftover(&mut self, rest: &Piece<'_>, has_bits: bool, role: Option<&Role>) -> Diagnostic {
        let word = self.sentence.first_word(rest);
        if !has_bits {
            return no_bits(word.span);
        }
        let Some(role) = role else { return self.unknown_role(rest, &word) };
        if let Role::Setting { negative: false, meaning, .. } = role
            && Meaning::from_name(&meaning.value).is_none()
            && Meaning::from_name(&word.value).is_some()
        {
            return Diagnostic::new("E0012", meaning.span, format!("{} is not understood", quote(&meaning.value)))
                .help(format!("did you mean `not {}`?", word.value));
        }
        if let Role::Setting { negative: false, meaning, .. } = role
            && Meaning::from_name(&meaning.value).is_none()
            && let Some(near) = nearest(&meaning.value, &["page", "table", "free"])
        {
            return Diagnostic::new("E0012", meaning.span, format!("{} is not understood", quote(&meaning.value)))
                .help(format!("did you mean `{near}`?"));
        }
        let help = match (word.value.as_str(), role) {
            ("sized", _) => "the size is coded in the address of a page, as in `51:12 ADDR page sized`",
            ("[hw]", _) => "write `[hw]` once, before `at`",
            ("=", _) => "only a constant and a free row have a value",
            ("at", _) => "write the names of levels after `at`, separated by commas",
            (text, Role::Page { .. } | Role::Table { .. }) if text.starts_with('[') => {
                "write the address bits in brackets, such as `[35:12]`, or `[hw]`"
            }
            (text, Role::Setting { .. }) if text.starts_with('[') => {
                "in brackets are the bits of the value that the row holds, such as `[4:2]`, before `as`, and `[hw]`"
            }
            (text, _) if text.starts_with('[') => "the only thing in brackets here is `[hw]`",
            _ => "a row may end with `[hw]` and with `at` and the levels at which it holds",
        };
        Diagnostic::new("E0014", word.span, format!("{} is too much for this row", quote(&word.value))).help(help)
    }

    /// What to say of a row that does not say what its bits are.
    fn unknown_role(&mut self, rest: &Piece<'_>, first: &Spanned<String>) -> Diagnostic {
        let unclear = |message: String| Diagnostic::new("E0012", first.span, message);
        if rest.as_str().trim() == first.value {
            return match nearest(&first.value, &["zero", "free"]) {
                Some(near) => unclear(format!("{} is not understood", quote(&first.value)))
                    .help(format!("did you mean `{near}`?")),
                None => no_role(self.sentence.end()),
            };
        }
        if !is_row_name(&first.value) {
            return unclear(format!("{} is not a name", quote(&first.value)))
                .help("a name is a letter and then letters, digits, `_`, `/` and `-`");
        }
        if matches!(first.value.as_str(), "page" | "table" | "not" | "and" | "or" | "as" | "at") {
            return unclear(format!("{} needs a name before it", quote(&first.value)))
                .help("write the manual's name of the field after the bits");
        }
        let second = first.value.len();
        let start = rest.start() + (rest.as_str().len() - rest.as_str().trim_start().len()) + second;
        let tail = rest.as_str().trim_start().get(second..).unwrap_or_default();
        let start = start + (tail.len() - tail.trim_start().len());
        let span = self.sentence.at(start..start + tail.trim().len());
        Diagnostic::new("E0012", span, format!("{} does not say what {} is", quote(tail.trim()), quote(&first.value)))
            .help(ROLES)
    }
}

/// Whether a word is a letter and then letters, digits, `_`, `/` and `-`.
fn is_row_name(word: &str) -> bool {
    for (number, byte) in word.bytes().enumerate() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' => {}
            b'0'..=b'9' | b'_' | b'/' | b'-' if number > 0 => {}
            _ => return false,
        }
    }
    !word.is_empty()
}

/// What a row may say, in one sentence.
const ROLES: &str = "write `= VALUE`, `zero`, `free`, `page`, `table` or what a set bit means, such as `write`";

fn no_bits(span: Span) -> Diagnostic {
    Diagnostic::new("E0010", span, "a row begins with its bits").help("write the bits first, such as `51:12` or `63`")
}

fn no_role(span: Span) -> Diagnostic {
    Diagnostic::new("E0012", span, "the row does not say what its bits are").help(ROLES)
}

fn no_value(span: Span) -> Diagnostic {
    Diagnostic::new("E0013", span, "a number must follow `=`").help("write a number, such as `1` or `0xff`")
}

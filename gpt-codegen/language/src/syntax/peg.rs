//! Parsing by a grammar that is data.
//!
//! The rules stand in `row.pest`, in the notation of pest, and mean what pest says they mean: choices are ordered,
//! repetitions take all that they can, and between the parts of a rule that is not atomic there may be blanks. What is
//! compiled is a table of them and this file, which a build of the derive macro can do in a hundredth of the time that
//! pest and the parser that it makes would take. `gpt-grammar` writes the table, and tests that both parse alike.

use super::rules::{RULES, Rule};

/// What a rule makes of what it matches.
pub(super) enum Kind {
    /// A piece, with the pieces in it; blanks may stand between its parts.
    Normal,
    /// No piece; those in it belong to the rule around it.
    Silent,
    /// A piece without pieces in it, nor blanks.
    Atomic,
}

/// What text has to look like.
pub(super) enum Expr {
    /// The start of the sentence.
    Start,
    /// The end of the sentence.
    End,
    /// Any character.
    Any,
    /// An ASCII digit.
    Digit,
    /// An ASCII letter.
    Letter,
    /// An ASCII letter or digit.
    LetterOrDigit,
    /// These characters.
    Text(&'static str),
    /// What a rule says.
    Rule(Rule),
    /// All of them, one after the other.
    Sequence(&'static [Expr]),
    /// The first that matches.
    Choice(&'static [Expr]),
    /// It or nothing.
    Optional(&'static Expr),
    /// It as often as it matches, be that never.
    Repeat(&'static Expr),
    /// Nothing, where it does not match.
    Not(&'static Expr),
}

/// What one rule matched.
#[derive(Debug)]
pub(super) struct Piece<'a> {
    rule: Rule,
    start: usize,
    text: &'a str,
    inner: Vec<Piece<'a>>,
}

impl<'a> Piece<'a> {
    /// The rule.
    pub(super) fn as_rule(&self) -> Rule {
        self.rule
    }

    /// The text that it matched.
    pub(super) fn as_str(&self) -> &'a str {
        self.text
    }

    /// The first byte of that text in the sentence.
    pub(super) fn start(&self) -> usize {
        self.start
    }

    /// The pieces in it.
    pub(super) fn inner(&self) -> &[Piece<'a>] {
        &self.inner
    }
}

/// The piece that `text` is by a rule, or `None` where it does not match.
pub(super) fn parse(rule: Rule, text: &str) -> Option<Piece<'_>> {
    let mut matcher = Matcher { text, found: Vec::new(), atomic: false };
    matcher.rule(rule, 0)?;
    matcher.found.pop()
}

struct Matcher<'a> {
    text: &'a str,
    /// The pieces so far of the rule that is being matched.
    found: Vec<Piece<'a>>,
    /// Whether neither blanks nor pieces count.
    atomic: bool,
}

impl<'a> Matcher<'a> {
    /// Where the match that begins at `at` ends, if there is one; without one, no piece is left behind.
    fn expr(&mut self, expr: &Expr, at: usize) -> Option<usize> {
        let rest = self.text.get(at..)?;
        let next = rest.chars().next();
        let taken = |fits: bool, bytes: usize| if fits { Some(at + bytes) } else { None };
        match expr {
            Expr::Start => taken(at == 0, 0),
            Expr::End => taken(rest.is_empty(), 0),
            Expr::Any => taken(true, next?.len_utf8()),
            Expr::Digit => taken(next?.is_ascii_digit(), 1),
            Expr::Letter => taken(next?.is_ascii_alphabetic(), 1),
            Expr::LetterOrDigit => taken(next?.is_ascii_alphanumeric(), 1),
            Expr::Text(text) => taken(rest.starts_with(text), text.len()),
            Expr::Rule(rule) => self.rule(*rule, at),
            Expr::Sequence(parts) => self.sequence(parts, at),
            Expr::Choice(choices) => self.choice(choices, at),
            Expr::Optional(expr) => Some(self.expr(expr, at).unwrap_or(at)),
            Expr::Repeat(expr) => Some(self.repeat(expr, at)),
            Expr::Not(expr) => self.not(expr, at),
        }
    }

    fn sequence(&mut self, parts: &[Expr], at: usize) -> Option<usize> {
        let before = self.found.len();
        let mut end = at;
        for (number, part) in parts.iter().enumerate() {
            let start = if number == 0 { end } else { self.blanks(end) };
            let Some(matched) = self.expr(part, start) else {
                self.found.truncate(before);
                return None;
            };
            end = matched;
        }
        Some(end)
    }

    fn choice(&mut self, choices: &[Expr], at: usize) -> Option<usize> {
        for choice in choices {
            if let Some(end) = self.expr(choice, at) {
                return Some(end);
            }
        }
        None
    }

    fn repeat(&mut self, expr: &Expr, at: usize) -> usize {
        let (mut start, mut end) = (at, at);
        while let Some(matched) = self.expr(expr, start) {
            // What matches nothing would do so for ever.
            if matched == start {
                break;
            }
            end = matched;
            start = self.blanks(end);
        }
        end
    }

    fn not(&mut self, expr: &Expr, at: usize) -> Option<usize> {
        let before = self.found.len();
        let matched = self.expr(expr, at);
        self.found.truncate(before);
        if matched.is_some() { None } else { Some(at) }
    }

    /// The first byte that is no blank, where blanks do not count.
    fn blanks(&self, at: usize) -> usize {
        if self.atomic {
            return at;
        }
        let mut end = at;
        while let Some(b' ' | b'\t' | b'\r' | b'\n') = self.text.as_bytes().get(end) {
            end += 1;
        }
        end
    }

    fn rule(&mut self, rule: Rule, at: usize) -> Option<usize> {
        let (kind, expr) = RULES.get(rule as usize)?;
        if matches!(kind, Kind::Silent) || self.atomic {
            return self.expr(expr, at);
        }
        let around = std::mem::take(&mut self.found);
        self.atomic = matches!(kind, Kind::Atomic);
        let matched = self.expr(expr, at);
        self.atomic = false;
        let inner = std::mem::replace(&mut self.found, around);
        let end = matched?;
        self.found.push(Piece { rule, start: at, text: self.text.get(at..end)?, inner });
        Some(end)
    }
}

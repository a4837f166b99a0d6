//! Conditions on the fields of an entry.

use super::description::Spanned;
use super::grammar::{Piece, Rule, Sentence};
use super::suggest::quote;
use crate::diagnostic::Diagnostic;

/// How deep parentheses may be nested.
pub const MOST_NESTING: usize = 16;

/// A condition as it was written.
#[derive(Debug)]
pub enum Expression {
    /// `R`: the field is not zero.
    Set(Spanned<String>),
    /// `NAME = VALUE`.
    Equal(Spanned<String>, Spanned<u128>),
    /// `not X`.
    Not(Box<Expression>),
    /// `X and Y and …`.
    All(Vec<Expression>),
    /// `X or Y or …`.
    Any(Vec<Expression>),
}

impl Expression {
    /// Reads a condition.
    ///
    /// # Errors
    /// What is wrong with it, at the word that is wrong.
    pub fn parse(mut sentence: Sentence<'_>) -> Result<Self, Diagnostic> {
        nesting(&mut sentence)?;
        let mut expression = None;
        for piece in sentence.read(Rule::condition)?.inner() {
            match piece.as_rule() {
                Rule::any => expression = Some(any(&mut sentence, piece)?),
                _ => {
                    let word = sentence.first_word(piece);
                    return Err(leftover(&word, expression.is_some()));
                }
            }
        }
        expression.ok_or_else(|| nothing(&mut sentence))
    }
}

/// Refuses parentheses that are nested too deeply, before the parser recurses into them.
fn nesting(sentence: &mut Sentence<'_>) -> Result<(), Diagnostic> {
    let mut depth = 0usize;
    for (place, character) in sentence.text().char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MOST_NESTING {
            let span = sentence.at(place..place + 1);
            return Err(wrong(span, format!("parentheses are nested more than {MOST_NESTING} deep"))
                .help("take out those that are not needed"));
        }
    }
    Ok(())
}

fn any(sentence: &mut Sentence<'_>, piece: &Piece<'_>) -> Result<Expression, Diagnostic> {
    let mut terms = Vec::new();
    for inner in piece.inner() {
        if inner.as_rule() == Rule::all {
            terms.push(all(sentence, inner)?);
        }
    }
    Ok(one_or(terms, Expression::Any))
}

fn all(sentence: &mut Sentence<'_>, piece: &Piece<'_>) -> Result<Expression, Diagnostic> {
    let mut terms = Vec::new();
    for inner in piece.inner() {
        if inner.as_rule() == Rule::term {
            terms.push(term(sentence, inner)?);
        }
    }
    Ok(one_or(terms, Expression::All))
}

/// The only expression, or all of them as one.
fn one_or(mut terms: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Expression {
    match terms.pop() {
        Some(only) if terms.is_empty() => only,
        Some(last) => {
            terms.push(last);
            many(terms)
        }
        None => many(terms),
    }
}

fn term(sentence: &mut Sentence<'_>, piece: &Piece<'_>) -> Result<Expression, Diagnostic> {
    let mut negative = false;
    for inner in piece.inner() {
        let expression = match inner.as_rule() {
            Rule::not => {
                negative = !negative;
                continue;
            }
            Rule::group => group(sentence, inner)?,
            _ => comparison(sentence, inner)?,
        };
        return Ok(if negative { Expression::Not(Box::new(expression)) } else { expression });
    }
    Err(wrong(sentence.span(piece), "a field must follow `not`"))
}

fn group(sentence: &mut Sentence<'_>, piece: &Piece<'_>) -> Result<Expression, Diagnostic> {
    let (mut inside, mut closed) = (None, false);
    for inner in piece.inner() {
        match inner.as_rule() {
            Rule::any => inside = Some(any(sentence, inner)?),
            _ => closed = true,
        }
    }
    let start = piece.start();
    let open = sentence.at(start..start + 1);
    match inside {
        Some(expression) if closed => Ok(expression),
        Some(_) => Err(wrong(open, "this parenthesis is not closed").help("write `)` where it ends")),
        None => Err(wrong(open, "there is no condition after this parenthesis")
            .help("write the name of a field after it, or take it out")),
    }
}

fn comparison(sentence: &mut Sentence<'_>, piece: &Piece<'_>) -> Result<Expression, Diagnostic> {
    let (mut name, mut operator, mut value) = (None, None, None);
    for inner in piece.inner() {
        match inner.as_rule() {
            Rule::name => name = Some(sentence.word(inner)),
            Rule::operator => operator = Some(sentence.word(inner)),
            _ => value = Some(inner),
        }
    }
    let Some(name) = name else { return Err(nothing(sentence)) };
    let Some(operator) = operator else { return Ok(Expression::Set(name)) };
    let help = match operator.value.as_str() {
        "=" | "!=" => "",
        "&" | "&&" => "write `and`",
        "|" | "||" => "write `or`",
        "!" => "write `not` before the field",
        _ => "write `=` or `!=`",
    };
    if !help.is_empty() {
        return Err(wrong(operator.span, format!("{} is not understood", quote(&operator.value))).help(help));
    }
    let Some(value) = value else {
        let message = format!("a number must follow `{}`", operator.value);
        return Err(Diagnostic::new("E0013", operator.span, message).help("write a number, such as `0` or `0x3`"));
    };
    let value = sentence.number(value)?;
    let equal = Expression::Equal(name, value);
    Ok(if operator.value == "=" { equal } else { Expression::Not(Box::new(equal)) })
}

fn leftover(word: &Spanned<String>, after: bool) -> Diagnostic {
    let first = word.value.chars().next().unwrap_or(' ');
    let (message, help) = match (first, after) {
        (')', _) => ("this parenthesis was not opened".to_owned(), "take it out"),
        ('&', _) => (format!("{} is not understood", quote(&word.value)), "write `and`"),
        ('|', _) => (format!("{} is not understood", quote(&word.value)), "write `or`"),
        ('!' | '~', _) => (format!("{} is not understood", quote(&word.value)), "write `not`"),
        (_, true) if matches!(word.value.as_str(), "and" | "or") => {
            (format!("a field must follow {}", quote(&word.value)), "write the name of a field after it")
        }
        (_, true) => {
            (format!("{} does not continue the condition", quote(&word.value)), "write `and` or `or` before it")
        }
        (_, false) if word.value == "not" => {
            ("a field must follow `not`".to_owned(), "write the name of a field after it")
        }
        (_, false) => (
            format!("{} does not begin a condition", quote(&word.value)),
            "write the name of a field, such as `R or X and not W`, `NEXT = 7` or `NEXT != 0`",
        ),
    };
    wrong(word.span, message).help(help)
}

fn nothing(sentence: &mut Sentence<'_>) -> Diagnostic {
    wrong(sentence.whole(), "there is no condition here").help("write the name of a field, or take the key out")
}

fn wrong(span: crate::span::Span, message: impl Into<String>) -> Diagnostic {
    Diagnostic::new("E0017", span, message)
}

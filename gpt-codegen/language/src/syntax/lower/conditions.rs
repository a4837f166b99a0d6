//! A condition on named fields becomes patterns of bits.

use crate::diagnostic::Diagnostic;
use crate::model::{Condition, Cube, Field};
use crate::span::Span;
use crate::syntax::condition::Expression;
use crate::syntax::description::Spanned;
use crate::syntax::suggest::{instead, quote};

/// The fields that a condition may name.
pub(super) struct Fields<'a> {
    pub(super) fields: &'a [Field],
    /// The name of the level, for messages.
    pub(super) level: &'a str,
    /// The whole condition.
    pub(super) span: Span,
}

impl Fields<'_> {
    /// The patterns of the words that fulfil an expression, or do not where `positive` is false.
    pub(super) fn condition(&self, expression: &Expression, positive: bool) -> Result<Condition, Diagnostic> {
        match (expression, positive) {
            (Expression::Not(inner), _) => self.condition(inner, !positive),
            (Expression::All(terms), true) | (Expression::Any(terms), false) => {
                let mut all = Condition::always();
                for term in terms {
                    let Some(both) = all.and(&self.condition(term, positive)?) else { return Err(self.too_complex()) };
                    all = both;
                }
                Ok(all)
            }
            (Expression::Any(terms), true) | (Expression::All(terms), false) => {
                let mut any = Condition(Vec::new());
                for term in terms {
                    for cube in &self.condition(term, positive)?.0 {
                        if !any.0.contains(cube) {
                            any.0.push(*cube);
                        }
                    }
                    if any.0.len() > Condition::MOST_CUBES {
                        return Err(self.too_complex());
                    }
                }
                Ok(any)
            }
            (Expression::Set(name), _) => self.equal(name, 0, !positive),
            (Expression::Equal(name, value), _) => {
                let field = self.field(name)?;
                if value.value > u128::MAX >> (128 - field.bits.width()) {
                    let most = u128::MAX >> (128 - field.bits.width());
                    let message = format!("{} is never {}", quote(&name.value), value.value);
                    return Err(Diagnostic::new("E0112", value.span, message)
                        .and(field.span, "the field")
                        .help(format!("write a value up to {most}")));
                }
                self.equal(name, value.value, positive)
            }
        }
    }

    /// The words in which the field has the value, or has not.
    fn equal(&self, name: &Spanned<String>, value: u128, positive: bool) -> Result<Condition, Diagnostic> {
        let bits = self.field(name)?.bits;
        if positive {
            return Ok(Condition(vec![Cube { mask: bits.mask(), value: bits.set(0, value) }]));
        }
        let mut differing = Vec::new();
        for bit in bits.low..=bits.high {
            let mask = 1 << bit;
            differing.push(Cube { mask, value: !bits.set(0, value) & mask });
        }
        Ok(Condition(differing))
    }

    /// The only field with this name.
    fn field(&self, name: &Spanned<String>) -> Result<&Field, Diagnostic> {
        let mut named: Option<&Field> = None;
        for field in self.fields {
            if field.name != name.value {
                continue;
            }
            if let Some(first) = named {
                let message = format!("{} is the name of two rows", quote(&name.value));
                return Err(Diagnostic::new("E0114", name.span, message)
                    .and(first.span, "one")
                    .and(field.span, "the other")
                    .help("give the rows different names"));
            }
            named = Some(field);
        }
        match named {
            Some(field) => Ok(field),
            None => Err(self.unknown(name)),
        }
    }

    fn unknown(&self, name: &Spanned<String>) -> Diagnostic {
        let mut known: Vec<&str> = Vec::new();
        for field in self.fields {
            if !field.name.is_empty() && known.last() != Some(&field.name.as_str()) {
                known.push(&field.name);
            }
        }
        let message = format!("no row at {} is called {}", self.level, quote(&name.value));
        Diagnostic::new("E0105", name.span, message).help(instead(&name.value, &known))
    }

    fn too_complex(&self) -> Diagnostic {
        let message = format!("this condition needs more than {} patterns of bits", Condition::MOST_CUBES);
        Diagnostic::new("E0115", self.span, message)
            .help("write it with fewer alternatives, or as two kinds of entries")
    }
}

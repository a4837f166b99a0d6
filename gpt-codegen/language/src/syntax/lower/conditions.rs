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
                terms.iter().try_fold(Condition::always(), |all, term| {
                    all.and(&self.condition(term, positive)?).ok_or_else(|| self.too_complex())
                })
            }
            (Expression::Any(terms), true) | (Expression::All(terms), false) => {
                let mut any = Condition(Vec::new());
                for term in terms {
                    for cube in self.condition(term, positive)?.0 {
                        if !any.0.contains(&cube) {
                            any.0.push(cube);
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
        let differing = |bit: u32| {
            let mask = 1 << bit;
            Cube { mask, value: !bits.set(0, value) & mask }
        };
        Ok(Condition((bits.low..=bits.high).map(differing).collect()))
    }

    /// The only field with this name.
    fn field(&self, name: &Spanned<String>) -> Result<&Field, Diagnostic> {
        let mut named = self.fields.iter().filter(|field| field.name == name.value);
        match (named.next(), named.next()) {
            (Some(field), None) => Ok(field),
            (Some(first), Some(second)) => {
                let message = format!("{} is the name of two rows", quote(&name.value));
                Err(Diagnostic::new("E0114", name.span, message)
                    .and(first.span, "one")
                    .and(second.span, "the other")
                    .help("give the rows different names"))
            }
            (None, _) => {
                let mut known: Vec<&str> = self.fields.iter().map(|field| field.name.as_str()).collect();
                known.retain(|name| !name.is_empty());
                known.dedup();
                let message = format!("no row at {} is called {}", self.level, quote(&name.value));
                Err(Diagnostic::new("E0105", name.span, message).help(instead(&name.value, &known)))
            }
        }
    }

    fn too_complex(&self) -> Diagnostic {
        let message = format!("this condition needs more than {} patterns of bits", Condition::MOST_CUBES);
        Diagnostic::new("E0115", self.span, message)
            .help("write it with fewer alternatives, or as two kinds of entries")
    }
}

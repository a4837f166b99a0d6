//! Keeps the committed table of the row grammar what `row.pest` says, and the parser that reads it like pest's own.
//!
//! The table is made beforehand so that nobody who builds the derive macro builds pest too, and in a crate of its own
//! because `gpt-language` does not compile while its table lags behind the grammar.

use pest_meta::ast::{Expr, Rule as AstRule, RuleType};
use pest_meta::parser::{Rule, consume_rules, parse};
use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

/// The table of a grammar, as text.
///
/// # Errors
/// That pest does not understand the grammar, or that it says something that the table has no word for.
pub fn table(grammar: &str) -> Result<String, String> {
    let pairs = parse(Rule::grammar_rules, grammar).map_err(|error| error.to_string())?;
    let rules = consume_rules(pairs).map_err(|errors| format!("{errors:?}"))?;
    let names = rules.iter().map(|rule| name(&rule.name));
    let rows = rules.iter().map(row).collect::<Result<Vec<_>, _>>()?;
    let count = rows.len();
    let file = quote! {
        use super::peg::Expr::{
            Any, Choice, Digit, End, Letter, LetterOrDigit, Not, Optional, Repeat, Sequence, Start, Text,
        };
        use super::peg::{Expr, Kind};

        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Rule { #(#names),* }

        /// The rules by their numbers.
        pub(super) static RULES: [(Kind, Expr); #count] = [#(#rows),*];
    };
    let file = syn::parse2(file).map_err(|error| error.to_string())?;
    let about = "// @generated from `row.pest`: edit the grammar; the tests of `gpt-grammar` write this file.";
    Ok(format!("{about}\n\n{}", prettyplease::unparse(&file)))
}

fn row(rule: &AstRule) -> Result<TokenStream, String> {
    let kind = match rule.ty {
        RuleType::Normal => quote!(Normal),
        RuleType::Silent => quote!(Silent),
        RuleType::Atomic => quote!(Atomic),
        other => return Err(format!("`{}` is of a kind that the table does not know: {other:?}", rule.name)),
    };
    let expr = expr(&rule.expr)?;
    Ok(quote!((Kind::#kind, #expr)))
}

fn expr(of: &Expr) -> Result<TokenStream, String> {
    Ok(match of {
        Expr::Str(text) => quote!(Text(#text)),
        Expr::Ident(of) => match of.as_str() {
            "SOI" => quote!(Start),
            "EOI" => quote!(End),
            "ANY" => quote!(Any),
            "ASCII_DIGIT" => quote!(Digit),
            "ASCII_ALPHA" => quote!(Letter),
            "ASCII_ALPHANUMERIC" => quote!(LetterOrDigit),
            of => {
                let of = name(of);
                quote!(Expr::Rule(Rule::#of))
            }
        },
        Expr::Seq(left, right) => {
            let [left, right] = [parts(left, quote!(Sequence))?, parts(right, quote!(Sequence))?];
            quote!(Sequence(&[#left, #right]))
        }
        Expr::Choice(left, right) => {
            let [left, right] = [parts(left, quote!(Choice))?, parts(right, quote!(Choice))?];
            quote!(Choice(&[#left, #right]))
        }
        Expr::Opt(of) => {
            let of = expr(of)?;
            quote!(Optional(&#of))
        }
        Expr::Rep(of) => {
            let of = expr(of)?;
            quote!(Repeat(&#of))
        }
        Expr::RepOnce(of) => {
            let of = expr(of)?;
            quote!(Sequence(&[#of, Repeat(&#of)]))
        }
        Expr::NegPred(of) => {
            let of = expr(of)?;
            quote!(Not(&#of))
        }
        other => return Err(format!("the table has no word for {other:?}")),
    })
}

/// The tokens of an expression within a sequence or choice: of the parts alone where it is one itself.
fn parts(of: &Expr, within: TokenStream) -> Result<TokenStream, String> {
    let (left, right) = match of {
        Expr::Seq(left, right) if within.to_string() == "Sequence" => (left, right),
        Expr::Choice(left, right) if within.to_string() == "Choice" => (left, right),
        _ => return expr(of),
    };
    let [left, right] = [parts(left, within.clone())?, parts(right, within)?];
    Ok(quote!(#left, #right))
}

fn name(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

#[cfg(test)]
mod tests {
    use std::{env, fs, io, path::Path};

    /// `GPT_BLESS=1` writes the table.
    #[test]
    fn the_committed_table_is_that_of_the_grammar() -> io::Result<()> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../language/src/syntax");
        let made = super::table(&fs::read_to_string(folder.join("row.pest"))?).map_err(io::Error::other)?;
        let place = folder.join("row.rules.rs");
        if env::var_os("GPT_BLESS").is_some() {
            fs::write(&place, &made)?;
        }
        let committed = fs::read_to_string(place).unwrap_or_default();
        assert!(committed == made, "`row.pest` has changed: GPT_BLESS=1 cargo test -p gpt-grammar writes its table");
        Ok(())
    }
}

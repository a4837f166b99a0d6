// @generated from `row.pest`: edit the grammar; the tests of `gpt-grammar` write this file.

use super::peg::Expr::{
    Any, Choice, Digit, End, Letter, LetterOrDigit, Not, Optional, Repeat, Sequence,
    Start, Text,
};
use super::peg::{Expr, Kind};
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    WHITESPACE,
    row,
    quantity,
    level,
    code,
    condition,
    body,
    constant,
    zero,
    free,
    fill,
    page,
    table,
    setting,
    coded,
    output,
    hardware,
    levels,
    any,
    all,
    term,
    group,
    close,
    comparison,
    operator,
    zero_word,
    free_word,
    sized,
    page_word,
    table_word,
    as_word,
    at_word,
    and,
    or,
    not,
    bits,
    number,
    value,
    name,
    label,
    meaning,
    codes,
    word,
    clause,
    rest,
    keyword,
    word_char,
}
/// The rules by their numbers.
pub(super) static RULES: [(Kind, Expr); 47usize] = [
    (Kind::Silent, Choice(&[Text(" "), Text("\t"), Text("\r"), Text("\n")])),
    (
        Kind::Normal,
        Sequence(
            &[
                Start,
                Optional(&Expr::Rule(Rule::bits)),
                Optional(&Expr::Rule(Rule::body)),
                Optional(&Expr::Rule(Rule::hardware)),
                Optional(&Expr::Rule(Rule::levels)),
                Optional(&Expr::Rule(Rule::rest)),
                End,
            ],
        ),
    ),
    (
        Kind::Normal,
        Sequence(
            &[
                Start,
                Optional(&Expr::Rule(Rule::number)),
                Optional(&Expr::Rule(Rule::word)),
                Repeat(&Sequence(&[Text(","), Expr::Rule(Rule::clause)])),
                Optional(&Expr::Rule(Rule::rest)),
                End,
            ],
        ),
    ),
    (
        Kind::Normal,
        Sequence(
            &[
                Start,
                Optional(&Expr::Rule(Rule::bits)),
                Optional(&Expr::Rule(Rule::label)),
                Repeat(&Sequence(&[Text(","), Expr::Rule(Rule::clause)])),
                Optional(&Expr::Rule(Rule::rest)),
                End,
            ],
        ),
    ),
    (
        Kind::Normal,
        Sequence(
            &[
                Start,
                Optional(&Expr::Rule(Rule::number)),
                Repeat(&Expr::Rule(Rule::word)),
                Optional(&Expr::Rule(Rule::rest)),
                End,
            ],
        ),
    ),
    (
        Kind::Normal,
        Sequence(
            &[
                Start,
                Optional(&Expr::Rule(Rule::any)),
                Optional(&Expr::Rule(Rule::rest)),
                End,
            ],
        ),
    ),
    (
        Kind::Silent,
        Choice(
            &[
                Expr::Rule(Rule::constant),
                Expr::Rule(Rule::zero),
                Expr::Rule(Rule::free),
                Expr::Rule(Rule::page),
                Expr::Rule(Rule::table),
                Expr::Rule(Rule::setting),
            ],
        ),
    ),
    (
        Kind::Normal,
        Sequence(
            &[Expr::Rule(Rule::name), Text("="), Optional(&Expr::Rule(Rule::value))],
        ),
    ),
    (
        Kind::Normal,
        Sequence(&[Optional(&Expr::Rule(Rule::name)), Expr::Rule(Rule::zero_word)]),
    ),
    (
        Kind::Normal,
        Sequence(
            &[
                Optional(&Expr::Rule(Rule::name)),
                Expr::Rule(Rule::free_word),
                Optional(&Expr::Rule(Rule::fill)),
            ],
        ),
    ),
    (Kind::Normal, Sequence(&[Text("="), Optional(&Expr::Rule(Rule::value))])),
    (
        Kind::Normal,
        Sequence(
            &[
                Expr::Rule(Rule::name),
                Expr::Rule(Rule::page_word),
                Optional(&Expr::Rule(Rule::output)),
                Optional(&Expr::Rule(Rule::sized)),
            ],
        ),
    ),
    (
        Kind::Normal,
        Sequence(
            &[
                Expr::Rule(Rule::name),
                Expr::Rule(Rule::table_word),
                Optional(&Expr::Rule(Rule::label)),
                Optional(&Expr::Rule(Rule::output)),
            ],
        ),
    ),
    (
        Kind::Normal,
        Sequence(
            &[
                Expr::Rule(Rule::name),
                Optional(&Expr::Rule(Rule::not)),
                Expr::Rule(Rule::meaning),
                Optional(&Expr::Rule(Rule::output)),
                Optional(&Expr::Rule(Rule::coded)),
            ],
        ),
    ),
    (
        Kind::Normal,
        Sequence(&[Expr::Rule(Rule::as_word), Optional(&Expr::Rule(Rule::codes))]),
    ),
    (Kind::Normal, Sequence(&[Text("["), Optional(&Expr::Rule(Rule::bits)), Text("]")])),
    (Kind::Normal, Sequence(&[Text("["), Text("hw"), Text("]")])),
    (
        Kind::Normal,
        Sequence(
            &[
                Expr::Rule(Rule::at_word),
                Expr::Rule(Rule::label),
                Repeat(&Sequence(&[Text(","), Expr::Rule(Rule::label)])),
            ],
        ),
    ),
    (
        Kind::Normal,
        Sequence(
            &[
                Expr::Rule(Rule::all),
                Repeat(&Sequence(&[Expr::Rule(Rule::or), Expr::Rule(Rule::all)])),
            ],
        ),
    ),
    (
        Kind::Normal,
        Sequence(
            &[
                Expr::Rule(Rule::term),
                Repeat(&Sequence(&[Expr::Rule(Rule::and), Expr::Rule(Rule::term)])),
            ],
        ),
    ),
    (
        Kind::Normal,
        Sequence(
            &[
                Repeat(&Expr::Rule(Rule::not)),
                Choice(&[Expr::Rule(Rule::group), Expr::Rule(Rule::comparison)]),
            ],
        ),
    ),
    (
        Kind::Normal,
        Sequence(
            &[
                Text("("),
                Optional(&Expr::Rule(Rule::any)),
                Optional(&Expr::Rule(Rule::close)),
            ],
        ),
    ),
    (Kind::Normal, Text(")")),
    (
        Kind::Normal,
        Sequence(
            &[
                Expr::Rule(Rule::name),
                Optional(
                    &Sequence(
                        &[Expr::Rule(Rule::operator), Optional(&Expr::Rule(Rule::value))],
                    ),
                ),
            ],
        ),
    ),
    (
        Kind::Atomic,
        Sequence(
            &[
                Choice(
                    &[Text("="), Text("!"), Text("<"), Text(">"), Text("&"), Text("|")],
                ),
                Repeat(
                    &Choice(
                        &[
                            Text("="),
                            Text("!"),
                            Text("<"),
                            Text(">"),
                            Text("&"),
                            Text("|"),
                        ],
                    ),
                ),
            ],
        ),
    ),
    (Kind::Atomic, Sequence(&[Text("zero"), Not(&Expr::Rule(Rule::word_char))])),
    (Kind::Atomic, Sequence(&[Text("free"), Not(&Expr::Rule(Rule::word_char))])),
    (Kind::Atomic, Sequence(&[Text("sized"), Not(&Expr::Rule(Rule::word_char))])),
    (Kind::Atomic, Sequence(&[Text("page"), Not(&Expr::Rule(Rule::word_char))])),
    (Kind::Atomic, Sequence(&[Text("table"), Not(&Expr::Rule(Rule::word_char))])),
    (Kind::Atomic, Sequence(&[Text("as"), Not(&Expr::Rule(Rule::word_char))])),
    (Kind::Atomic, Sequence(&[Text("at"), Not(&Expr::Rule(Rule::word_char))])),
    (Kind::Atomic, Sequence(&[Text("and"), Not(&Expr::Rule(Rule::word_char))])),
    (Kind::Atomic, Sequence(&[Text("or"), Not(&Expr::Rule(Rule::word_char))])),
    (Kind::Atomic, Sequence(&[Text("not"), Not(&Expr::Rule(Rule::word_char))])),
    (
        Kind::Atomic,
        Sequence(
            &[
                Digit,
                Repeat(
                    &Choice(&[LetterOrDigit, Text(":"), Text("-"), Text("."), Text("_")]),
                ),
            ],
        ),
    ),
    (
        Kind::Atomic,
        Sequence(&[Digit, Repeat(&Choice(&[LetterOrDigit, Text("_"), Text(".")]))]),
    ),
    (
        Kind::Atomic,
        Sequence(
            &[
                Sequence(
                    &[
                        Not(
                            &Choice(
                                &[
                                    Expr::Rule(Rule::WHITESPACE),
                                    Text(")"),
                                    Text("["),
                                    Text("]"),
                                    Text(","),
                                ],
                            ),
                        ),
                        Any,
                    ],
                ),
                Repeat(
                    &Sequence(
                        &[
                            Not(
                                &Choice(
                                    &[
                                        Expr::Rule(Rule::WHITESPACE),
                                        Text(")"),
                                        Text("["),
                                        Text("]"),
                                        Text(","),
                                    ],
                                ),
                            ),
                            Any,
                        ],
                    ),
                ),
            ],
        ),
    ),
    (
        Kind::Atomic,
        Sequence(
            &[
                Not(&Expr::Rule(Rule::keyword)),
                Letter,
                Repeat(&Choice(&[LetterOrDigit, Text("_"), Text("/"), Text("-")])),
                Not(&Expr::Rule(Rule::word_char)),
            ],
        ),
    ),
    (
        Kind::Atomic,
        Sequence(
            &[
                Not(&Expr::Rule(Rule::keyword)),
                Letter,
                Repeat(&Choice(&[LetterOrDigit, Text("_"), Text("-")])),
                Not(&Expr::Rule(Rule::word_char)),
            ],
        ),
    ),
    (
        Kind::Atomic,
        Sequence(
            &[
                Not(&Expr::Rule(Rule::keyword)),
                Letter,
                Repeat(&Expr::Rule(Rule::word_char)),
            ],
        ),
    ),
    (
        Kind::Atomic,
        Sequence(&[Expr::Rule(Rule::word_char), Repeat(&Expr::Rule(Rule::word_char))]),
    ),
    (
        Kind::Atomic,
        Sequence(
            &[
                Sequence(
                    &[Not(&Choice(&[Expr::Rule(Rule::WHITESPACE), Text(",")])), Any],
                ),
                Repeat(
                    &Sequence(
                        &[Not(&Choice(&[Expr::Rule(Rule::WHITESPACE), Text(",")])), Any],
                    ),
                ),
            ],
        ),
    ),
    (Kind::Atomic, Repeat(&Sequence(&[Not(&Text(",")), Any]))),
    (Kind::Atomic, Sequence(&[Any, Repeat(&Any)])),
    (
        Kind::Atomic,
        Sequence(
            &[
                Choice(
                    &[
                        Text("zero"),
                        Text("free"),
                        Text("page"),
                        Text("table"),
                        Text("not"),
                        Text("and"),
                        Text("or"),
                        Text("as"),
                        Text("at"),
                    ],
                ),
                Not(&Expr::Rule(Rule::word_char)),
            ],
        ),
    ),
    (Kind::Silent, Choice(&[LetterOrDigit, Text("_"), Text("/"), Text("-"), Text(".")])),
];

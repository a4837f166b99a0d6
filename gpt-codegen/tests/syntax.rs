//! The sentences of a description: rows, levels, widths, runs, codes and conditions, without any notation around them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::ops::Range;

use gpt_codegen::diagnostic::Diagnostic;
use gpt_codegen::model::{BitRange, Endian};
use gpt_codegen::span::Span;
use gpt_codegen::syntax::code::CodeLine;
use gpt_codegen::syntax::condition::Expression;
use gpt_codegen::syntax::grammar::Sentence;
use gpt_codegen::syntax::level::LevelLine;
use gpt_codegen::syntax::row::{Role, Row};
use gpt_codegen::syntax::source::Sources;
use gpt_codegen::syntax::width::{Quantity, Run};

/// What a sentence is, or the code of the mistake and the words that it points at.
fn parse<T>(text: &str, parse: fn(Sentence<'_>) -> Result<T, Diagnostic>) -> Result<T, (&'static str, String)> {
    let mut sources = Sources::default();
    let file = sources.add("test", text);
    let mut place = |range: Range<usize>| -> Span { sources.span(file, range) };
    let parsed = parse(Sentence::new(text, &mut place));
    parsed.map_err(|diagnostic| {
        let (source, range) = sources.place(diagnostic.labels[0].span).unwrap();
        (diagnostic.code, source.text[range].to_owned())
    })
}

fn row(text: &str) -> Row {
    parse(text, Row::parse).unwrap_or_else(|(code, at)| panic!("{text}: {code} at {at:?}"))
}

fn bits(high: u32, low: u32) -> BitRange {
    BitRange::new(high, low).unwrap()
}

/// The name, `None` where there is none.
fn name(row: &Row) -> Option<&str> {
    row.name.as_ref().map(|name| name.value.as_str())
}

#[test]
fn constants_are_decimal_hexadecimal_or_binary() {
    for (text, value) in [
        ("0 P = 1", 1),
        ("7:4 T = 0xa", 10),
        ("7:4 T=0b101", 5),
        ("127:0 T = 0xffffffffffffffffffffffffffffffff", u128::MAX),
    ] {
        let Role::Constant(constant) = row(text).role else { panic!("{text}") };
        assert_eq!(constant.value, value, "{text}");
    }
}

#[test]
fn reserved_and_free_rows_need_no_name() {
    assert!(matches!(row("20:13 zero").role, Role::Zero));
    assert_eq!(name(&row("20:13 zero")), None);
    assert_eq!(name(&row("20:13 RES0 zero")), Some("RES0"));
    assert!(matches!(row("11:9 free").role, Role::Free(None)));
    assert_eq!(name(&row("11:9   AVL  free")), Some("AVL"));
    let Role::Free(Some(fill)) = row("31:0 free = 0xdeadcafe").role else { panic!() };
    assert_eq!(fill.value, 0xdead_cafe);
}

#[test]
fn addresses_may_be_moved_and_name_a_level() {
    let output = |text: &str| match row(text).role {
        Role::Page { output, sized: None } => (None, output.map(|bits| bits.value)),
        Role::Table { level, output } => (level.map(|level| level.value), output.map(|bits| bits.value)),
        other => panic!("{other:?}"),
    };
    assert_eq!(output("51:12 ADDR page"), (None, None));
    assert_eq!(output("53:10 PPN page[55:12]"), (None, Some(bits(55, 12))));
    assert_eq!(output("9 ADDR page [50]"), (None, Some(bits(50, 50))));
    assert_eq!(output("51:12 ADDR table"), (None, None));
    assert_eq!(output("51:12 ADDR table[55:16]"), (None, Some(bits(55, 16))));
    assert_eq!(output("53:8 ADDR table BIG[51:6]"), (Some("BIG".to_owned()), Some(bits(51, 6))));
    assert_eq!(output("53:8 ADDR table SMALL_PT"), (Some("SMALL_PT".to_owned()), None));
    assert_eq!(output("53:8 ADDR table at PD"), (None, None));
}

#[test]
fn settings_have_a_meaning_and_perhaps_codes() {
    let setting = |text: &str| match row(text).role {
        Role::Setting { negative, meaning, codes, .. } => (negative, meaning.value, codes.map(|codes| codes.value)),
        other => panic!("{other:?}"),
    };
    assert_eq!(setting("63 XD not execute"), (true, "execute".to_owned(), None));
    assert_eq!(setting("1 R/W write"), (false, "write".to_owned(), None));
    assert_eq!(setting("3 PWT cache.write-through"), (false, "cache.write-through".to_owned(), None));
    assert_eq!(setting("62:61 PBMT memory-type as pbmt"), (false, "memory-type".to_owned(), Some("pbmt".to_owned())));
    assert_eq!(setting("8 nT vendor.no-transition"), (false, "vendor.no-transition".to_owned(), None));
}

#[test]
fn the_end_of_a_row_says_who_writes_it_and_where_it_holds() {
    let levels = |row: &Row| row.levels.iter().map(|level| level.value.clone()).collect::<Vec<_>>();
    let accessed = row("5 A accessed [hw] at PDPT, PD");
    assert!(accessed.hardware.is_some());
    assert_eq!(levels(&accessed), ["PDPT", "PD"]);
    assert!(row("7 PAT cache.pat at PT").hardware.is_none());
    assert_eq!(levels(&row("20:13 zero at PD")), ["PD"]);
    assert_eq!(levels(&row("7 PS = 1 at PD")), ["PD"]);
    assert_eq!(levels(&row("11:9 free = 3 at PD,PT")), ["PD", "PT"]);
}

#[test]
fn names_that_begin_like_a_word_of_the_language_are_names() {
    for text in [
        "3 ZERO zero",
        "3 zeroed vendor.x",
        "3 freeze = 1",
        "3 page-size = 0",
        "3 notG global",
        "3 attr vendor.x",
        "3 asid key",
    ] {
        let row = row(text);
        assert!(name(&row).is_some(), "{text}");
    }
    assert_eq!(parse("3 page page", Row::parse).unwrap_err().0, "E0012");
}

#[test]
fn a_wrong_row_is_pointed_at_where_it_is_wrong() {
    for (text, code, at) in [
        ("", "E0010", ""),
        ("XD not execute", "E0010", "XD not execute"),
        (":12 ADDR page", "E0010", ":12"),
        ("63", "E0012", ""),
        ("63 XD", "E0012", ""),
        ("63 XD 5", "E0012", "5"),
        ("63 X+D write", "E0012", "X+D"),
        ("63 = 1", "E0012", "="),
        ("12:51 ADDR page", "E0011", "12:51"),
        ("51..12 ADDR page", "E0011", "51..12"),
        ("0x3:0 ADDR page", "E0011", "0x3:0"),
        ("128 X write", "E0011", "128"),
        ("99999999999999999999:0 X write", "E0011", "99999999999999999999:0"),
        ("51:12 ADDR page[12:51]", "E0011", "12:51"),
        ("51:12 ADDR page[]", "E0011", "[]"),
        ("51:12 ADDR page[51:12", "E0014", "[51:12"),
        ("0 P = one", "E0013", "one"),
        ("0 P = 1_0", "E0013", "1_0"),
        ("0 P = -1", "E0013", "-1"),
        ("0 P =", "E0013", ""),
        ("11:9 free =", "E0013", ""),
        ("5 A accessed [hw] [hw]", "E0014", "[hw]"),
        ("5 A accessed at PD [hw]", "E0014", "[hw]"),
        ("5 A accessed [HW]", "E0014", "[HW]"),
        ("5 A accessed at", "E0014", "at"),
        ("5 A accessed as", "E0012", "as"),
        ("51:12 KEY key[51:12", "E0014", "[51:12"),
        ("11:9 fere", "E0012", "fere"),
        ("5 A é", "E0012", "é"),
    ] {
        assert_eq!(parse(text, Row::parse).unwrap_err(), (code, at.to_owned()), "{text}");
    }
}

#[test]
fn levels_may_differ_in_any_order() {
    let level = parse("38:30  L1, table 16K, entry 128 bits, aligned 64, big-endian", LevelLine::parse).unwrap();
    assert_eq!((level.name.value.as_str(), level.bits.value), ("L1", bits(38, 30)));
    assert_eq!(level.entry_bits.map(|bits| bits.value), Some(128));
    assert_eq!(level.table_bytes.map(|bytes| bytes.value), Some(16 << 10));
    assert_eq!((level.align_bytes.map(|bytes| bytes.value), level.endian), (Some(64), Some(Endian::Big)));
    for (text, at) in [
        ("L1 38:30", "L1 38:30"),
        ("38:30 L1 table 16K", "table"),
        ("38:30 L1, entry 12 bits", "entry 12 bits"),
        ("38:30 L1, table 0", "table 0"),
        ("38:30 L1, table 99999999999999999G", "table 99999999999999999G"),
        ("38:30 L1, ", ""),
        ("38:30 page", "page"),
    ] {
        let (code, place) = parse(text, LevelLine::parse).err().unwrap_or_else(|| panic!("{text}"));
        assert!(matches!(code, "E0015" | "E0016"), "{text}: {code}");
        assert_eq!(place, at, "{text}");
    }
}

#[test]
fn widths_say_what_else_is_true_of_them() {
    let input = |text: &str| parse(text, Quantity::input).map(|width| (width.bits.value, width.clause));
    assert_eq!(input("48 bits, sign-extended"), Ok((48, true)));
    assert_eq!(input("32 bits"), Ok((32, false)));
    assert_eq!(input("32 bytes"), Err(("E0016", "bytes".to_owned())));
    assert_eq!(input("0 bits"), Err(("E0016", "0".to_owned())));
    assert_eq!(input("32 bits, at most"), Err(("E0016", "at most".to_owned())));
    let output = |text: &str| parse(text, Quantity::output).map(|width| (width.bits.value, width.clause));
    assert_eq!(output("52 bits,  at   most"), Ok((52, true)));
    let entry = |text: &str| parse(text, Quantity::entry).map(|width| (width.bits.value, width.clause));
    assert_eq!(entry("64 bits, big-endian"), Ok((64, Endian::Big)));
    assert_eq!(entry("64 bits"), Err(("E0016", "64".to_owned())));
    assert_eq!(entry("24 bits, big-endian"), Err(("E0016", "24".to_owned())));
}

#[test]
fn runs_say_whose_addresses_they_hold() {
    let run = |text: &str| parse(text, Run::parse).map(|run| (run.items.value, run.own_address));
    assert_eq!(run("16 items, same address"), Ok((16, false)));
    assert_eq!(run("0x10 items, own addresses"), Ok((16, true)));
    assert_eq!(run("16 items"), Err(("E0016", String::new())));
    assert_eq!(run("1 items, same address"), Err(("E0016", "1".to_owned())));
    assert_eq!(run("16 items, same addresses"), Err(("E0016", "same addresses".to_owned())));
}

#[test]
fn codes_have_a_value_a_name_and_permissions() {
    let code = parse("0x3 all read write", CodeLine::parse).unwrap();
    assert_eq!((code.value.value, code.name.value.as_str(), code.grants.len()), (3, "all", 2));
    assert_eq!(parse("all 3", CodeLine::parse).map(|_| ()), Err(("E0018", "all 3".to_owned())));
    assert_eq!(parse("3 All", CodeLine::parse).map(|_| ()), Err(("E0019", "All".to_owned())));
    assert_eq!(parse("3 all, read", CodeLine::parse).map(|_| ()), Err(("E0018", ",".to_owned())));
}

/// A condition with parentheses everywhere.
fn shape(expression: &Expression) -> String {
    let many =
        |terms: &[Expression], word: &str| format!("({})", terms.iter().map(shape).collect::<Vec<_>>().join(word));
    match expression {
        Expression::Set(name) => name.value.clone(),
        Expression::Equal(name, value) => format!("{}={}", name.value, value.value),
        Expression::Not(inner) => format!("!{}", shape(inner)),
        Expression::All(terms) => many(terms, "&"),
        Expression::Any(terms) => many(terms, "|"),
    }
}

#[test]
fn not_binds_tightest_then_and_then_or() {
    for (text, expected) in [
        ("R", "R"),
        ("R or X and not W", "(R|(X&!W))"),
        ("not R and X or W", "((!R&X)|W)"),
        ("not (R and X) or W", "(!(R&X)|W)"),
        ("(R or X) and W", "((R|X)&W)"),
        ("NEXT = 7 or NEXT != 0", "(NEXT=7|!NEXT=0)"),
        ("not NEXT = 0b11", "!NEXT=3"),
        ("not not R", "R"),
        ("U/S and R/W", "(U/S&R/W)"),
        ("android or notable", "(android|notable)"),
    ] {
        assert_eq!(shape(&parse(text, Expression::parse).unwrap()), expected, "{text}");
    }
}

#[test]
fn a_wrong_condition_is_pointed_at_where_it_is_wrong() {
    for (text, code, at) in [
        ("", "E0017", ""),
        ("R X", "E0017", "X"),
        ("R and", "E0017", "and"),
        ("and R", "E0017", "and"),
        ("not", "E0017", "not"),
        ("(R or X", "E0017", "("),
        ("R or X)", "E0017", ")"),
        ("()", "E0017", "("),
        ("R || X", "E0017", "||"),
        ("R < 3", "E0017", "<"),
        ("!R", "E0017", "!R"),
        ("R =", "E0013", "="),
        ("R = W", "E0013", "W"),
        ("3 = R", "E0017", "3"),
    ] {
        assert_eq!(parse(text, Expression::parse).unwrap_err(), (code, at.to_owned()), "{text}");
    }
}

//! What reads the table parses as pest does.
#![allow(missing_docs, clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::Path;

use pest::iterators::Pairs;
use pest_vm::Vm;

#[allow(unreachable_pub, dead_code)]
#[path = "../../language/src/syntax/peg.rs"]
mod peg;
#[allow(non_camel_case_types, clippy::upper_case_acronyms)]
#[path = "../../language/src/syntax/row.rules.rs"]
#[rustfmt::skip]
mod rules;

use peg::Piece;
use rules::Rule;

/// The rules that sentences are read as.
const SENTENCES: [Rule; 5] = [Rule::row, Rule::quantity, Rule::level, Rule::code, Rule::condition];

/// The grammar as pest itself reads it.
fn pest() -> Vm {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join("../language/src/syntax/row.pest");
    let grammar = fs::read_to_string(place).unwrap();
    let pairs = pest_meta::parser::parse(pest_meta::parser::Rule::grammar_rules, &grammar).unwrap();
    let rules = pest_meta::parser::consume_rules(pairs).unwrap();
    Vm::new(pest_meta::optimizer::optimize(rules))
}

/// What pest makes of a text: each piece with its place and what is in it.
fn by_pest(vm: &Vm, rule: Rule, text: &str) -> Option<String> {
    fn write(pairs: Pairs<'_, &str>, text: &mut String) {
        for pair in pairs.filter(|pair| pair.as_rule() != "EOI") {
            let span = pair.as_span();
            text.push_str(&format!("{}@{}..{}(", pair.as_rule(), span.start(), span.end()));
            write(pair.into_inner(), text);
            text.push(')');
        }
    }
    let rule = format!("{rule:?}");
    let pairs = vm.parse(&rule, text).ok()?;
    let mut out = String::new();
    write(pairs, &mut out);
    Some(out)
}

fn by_table(rule: Rule, text: &str) -> Option<String> {
    fn write(pieces: &[Piece<'_>], text: &mut String) {
        for piece in pieces {
            let (start, of) = (piece.start(), piece.as_str());
            text.push_str(&format!("{:?}@{start}..{}(", piece.as_rule(), start + of.len()));
            write(piece.inner(), text);
            text.push(')');
        }
    }
    let mut out = String::new();
    write(&[peg::parse(rule, text)?], &mut out);
    Some(out)
}

fn same(vm: &Vm, text: &str) {
    for rule in SENTENCES {
        assert_eq!(by_table(rule, text), by_pest(vm, rule, text), "{rule:?} of {text:?}");
    }
}

/// Every line of every description, right or wrong, without what YAML puts around it.
fn lines() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let directories = ["formats", "gpt-codegen/tests/diagnostics"];
    let files = directories.iter().flat_map(|below| fs::read_dir(root.join(below)).unwrap());
    let paths = files.map(|file| file.unwrap().path()).filter(|path| path.extension().is_some_and(|of| of == "yaml"));
    let mut lines: Vec<String> = paths
        .flat_map(|path| {
            let text = fs::read_to_string(path).unwrap();
            text.lines().map(|line| line.trim_start_matches([' ', '-']).to_owned()).collect::<Vec<_>>()
        })
        .collect();
    // What follows a key is a sentence too.
    let after: Vec<String> = lines.iter().filter_map(|line| Some(line.split_once(": ")?.1.to_owned())).collect();
    lines.extend(after);
    lines.sort();
    lines.dedup();
    assert!(lines.len() > 1000);
    lines
}

#[test]
fn every_line_of_every_description_is_read_as_pest_reads_it() {
    let vm = pest();
    for line in lines() {
        same(&vm, &line);
    }
}

#[test]
fn lines_with_slips_are_read_as_pest_reads_them() {
    const PIECES: &[&str] = &[
        " ", "\t", "[", "]", "(", ")", ",", "=", "!", ":", "not ", "and ", "or", "at ", "as", "zero", "free", "page",
        "table", "sized", "[hw]", "7", "é", "x", "_", "-", ".", "/", "",
    ];
    let (vm, lines) = (pest(), lines());
    let mut random = fastrand::Rng::with_seed(1);
    for _ in 0..4000 {
        let mut line = lines[random.usize(..lines.len())].clone();
        for _ in 0..random.usize(1..4) {
            let boundary = |at: usize| (0..=at).rev().find(|at| line.is_char_boundary(*at)).unwrap();
            let (start, end) = (boundary(random.usize(..=line.len())), boundary(random.usize(..=line.len())));
            let (start, end) = (start.min(end), start.max(end).min(start.min(end) + 6));
            let end = (start..=end).rev().find(|at| line.is_char_boundary(*at)).unwrap();
            line.replace_range(start..end, PIECES[random.usize(..PIECES.len())]);
        }
        same(&vm, &line);
    }
}

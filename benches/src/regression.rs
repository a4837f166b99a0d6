//! Whether a hot path has grown: instructions against those of a committed file. Instructions, not time: they are the
//! same on a busy machine.

use std::fmt::Write as _;
use std::fs;
use std::process::ExitCode;

use crate::count::{self, Count};
use crate::place;

/// The groups that are hot paths.
const GROUPS: [&str; 7] = [
    "4K pages, 1 a call",
    "4K pages, 512 a call",
    "2M pages",
    "tables come and go",
    "walk, at random in 128 MiB",
    "dirty pages",
    "all formats",
];

/// Who is not ours.
const OTHERS: [&str; 8] = [
    "store",
    "check+store",
    "cas",
    "hand-written",
    "x86_64",
    "page_table_multiarch",
    "aarch64-paging",
    "page-table-generic",
];

/// How much a hot path may grow.
const GROWTH: f64 = 1.03;

/// What a count is of.
fn key(count: &Count) -> String {
    format!("{} | {} | {}", count.group, count.what, count.who)
}

/// Compares with the committed file, or writes it.
pub fn check(bless: bool) -> ExitCode {
    let words = GROUPS.map(str::to_owned);
    let ours = |count: &Count| {
        let is_format = count.group.starts_with("all formats") && count.who == "x86_64";
        !count.what.is_empty() && (is_format || !OTHERS.contains(&count.who.as_str()))
    };
    let counts: Vec<Count> = count::count(&words).into_iter().filter(ours).collect();
    let file = place("instructions.txt");
    if bless {
        let mut text = String::from("# Instructions a page. Written by `ci/instructions.sh --bless`.\n");
        for count in &counts {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{} | {:.2}", key(count), count.instructions);
        }
        return match fs::write(&file, text) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("{}: {error}", file.display());
                ExitCode::FAILURE
            }
        };
    }
    let text = fs::read_to_string(&file).unwrap_or_default();
    let (mut grown, mut unknown) = (0, 0);
    for count in &counts {
        let key = key(count);
        let known = text.lines().find_map(|line| line.strip_prefix(&key)?.strip_prefix(" | ")?.parse::<f64>().ok());
        let Some(known) = known else {
            unknown += 1;
            eprintln!("not in the file: {key}: {:.2}", count.instructions);
            continue;
        };
        if count.instructions > known * GROWTH {
            grown += 1;
            eprintln!("grown: {key}: {known:.2} -> {:.2}", count.instructions);
        }
    }
    let counted = |line: &&str| cfg!(feature = "catalogue") || !line.starts_with("all formats");
    let lines = text.lines().filter(|line| !line.starts_with('#')).filter(counted).count();
    let gone = lines.saturating_sub(counts.len() - unknown);
    println!(
        "{} hot paths: {grown} grown by more than 3 %, {unknown} not in the file, {gone} gone from it",
        counts.len()
    );
    if grown + unknown + gone == 0 {
        return ExitCode::SUCCESS;
    }
    eprintln!("where that is meant, run `ci/instructions.sh --bless` and say why in the commit");
    ExitCode::FAILURE
}

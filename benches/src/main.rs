//! What the emitted drivers cost, beside raw loops and other crates: times, instructions, memory, code.
//!
//! ```text
//! gpt-benches                        measure everything and write RESULTS.md and results.svg
//! gpt-benches time [WORD…]           print the times of the groups whose titles contain one of the words
//! gpt-benches count [WORD…]          print their instructions
//! gpt-benches instructions [--bless] compare the instructions with those of instructions.txt
//! gpt-benches generator              print what is emitted for each format
//! ```

mod count;
mod driver;
#[cfg(feature = "catalogue")]
mod formats;
mod frames;
mod generator;
mod groups;
mod measure;
mod ours;
mod peers;
mod raw;
mod regression;
mod report;
mod threads;
mod walks;

use std::fs;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use measure::Figure;

/// How long each group is measured.
const BUDGET: Duration = Duration::from_millis(1500);

/// Where the results are.
fn place(name: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// Times the groups whose titles contain one of the words, and gives their figures and notes.
fn time(words: &[String]) -> (Vec<Figure>, Vec<(String, &'static str)>) {
    let (mut figures, mut notes) = (Vec::new(), Vec::new());
    for maker in groups::all() {
        if count::chosen(&maker.title, words) {
            eprintln!("timing: {}", maker.title);
            let mut group = maker.make();
            figures.extend(measure::time(&mut group, BUDGET));
            notes.push((group.title, group.note));
        }
    }
    (figures, notes)
}

/// Measures everything and writes the results.
fn everything() -> std::io::Result<()> {
    let (mut figures, notes) = time(&[]);
    eprintln!("two threads");
    let speedups = threads::all();
    eprintln!("memory");
    let memory = groups::memory();
    eprintln!("counting instructions");
    report::join(&mut figures, &count::count(&[]));
    eprintln!("emitting and compiling");
    let generator = generator::table(&generator::all());
    fs::write(place("RESULTS.md"), report::markdown(&figures, &notes, &speedups, &memory, &generator))?;
    fs::write(place("results.svg"), report::picture(&figures))
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (command, words) = arguments.split_first().map_or(("", &[][..]), |(first, rest)| (first.as_str(), rest));
    match command {
        "under-callgrind" => count::under_callgrind(words),
        "count" => {
            for count in count::count(words) {
                println!("{:44} {:12} {:40} {:8.2}", count.group, count.what, count.who, count.instructions);
            }
        }
        "time" => {
            for it in time(words).0 {
                let [low, median, high] = it.quartiles;
                println!("{:44} {:12} {:40} {median:8.3} ({low:.3}–{high:.3})", it.group, it.what, it.who);
            }
        }
        "threads" => {
            for it in threads::all() {
                println!("{:60} {:.2} {:.2}", it.what, it.median, it.best);
            }
        }
        "instructions" => return regression::check(words.iter().any(|word| word == "--bless")),
        "generator" => print!("{}", generator::table(&generator::all())),
        _ => {
            if let Err(error) = everything() {
                eprintln!("gpt-benches: the results cannot be written: {error}");
                return ExitCode::FAILURE;
            }
        }
    }
    ExitCode::SUCCESS
}

//! Counts instructions: runs this program under callgrind, which stops the count outside of `gpt_measured` and writes
//! what it has counted whenever that function returns.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::groups;
use crate::measure::gpt_measured;

/// The instructions of one step.
pub struct Count {
    pub group: String,
    pub what: String,
    pub who: String,
    /// Instructions a page.
    pub instructions: f64,
}

/// Whether a title contains one of the words, or there are none.
pub fn chosen(title: &str, words: &[String]) -> bool {
    words.is_empty() || words.iter().any(|word| title.contains(word.as_str()))
}

/// Does every step once, after a first time that is not counted, and says on standard output what was done.
pub fn under_callgrind(words: &[String]) {
    for maker in groups::counted() {
        if !chosen(&maker.title, words) {
            continue;
        }
        let mut group = maker.make();
        for cycle in &mut group.cycles {
            for step in &mut cycle.steps {
                (step.run)();
            }
            for step in &mut cycle.steps {
                gpt_measured(step);
                println!("{}\t{}\t{}\t{}", group.title, step.what, cycle.who, step.pages);
            }
        }
    }
}

/// Counts the steps of the groups whose titles contain one of the words.
///
/// # Panics
/// When callgrind cannot be run.
pub fn count(words: &[String]) -> Vec<Count> {
    let this = std::env::current_exe().expect("the system knows which program this is");
    let directory = std::env::temp_dir().join(format!("gpt-benches-{}", std::process::id()));
    fs::create_dir_all(&directory).expect("there is room for temporary files");
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--toggle-collect=gpt_measured", "--dump-after=gpt_measured", "-q"])
        .arg(format!("--callgrind-out-file={}/out", directory.display()))
        .arg(this)
        .arg("under-callgrind")
        .args(words)
        .output()
        .expect("valgrind is installed");
    assert!(output.status.success(), "callgrind: {}", String::from_utf8_lossy(&output.stderr));
    let counts = String::from_utf8_lossy(&output.stdout)
        .lines()
        .enumerate()
        .filter_map(|(number, line)| read(line, &directory.join(format!("out.{}", number + 1))))
        .collect();
    // What is left behind in the temporary directory does no harm.
    let _ = fs::remove_dir_all(&directory);
    counts
}

/// What was counted for one line of the program's output.
fn read(line: &str, file: &Path) -> Option<Count> {
    let mut fields = line.split('\t');
    let (group, what, who) = (fields.next()?, fields.next()?, fields.next()?);
    let pages: f64 = fields.next()?.parse().ok()?;
    let text = fs::read_to_string(file).ok()?;
    let total = text.lines().find_map(|line| line.strip_prefix("summary: ").or(line.strip_prefix("totals: ")))?;
    let total: f64 = total.trim().parse().ok()?;
    Some(Count { group: group.to_owned(), what: what.to_owned(), who: who.to_owned(), instructions: total / pages })
}

//! The results as a document.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;

use crate::count::Count;
use crate::measure::Figure;
use crate::threads::Speedup;

/// What everything was measured on.
fn machine() -> String {
    let information = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let line = information.lines().find(|line| line.starts_with("model name"));
    let model = line.and_then(|line| line.split(':').nth(1)).map_or("an unknown processor", str::trim).to_owned();
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    format!("{model}, {processors} processors, {} {}", std::env::consts::OS, std::env::consts::ARCH)
}

/// The first line that a command prints.
fn says(command: &str, arguments: &[&str]) -> String {
    let output = Command::new(command).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    text.lines().next().unwrap_or("unknown").to_owned()
}

/// Puts the counts to the figures.
pub fn join(figures: &mut [Figure], counts: &[Count]) {
    for figure in figures {
        let same = |count: &&Count| count.group == figure.group && count.what == figure.what && count.who == figure.who;
        figure.instructions = counts.iter().find(same).map(|count| count.instructions);
    }
}

/// The figure of one step of one participant.
fn find<'f>(figures: &'f [Figure], group: &str, what: &str, who: &str) -> Option<&'f Figure> {
    figures.iter().find(|it| it.group == group && it.what == what && it.who == who)
}

/// What a group's figures are compared with.
fn base<'f>(figures: &'f [Figure], group: &str, what: &str) -> Option<&'f Figure> {
    if group.starts_with(FORMATS) {
        // Pages of several items too, item by item.
        return figures.iter().find(|it| it.group.starts_with(FORMATS) && it.what == what && it.who == "x86_64");
    }
    ["check+store", "hand-written", "exclusive"].iter().find_map(|who| find(figures, group, what, who))
}

/// How the groups of all formats begin.
const FORMATS: &str = "all formats";

/// Which formats cost more than the design allows, in comparison with x86-64.
fn dear(figures: &[Figure], base: &Figure, group: &str, what: &str) -> Option<String> {
    const MOST: f64 = 1.3;
    let ratio = |row: &Figure| row.quartiles[1] / base.quartiles[1];
    let rows = figures.iter().filter(|row| row.group == group && row.what == what && ratio(row) > MOST);
    let names: Vec<&str> = rows.map(|row| row.who.as_str()).collect();
    (!names.is_empty())
        .then(|| format!("\nAbove {MOST} × x86_64: {}. Why is said under [Formats](#formats).", names.join(", ")))
}

/// A number of instructions.
fn instructions(figure: &Figure) -> String {
    figure.instructions.map_or("–".to_owned(), |count| format!("{count:.1}"))
}

/// One target of the design: what was reached against what must be.
struct Target {
    what: String,
    reached: String,
    wanted: &'static str,
    met: bool,
}

/// A ratio of times, and whether it is at most `most`.
fn ratio(
    figures: &[Figure],
    what: &str,
    (group, step): (&str, &str),
    (who, than): (&str, &str),
    most: f64,
    wanted: &'static str,
) -> Option<Target> {
    let (ours, other) = (find(figures, group, step, who)?, find(figures, group, step, than)?);
    let ratio = ours.quartiles[1] / other.quartiles[1];
    let reached = format!("{ratio:.2} × {than}, {} instructions", instructions(ours));
    Some(Target { what: what.to_owned(), reached, wanted, met: ratio <= most })
}

/// A number of instructions, and whether it is at most `most`.
fn count(
    figures: &[Figure],
    what: &str,
    (group, step): (&str, &str),
    who: &str,
    most: f64,
    wanted: &'static str,
) -> Option<Target> {
    let ours = find(figures, group, step, who)?;
    let reached = ours.instructions?;
    let text = format!("{reached:.1} instructions, {:.2} ns", ours.quartiles[1]);
    Some(Target { what: what.to_owned(), reached: text, wanted, met: reached <= most })
}

/// All targets that can be read from the figures.
fn targets(figures: &[Figure], speedups: &[Speedup]) -> Vec<Target> {
    let table = ("4K pages, 512 a call, tables present", "map");
    let table_out = (table.0, "unmap");
    let range = ("4K pages, 32768 a call, tables present", "map");
    let range_out = (range.0, "unmap");
    let one = ("4K pages, 1 a call, tables present", "map");
    let one_out = (one.0, "unmap");
    let runs = ("all formats, pages of several items", "map");
    let random = "walk, at random in 128 MiB";
    let (loops, settled, plain) = ("check+store", "exclusive, accessed and dirty set", "exclusive, no hardware writes");
    let (time, few) = ("≤ 1.5 × check+store", "≤ 9 instructions");
    let (walk, hand) = ("≤ 1.05 × hand-written", "≤ 1.2 × hand-written");
    let mut all = vec![
        ratio(figures, "map of 512 pages, exclusive", table, ("exclusive", loops), 1.5, time),
        ratio(figures, "map of 32768 pages, exclusive", range, ("exclusive", loops), 1.5, time),
        count(figures, "map of 32768 pages, exclusive", range, "exclusive", 9.0, few),
        ratio(figures, "unmap of 512 pages, exclusive, no hardware writes", table_out, (plain, loops), 1.5, time),
        ratio(figures, "unmap of 512 pages, exclusive, accessed and dirty set", table_out, (settled, loops), 1.5, time),
        ratio(figures, "unmap of 32768 pages, exclusive, no hardware writes", range_out, (plain, loops), 1.5, time),
        ratio(
            figures,
            "unmap of 32768 pages, exclusive, accessed and dirty set",
            range_out,
            (settled, loops),
            1.5,
            time,
        ),
        count(figures, "unmap of 32768 pages, exclusive, accessed and dirty set", range_out, settled, 9.0, few),
        ratio(
            figures,
            "unmap of 512 pages, exclusive, hardware may still write (one exchange a page)",
            table_out,
            ("exclusive", "cas"),
            1.25,
            "no target; ≤ 1.25 × cas",
        ),
        ratio(figures, "map of 512 pages, shared", table, ("shared", "cas"), 1.25, "≤ 1.25 × cas"),
        ratio(figures, "map of 32768 pages, shared", range, ("shared", "cas"), 1.25, "≤ 1.25 × cas"),
        ratio(figures, "map of arm64_4k's runs of 16 items, exclusive", runs, ("arm64_4k", loops), 1.5, time),
        ratio(figures, "map of sv39's runs of 16 items, exclusive", runs, ("sv39", loops), 1.5, time),
        ratio(
            figures,
            "walk, random, independent",
            (random, "independent"),
            ("one reader", "hand-written"),
            1.05,
            walk,
        ),
        ratio(figures, "walk, random, dependent", (random, "dependent"), ("one reader", "hand-written"), 1.05, walk),
        ratio(figures, "map of one page a call, exclusive", one, ("exclusive", "hand-written"), 1.2, hand),
        ratio(figures, "unmap of one page a call, exclusive", one_out, (settled, "hand-written"), 1.2, hand),
        count(figures, "map of one page a call, exclusive", one, "exclusive", 140.0, "≤ 140 instructions"),
        count(figures, "unmap of one page a call, exclusive", one_out, settled, 200.0, "≤ 200 instructions"),
    ];
    for speedup in speedups {
        // Ranges that share a table of the last level share cache lines too, and bare entries are not ours.
        let aimed = !speedup.what.starts_with("bare") && !speedup.what.ends_with("16 pages");
        all.push(Some(Target {
            what: format!("two threads: {}", speedup.what),
            reached: format!("{:.2} × one (medians), {:.2} × (fastest rounds)", speedup.median, speedup.best),
            wanted: if aimed { "≥ 1.8 × one" } else { "no target" },
            met: !aimed || speedup.median >= 1.8,
        }));
    }
    all.into_iter().flatten().collect()
}

/// The document.
pub fn markdown(
    figures: &[Figure],
    notes: &[(String, &'static str)],
    speedups: &[Speedup],
    memory: &[(&'static str, usize, usize)],
    generator: &str,
) -> String {
    let mut text = String::from("# Results\n\nWritten by `ci/bench.sh`; do not edit.\n\n");
    let mut line = |it: String| {
        text.push_str(&it);
        text.push('\n');
    };
    line(format!("- machine: {}", machine()));
    line(format!("- compiler: {}, `-C opt-level=3`, fat LTO for all", says("rustc", &["--version"])));
    line(format!("- date: {}\n", says("date", &["-u", "+%Y-%m-%d"])));
    line("Times are nanoseconds a page: the median of many runs, with the first and third quartile. Everybody runs in turn, in".into());
    line("one process and on memory of one pool, so that what disturbs the machine disturbs all alike; ratios are those of the".into());
    line("medians. Instructions are counted by callgrind, which no other load disturbs: trust them first.\n".into());
    line("## Targets\n\n| what | reached | wanted | |\n|---|---|---|---|".into());
    for target in targets(figures, speedups) {
        let met = if target.met { "met" } else { "**missed**" };
        line(format!("| {} | {} | {} | {met} |", target.what, target.reached, target.wanted));
    }
    line("\n![what a page costs](results.svg)".into());
    let mut seen = BTreeSet::new();
    for figure in figures {
        if !seen.insert((figure.group.clone(), figure.what.clone())) {
            continue;
        }
        if seen.iter().filter(|(group, _)| *group == figure.group).count() == 1 {
            line(format!("\n## {}", figure.group));
            if let Some((_, note)) = notes.iter().find(|(group, note)| *group == figure.group && !note.is_empty()) {
                line(format!("\n{note}"));
            }
        }
        let base = base(figures, &figure.group, &figure.what);
        let name = base.map_or("–", |base| base.who.as_str());
        line(format!("\n| {} | ns | quartiles | × {name} | instructions |\n|---|--:|--:|--:|--:|", figure.what));
        for row in figures.iter().filter(|row| row.group == figure.group && row.what == figure.what) {
            let ratio = base.map_or("–".to_owned(), |base| format!("{:.2}", row.quartiles[1] / base.quartiles[1]));
            let [low, median, high] = row.quartiles;
            line(format!("| {} | {median:.2} | {low:.2}–{high:.2} | {ratio} | {} |", row.who, instructions(row)));
        }
        if figure.group.starts_with(FORMATS)
            && let Some(text) = base.and_then(|base| dear(figures, base, &figure.group, &figure.what))
        {
            line(text);
        }
    }
    line("\n## Tables for 1 GiB of 4K pages\n\n| who | mapped (KiB) | after unmap (KiB) |\n|---|--:|--:|".into());
    for (who, full, empty) in memory {
        line(format!("| {who} | {} | {} |", full / 1024, empty / 1024));
    }
    line("\n## Generator and code\n".into());
    line("The code is that of a driver that instantiates walk, map, unmap and protect for the owner of a tree in an arena.\n".into());
    line(generator.to_owned());
    line(format!("\n{EXPLANATIONS}"));
    text.truncate(text.trim_end().len());
    text.push('\n');
    text
}

/// Why some formats cost more than x86-64.
const EXPLANATIONS: &str = include_str!("explanations.md");

/// A picture of the figures that matter most.
pub fn picture(figures: &[Figure]) -> String {
    const PANELS: [(&str, &str, &str); 6] = [
        ("4K pages, 512 a call, tables present", "map", "map, 512 pages a call"),
        ("4K pages, 512 a call, tables present", "unmap", "unmap, 512 pages a call"),
        ("4K pages, 512 a call, tables present", "protect", "protect, 512 pages a call"),
        ("4K pages, 1 a call, tables present", "map", "map, one page a call"),
        ("4K pages, 1 a call, tables present", "unmap", "unmap, one page a call"),
        ("walk, at random in 128 MiB", "independent", "walk, at random in 128 MiB"),
    ];
    const ROW: f64 = 18.0;
    const NAMES: f64 = 250.0;
    const BARS: f64 = 420.0;
    let mut body = String::new();
    let mut y = 24.0;
    for (group, what, title) in PANELS {
        let rows: Vec<&Figure> = figures.iter().filter(|it| it.group == group && it.what == what).collect();
        let most = rows.iter().map(|row| row.quartiles[1]).fold(0.0, f64::max);
        if rows.is_empty() || most <= 0.0 {
            continue;
        }
        // Writing to a string cannot fail.
        let _ = writeln!(body, "<text x=\"0\" y=\"{y}\" font-weight=\"bold\">{title} (ns a page)</text>");
        y += 8.0;
        for row in rows {
            let [low, median, high] = row.quartiles.map(|value| value / most * BARS);
            let peer =
                ["x86_64", "page_table_multiarch", "aarch64-paging", "page-table-generic"].contains(&row.who.as_str());
            let raw = ["store", "check+store", "cas", "hand-written"].contains(&row.who.as_str());
            let colour = if raw {
                "#999999"
            } else if peer {
                "#c08040"
            } else {
                "#3070b0"
            };
            let (middle, base) = (y + ROW / 2.0, y + ROW * 0.72);
            let _ =
                writeln!(body, "<text x=\"{:.0}\" y=\"{base:.1}\" text-anchor=\"end\">{}</text>", NAMES - 6.0, row.who);
            let _ = writeln!(
                body,
                "<rect x=\"{NAMES:.0}\" y=\"{:.1}\" width=\"{median:.1}\" height=\"{:.1}\" fill=\"{colour}\"/>",
                y + 3.0,
                ROW - 6.0
            );
            let _ = writeln!(
                body,
                "<line x1=\"{:.1}\" x2=\"{:.1}\" y1=\"{middle:.1}\" y2=\"{middle:.1}\" stroke=\"black\"/>",
                NAMES + low,
                NAMES + high.min(BARS + 20.0)
            );
            let _ = writeln!(
                body,
                "<text x=\"{:.1}\" y=\"{base:.1}\">{:.2}</text>",
                NAMES + median.max(high.min(BARS)) + 6.0,
                row.quartiles[1]
            );
            y += ROW;
        }
        y += 28.0;
    }
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"760\" height=\"{y:.0}\" viewBox=\"-10 0 770 {y:.0}\" \
         font-family=\"sans-serif\" font-size=\"12\">\n<rect x=\"-10\" width=\"780\" height=\"{y:.0}\" fill=\"white\"/>\n{body}</svg>\n"
    )
}

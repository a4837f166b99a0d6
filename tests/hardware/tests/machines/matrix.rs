//! What was shown of which machine: `MATRIX.md`, a row for each.

use std::collections::BTreeSet;
use std::path::Path;
use std::{env, fs};

use gpt_hardware_tests::{Error, Result, installed};
use gpt_runtime::Format;

use crate::cases::{Case, POINTS, Run, of};
use crate::machines;
use crate::walker::{ANY, Access, Privilege, Walker};

/// What is written at the top of the file; the rows follow.
const HEADER: &str = "# What is shown of which machine

Written by the tests with `GPT_BLESS=1`; a run of all tests compares it. *yes* is a test that passed, `cargo test -p
gpt-hardware-tests MACHINE::POINT`; – is what the hardware has not, *not run* what the emulator has
not, *newer* what a newer one than that of Debian 12 has: it runs where one is installed. Numbers are reasons.

| point | what is compared |
|---|---|
| by | how memory is accessed, and as whom |
| sizes | whether pages of every size of the format are used |
| high | whether tables lie above 4 GiB too |
| accesses | every access with every right on every size: done on the right word, or refused with the fault that the manual says |
| mappings | random mappings made of pages of every size, mapped and unmapped; loads anywhere in them |
| bits | each bit of each entry on the way to a page turned over: the conclusions of the machine, the description and the runtime |
| hostile | the same with several bits turned over, and with random words |
| unmap | each way to unmap: the stale translation is seen before the obligation is carried out, and gone after |
| move | another output address, in place or through absent: likewise |
| split | a part of a larger page loses a right, and goes |
| merge | small pages become a large one, step by step |
| holes | holes in larger pages and runs of items, one after the other, and filled again |
| race | a thread splits and changes the page that the machine accesses meanwhile |
| beside | a thread makes, changes and removes pages and tables beside that page meanwhile |
| events | accessed and dirty bits that the machine sets are read, kept over a change, given back |
| cleared | cleared bits are set again by the next access, for certain once the obligation is carried out |
| flag | an access without the access flag is refused until software sets it |
| debugger | random mappings all over the output addresses, as the emulator's debugger translates them |
";

/// What is written above the formats without a machine.
const NOT_WALKED: &str = "\n## Not walked\n\n";

/// A machine.
#[derive(Debug)]
pub(crate) struct Row {
    name: String,
    emulator: &'static str,
    /// How memory is accessed.
    by: String,
    /// Why not pages of every size are used, or no tables above 4 GiB.
    limits: [Option<&'static str>; 2],
    points: Vec<Case>,
    /// Why nothing stale can be seen.
    fresh: Option<&'static str>,
}

impl Row {
    /// The row of a machine.
    pub(crate) fn of<W: Walker>() -> Self {
        let points = of::<W>();
        let name = points.first().map(Case::machine_name).unwrap_or_default();
        let accesses = if W::ACCESSES.contains(&Access::Fetch) { "load, store, fetch" } else { "load, store" };
        let user = if W::PRIVILEGES.contains(&Privilege::User) { "; kernel, user" } else { "" };
        let high = W::TABLES.iter().any(|place| place >> 32 != 0);
        let sizes = W::Format::PAGE_SIZES;
        let limits = [(sizes & W::SIZES != sizes).then_some(W::WHY_SIZES), (!high).then_some(W::WHY_LOW)];
        let fresh = (!W::KEEPS_STALE).then_some(W::WHY_FRESH);
        Self { name, emulator: W::EMULATOR, by: format!("{accesses}{user}"), limits, points, fresh }
    }

    /// What a point's cell says, and the reason.
    fn cell(&self, case: &Case, passed: &BTreeSet<String>) -> (&'static str, Option<&'static str>) {
        match case.run {
            // Whatever ran here: a newer emulator than that of the record may be installed, or an older one.
            Run::Test(_) if case.since > ANY => ("newer", None),
            Run::Test(_) => {
                let says = if passed.contains(&case.full_name()) { "yes" } else { "not run" };
                (says, self.fresh.filter(|_| case.name == "unmap"))
            }
            Run::Without(reason) => ("–", Some(reason)),
            Run::Lacking(reason) => ("not run", Some(reason)),
        }
    }

    /// All cells.
    fn cells(&self, passed: &BTreeSet<String>) -> Vec<(&'static str, Option<&'static str>)> {
        let says = ["not all", "no"];
        let limits = says.into_iter().zip(self.limits).map(|(no, why)| (if why.is_some() { no } else { "yes" }, why));
        limits.chain(self.points.iter().map(|case| self.cell(case, passed))).collect()
    }

    /// The start of its line.
    fn start(&self) -> String {
        format!("| `{}` |", self.name)
    }
}

/// The text of the file; rows of machines whose emulator is not installed stay as they are recorded.
fn text(rows: &[Row], passed: &BTreeSet<String>, recorded: &str) -> String {
    let mut reasons: Vec<&str> = Vec::new();
    let mut lines = Vec::new();
    for row in rows {
        let mut line = format!("{} {} |", row.start(), row.by);
        for (says, reason) in row.cells(passed) {
            let number = reason.map(|reason| {
                reasons.iter().position(|other| *other == reason).unwrap_or_else(|| {
                    reasons.push(reason);
                    reasons.len() - 1
                })
            });
            line.push_str(&match number {
                Some(number) => format!(" {says} {} |", number + 1),
                None => format!(" {says} |"),
            });
        }
        let before = recorded.lines().find(|before| before.starts_with(&row.start()));
        let kept = if installed(row.emulator).is_none() { before } else { None };
        lines.push(kept.map_or(line, str::to_owned));
    }
    let heads = ["machine", "by", "sizes", "high"].into_iter().chain(POINTS);
    let mut text =
        format!("{HEADER}\n| {} |\n{}|\n", heads.clone().collect::<Vec<_>>().join(" | "), "|---".repeat(heads.count()));
    lines.iter().for_each(|line| text.push_str(&format!("{line}\n")));
    text.push('\n');
    for (number, reason) in (1..).zip(&reasons) {
        text.push_str(&format!("{number}. {reason}\n"));
    }
    text.push_str(NOT_WALKED);
    let walked = |format: &str| rows.iter().any(|row| row.name.split("::").next() == Some(format));
    for (format, _) in gpt_formats::CATALOGUE.iter().filter(|(format, _)| !walked(format)) {
        text.push_str(&format!("* `{format}` {}\n", machines::would_need(format)));
    }
    text
}

/// Compares what a whole run showed with the file; with `GPT_BLESS=1`, writes it. A format that came after the file was
/// written, and that no machine walks, is an ignored test and no difference.
pub(crate) fn compare(passed: &[Case]) -> Result<()> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("MATRIX.md");
    let recorded = fs::read_to_string(&path).unwrap_or_default();
    let passed: BTreeSet<String> = passed.iter().map(Case::full_name).collect();
    let now = text(&machines::rows(), &passed, &recorded);
    if env::var_os("GPT_BLESS").is_some_and(|bless| bless == "1") {
        return Ok(fs::write(&path, now)?);
    }
    let shown = |text: &str| text.split(NOT_WALKED).next().map(str::to_owned);
    match now.lines().find(|line| !recorded.lines().any(|other| other == *line)) {
        _ if shown(&now) == shown(&recorded) => Ok(()),
        line => Err(Error::new(format!(
            "tests/hardware/MATRIX.md does not say what ran: {}; run the tests with GPT_BLESS=1",
            line.unwrap_or("it has a line too many")
        ))),
    }
}

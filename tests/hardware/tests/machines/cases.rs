//! The list of all tests, and for each machine the points that do not concern it or that it cannot show, with the reason.

use gpt_hardware_tests::{Result, Version, installed};
use gpt_runtime::Format;

use crate::machines;
use crate::scenarios::{access, bits, debug, events, flag, holes, hostile, merge, race, split, stale};
use crate::walker::{ANY, Walker};

/// A test, or why there is none.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Run {
    /// The test.
    Test(fn() -> Result<()>),
    /// The hardware has nothing of the kind.
    Without(&'static str),
    /// The hardware has it, and the emulator does not: counted as ignored.
    Lacking(&'static str),
}

/// A point of a machine.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    /// The format that the machine walks, or `harness`.
    pub(crate) format: &'static str,
    /// The machine, where there are several for the format.
    pub(crate) machine: &'static str,
    /// Its name.
    pub(crate) name: &'static str,
    /// What it shows, in a few words; empty for a test of the harness.
    pub(crate) shows: &'static str,
    /// The emulator that it needs; empty where there is none.
    pub(crate) emulator: &'static str,
    /// The oldest version of the emulator that can run it.
    pub(crate) since: Version,
    /// The test.
    pub(crate) run: Run,
}

/// The points of every machine, in the order of the matrix.
pub(crate) const POINTS: [&str; 15] = [
    "accesses", "mappings", "bits", "hostile", "unmap", "move", "split", "merge", "holes", "race", "beside", "events",
    "cleared", "flag", "debugger",
];

impl Case {
    /// The name of the test.
    pub(crate) fn full_name(&self) -> String {
        let parts = [self.format, self.machine, self.name];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("::")
    }

    /// The name of the machine.
    pub(crate) fn machine_name(&self) -> String {
        if self.machine.is_empty() { self.format.to_owned() } else { format!("{}::{}", self.format, self.machine) }
    }

    /// Why the test cannot be run here, if it cannot.
    pub(crate) fn not_run(&self) -> Option<String> {
        let (name, emulator, since) = (self.full_name(), self.emulator, self.since);
        match (self.run, if emulator.is_empty() { None } else { installed(emulator) }) {
            (Run::Lacking(reason) | Run::Without(reason), _) => Some(format!("{name}: {reason}")),
            (Run::Test(_), None) => Some(format!("{emulator} is not installed")),
            (Run::Test(_), Some(version)) if version < since => {
                Some(format!("{name} needs {emulator} {since} or newer, {version} is installed"))
            }
            (Run::Test(_), Some(_)) => None,
        }
    }
}

/// The points of one machine.
pub(crate) fn of<W: Walker>() -> Vec<Case> {
    let several = page_sizes::<W>(W::SIZES);
    // Whatever wants a page that is made of smaller ones.
    let parts = |test| match several {
        true => Run::Test(test),
        false if page_sizes::<W>(u64::MAX) => Run::Lacking(W::WHY_SIZES),
        false => Run::Without("the format has pages of one size"),
    };
    let bits = |test| if W::WRITES_BITS { Run::Test(test) } else { Run::Without(W::WHY_NO_BITS) };
    let race = match parts(race::walked_while_changed::<W>) {
        Run::Test(_) if !W::Format::REPLACE_IN_PLACE => Run::Without("the format wants entries changed through absent"),
        run => run,
    };
    let flag = match W::NEEDS_FLAG {
        true => Run::Test(flag::cleared_and_set::<W> as fn() -> Result<()>),
        false => Run::Without(W::WHY_NO_FLAG),
    };
    let debugger = match W::DEBUGGER {
        true => Run::Test(debug::random_mappings::<W> as fn() -> Result<()>),
        false => Run::Without("the emulator's debugger does not walk these tables"),
    };
    let points: [(&str, Run); POINTS.len()] = [
        ("loads and stores with every right", Run::Test(access::every_right::<W>)),
        ("random mappings", Run::Test(access::random_mappings::<W>)),
        ("every bit turned over", Run::Test(bits::turned_over::<W>)),
        ("hostile entries", Run::Test(hostile::any_words::<W>)),
        (if W::KEEPS_STALE { "invalidations" } else { "" }, Run::Test(stale::unmapped::<W>)),
        ("moved pages", Run::Test(stale::moved::<W>)),
        ("split pages", parts(split::part_changed::<W>)),
        ("merged pages", parts(merge::merged::<W>)),
        ("holes", parts(holes::made_and_filled::<W>)),
        ("changes while it walks", race),
        ("changes while it walks", Run::Test(race::walked_beside_changes::<W>)),
        ("accessed and dirty bits", bits(events::kept::<W>)),
        ("", bits(events::cleared::<W>)),
        ("access flag", flag),
        ("debug walk", debugger),
    ];
    let (format, machine, emulator) = (W::Format::NAME, W::NAME, W::EMULATOR);
    let case = |(name, (shows, run))| Case { format, machine, name, shows, emulator, since: W::SINCE, run };
    POINTS.into_iter().zip(points).map(case).collect()
}

/// Whether there are several sizes of pages among these.
fn page_sizes<W: Walker>(sizes: u64) -> bool {
    (W::Format::PAGE_SIZES & sizes).count_ones() > 1
}

/// Every test: those of the machines, and one that is ignored for each format of the catalogue that no machine walks.
pub(crate) fn all() -> Vec<Case> {
    let mut cases = machines::all();
    let walked = |format: &str| cases.iter().any(|case| case.format == format);
    let missing = gpt_formats::CATALOGUE.iter().filter(|(format, _)| !walked(format));
    let case = |format| {
        let run = Run::Lacking(machines::would_need(format));
        Case { format, machine: "", name: "walk", shows: "", emulator: "", since: ANY, run }
    };
    let missing: Vec<Case> = missing.map(|(format, _)| case(*format)).collect();
    cases.extend(missing);
    cases
}

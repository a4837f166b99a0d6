//! The list of all tests.

use gpt_hardware_tests::{Result, Version, installed};
use gpt_runtime::Format;

use crate::scenarios::{access, bits, debug, events, merge, race, split, stale};
use crate::walker::Walker;
use crate::{
    amdvi, arm32, arm64_formats as arm64, arm64_s2, harness, loongarch, npt, powerpc, riscv_formats as riscv, s390,
    sparc, vtd, x86,
};

/// A test.
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
    /// The emulator that it needs.
    pub(crate) emulator: &'static str,
    /// The oldest version of the emulator that can run it.
    pub(crate) since: Version,
    /// The test; `None` where there is none.
    pub(crate) run: Option<fn() -> Result<()>>,
}

/// Any version.
const ANY: Version = Version { major: 0, minor: 0, micro: 0 };

impl Case {
    /// The name of the test.
    pub(crate) fn full_name(&self) -> String {
        let parts = [self.format, self.machine, self.name];
        parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("::")
    }

    /// Why the test cannot be run here, if it cannot.
    pub(crate) fn not_run(&self) -> Option<String> {
        let (emulator, since) = (self.emulator, self.since);
        if emulator.is_empty() {
            return Some(format!("no emulated machine of these tests walks {}", self.format));
        }
        match installed(emulator) {
            None => Some(format!("{emulator} is not installed")),
            Some(version) if version < since => {
                Some(format!("{} needs {emulator} {since} or newer, {version} is installed", self.full_name()))
            }
            Some(_) if self.run.is_none() => Some(format!("{} is not written yet", self.full_name())),
            Some(_) => None,
        }
    }
}

/// Machines that the emulator has only since version 10.
fn newer() -> [Case; 3] {
    let since = Version { major: 10, minor: 0, micro: 0 };
    let case =
        |format, machine, emulator| Case { format, machine, name: "walk", shows: "", emulator, since, run: None };
    [
        case("x86_64", "vtd_first_stage", "qemu-system-x86_64"),
        case("arm64_s2_4k", "smmu", "qemu-system-aarch64"),
        case("sv39", "iommu", "qemu-system-riscv64"),
    ]
}

/// The scenarios of one machine.
fn of<W: Walker>() -> Vec<Case> {
    let (format, emulator) = (W::Format::NAME, W::EMULATOR);
    let case = |name, shows, run| Case { format, machine: W::NAME, name, shows, emulator, since: ANY, run: Some(run) };
    let mut cases = vec![
        case("accesses", "loads and stores with every right", access::every_right::<W> as fn() -> Result<()>),
        case("mappings", "random mappings", access::random_mappings::<W>),
        case("bits", "every bit turned over", bits::turned_over::<W>),
        case("unmap", if W::KEEPS_STALE { "invalidations" } else { "" }, stale::unmapped::<W>),
        case("move", "moved pages", stale::moved::<W>),
    ];
    if W::Format::PAGE_SIZES & W::SIZES & (W::Format::PAGE_SIZES - 1) != 0 {
        cases.push(case("split", "split pages", split::part_changed::<W>));
        cases.push(case("merge", "merged pages", merge::merged::<W>));
        if W::Format::REPLACE_IN_PLACE {
            cases.push(case("race", "changes while it walks", race::walked_while_changed::<W>));
        }
    }
    if W::DEBUGGER {
        cases.push(case("debugger", "debug walk", debug::random_mappings::<W>));
    }
    if W::WRITES_BITS {
        cases.push(case("events", "accessed and dirty bits", events::kept::<W>));
        cases.push(case("cleared", "", events::cleared::<W>));
    }
    cases
}

/// Formats of the catalogue that no machine here walks, counted as ignored.
fn not_walked(cases: &[Case]) -> Vec<Case> {
    let walked = |format: &str| cases.iter().any(|case| case.format == format);
    let missing = gpt_formats::CATALOGUE.iter().filter(|(format, _)| !walked(format));
    missing
        .map(|(format, _)| Case { format, machine: "", name: "walk", shows: "", emulator: "", since: ANY, run: None })
        .collect()
}

/// Every test.
pub(crate) fn all() -> Vec<Case> {
    let by_hand = Case {
        format: "harness",
        machine: "",
        name: "hand_made_tables",
        shows: "",
        emulator: "qemu-system-x86_64",
        since: ANY,
        run: Some(harness::hand_made_tables),
    };
    let mut cases = vec![by_hand];
    cases.extend(of::<x86::Levels4>());
    cases.extend(of::<x86::Os>());
    cases.extend(of::<x86::Levels5>());
    cases.extend(of::<x86::Pae>());
    cases.extend(of::<x86::Bits32>());
    cases.extend(of::<npt::Npt>());
    cases.extend(of::<vtd::Legacy4>());
    cases.extend(of::<vtd::Legacy3>());
    cases.extend(of::<vtd::Scalable4>());
    cases.extend(of::<vtd::Scalable3>());
    cases.extend(of::<amdvi::Mode3>());
    cases.extend(of::<amdvi::Mode4>());
    cases.extend(of::<amdvi::Mode6>());
    cases.extend(of::<arm64::Cpu4k>());
    cases.extend(of::<arm64::Cpu4kDbm>());
    cases.extend(of::<arm64::Cpu4k52>());
    cases.extend(of::<arm64::Cpu16k>());
    cases.extend(of::<arm64::Cpu64k>());
    cases.extend(of::<arm64::Cpu64k52>());
    cases.extend(of::<arm64_s2::Guest4k>());
    cases.extend(of::<arm64_s2::Guest4k40>());
    cases.extend(of::<arm64_s2::Guest16k>());
    cases.extend(of::<arm64_s2::Guest64k>());
    cases.extend(of::<arm64::Smmu4k>());
    cases.extend(of::<arm64::Smmu16k>());
    cases.extend(of::<arm64::Smmu64k>());
    cases.extend(of::<powerpc::Power>());
    cases.extend(of::<riscv::Sv32>());
    cases.extend(of::<riscv::Sv39>());
    cases.extend(of::<riscv::Sv48>());
    cases.extend(of::<riscv::Sv57>());
    cases.extend(of::<riscv::Sv32x4>());
    cases.extend(of::<riscv::Sv39x4>());
    cases.extend(of::<riscv::Sv48x4>());
    cases.extend(of::<riscv::Sv57x4>());
    cases.extend(of::<s390::Region1>());
    cases.extend(of::<s390::Region3>());
    cases.extend(of::<s390::Segment>());
    cases.extend(of::<sparc::Sparc>());
    cases.extend(of::<arm32::Short>());
    cases.extend(of::<arm32::Long>());
    cases.push(Case {
        format: <loongarch::LoongArch as Walker>::Format::NAME,
        machine: "",
        name: "walk",
        shows: "walk instructions",
        emulator: loongarch::LoongArch::EMULATOR,
        since: ANY,
        run: Some(debug::random_mappings::<loongarch::LoongArch>),
    });
    cases.extend(newer());
    let missing = not_walked(&cases);
    cases.extend(missing);
    cases
}

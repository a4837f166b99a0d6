//! Emulated machines walk the tables of the catalogue: one test for each format and scenario.
//!
//! Where an emulator is not installed, or too old, its tests say so and are counted as ignored. A run of all tests
//! compares what was checked with `formats/checked.toml` and `MATRIX.md`; with `GPT_BLESS=1` it writes these files.

#![allow(missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod amdvi;
mod arm32;
mod arm32_formats;
mod arm64;
mod arm64_formats;
mod arm64_s2;
mod arm64_s2_formats;
mod cases;
mod change;
mod dma;
mod harness;
mod loongarch;
mod loongarch_tlb;
mod machines;
mod matrix;
mod npt;
mod pc;
mod powerpc;
mod record;
mod reference;
mod riscv;
mod riscv_formats;
mod s390;
mod scenarios;
mod smmu;
mod smmu_s2;
mod sparc;
mod tree;
mod vtd;
mod vtd_first;
mod walker;
mod x86;

use std::cmp::Reverse;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use libtest_mimic::{Arguments, Failed, Trial};

use cases::{Case, Run};

/// The tests that passed, and how long each took.
type Passed = Arc<Mutex<Vec<(Case, Duration)>>>;

/// How many of the slowest tests are listed.
const SLOWEST: usize = 10;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let passed = Passed::default();
    let (mut trials, mut missing) = (Vec::new(), Vec::new());
    for case in cases::all() {
        let reason = case.not_run();
        if let Some(reason) = &reason
            && !missing.contains(reason)
        {
            missing.push(reason.clone());
        }
        trials.push(Trial::test(case.full_name(), run(case, Arc::clone(&passed))).with_ignored_flag(reason.is_some()));
    }
    let listing = arguments.list;
    let partial = arguments.filter.is_some() || !arguments.skip.is_empty() || arguments.ignored;
    if !listing {
        println!("random numbers from GPT_SEED={}", tree::seed());
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    if listing {
        return ExitCode::SUCCESS;
    }
    for reason in &missing {
        eprintln!("NOT RUN: {reason}");
    }
    let mut passed = passed.lock().unwrap_or_else(PoisonError::into_inner);
    passed.sort_by_key(|(_, took)| Reverse(*took));
    for (case, took) in passed.iter().take(SLOWEST) {
        println!("{:6.1} s {}", took.as_secs_f64(), case.full_name());
    }
    let passed: Vec<Case> = passed.iter().map(|(case, _)| *case).collect();
    if conclusion.has_failed() {
        return ExitCode::from(101);
    }
    match if partial { Ok(()) } else { record::compare(&passed).and(matrix::compare(&passed)) } {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(101)
        }
    }
}

/// A test that notes that it passed, and how long it took.
fn run(case: Case, passed: Passed) -> impl FnOnce() -> Result<(), Failed> + Send + 'static {
    move || {
        let start = Instant::now();
        let Run::Test(test) = case.run else { return Err(Failed::from("no machine walks this format")) };
        test().map_err(Failed::from)?;
        passed.lock().unwrap_or_else(PoisonError::into_inner).push((case, start.elapsed()));
        Ok(())
    }
}

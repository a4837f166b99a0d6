//! How work is timed and how its instructions are counted.

use std::time::{Duration, Instant};

/// What a participant does over and over: steps, after the last of which everything is as before the first.
pub struct Cycle {
    /// Who does it.
    pub who: String,
    /// What is done.
    pub steps: Vec<Step>,
}

/// One step of a cycle.
pub struct Step {
    /// What it is called; nothing for what only prepares.
    pub what: &'static str,
    /// For how many pages it is done.
    pub pages: u64,
    /// Does it.
    pub run: Box<dyn FnMut()>,
}

impl Cycle {
    pub fn new(who: impl Into<String>) -> Self {
        Self { who: who.into(), steps: Vec::new() }
    }

    /// Adds a step.
    #[must_use]
    pub fn step(mut self, what: &'static str, pages: u64, run: impl FnMut() + 'static) -> Self {
        self.steps.push(Step { what, pages, run: Box::new(run) });
        self
    }
}

/// Cycles whose times are compared with each other.
pub struct Group {
    /// What all of them do.
    pub title: String,
    /// A sentence on what is to be known about it.
    pub note: &'static str,
    pub cycles: Vec<Cycle>,
}

impl Group {
    /// A group of which there is nothing to be said yet.
    pub fn of(cycles: Vec<Cycle>) -> Self {
        Self { title: String::new(), note: "", cycles }
    }
}

/// What one participant needed for one step.
#[derive(Clone, Debug)]
pub struct Figure {
    pub group: String,
    pub what: String,
    pub who: String,
    /// Nanoseconds a page: the first quartile, the median and the third quartile of all runs.
    pub quartiles: [f64; 3],
    /// Instructions a page.
    pub instructions: Option<f64>,
}

/// Calls a step. What is counted is what happens in here.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn gpt_measured(step: &mut Step) {
    (step.run)();
}

/// The time that it takes to look at the clock twice.
fn clock() -> Duration {
    let mut all: Vec<Duration> = (0..1001)
        .map(|_| {
            let start = Instant::now();
            start.elapsed()
        })
        .collect();
    all.sort_unstable();
    all[500]
}

/// Times a group: everybody in turn, so that what disturbs the machine disturbs all alike.
pub fn time(group: &mut Group, budget: Duration) -> Vec<Figure> {
    let clock = clock();
    let mut samples: Vec<Vec<Vec<f64>>> =
        group.cycles.iter().map(|cycle| cycle.steps.iter().map(|_| Vec::new()).collect()).collect();
    let start = Instant::now();
    let mut round = 0;
    while round < 9 || (start.elapsed() < budget && round < 4000) {
        for (cycle, samples) in group.cycles.iter_mut().zip(&mut samples) {
            for (step, samples) in cycle.steps.iter_mut().zip(samples) {
                let start = Instant::now();
                gpt_measured(step);
                let took = start.elapsed().saturating_sub(clock);
                // The first rounds warm the caches.
                if round >= 2 {
                    samples.push(took.as_nanos() as f64 / step.pages as f64);
                }
            }
        }
        round += 1;
    }
    let mut figures = Vec::new();
    for (cycle, samples) in group.cycles.iter().zip(&mut samples) {
        for (step, samples) in cycle.steps.iter().zip(samples).filter(|(step, _)| !step.what.is_empty()) {
            samples.sort_unstable_by(f64::total_cmp);
            let at = |quarter: usize| samples[(samples.len() - 1) * quarter / 4];
            figures.push(Figure {
                group: group.title.clone(),
                what: step.what.to_owned(),
                who: cycle.who.clone(),
                quartiles: [at(1), at(2), at(3)],
                instructions: None,
            });
        }
    }
    figures
}

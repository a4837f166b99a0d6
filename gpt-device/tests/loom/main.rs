//! Every order of what threads do, on the code that keeps devices and hosts apart.
//!
//! `ci/loom.sh` runs the models; `ci/device_mutations.sh` breaks the code in one place after another and sees them fail. Of
//! these it has seen the models of the sequence fail (either fence, the second look at the word, the wait for commits, and
//! each release and acquire taken out); those of moves (pages not freed when a move lost its entry, no invalidation, the
//! mark of a written page dropped, the entry not claimed); and those of the fences (tables freed before the device was asked).
#![cfg(loom)]
#![allow(unsafe_code, missing_docs, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod fences;
mod lock;
mod migration;
mod sequence;
#[path = "../../../gpt-runtime/tests/toy/mod.rs"]
mod toy;

const PAGE: u64 = 0x1000;

/// Runs a model in every order up to a number of preemptions; as many more as `LOOM_MAX_PREEMPTIONS` is above 3.
fn explore(preemptions: usize, model: impl Fn() + Sync + Send + 'static) {
    let mut builder = loom::model::Builder::new();
    builder.max_branches = 20_000;
    let more = builder.preemption_bound.map_or(0, |bound| bound.saturating_sub(3));
    builder.preemption_bound = std::env::var_os("LOOM_FULL").is_none().then_some(preemptions + more);
    let orders = std::sync::Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let count = std::sync::Arc::clone(&orders);
    builder.check(move || {
        count.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        model();
    });
    println!("{} orders", orders.load(std::sync::atomic::Ordering::Relaxed));
}

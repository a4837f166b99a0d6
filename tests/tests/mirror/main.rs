//! A CPU's table and a device's in step, and pages that move between their memories: one thing after the other, and all at
//! once with the contents of every page checked.
//!
//! `GPT_SECONDS=n` lets each of the long tests run for n seconds instead of one.
// The threads of these tests count in 64-bit atomics.
#![cfg(target_has_atomic = "64")]
#![allow(unsafe_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

mod frames;
mod machine;
mod one_by_one;
mod pairs;
mod stress_mirror;
mod stress_moves;
mod world;

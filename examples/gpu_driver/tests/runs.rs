//! The program ends well whatever the GPU's queues do first.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::process::Command;

#[test]
fn every_order_of_the_queues_gives_the_right_sums() {
    for seed in 1..4 {
        let program = Command::new(env!("CARGO_BIN_EXE_gpu-driver")).args(["2", &seed.to_string()]).output().unwrap();
        let text = String::from_utf8(program.stdout).unwrap();
        let message = String::from_utf8(program.stderr).unwrap();
        assert!(program.status.success(), "{message}");
        assert!(text.ends_with("every sum is right, and every page was given back\n"), "{text}");
        // Arrays of 512 pages each, twice as much as the GPU has room for: some go and some come back.
        let evicted = text.split("pages to the GPU, ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap();
        assert!(evicted.parse::<u64>().is_ok_and(|pages| pages > 512), "{text}");
    }
}

#[test]
fn an_argument_that_is_no_number_is_refused() {
    let program = Command::new(env!("CARGO_BIN_EXE_gpu-driver")).arg("much").output().unwrap();
    assert!(!program.status.success());
    assert_eq!(String::from_utf8(program.stderr).unwrap(), "gpu-driver: 'much' is not a number\n");
}

//! The program: adds two arrays on the GPU, page by page and then in random order, and reads the sums on the CPU.

use std::io::IsTerminal;

use indicatif::{ProgressBar, ProgressStyle};

use crate::driver::Driver;
use crate::gpu::{Fault, Use};
use crate::report::Report;

/// Words that are used of each page: the first of every 512 bytes.
const WORDS: u64 = 8;

/// What an array holds at first.
fn value(array: u64, word: u64) -> u64 {
    (word + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(array as u32 * 7)
}

/// Runs with arrays of so many megabytes each, and a GPU with half as much memory for pages as one of them.
pub(crate) fn run(megabytes: u64, seed: u64) -> Result<Report, String> {
    let bytes = megabytes.next_multiple_of(2) << 20;
    let driver = Driver::new((bytes / 2) as usize, (bytes / 4096 * 4) as usize, seed)?;
    let mut random = fastrand::Rng::with_seed(seed);
    // One array of small pages that move, one of large pages that stay the CPU's, and one for the sums.
    let a = driver.allocate(0, bytes, 12, false)?;
    let b = driver.allocate(1 << 32, bytes, 21, true)?;
    let c = driver.allocate(2 << 32, bytes, 12, false)?;
    let pages = bytes / 4096;
    for word in 0..pages * WORDS {
        for (number, array) in [a, b].into_iter().enumerate() {
            write_cpu(&driver, array + word * 512, value(number as u64, word))?;
        }
    }

    let bar = bar(pages * 2 + pages);
    for page in 0..pages {
        add(&driver, [a, b, c], page)?;
        bar.inc(1);
    }
    for _ in 0..pages {
        add(&driver, [a, b, c], random.u64(0..pages))?;
        bar.inc(1);
    }
    let peak = driver.machine().used_pages();
    for page in 0..pages {
        for word in page * WORDS..(page + 1) * WORDS {
            let sum = driver.machine().host.read(driver.cpu_access(c + word * 512)?);
            let expected = value(0, word).wrapping_add(value(1, word));
            if sum != expected {
                return Err(format!("word {word} of the sums is {sum:#x}, and should be {expected:#x}"));
            }
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    let report = Report::of(&driver, bytes, peak);
    for array in [a, b, c] {
        driver.free(array..=array + (bytes - 1))?;
    }
    driver.machine().wait();
    match driver.machine().used_pages() {
        (0, 0) => Ok(report),
        (host, video) => Err(format!("{host} pages of the host and {video} of the GPU were never given back")),
    }
}

/// Adds one page on the GPU.
fn add(driver: &Driver, [a, b, c]: [u64; 3], page: u64) -> Result<(), String> {
    for word in page * WORDS..(page + 1) * WORDS {
        let one = gpu(driver, a + word * 512, None)?;
        let other = gpu(driver, b + word * 512, None)?;
        gpu(driver, c + word * 512, Some(one.wrapping_add(other)))?;
    }
    Ok(())
}

/// An access of the GPU: it tries until there is a translation, while the copy engines work.
fn gpu(driver: &Driver, va: u64, write: Option<u64>) -> Result<u64, String> {
    let machine = driver.machine();
    let usage = if write.is_some() { Use::Write } else { Use::Read };
    loop {
        machine.step();
        let mut gpu = machine.gpu.lock();
        match gpu.translate(va, usage) {
            Ok(place) => {
                if let Some(word) = write {
                    gpu.write(place, word, &machine.host);
                }
                return Ok(gpu.read(place, &machine.host));
            }
            Err(Fault::Broken(table)) => return Err(format!("the GPU was led to a table at {table:#x}")),
            Err(Fault::NotMapped | Fault::NotAllowed) => drop(gpu),
        }
        // What is on its way may be the entry that is missing.
        if !machine.is_busy() {
            driver.gpu_fault(va, usage)?;
        }
    }
}

/// A write of the CPU.
fn write_cpu(driver: &Driver, va: u64, word: u64) -> Result<(), String> {
    let address = driver.cpu_access(va)?;
    driver.machine().host.write(address, word);
    Ok(())
}

/// A progress bar, where somebody is watching.
fn bar(length: u64) -> ProgressBar {
    if !std::io::stdout().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} pages, {eta} left");
    ProgressBar::new(length).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

//! A driver for a simulated GPU whose page tables live in its own memory, where only its copy engines write.
//!
//! ```sh
//! cargo run --release -p gpu-driver -- [MEGABYTES] [SEED]
//! ```
//!
//! A program on the GPU works on arrays of the CPU's, several times as large as the GPU's memory: it faults, pages migrate
//! to where they are used, and are evicted again when there is no room. In the end the CPU reads the result, and its own
//! faults bring the rest back. `gpu/` is the hardware, and knows nothing of the driver; `driver/` is where to start from for
//! a driver of one's own.

mod driver;
mod gpu;
mod host;
mod program;
mod report;

use std::process::ExitCode;

/// Reads a number from the command line.
fn number(argument: Option<String>, default: u64) -> Result<u64, String> {
    argument.map_or(Ok(default), |text| text.parse().map_err(|_| format!("'{text}' is not a number")))
}

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let outcome = number(arguments.next(), 8).and_then(|megabytes| {
        let seed = number(arguments.next(), 1)?;
        program::run(megabytes.clamp(1, 1024), seed)
    });
    match outcome {
        Ok(report) => {
            print!("{report}");
            ExitCode::SUCCESS
        }
        Err(message) => {
            eprintln!("gpu-driver: {message}");
            ExitCode::FAILURE
        }
    }
}

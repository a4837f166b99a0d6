//! The command `gpt`: checks descriptions of page tables, emits driver source, and builds and reads page tables.
//!
//! A thin shell over the library: one file per command, data on standard output, messages on standard error, exit
//! status 1 on failure.

mod backend;
mod command;
mod failure;
mod format;
mod json;
mod number;
mod output;
mod rows;
mod tables;

use std::process::ExitCode;

use clap::Parser;

use command::Command;
use failure::Failure;

/// Describes page tables, emits driver source for them, and reads and writes them.
#[derive(Debug, Parser)]
#[command(name = "gpt", version, propagate_version = true, max_term_width = 100, after_help = HELP)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

const HELP: &str = "\
FORMAT is a name of the catalogue (`gpt list`) or a file with a description; `-` is a standard stream.
Numbers are decimal, or hexadecimal with 0x, and may end in K, M, G or T.";

fn main() -> ExitCode {
    let result = match Arguments::try_parse() {
        Ok(arguments) => arguments.command.run(),
        Err(usage) => {
            // Nothing is left to do where even the message cannot be written.
            let _ = usage.print();
            return ExitCode::from(u8::from(usage.use_stderr()));
        }
    };
    match result {
        Ok(()) | Err(Failure::ClosedPipe) => ExitCode::SUCCESS,
        Err(failure) => {
            output::message(&failure.render());
            ExitCode::FAILURE
        }
    }
}

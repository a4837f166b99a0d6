//! One file per command.

mod build;
mod check;
mod completions;
mod decode;
mod dump;
mod encode;
mod explain;
mod fmt;
mod image;
mod list;
mod new;
mod schema;
mod show;
mod walk;

use clap::Subcommand;

use crate::failure::Failure;

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    List(list::List),
    Show(show::Show),
    Check(check::Check),
    Build(build::Build),
    Decode(decode::Decode),
    Encode(encode::Encode),
    Image(image::MakeImage),
    Walk(walk::WalkTables),
    Dump(dump::DumpTables),
    New(new::New),
    Schema(schema::Schema),
    Fmt(fmt::Fmt),
    Explain(explain::Explain),
    Completions(completions::Completions),
}

impl Command {
    /// Does it.
    pub(crate) fn run(self) -> Result<(), Failure> {
        match self {
            Self::List(it) => it.run(),
            Self::Show(it) => it.run(),
            Self::Check(it) => it.run(),
            Self::Build(it) => it.run(),
            Self::Decode(it) => it.run(),
            Self::Encode(it) => it.run(),
            Self::Image(it) => it.run(),
            Self::Walk(it) => it.run(),
            Self::Dump(it) => it.run(),
            Self::New(it) => it.run(),
            Self::Schema(it) => it.run(),
            Self::Fmt(it) => it.run(),
            Self::Explain(it) => it.run(),
            Self::Completions(it) => it.run(),
        }
    }
}

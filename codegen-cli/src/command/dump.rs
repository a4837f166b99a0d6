//! `gpt dump`

use clap::Args;
use gpt_codegen::interpreter::{Run, dump};
use serde_json::{Value as Json, json};

use crate::failure::Failure;
use crate::number;
use crate::tables::{TableMemory, line};
use crate::{format, json, output};

/// Lists the mappings of an image in the order of input addresses
#[derive(Args, Debug)]
#[command(
    after_help = "What is broken is reported on standard error, and makes the command fail after all that is\nmapped has been printed.\n\nExample:\n  gpt dump x86_64 --image tables.bin --base 0x100000 --root 0x100000"
)]
pub(crate) struct DumpTables {
    /// A name of the catalogue or a file
    format: String,
    #[command(flatten)]
    memory: TableMemory,
    /// Print a JSON array, one object per run of mappings
    #[arg(long)]
    json: bool,
}

impl DumpTables {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let checked = format::open(&self.format)?;
        let (image, root) = self.memory.open(&checked)?;
        let dump = dump(&checked, &image, root);
        match self.json {
            true => output::data(json::text(&dump.runs.iter().map(object).collect()))?,
            false => output::data(dump.runs.iter().map(text).collect::<String>())?,
        }
        if dump.faults.is_empty() {
            return Ok(());
        }
        for (va, fault) in &dump.faults {
            output::message(&format!("error: at {va:#x}: {fault}\n"));
        }
        if dump.more_faults > 0 {
            output::message(&format!("error: and {} more\n", dump.more_faults));
        }
        Err(Failure::Silent)
    }
}

fn object(run: &Run) -> Json {
    json!({
        "va": json::hex(run.va),
        "oa": json::hex(run.oa),
        "bytes": run.bytes,
        "attributes": json::attributes(&run.attributes),
    })
}

fn text(run: &Run) -> String {
    let last = run.va.saturating_add(run.bytes - 1);
    let size = number::bytes(u128::from(run.bytes));
    let words = line(&run.attributes);
    format!("{:#018x}-{last:#018x} -> {:#018x}  {size:>5}  {words}", run.va, run.oa).trim_end().to_owned() + "\n"
}

//! `gpt walk`

use clap::Args;
use gpt_codegen::Checked;
use gpt_codegen::interpreter::{Attributes, Walk, level_named, walk};
use serde_json::{Value as Json, json};

use crate::failure::Failure;
use crate::number::{self, address};
use crate::tables::{TableMemory, line};
use crate::{format, json, output};

/// Translates input addresses with the tables in an image, step by step
#[derive(Args, Debug)]
#[command(
    after_help = "A fault is an answer like any other: it does not make the command fail.\n\nExample:\n  gpt walk x86_64 --image tables.bin --base 0x100000 --root 0x100000 0x7fff12345678"
)]
pub(crate) struct WalkTables {
    /// A name of the catalogue or a file
    format: String,
    #[command(flatten)]
    memory: TableMemory,
    /// Input addresses
    #[arg(required = true, value_name = "VA", value_parser = address)]
    addresses: Vec<u64>,
    /// Print a JSON array, one object per address
    #[arg(long)]
    json: bool,
}

impl WalkTables {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let checked = format::open(&self.format)?;
        let (image, root) = self.memory.open(&checked)?;
        let walks = self.addresses.iter().map(|va| walk(&checked, &image, root, *va));
        match self.json {
            true => output::data(json::text(&walks.map(|walk| object(&walk)).collect())),
            false => walks.map(|walk| text(&checked, &walk)).try_for_each(output::data),
        }
    }
}

fn object(walk: &Walk) -> Json {
    let found = walk.result.as_ref().ok();
    let steps = walk.steps.iter().map(|step| {
        json!({
            "level": step.level,
            "table": json::hex(step.table),
            "index": step.index,
            "entry": json::hex(step.word),
            "kind": step.kind,
        })
    });
    json!({
        "va": json::hex(walk.va),
        "oa": found.map(|found| json::hex(found.oa)),
        "page": found.map(|found| json::hex(found.page_bytes)),
        "attributes": json::attributes(found.map_or(&Attributes::new(), |found| &found.attributes)),
        "fault": walk.result.as_ref().err().map(ToString::to_string),
        "steps": steps.collect::<Vec<_>>(),
    })
}

fn text(checked: &Checked, walk: &Walk) -> String {
    let mut text = match &walk.result {
        Ok(found) => {
            let size = number::bytes(found.page_bytes);
            format!("{:#x} -> {:#x}  {size} page  {}", walk.va, found.oa, line(&found.attributes)).trim_end().to_owned()
        }
        Err(fault) => format!("{:#x}: {fault}", walk.va),
    };
    let longest = walk.steps.iter().map(|step| step.level.len()).max().unwrap_or(0);
    for step in &walk.steps {
        let bits = level_named(checked, &step.level).map_or(64, |level| checked.format().level(level).entry_bits);
        let digits = bits as usize / 4 + 2;
        let kind = step.kind.as_deref().unwrap_or("malformed");
        text.push_str(&format!(
            "\n  {:longest$}  table {:#x}  index {}  {:#0digits$x}  {kind}",
            step.level, step.table, step.index, step.word
        ));
    }
    text.push('\n');
    text
}

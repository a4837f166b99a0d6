//! `gpt encode`

use clap::Args;
use gpt_codegen::interpreter::{Value, encode};
use serde_json::json;

use crate::failure::Failure;
use crate::tables::{attribute, collect, level};
use crate::{format, json, output};

/// Makes an entry from the values of its fields
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub(crate) struct Encode {
    /// A name of the catalogue or a file
    format: String,
    /// The level of the entry
    #[arg(long, value_name = "NAME")]
    level: String,
    /// The kind of entry
    #[arg(long, value_name = "KIND")]
    kind: String,
    /// Values of fields
    #[arg(value_name = "FIELD=VALUE", value_parser = attribute)]
    fields: Vec<(String, Value)>,
    /// Print a JSON object
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
FIELD is an attribute (`write=yes`, `execute=no`, `key=3`), `page` or `table` with a whole output address, or the
manual's name with the bits as they are (`XD=1`). Attributes that are not given are false or zero: what is not
allowed is forbidden. Where only manual's names are given, all other fields are zero bits.

Examples:
  gpt encode x86_64 --level PT --kind page-4k page=0x12345000 write=yes user=yes execute=yes
  gpt encode x86_64 --level PT --kind page-4k ADDR=0x12345000 R/W=1 U/S=1";

impl Encode {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let checked = format::open(&self.format)?;
        let level = level(&checked, &self.level)?;
        let fields = collect(self.fields).map_err(Failure::new)?;
        let word = encode(&checked, level, &self.kind, &fields).map_err(Failure::new)?;
        let shape = checked.format().level(level);
        let digits = shape.entry_bits as usize / 4 + 2;
        match self.json {
            true => output::data(json::text(&json!({
                "format": checked.format().name,
                "level": shape.name,
                "kind": self.kind,
                "entry": json::hex(word),
            }))),
            false => output::data(format!("{word:#0digits$x}\n")),
        }
    }
}

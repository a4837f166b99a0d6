//! `gpt image`

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;
use gpt_codegen::Checked;
use gpt_codegen::interpreter::{Attributes, Image, Mapping, Root, attribute_name, empty_word, map};
use gpt_codegen::model::{Class, LevelId};
use serde_json::json;

use crate::failure::Failure;
use crate::number::{address, number};
use crate::tables::{attribute, collect, level, root_level};
use crate::{format, json, output};

/// Builds page tables in a file
#[derive(Args, Debug)]
#[command(after_help = HELP)]
pub(crate) struct MakeImage {
    /// A name of the catalogue or a file
    format: String,
    /// The output address that the first byte of the file will have
    #[arg(long, value_name = "ADDR", value_parser = address)]
    base: u64,
    /// A range to map, with the largest pages that fit; may be given again
    #[arg(long = "map", value_name = "VA:OA:LEN[:ATTR,…]", value_parser = request)]
    maps: Vec<Request>,
    /// What new table entries say, at one level or at all; may be given again
    #[arg(long = "table", value_name = "[LEVEL:]ATTR,…")]
    tables: Vec<String>,
    /// The file to write
    #[arg(long, short, value_name = "FILE")]
    out: PathBuf,
    /// The level of the root table, where the format has several
    #[arg(long, value_name = "NAME")]
    root_level: Option<String>,
    /// Print where the root table is as a JSON object
    #[arg(long)]
    json: bool,
}

const HELP: &str = "\
ATTR is NAME, for something that is set or allowed, or NAME=VALUE: `write`, `user`, `execute=no`, `key=3`,
`memory_type=nc`. Attributes that are not given are zero, permissions not allowed; a permission that the format does
not restrict may be named all the same. With no attributes at all a page allows everything but unprivileged accesses,
and nothing else is set. `gpt show FORMAT` lists the names. Table entries allow
everything, and say what --table gives them to say; entries without a row for it leave it out.

Examples:
  gpt image x86_64 --base 1M --map 0x400000:2G:64K:write,user --out tables.bin
  gpt image armv7_short --base 0x40000000 --map 0:0:64K:write --table L1:key=3 --out tables.bin
  gpt image sv39 --base 0x80000000 --map 0:0x80000000:1G --map 4G:0:4K:read,accessed --out tables.bin --json";

/// One range to map.
#[derive(Clone, Debug)]
struct Request {
    va: u64,
    oa: u64,
    bytes: u128,
    attributes: Option<Attributes>,
}

fn request(text: &str) -> Result<Request, String> {
    let mut parts = text.splitn(4, ':');
    let (Some(va), Some(oa), Some(bytes)) = (parts.next(), parts.next(), parts.next()) else {
        return Err("write VA:OA:LEN or VA:OA:LEN:ATTR,…".to_owned());
    };
    let attributes = parts.next().map(attributes);
    Ok(Request { va: address(va)?, oa: address(oa)?, bytes: number(bytes)?, attributes: attributes.transpose()? })
}

fn attributes(list: &str) -> Result<Attributes, String> {
    let pairs: Result<Vec<_>, String> = list.split(',').filter(|it| !it.is_empty()).map(attribute).collect();
    collect(pairs?)
}

/// Checks that the table entries of a level, or of any, can say each of the attributes.
fn known(checked: &Checked, at: Option<LevelId>, attributes: &Attributes) -> Result<(), Failure> {
    let format = checked.format();
    let tables = format.kinds.iter().filter(|kind| kind.class == Class::Table).flat_map(|kind| &kind.layouts);
    let here = tables.filter(|layout| at.is_none_or(|at| at == layout.level));
    let names: BTreeSet<String> = here.flat_map(|layout| &layout.fields).filter_map(attribute_name).collect();
    let Some(name) = attributes.keys().find(|name| !names.contains(*name)) else { return Ok(()) };
    let at = at.map_or(String::new(), |at| format!(" at {}", format.level(at).name));
    let names: Vec<String> = names.into_iter().collect();
    let known = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    Err(Failure::new(format!("--table: no table entry of {}{at} says `{name}`; they say {known}", format.name)))
}

impl MakeImage {
    pub(crate) fn run(self) -> Result<(), Failure> {
        if self.json && output::is_stream(&self.out) {
            return Err(Failure::new("the image and the JSON cannot both go to standard output"));
        }
        let checked = format::open(&self.format)?;
        format::spare(&self.format, &self.out)?;
        let root = root_level(&checked, self.root_level.as_deref())?;
        let shape = checked.format().level(root);
        let mut image = Image::new(self.base);
        let table = image.allocate(shape, empty_word(&checked, root)).map_err(Failure::new)?;
        for text in &self.tables {
            let (at, list) = text.split_once(':').map_or((None, text.as_str()), |(name, list)| (Some(name), list));
            let at = at.map(|name| level(&checked, name)).transpose()?;
            let attributes = attributes(list).map_err(|error| Failure::new(format!("--table {text}: {error}")))?;
            known(&checked, at, &attributes)?;
            image.table_attributes(at, attributes);
        }
        for Request { va, oa, bytes, attributes } in &self.maps {
            let mapping = Mapping { va: *va, oa: *oa, bytes: *bytes, attributes: attributes.as_ref() };
            map(&checked, &mut image, Root { table, level: root }, mapping)
                .map_err(|error| Failure::new(format!("--map {va:#x}:{oa:#x}:{bytes:#x}: {error}")))?;
        }
        output::write(&self.out, image.bytes())?;
        let (format, bytes) = (&checked.format().name, image.bytes().len());
        if self.json {
            return output::data(json::text(&json!({
                "format": format,
                "base": json::hex(self.base),
                "root": json::hex(table),
                "root_level": shape.name,
                "bytes": bytes,
            })));
        }
        let text = format!("{format}: {bytes} bytes at {:#x}, root {} at {table:#x}\n", self.base, shape.name);
        if output::is_stream(&self.out) {
            output::message(&text);
            return Ok(());
        }
        output::data(text)
    }
}

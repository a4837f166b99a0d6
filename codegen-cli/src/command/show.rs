//! `gpt show`

use clap::Args;
use gpt_codegen::Checked;
use gpt_codegen::host::{self, Host, Order};
use serde_json::{Value as Json, json};

use crate::failure::Failure;
use crate::{format, json, output};

/// Shows a format: levels, page sizes, and every entry bit by bit
#[derive(Args, Debug)]
#[command(after_help = "\
With --host, what the widest atomic of a host means for the format: how each kind of change of an entry is made, and what
cannot be done while the hardware walks. `64` has 64-bit pointers, `32` neither those nor 64-bit atomics, `32-atomic64`
the atomics alone. With --json: {\"format\",\"host\",\"about\",\"levels\":[{\"levels\":[…],\"atomic\",…}]}. Where \"atomic\" is
true, each change is one atomic step; else there are \"gate\", \"refused\", \"hardware\", \"publish\", \"take\", \"not_live\" and
\"read\", each a text or null, and \"in_one_step\", an array of texts.

Examples:
  gpt show x86_64
  gpt show ./mine.yaml | less
  gpt show x86_pae --host 32")]
pub(crate) struct Show {
    /// A name of the catalogue or a file
    format: String,
    /// Show how a host of this kind writes entries instead
    #[arg(long, value_name = "HOST", value_parser = host_names())]
    host: Option<String>,
    /// Print a JSON object
    #[arg(long, requires = "host")]
    json: bool,
}

fn host_names() -> clap::builder::PossibleValuesParser {
    Host::ALL.iter().map(|(word, _)| *word).collect::<Vec<_>>().into()
}

impl Show {
    pub(crate) fn run(self) -> Result<(), Failure> {
        let checked = format::open(&self.format)?;
        let host = self.host.as_deref().and_then(|word| Some((word, Host::from_word(word)?)));
        output::data(match host {
            None => gpt_codegen::backend::show::show(&checked),
            Some((word, host)) if self.json => json::text(&orders(&checked, word, host)),
            Some((_, host)) => host::report(&checked, host),
        })
    }
}

fn orders(checked: &Checked, word: &str, host: Host) -> Json {
    let levels: Vec<Json> = host::orders(checked, host).iter().map(order).collect();
    json!({ "format": checked.format().name, "host": word, "about": host.name, "levels": levels })
}

fn order(order: &Order) -> Json {
    let mut object = json!({ "levels": order.levels, "atomic": order.lines.is_empty() });
    if order.lines.is_empty() {
        return object;
    }
    let texts = |title: &str| -> Vec<&str> {
        order.lines.iter().filter(|(other, _)| *other == title).map(|(_, text)| text.as_str()).collect()
    };
    for title in ["gate", "refused", "hardware", "publish", "take", "not live", "read"] {
        object[title.replace(' ', "_")] = json!(texts(title).first());
    }
    object["in_one_step"] = json!(texts("in one step"));
    object
}

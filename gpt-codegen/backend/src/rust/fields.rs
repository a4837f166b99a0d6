//! Entry types as the runtime's macro takes them: a row for each row of the manual.

use gpt_language::model::{BitRange, Places};

use super::entries::{Declaration, TableHere, Types};
use super::expression::{mask, test};
use super::names::ident;
use super::rows::{push_item, wrapped};

/// The call of the macro for types that share rows.
pub(super) fn text(types: &Types, runtime: &str) -> String {
    let mut text = format!("{runtime}::fields! {{\n");
    for declaration in &types.types {
        text.push_str(&declared(declaration));
    }
    if !types.tables.is_empty() {
        text.push_str("    tables(word) {\n");
        for (number, table) in types.tables.iter().enumerate() {
            text.push_str(&several(number, table));
        }
        text.push_str("    }\n");
    }
    text.push_str("    rows {\n");
    for row in &types.rows {
        let (about, bits) = (&row.about, bits(&row.bits));
        let (get, with) = (ident(&row.get), ident(&row.with));
        text.push_str(&format!("        ///{about}\n        {bits:<6} {get}, {with}: {};\n", row.sort));
    }
    text.push_str("    }\n}\n");
    text
}

/// `14:12`, or `[14:12, 3:3]` where the value is in parts, the highest first.
fn bits(of: &Places) -> String {
    if let Some(bits) = of.single() {
        return bits.to_string();
    }
    let mut parts = String::new();
    for (bits, _) in of.parts() {
        push_item(&mut parts, ", ", &format!("{}:{}", bits.high, bits.low));
    }
    format!("[{parts}]")
}

fn declared(of: &Declaration) -> String {
    let (about, name, base, zero) = (&of.about, &of.name, mask(of.base), mask(of.zero));
    let address = match &of.address {
        Some((name, parts)) => format!(", {name} {}", held(parts)),
        None => String::new(),
    };
    format!("    ///{about}\n    pub struct {name}(u{}) = {base}, zero {zero}{address};\n", of.entry_bits)
}

/// Which bits of the entry hold an address from which bit on.
fn held(parts: &[(BitRange, BitRange)]) -> String {
    let mut held = String::new();
    for (bits, output) in parts {
        push_item(&mut held, ", ", &format!("{}:{} => {}", bits.high, bits.low, output.low));
    }
    format!("[{held}]")
}

/// One of several tables of an entry.
fn several(number: usize, of: &TableHere) -> String {
    let (about, address, get, present) = (&of.about, held(&of.address), ident(&of.get), test(&of.present));
    let (alone, own, without) = (mask(of.alone), mask(of.own), mask(of.without));
    let present = wrapped(&present.to_string(), 13);
    format!(
        "        ///{about}\n        {number} {address} {get}, alone {alone}, by {own} else {without},\n            {present};\n"
    )
}

//! Entry types as the runtime's macro takes them: a row for each row of the manual.

use gpt_language::model::{BitRange, Places};

use super::entries::{Declaration, TableHere, Types};
use super::expression::{mask, test};
use super::names::ident;
use super::rows::wrapped;

/// The call of the macro for types that share rows.
pub(super) fn text(types: &Types, runtime: &str) -> String {
    let mut text = format!("{runtime}::fields! {{\n");
    for declaration in &types.types {
        text.push_str(&declared(declaration));
    }
    let tables = types.tables.iter().enumerate().map(|(number, table)| several(number, table));
    let tables: String = tables.collect();
    if !tables.is_empty() {
        text.push_str(&format!("    tables(word) {{\n{tables}    }}\n"));
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
    let parts = || of.parts().iter().map(|(bits, _)| format!("{}:{}", bits.high, bits.low));
    of.single().map_or_else(|| format!("[{}]", parts().collect::<Vec<_>>().join(", ")), |bits| bits.to_string())
}

fn declared(of: &Declaration) -> String {
    let (about, name, base, zero) = (&of.about, &of.name, mask(of.base), mask(of.zero));
    let address = of.address.as_ref().map_or(String::new(), |(name, parts)| format!(", {name} {}", held(parts)));
    format!("    ///{about}\n    pub struct {name}(u{}) = {base}, zero {zero}{address};\n", of.entry_bits)
}

/// Which bits of the entry hold an address from which bit on.
fn held(parts: &[(BitRange, BitRange)]) -> String {
    let part = |(bits, output): &(BitRange, BitRange)| format!("{}:{} => {}", bits.high, bits.low, output.low);
    let parts: Vec<String> = parts.iter().map(part).collect();
    format!("[{}]", parts.join(", "))
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

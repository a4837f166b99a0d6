//! Entry types as the runtime's macro takes them: a row for each row of the manual.

use gpt_language::model::Places;

use super::entries::{Declaration, Types};
use super::expression::mask;
use super::names::ident;

/// The call of the macro for types that share rows.
pub(super) fn text(types: &Types, runtime: &str) -> String {
    let mut text = format!("{runtime}::fields! {{\n");
    for declaration in &types.types {
        text.push_str(&declared(declaration, &types.word));
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

fn declared(of: &Declaration, word: &str) -> String {
    let (about, name, base, zero) = (&of.about, &of.name, mask(of.base), mask(of.zero));
    let address = of.address.as_ref().map_or(String::new(), |(name, parts)| {
        let parts: Vec<String> =
            parts.iter().map(|(bits, output)| format!("{}:{} => {}", bits.high, bits.low, output.low)).collect();
        format!(", {name} [{}]", parts.join(", "))
    });
    format!("    ///{about}\n    pub struct {name}({word}) = {base}, zero {zero}{address};\n")
}

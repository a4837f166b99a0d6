//! The types `Attributes` and `Change`, and how the words of pages hold them.

use proc_macro2::TokenStream;
use quote::{format_ident, quote};

use gpt_language::model::BitRange;

use super::attributes::{Attribute, Row, Rows, Type};
use super::expression::{integer, test};
use super::logic::Test;
use super::names::ident;
use super::plan::Plan;
use super::rows::wrapped;

/// The type of an attribute.
pub(super) fn type_tokens(plan: &Plan<'_>, of: Type) -> TokenStream {
    let name = match of {
        Type::Flag => format_ident!("bool"),
        Type::Number(bits) => integer(bits),
        Type::Code(id) => match plan.codes.get(id.0) {
            Some(Some(code)) => ident(&code.name),
            _ => integer(8),
        },
    };
    quote!(#name)
}

/// The fields of a variant that holds these attributes.
pub(super) fn fields(plan: &Plan<'_>, attributes: &[Attribute]) -> TokenStream {
    let fields = attributes.iter().map(|attribute| {
        let (name, type_) = (ident(&attribute.name), type_tokens(plan, attribute.type_));
        let about = sentence(attribute);
        quote! {
            #[doc = #about]
            #name: #type_,
        }
    });
    quote!(#(#fields)*)
}

/// What an attribute says, as a sentence of documentation.
pub(super) fn sentence(attribute: &Attribute) -> String {
    let mut letters = clause(attribute);
    let first = if letters.is_empty() { String::new() } else { letters.remove(0).to_uppercase().to_string() };
    format!(" {first}{letters}.")
}

/// What an attribute says, as a part of a sentence.
pub(super) fn clause(attribute: &Attribute) -> String {
    let hardware = if attribute.hardware { "; the hardware may set it" } else { "" };
    format!("{}{hardware}", attribute.about)
}

/// The call of the runtime's macro for `Attributes`, `Change` and what turns them into bits.
pub(super) fn text(plan: &Plan<'_>, runtime: &str) -> String {
    let fields = |hardware: bool| -> String {
        let fields = plan.attributes.iter().filter(|attribute| attribute.hardware == hardware);
        let field = |of: &Attribute| {
            let (about, name, type_) = (sentence(of), ident(&of.name), type_tokens(plan, of.type_));
            format!("        ///{about}\n        {name}: {type_};\n")
        };
        fields.map(field).collect()
    };
    let held: String = plan.rows.iter().enumerate().map(|(place, rows)| held(plan, place, rows)).collect();
    format!(
        "{runtime}::attributes! {{\n    \
         /// What a page says beside its address; by default nothing is allowed and all else is zero.\n    \
         pub struct Attributes;\n    \
         /// What to change of a page's attributes; by default nothing.\n    \
         pub struct Change;\n    \
         says {{\n{}    }}\n    hardware {{\n{}    }}\n{held}}}\n",
        fields(false),
        fields(true)
    )
}

/// How the pages with these rows hold what they say.
fn held(plan: &Plan<'_>, place: usize, rows: &Rows) -> String {
    let name = plan.holder(place).map_or("", |entry| entry.name.as_str());
    let holds = match &rows.condition {
        Test::All(tests) if tests.is_empty() => String::new(),
        condition => wrapped(&format!(" if {}", test(condition)), 4 + name.len()),
    };
    let of = |hardware: bool| -> String {
        let attributes = plan.attributes.iter().enumerate().filter(|(_, it)| it.hardware == hardware);
        attributes.map(|(place, attribute)| row(plan, attribute, rows.row(place))).collect()
    };
    let (says, hardware) = (of(false), of(true));
    let hardware = if hardware.is_empty() { String::new() } else { format!("\n{hardware}    ") };
    format!(
        "    // {}.\n    {name}(word: u{}){holds} => {{\n{says}    }} hardware {{{hardware}}}\n",
        rows.kinds(),
        rows.entry_bits
    )
}

/// Where a page holds an attribute.
fn row(plan: &Plan<'_>, attribute: &Attribute, row: Option<&Row>) -> String {
    let Some(row) = row else {
        let absent = match attribute.type_ {
            Type::Flag if attribute.is_permission() => "allowed",
            Type::Flag => "no_flag",
            Type::Number(_) => "no_number",
            Type::Code(_) => "no_code",
        };
        return without_bits(attribute, absent);
    };
    let events = ["accessed", "dirty"].into_iter().filter(|meaning| attribute.means(meaning));
    let events: String = events.chain(row.hardware.then_some("hardware")).map(|event| format!(", {event}")).collect();
    with_bits(plan, attribute, row, &events)
}

/// The row of an attribute that entries of a kind do not hold.
pub(super) fn without_bits(attribute: &Attribute, says: &str) -> String {
    format!("        {:<9} {}: {says};\n", "[]", ident(&attribute.name))
}

/// The row of an attribute that entries of a kind hold, and what happens to it.
pub(super) fn with_bits(plan: &Plan<'_>, attribute: &Attribute, row: &Row, events: &str) -> String {
    let name = ident(&attribute.name);
    let bits = match row.bits.single() {
        Some(bits) => format!("[{bits}]"),
        None => {
            let part = |(bits, up): &(BitRange, u32)| format!("{}:{} @ {up}", bits.high, bits.low);
            let parts: Vec<String> = row.bits.parts().iter().map(part).collect();
            format!("[{}]", parts.join(", "))
        }
    };
    let sort = match attribute.type_ {
        Type::Flag if row.negative => "not".to_owned(),
        Type::Flag => "flag".to_owned(),
        Type::Number(_) => "number".to_owned(),
        Type::Code(id) => {
            let width = plan.codes.get(id.0).and_then(Option::as_ref).map_or(8, |code| code.width);
            let sort = if width <= row.bits.width() { "code" } else { "code_in_part" };
            format!("{sort} {}", type_tokens(plan, attribute.type_))
        }
    };
    format!("        {bits:<9} {name}: {sort}{events};\n")
}

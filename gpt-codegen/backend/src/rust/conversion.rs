//! The types `Attributes` and `Change`, and how the words of pages hold them.

use proc_macro2::TokenStream;
use quote::{ToTokens, format_ident, quote};

use super::attributes::{Attribute, Row, Rows, Type};
use super::expression::{integer, test};
use super::logic::Test;
use super::names::ident;
use super::plan::Plan;
use super::rows::{push_item, wrapped};

/// The type of an attribute.
pub(super) fn type_tokens(plan: &Plan<'_>, of: Type) -> TokenStream {
    let name = match of {
        Type::Flag => format_ident!("bool"),
        Type::Number(bits) => integer(bits),
        Type::Code(id) => match plan.code(id) {
            Some(code) => ident(&code.name),
            None => integer(8),
        },
    };
    quote!(#name)
}

/// The fields of a variant that holds these attributes.
pub(super) fn fields(plan: &Plan<'_>, attributes: &[Attribute]) -> TokenStream {
    let mut fields = TokenStream::new();
    for attribute in attributes {
        let (name, type_) = (ident(&attribute.name), type_tokens(plan, attribute.type_));
        let about = sentence(attribute);
        let field = quote! {
            #[doc = #about]
            #name: #type_,
        };
        field.to_tokens(&mut fields);
    }
    fields
}

/// What an attribute says, as a sentence of documentation.
pub(super) fn sentence(attribute: &Attribute) -> String {
    let mut sentence = format!(" {}.", clause(attribute));
    if let Some(first) = sentence.get_mut(1..2) {
        first.make_ascii_uppercase();
    }
    sentence
}

/// What an attribute says, as a part of a sentence.
pub(super) fn clause(attribute: &Attribute) -> String {
    let hardware = if attribute.hardware { "; the hardware may set it" } else { "" };
    format!("{}{hardware}", attribute.about)
}

/// The call of the runtime's macro for `Attributes`, `Change` and what turns them into bits.
pub(super) fn text(plan: &Plan<'_>, runtime: &str) -> String {
    let (mut says, mut hardware) = (String::new(), String::new());
    for of in &plan.attributes {
        let fields = if of.hardware { &mut hardware } else { &mut says };
        fields.push_str(&field(plan, of));
    }
    let mut pages = String::new();
    for (place, rows) in plan.rows.iter().enumerate() {
        pages.push_str(&held(plan, place, rows));
    }
    format!(
        "{runtime}::attributes! {{\n    \
         /// What a page says beside its address; by default nothing is allowed and all else is zero.\n    \
         pub struct Attributes;\n    \
         /// What to change of a page's attributes; by default nothing.\n    \
         pub struct Change;\n    \
         says {{\n{says}    }}\n    hardware {{\n{hardware}    }}\n{pages}}}\n"
    )
}

/// An attribute as a field of a type.
pub(super) fn field(plan: &Plan<'_>, of: &Attribute) -> String {
    let (about, name, type_) = (sentence(of), ident(&of.name), type_tokens(plan, of.type_));
    format!("        ///{about}\n        {name}: {type_};\n")
}

/// How the pages with these rows hold what they say.
fn held(plan: &Plan<'_>, place: usize, rows: &Rows) -> String {
    let name = plan.holder(place);
    let holds = match &rows.condition {
        Test::All(tests) if tests.is_empty() => String::new(),
        condition => wrapped(&format!(" if {}", test(condition)), 4 + name.len()),
    };
    let (mut says, mut hardware) = (String::new(), String::new());
    for (place, attribute) in plan.attributes.iter().enumerate() {
        let held = if attribute.hardware { &mut hardware } else { &mut says };
        held.push_str(&row(plan, attribute, rows.row(place)));
    }
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
    let mut events = String::new();
    for event in &["accessed", "dirty"] {
        if attribute.means(event) {
            events.push_str(&format!(", {event}"));
        }
    }
    if row.hardware {
        events.push_str(", hardware");
    }
    with_bits(plan, attribute, row, &events)
}

/// The row of an attribute that entries of a kind do not hold.
pub(super) fn without_bits(attribute: &Attribute, says: &str) -> String {
    format!("        {:<9} {}: {says};\n", "[]", ident(&attribute.name))
}

/// The row of an attribute that entries of a kind hold, and what happens to it.
pub(super) fn with_bits(plan: &Plan<'_>, attribute: &Attribute, row: &Row, events: &str) -> String {
    let name = ident(&attribute.name);
    let mut bits = String::new();
    match row.bits.single() {
        Some(single) => bits = single.to_string(),
        None => {
            for (part, up) in row.bits.parts() {
                push_item(&mut bits, ", ", &format!("{}:{} @ {up}", part.high, part.low));
            }
        }
    }
    let bits = format!("[{bits}]");
    let sort = match attribute.type_ {
        Type::Flag if row.negative => "not".to_owned(),
        Type::Flag => "flag".to_owned(),
        Type::Number(_) => "number".to_owned(),
        Type::Code(id) => {
            let whole = plan.code(id).is_some_and(|code| code.width <= row.bits.width());
            let sort = if whole { "code" } else { "code_in_part" };
            format!("{sort} {}", type_tokens(plan, attribute.type_))
        }
    };
    format!("        {bits:<9} {name}: {sort}{events};\n")
}

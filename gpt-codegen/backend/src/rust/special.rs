//! Entries that do not translate but say something.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

use super::attributes::{Attribute, Row, Rows, Type};
use super::conversion::{fields, type_tokens};
use super::entries::{Accessor, is_type, nothing_allowed, rows_of};
use super::expression::{mask, test};
use super::logic::Test;
use super::names::ident;
use super::plan::{Entry, KindHere, LevelPlan, Plan, Special};
use super::rows::push_item;

/// The type of all that such entries say; the runtime's own where there are none.
pub(super) fn type_name(plan: &Plan<'_>) -> TokenStream {
    if plan.specials.is_empty() { quote!(NoSpecial) } else { quote!(Special) }
}

/// The type, if the format has such entries.
pub(super) fn tokens(plan: &Plan<'_>) -> TokenStream {
    if plan.specials.is_empty() {
        return TokenStream::new();
    }
    let mut variants = TokenStream::new();
    for special in &plan.specials {
        let (name, about) = (ident(&special.name), format!(" `{}`", special.kind.name));
        let mut fields = fields(plan, &special.attributes);
        if !fields.is_empty() {
            fields = quote!({ #fields });
        }
        let variant = quote! {
            #[doc = #about]
            #name #fields,
        };
        variant.to_tokens(&mut variants);
    }
    quote! {
        /// What an entry says that does not translate.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[allow(dead_code)]
        pub enum Special {
            #variants
        }
    }
}

/// The rows of a level about such entries: what is said, its word, when a word says so, and what it says.
pub(super) fn rows(plan: &Plan<'_>, level: &LevelPlan<'_>) -> Vec<String> {
    let mut rows = Vec::new();
    for here in &level.kinds {
        for special in &plan.specials {
            if special.kind.name == here.kind.name
                && let Some(entry) = plan.entry(here)
            {
                rows.push(row(plan, here, special, entry));
            }
        }
    }
    rows
}

fn row(plan: &Plan<'_>, here: &KindHere<'_>, special: &Special<'_>, entry: &Entry<'_>) -> String {
    let (name, when) = (ident(&special.name), test(&Test::tell(&here.layout.matches.0, &[])));
    if special.attributes.is_empty() {
        let word = mask(nothing_allowed(here.layout));
        return format!("Special::{name} => {word}, {when} => Special::{name}");
    }
    let (type_, accessors) = (ident(&entry.name), rows_of(plan, entry));
    let places = Rows::new(String::new(), here.layout, entry.entry_bits, &special.attributes);
    let (mut names, mut unsaid, mut set, mut read) = (String::new(), String::new(), String::new(), String::new());
    for (place, attribute) in special.attributes.iter().enumerate() {
        let said = Said::new(plan, attribute, accessor(&accessors, places.row(place)), &type_);
        push_item(&mut names, ", ", &said.name);
        if !said.unsaid.is_empty() {
            push_item(&mut unsaid, " && ", &said.unsaid);
        }
        set.push_str(&said.set);
        push_item(&mut read, ", ", &said.read);
    }
    let (bare, word) = if is_type(entry) {
        (format!("{type_}::BARE"), ".word()")
    } else {
        (mask(nothing_allowed(here.layout)).to_string(), "")
    };
    let bare = if unsaid.is_empty() { bare } else { format!("({unsaid}).then_some({bare})?") };
    format!("Special::{name} {{ {names} }} => {bare}{set}{word}, {when} => Special::{name} {{ {read} }}")
}

/// What reads and writes a row of an entry.
fn accessor<'a>(accessors: &'a [Accessor], row: Option<&Row>) -> Option<&'a Accessor> {
    let row = row?;
    accessors.iter().find(|accessor| accessor.bits == row.bits)
}

/// How an entry holds one of the things that it says.
struct Said {
    name: String,
    /// What must hold where the entry has no row for it.
    unsaid: String,
    /// What puts it into the entry.
    set: String,
    /// The field, as the entry says it.
    read: String,
}

impl Said {
    fn new(plan: &Plan<'_>, of: &Attribute, accessor: Option<&Accessor>, entry: &Ident) -> Self {
        let name = ident(&of.name).to_string();
        let own = type_tokens(plan, of.type_).to_string();
        let is_code = matches!(of.type_, Type::Code(_));
        let inside = if is_code { format!("{name}.0") } else { name.clone() };
        let Some(accessor) = accessor else {
            let unsaid = if of.type_ == Type::Flag { format!("!{inside}") } else { format!("{inside} == 0") };
            return Self { read: format!("{name}: Default::default()"), name, unsaid, set: String::new() };
        };
        let (get, with) = (ident(&accessor.get), ident(&accessor.with));
        let held = match accessor.sort.split_once(' ') {
            Some((_, held)) => held,
            None => "bool",
        };
        // A setter for numbers refuses those that the row has no room for.
        let ask = if accessor.sort.starts_with("number") { "?" } else { "" };
        let read = format!("{entry}(word).{get}()");
        let (value, read) = if held == own {
            (name.clone(), read)
        } else if is_code {
            (format!("{inside}.try_into().ok()?"), format!("{own}({read}.into())"))
        } else if held == "bool" {
            (format!("({name} <= 1).then_some({name} == 1)?"), format!("{read}.into()"))
        } else {
            (format!("{name}.try_into().ok()?"), format!("{read}.into()"))
        };
        let set = format!(".{with}({value}){ask}");
        Self { read: format!("{name}: {read}"), name, unsaid: String::new(), set }
    }
}

//! Entries that do not translate but say something.

use proc_macro2::{Ident, TokenStream};
use quote::quote;

use gpt_language::model::Class;

use super::attributes::{Attribute, Rows, Type};
use super::conversion::{fields, type_tokens};
use super::entries::{Accessor, is_type, nothing_allowed, rows_of};
use super::expression::{mask, test};
use super::logic::Test;
use super::names::ident;
use super::plan::{LevelPlan, Plan};

/// The type of all that such entries say; the runtime's own where there are none.
pub(super) fn type_name(plan: &Plan<'_>) -> TokenStream {
    if plan.specials.is_empty() { quote!(NoSpecial) } else { quote!(Special) }
}

/// The type, if the format has such entries.
pub(super) fn tokens(plan: &Plan<'_>) -> Option<TokenStream> {
    let variants = plan.specials.iter().map(|special| {
        let (name, about) = (ident(&special.name), format!(" `{}`", special.kind.name));
        let fields = (!special.attributes.is_empty()).then(|| {
            let fields = fields(plan, &special.attributes);
            quote!({ #fields })
        });
        quote! {
            #[doc = #about]
            #name #fields,
        }
    });
    (!plan.specials.is_empty()).then(|| {
        quote! {
            /// What an entry says that does not translate.
            #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
            #[allow(dead_code)]
            pub enum Special {
                #(#variants)*
            }
        }
    })
}

/// The rows of a level about such entries: what is said, its word, when a word says so, and what it says.
pub(super) fn rows(plan: &Plan<'_>, level: &LevelPlan<'_>) -> Vec<String> {
    let here = level.kinds.iter().filter(|here| here.kind.class == Class::Special);
    let rows = here.filter_map(|here| {
        let special = plan.specials.iter().find(|special| special.kind.name == here.kind.name)?;
        let name = ident(&special.name);
        let when = test(&Test::tell(&here.layout.matches.0, &[]));
        let entry = plan.entry(here)?;
        if special.attributes.is_empty() {
            let word = mask(nothing_allowed(here.layout));
            return Some(format!("Special::{name} => {word}, {when} => Special::{name}"));
        }
        let (type_, accessors) = (ident(&entry.name), rows_of(plan, entry));
        let places = Rows::new(String::new(), here.layout, level.level.entry_bits, &special.attributes);
        let said = special.attributes.iter().enumerate().map(|(place, attribute)| {
            let row = places.row(place);
            let accessor = row.and_then(|row| accessors.iter().find(|accessor| accessor.bits == row.bits));
            Said::new(plan, attribute, accessor, &type_)
        });
        let said: Vec<Said> = said.collect();
        let all = |part: fn(&Said) -> &str, between: &str| {
            said.iter().map(part).filter(|part| !part.is_empty()).collect::<Vec<_>>().join(between)
        };
        let (names, unsaid) = (all(|it| &it.name, ", "), all(|it| &it.unsaid, " && "));
        let (bare, word) = if is_type(entry) {
            (format!("{type_}::BARE"), ".word()")
        } else {
            (mask(nothing_allowed(here.layout)).to_string(), "")
        };
        let bare = if unsaid.is_empty() { bare } else { format!("({unsaid}).then_some({bare})?") };
        let (set, read) = (all(|it| &it.set, ""), all(|it| &it.read, ", "));
        Some(format!("Special::{name} {{ {names} }} => {bare}{set}{word}, {when} => Special::{name} {{ {read} }}"))
    });
    rows.collect()
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
        let code = match of.type_ {
            Type::Code(_) => Some(type_tokens(plan, of.type_).to_string()),
            _ => None,
        };
        let inside = if code.is_some() { format!("{name}.0") } else { name.clone() };
        let Some(accessor) = accessor else {
            let unsaid = if of.type_ == Type::Flag { format!("!{inside}") } else { format!("{inside} == 0") };
            return Self { read: format!("{name}: Default::default()"), name, unsaid, set: String::new() };
        };
        let (get, with) = (ident(&accessor.get), ident(&accessor.with));
        let own = type_tokens(plan, of.type_).to_string();
        let held = accessor.sort.split_once(' ').map_or("bool", |(_, held)| held);
        // A setter for numbers refuses those that the row has no room for.
        let ask = if accessor.sort.starts_with("number") { "?" } else { "" };
        let read = format!("{entry}(word).{get}()");
        let (value, read) = match code {
            _ if held == own => (name.clone(), read),
            None if held == "bool" => (format!("({name} <= 1).then_some({name} == 1)?"), format!("{read}.into()")),
            None => (format!("{name}.try_into().ok()?"), format!("{read}.into()")),
            Some(code) => (format!("{inside}.try_into().ok()?"), format!("{code}({read}.into())")),
        };
        let set = format!(".{with}({value}){ask}");
        Self { read: format!("{name}: {read}"), name, unsaid: String::new(), set }
    }
}

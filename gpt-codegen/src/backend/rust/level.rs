//! One type for each level, and what its entries can be.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::{Class, Cube};

use super::entries::is_type;
use super::expression::{choose, integer, mask};
use super::format::size;
use super::logic::{Test, in_order, one_by_one};
use super::names::ident;
use super::plan::{KindHere, LevelPlan, Plan};

/// The classes that an entry can have, in the order in which they are asked for if nothing speaks against it.
const CLASSES: [Class; 4] = [Class::Absent, Class::Table, Class::Page, Class::Special];

/// The type of a level and that of its entries.
pub(super) fn tokens(plan: &Plan<'_>, level: &LevelPlan<'_>) -> TokenStream {
    let (name, decoded, word) = (ident(&level.name), ident(&level.decoded), integer(level.level.entry_bits));
    let manual = &level.level.name;
    let covers = size(level.level.index.low);
    let about = match level.level.items_lg2() {
        0 => format!(" The level `{manual}`: a table has one entry, for {covers}."),
        items_lg2 => format!(
            " The level `{manual}`: bits {} of the input address pick one of {} entries, each for {covers}.",
            level.level.index,
            1_u64 << items_lg2,
        ),
    };
    let decoded_about = format!(" What an entry of a `{manual}` can be.");
    let decode_about = format!(
        " Says what an entry of a `{manual}` is. A bit that is set although it has to be zero makes it malformed."
    );
    let variants = level.kinds.iter().map(|here| {
        let (variant, about) = (ident(&here.variant), format!(" `{}`", here.kind.name));
        let inside = typed(plan, here).map(|entry| quote!((#entry)));
        quote! {
            #[doc = #about]
            #variant #inside,
        }
    });
    let decode = decode(plan, level);
    quote! {
        #[doc = #about]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(dead_code)]
        pub enum #name {}

        #[doc = #decoded_about]
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(dead_code)]
        pub enum #decoded {
            #(#variants)*
            /// None of these
            Malformed(#word),
        }

        #[allow(dead_code)]
        impl #name {
            #[doc = #decode_about]
            #[must_use]
            #[inline]
            pub const fn decode(word: #word) -> #decoded {
                #decode
            }
        }
    }
}

/// The type of an entry of this kind, if the kind is more than its name.
fn typed(plan: &Plan<'_>, here: &KindHere<'_>) -> Option<TokenStream> {
    let entry = plan.entry(here).filter(|entry| is_type(entry))?;
    let name = ident(&entry.name);
    Some(quote!(#name))
}

fn decode(plan: &Plan<'_>, level: &LevelPlan<'_>) -> TokenStream {
    let decoded = ident(&level.decoded);
    let classes = by_class(level);
    let order: Vec<usize> = classes
        .into_iter()
        .flat_map(|(class, _)| level.kinds.iter().enumerate().filter(move |(_, here)| here.kind.class == class))
        .map(|(place, _)| place)
        .collect();
    let cubes: Vec<Vec<Cube>> = level.kinds.iter().map(|here| here.layout.matches.0.clone()).collect();
    let any_reserved = level.kinds.iter().any(|here| here.layout.zero_mask() != 0);
    let cases = one_by_one(&cubes, &order).into_iter().filter_map(|(place, when)| {
        let here = level.kinds.get(place)?;
        let variant = ident(&here.variant);
        let entry = match typed(plan, here) {
            Some(entry) => quote!(#decoded::#variant(#entry(word))),
            None => quote!(#decoded::#variant),
        };
        let reserved = match typed(plan, here) {
            Some(entry) => quote!(#entry::RESERVED),
            None => {
                let mask = mask(here.layout.zero_mask());
                quote!(#mask)
            }
        };
        Some((when, if any_reserved { quote!((#entry, #reserved)) } else { entry }))
    });
    let cases: Vec<(Test, TokenStream)> = cases.collect();
    if any_reserved {
        let chain = choose(&cases, &quote!(return #decoded::Malformed(word)));
        let chain = if ends_in_else(&cases) { choose(&cases, &TokenStream::new()) } else { chain };
        quote! {
            let (entry, reserved) = #chain;
            if word & reserved == 0 { entry } else { #decoded::Malformed(word) }
        }
    } else {
        choose(&cases, &quote!(#decoded::Malformed(word)))
    }
}

/// Whether every word passes one of the tests, the last at the latest.
fn ends_in_else(cases: &[(Test, TokenStream)]) -> bool {
    cases.last().is_some_and(|(when, _)| *when == Test::always())
}

/// The classes at a level in the order in which they are best asked for, with their tests.
fn by_class(level: &LevelPlan<'_>) -> Vec<(Class, Test)> {
    let of = |class: Class| {
        let cubes = level.kinds.iter().filter(|here| here.kind.class == class).flat_map(|here| &here.layout.matches.0);
        (class, cubes.copied().collect::<Vec<Cube>>())
    };
    let classes: Vec<(Class, Vec<Cube>)> = CLASSES.into_iter().map(of).filter(|(_, cubes)| !cubes.is_empty()).collect();
    let cubes: Vec<Vec<Cube>> = classes.iter().map(|(_, cubes)| cubes.clone()).collect();
    in_order(&cubes).into_iter().filter_map(|(place, test)| Some((classes.get(place)?.0, test))).collect()
}

/// What says of which class `word` is: the kinds' constants and conditions alone, so that a walk pays no more.
pub(super) fn class(level: &LevelPlan<'_>) -> TokenStream {
    let cases: Vec<(Test, TokenStream)> = by_class(level)
        .into_iter()
        .map(|(class, when)| {
            let class = match class {
                Class::Absent => quote!(Class::Absent),
                Class::Table => quote!(Class::Table),
                Class::Page => quote!(Class::Page),
                Class::Special => quote!(Class::Special),
            };
            (when, class)
        })
        .collect();
    choose(&cases, &quote!(Class::Malformed))
}

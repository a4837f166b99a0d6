//! Entries that do not translate but say something.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::Class;

use super::attributes::Rows;
use super::conversion::{bits_of, checked, fields, refused, value_of};
use super::entries::nothing_allowed;
use super::expression::{casts, choose, integer, mask};
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
            let fields = fields(plan, &special.attributes, false);
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

/// The methods of a level about such entries; none where it has none.
pub(super) fn methods(plan: &Plan<'_>, level: &LevelPlan<'_>) -> Option<TokenStream> {
    let word = integer(level.level.entry_bits);
    let mut encode = Vec::new();
    let mut decode: Vec<(Test, TokenStream)> = Vec::new();
    for here in level.kinds.iter().filter(|here| here.kind.class == Class::Special) {
        let Some(special) = plan.specials.iter().find(|special| special.kind.name == here.kind.name) else { continue };
        let name = ident(&special.name);
        let rows = Rows::new(String::new(), here.layout, level.level.entry_bits, &special.attributes);
        let names: Vec<_> = special.attributes.iter().map(|attribute| ident(&attribute.name)).collect();
        let braced = |inside: TokenStream| (!names.is_empty()).then(|| quote!({ #inside }));
        let places = || special.attributes.iter().enumerate();
        let refusals: Vec<TokenStream> = places()
            .filter_map(|(place, it)| {
                let name = ident(&it.name);
                refused(plan, it, rows.row(place), &quote!(#name))
            })
            .collect();
        let refuse = (!refusals.is_empty()).then(|| quote!(if #(#refusals)||* { return None; }));
        let base = nothing_allowed(here.layout) & !rows.mask();
        let constant = (base != 0 || names.is_empty()).then(|| {
            let base = mask(base);
            quote!(#base)
        });
        let bits = places().filter_map(|(place, it)| {
            let name = ident(&it.name);
            Some(bits_of(plan, it, rows.row(place)?, rows.entry_bits, &quote!(#name)))
        });
        let bits = constant.into_iter().chain(bits);
        let (pattern, result) = (braced(quote!(#(#names),*)), checked(&rows.condition));
        encode.push(quote!(Special::#name #pattern => { #refuse let word = #(#bits)|*; #result }));
        let values = places().map(|(place, it)| {
            let name = ident(&it.name);
            let value =
                rows.row(place).map_or(quote!(Default::default()), |row| value_of(plan, it, row, rows.entry_bits));
            quote!(#name: #value)
        });
        let values = braced(quote!(#(#values),*));
        decode.push((Test::tell(&here.layout.matches.0, &[]), quote!(Some(Special::#name #values))));
    }
    if encode.is_empty() {
        return None;
    }
    let rest = (encode.len() < plan.specials.len()).then(|| quote!(_ => None,));
    let decode = choose(&decode, &quote!(None));
    let (encode, decode) = (quote!(match *special { #(#encode)* #rest }), decode);
    let (encode_casts, decode_casts) = (casts(&encode), casts(&decode));
    Some(quote! {
        #encode_casts
        #[inline]
        fn encode_special(special: &Special) -> Option<#word> {
            #encode
        }

        #decode_casts
        #[inline]
        fn special(word: #word) -> Option<Special> {
            #decode
        }
    })
}

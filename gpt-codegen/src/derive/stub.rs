//! What stands for a format that has mistakes, so that nothing that uses it is a mistake too.

use proc_macro2::{Ident, Span, TokenStream};
use quote::quote;

use super::module_name;
use super::stand_in::stand_in;
use crate::backend::decoded::{Signatures, signatures};
use crate::backend::rust;
use crate::syntax::derive::{Reading, Shape};

/// The functions of the type, and a module with the names that every format gives.
pub(super) fn stub(reading: &Reading) -> TokenStream {
    let (type_, description) = (&reading.type_, &reading.description);
    let bits = description.levels.iter().flatten().filter_map(|level| level.entry_bits).map(|bits| bits.value);
    let bits = bits.chain(description.entry.map(|entry| entry.bits.value)).max().unwrap_or(64);
    let Signatures { decode, encode } = signatures(&type_.visibility, bits);
    let kinds = match &type_.shape {
        Shape::Struct(_, kind) => {
            let (visibility, names) = (&type_.visibility, type_.variants.iter().map(|variant| &variant.name));
            quote! {
                #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq, ::core::cmp::Eq)]
                #visibility enum #kind { #(#names),* }
            }
        }
        Shape::Enum | Shape::Marker => TokenStream::new(),
    };
    let name = description.format.as_ref().map_or_else(|| "format".to_owned(), |name| name.value.clone());
    let module = module_name(reading, &name);
    let items = match (stand_in(description), super::options(reading)) {
        (Some(checked), Ok(options)) => rust::emit_tokens(&checked, &options),
        _ => names(reading, &name),
    };
    let (visibility, name) = (&type_.visibility, &type_.name);
    // A type with parameters has no functions here: what is wrong with it is said already.
    let functions = if reading.found.iter().any(|diagnostic| diagnostic.code == "E0301") {
        TokenStream::new()
    } else {
        quote! {
            #[automatically_derived]
            #[allow(clippy::all, clippy::pedantic)]
            impl #name {
                #decode {
                    let _ = (level, word);
                    ::core::option::Option::None
                }

                #encode {
                    let _ = level;
                    ::core::option::Option::None
                }
            }
        }
    };
    quote! {
        #[allow(missing_docs, dead_code, missing_debug_implementations)]
        #visibility mod #module {
            #[allow(unused_imports)]
            use ::core::prelude::rust_2021::*;

            #items
        }
        #kinds
        #functions
    }
}

/// The names that every format gives, where there is too little to make a format of.
fn names(reading: &Reading, name: &str) -> TokenStream {
    let levels = reading.description.levels.iter().flatten().map(|level| rust::type_name(&level.name.value));
    let fixed = ["Attributes", "Change", "Special", "PageTable", "Va", "VaRange"].map(str::to_owned);
    let mut types: Vec<String> = Vec::new();
    for name in levels.chain(fixed).chain([rust::type_name(name)]) {
        if !types.contains(&name) {
            types.push(name);
        }
    }
    let types = types.iter().map(|name| Ident::new(name, Span::call_site()));
    quote!(#(pub enum #types {})*)
}

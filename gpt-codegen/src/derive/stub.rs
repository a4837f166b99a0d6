//! What stands for a format that has mistakes, so that nothing that uses it is a mistake too.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote};

use super::module_name;
use super::stand_in::stand_in;
use crate::backend::decoded::{Signatures, kinds_type, signatures};
use crate::backend::rust;
use crate::syntax::derive::{Reading, Shape};
use crate::syntax::description::Description;

/// The functions of the type, if it can have any, and a module with the names that every format gives.
pub(super) fn stub(reading: &Reading, has_functions: bool) -> TokenStream {
    let (type_, description) = (&reading.type_, &reading.description);
    let Signatures { decode, encode } = signatures(&type_.visibility, word_bits(description));
    let kinds = match &type_.shape {
        Shape::Struct(_, kind) => {
            let mut variants = Vec::new();
            for variant in &type_.variants {
                variants.push(variant.name.to_token_stream());
            }
            kinds_type(&type_.visibility, kind, &variants)
        }
        Shape::Enum | Shape::Marker => TokenStream::new(),
    };
    let name = match &description.format {
        Some(name) => &name.value,
        None => "format",
    };
    let module = module_name(reading, name);
    let items = match stand_in(description) {
        Some(checked) if !description.unclear.contains(&"runtime") => {
            rust::emit_tokens(&checked, &reading.given.options)
        }
        _ => names(reading, name),
    };
    let (visibility, name) = (&type_.visibility, &type_.name);
    let functions = if !has_functions {
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

/// The width of the widest entry, as far as it is understood.
fn word_bits(description: &Description) -> u32 {
    let mut widest = 0;
    for level in description.levels.as_deref().unwrap_or_default() {
        if let Some(bits) = level.entry_bits {
            widest = widest.max(bits.value);
        }
    }
    if let Some(entry) = description.entry {
        widest = widest.max(entry.bits.value);
    }
    if widest == 0 { 64 } else { widest }
}

/// The names that every format gives, where there is too little to make a format of.
fn names(reading: &Reading, name: &str) -> TokenStream {
    let mut types = Vec::new();
    for level in reading.description.levels.as_deref().unwrap_or_default() {
        types.push(rust::type_name(&level.name.value));
    }
    for fixed in &["Attributes", "Change", "Special", "PageTable", "Va", "VaRange"] {
        types.push((*fixed).to_owned());
    }
    types.push(rust::type_name(name));
    let (mut given, mut items) = (Vec::new(), TokenStream::new());
    for name in types {
        if !given.contains(&name) {
            let ident = Ident::new(&name, Span::call_site());
            quote!(pub enum #ident {}).to_tokens(&mut items);
            given.push(name);
        }
    }
    items
}

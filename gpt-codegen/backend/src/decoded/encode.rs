//! From a value of the type to a word.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use super::{Conversions, DecodedField, DecodedKind, Repr, first, hex, most};
use gpt_language::model::{Layout, Role};

impl Conversions<'_> {
    /// The arm for a kind at a level.
    pub(super) fn encode(&self, level: usize, kind: &DecodedKind, layout: &Layout, place: usize) -> TokenStream {
        let level = Literal::usize_unsuffixed(level);
        let bindings: Vec<Ident> = (0..kind.fields.len()).map(|number| format_ident!("field_{number}")).collect();
        let names = kind.fields.iter().map(|field| &field.name);
        let sizes = kind.size_field.iter().map(|name| {
            let size = Literal::u32_unsuffixed(self.format.page_lg2(layout));
            quote!(#name: #size,)
        });
        let variant = &kind.variant;
        let pattern = match &self.decoded.kind_field {
            Some((field, type_)) => quote!(Self { #field: #type_::#variant, #(#sizes)* #(#names: #bindings),* }),
            None => quote!(Self::#variant { #(#sizes)* #(#names: #bindings),* }),
        };
        let start = hex(skeleton(layout, kind, place));
        let word = format_ident!("u{}", self.word_bits);
        let writes = kind.fields.iter().zip(&bindings).map(|(field, binding)| self.write(field, binding, place));
        // The constants are in place; what is left is `when:`.
        let constants = layout.mask_of(|role| matches!(role, Role::Constant(_)));
        let beyond = layout.matches.0.iter().any(|cube| cube.mask & !constants != 0);
        let check = if beyond {
            let matches = self.matches(&layout.matches);
            quote!(if !(#matches) { return ::core::option::Option::None; })
        } else {
            TokenStream::new()
        };
        let mutable = if kind.fields.iter().any(|field| field.slots.get(place).is_some_and(|slots| !slots.is_empty())) {
            quote!(mut)
        } else {
            TokenStream::new()
        };
        quote! {
            (#level, #pattern) => {
                let #mutable word: #word = #start;
                #(#writes)*
                #check
                ::core::option::Option::Some(word)
            }
        }
    }

    /// Puts the value of a field into `word`, or leaves the function where it does not fit.
    fn write(&self, field: &DecodedField, binding: &Ident, place: usize) -> TokenStream {
        let slots = field.slots.get(place).map_or(&[][..], Vec::as_slice);
        let word = format_ident!("u{}", self.word_bits);
        let none = quote!(return ::core::option::Option::None);
        match (&field.repr, slots) {
            (Repr::Flag, [slot]) => {
                let bit = hex(slot.bits.mask());
                let not = if slot.negative { quote!(!) } else { TokenStream::new() };
                quote!(if #not *#binding { word |= #bit; })
            }
            (Repr::Flag, _) => quote!(if *#binding { #none; }),
            (Repr::Number(bits) | Repr::Address(bits), slots) => {
                let room = slots.iter().fold(0, |room, slot| room | slot.output.mask());
                let whole = u128::MAX >> (128 - bits);
                let fits = if room & whole == whole {
                    TokenStream::new()
                } else {
                    let room = hex(room);
                    quote!(if *#binding & !#room != 0 { #none; })
                };
                let writes = slots.iter().map(|slot| {
                    let (up, low) = (Literal::u32_unsuffixed(slot.output.low), Literal::u32_unsuffixed(slot.bits.low));
                    let most = hex(most(slot.bits));
                    quote!(word |= (((*#binding >> #up) as #word) & #most) << #low;)
                });
                quote!(#fits #(#writes)*)
            }
            (Repr::Codes(codes), slots) => {
                let type_ = &field.type_;
                let arms = codes.iter().map(|(value, name)| {
                    let value = hex(*value);
                    quote!(<#type_>::#name => #value)
                });
                match slots {
                    [slot] => {
                        let low = Literal::u32_unsuffixed(slot.bits.low);
                        quote! {
                            let code: #word = match *#binding { #(#arms,)* };
                            word |= code << #low;
                        }
                    }
                    [_, ..] => {
                        let writes = slots.iter().map(|slot| {
                            let (up, low) =
                                (Literal::u32_unsuffixed(slot.output.low), Literal::u32_unsuffixed(slot.bits.low));
                            let most = hex(most(slot.bits));
                            quote!(word |= ((code >> #up) & #most) << #low;)
                        });
                        quote! {
                            let code: #word = match *#binding { #(#arms,)* };
                            #(#writes)*
                        }
                    }
                    [] => {
                        let first = first(type_, codes);
                        quote!(match *#binding { #first => {} #[allow(unreachable_patterns)] _ => #none })
                    }
                }
            }
        }
    }
}

/// The word without what the fields say.
fn skeleton(layout: &Layout, kind: &DecodedKind, place: usize) -> u128 {
    let held = kind.fields.iter().filter_map(|field| field.slots.get(place)).flatten();
    layout.skeleton() & !held.fold(0, |mask, slot| mask | slot.bits.mask())
}

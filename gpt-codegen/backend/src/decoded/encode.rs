//! From a value of the type to a word.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};

use super::{Conversions, DecodedField, DecodedKind, Repr, first, hex, most};
use gpt_language::model::Layout;

impl Conversions<'_> {
    /// The arm for a kind at a level.
    pub(super) fn encode(&self, level: usize, kind: &DecodedKind, layout: &Layout, place: usize) -> TokenStream {
        let level = Literal::usize_unsuffixed(level);
        let (mut fields, mut writes) = (Vec::new(), TokenStream::new());
        if let Some(name) = &kind.size_field {
            let size = Literal::u32_unsuffixed(self.format.page_lg2(layout));
            fields.push(quote!(#name: #size));
        }
        let mut written = false;
        for (number, field) in kind.fields.iter().enumerate() {
            let (name, binding) = (&field.name, format_ident!("field_{number}"));
            fields.push(quote!(#name: #binding));
            self.write(field, &binding, place).to_tokens(&mut writes);
            written |= !field.slots(place).is_empty();
        }
        let variant = &kind.variant;
        let pattern = match &self.decoded.kind_field {
            Some((field, type_)) => quote!(Self { #field: #type_::#variant, #(#fields),* }),
            None => quote!(Self::#variant { #(#fields),* }),
        };
        let start = hex(skeleton(layout, kind, place));
        let word = format_ident!("u{}", self.word_bits);
        // The constants are in place; what is left is `when:`.
        let check = if layout.matches.mask() & !layout.constant_mask() != 0 {
            let matches = self.matches(&layout.matches);
            quote!(if !(#matches) { return ::core::option::Option::None; })
        } else {
            TokenStream::new()
        };
        let mutable = if written { quote!(mut) } else { TokenStream::new() };
        quote! {
            (#level, #pattern) => {
                let #mutable word: #word = #start;
                #writes
                #check
                ::core::option::Option::Some(word)
            }
        }
    }

    /// Puts the value of a field into `word`, or leaves the function where it does not fit.
    fn write(&self, field: &DecodedField, binding: &Ident, place: usize) -> TokenStream {
        let slots = field.slots(place);
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
                let mut room = 0;
                for slot in slots {
                    room |= slot.output.mask();
                }
                let whole = u128::MAX >> (128 - bits);
                let fits = if room & whole == whole {
                    TokenStream::new()
                } else {
                    let room = hex(room);
                    quote!(if *#binding & !#room != 0 { #none; })
                };
                let mut writes = fits;
                for slot in slots {
                    let (up, low) = (Literal::u32_unsuffixed(slot.output.low), Literal::u32_unsuffixed(slot.bits.low));
                    let most = hex(most(slot.bits));
                    quote!(word |= (((*#binding >> #up) as #word) & #most) << #low;).to_tokens(&mut writes);
                }
                writes
            }
            (Repr::Codes(codes), slots) => {
                let (type_, mut arms) = (&field.type_, TokenStream::new());
                for (value, name) in codes {
                    let value = hex(*value);
                    quote!(<#type_>::#name => #value,).to_tokens(&mut arms);
                }
                match slots {
                    [slot] => {
                        let low = Literal::u32_unsuffixed(slot.bits.low);
                        quote! {
                            let code: #word = match *#binding { #arms };
                            word |= code << #low;
                        }
                    }
                    [_, ..] => {
                        let mut writes = TokenStream::new();
                        for slot in slots {
                            let (up, low) =
                                (Literal::u32_unsuffixed(slot.output.low), Literal::u32_unsuffixed(slot.bits.low));
                            let most = hex(most(slot.bits));
                            quote!(word |= ((code >> #up) & #most) << #low;).to_tokens(&mut writes);
                        }
                        quote! {
                            let code: #word = match *#binding { #arms };
                            #writes
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
    let mut held = 0;
    for field in &kind.fields {
        for slot in field.slots(place) {
            held |= slot.bits.mask();
        }
    }
    layout.skeleton() & !held
}

//! From a word to a value of the type.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};

use super::{Conversions, DecodedField, DecodedKind, Repr, Slot, first, hex, most};
use gpt_language::model::Layout;

impl Conversions<'_> {
    /// Returns the value if `word` is of a kind.
    pub(super) fn decode(&self, kind: &DecodedKind, layout: &Layout, place: usize) -> TokenStream {
        let matches = self.matches(&layout.matches);
        let zero = hex(layout.zero_mask());
        let reserved = if layout.zero_mask() == 0 {
            TokenStream::new()
        } else {
            quote!(if word & #zero != 0 { return ::core::option::Option::None; })
        };
        let mut fields = Vec::new();
        if let Some(name) = &kind.size_field {
            let size = Literal::u32_unsuffixed(self.format.page_lg2(layout));
            fields.push(quote!(#name: #size));
        }
        for field in &kind.fields {
            let (name, value) = (&field.name, self.read(field, place));
            fields.push(quote!(#name: #value));
        }
        let variant = &kind.variant;
        let value = match &self.decoded.kind_field {
            Some((field, type_)) => quote!(Self { #field: #type_::#variant, #(#fields),* }),
            None => quote!(Self::#variant { #(#fields),* }),
        };
        quote! {
            if #matches {
                #reserved
                return ::core::option::Option::Some(#value);
            }
        }
    }

    /// The value of a field in `word`.
    fn read(&self, field: &DecodedField, place: usize) -> TokenStream {
        let slots = field.slots(place);
        let mut parts = Vec::new();
        match (&field.repr, slots) {
            (Repr::Flag, [slot]) => {
                let bit = hex(slot.bits.mask());
                if slot.negative { quote!(word & #bit == 0) } else { quote!(word & #bit != 0) }
            }
            (Repr::Flag, _) => quote!(false),
            (Repr::Number(bits) | Repr::Address(bits), _) => {
                let type_ = format_ident!("u{bits}");
                for slot in slots {
                    let (part, up) = (part(slot), Literal::u32_unsuffixed(slot.output.low));
                    parts.push(quote!(((#part as #type_) << #up)));
                }
                if parts.is_empty() { quote!(0) } else { quote!(#(#parts)|*) }
            }
            (Repr::Codes(codes), []) => first(&field.type_, codes),
            (Repr::Codes(codes), _) => {
                for slot in slots {
                    let (part, up) = (part(slot), Literal::u32_unsuffixed(slot.output.low));
                    parts.push(if slot.output.low == 0 { part } else { quote!((#part << #up)) });
                }
                let (type_, mut arms) = (&field.type_, TokenStream::new());
                for (value, name) in codes {
                    let value = hex(*value);
                    quote!(#value => <#type_>::#name,).to_tokens(&mut arms);
                }
                quote!(match #(#parts)|* { #arms _ => return ::core::option::Option::None })
            }
        }
    }
}

/// The bits of a slot, moved down to bit 0.
fn part(slot: &Slot) -> TokenStream {
    let (low, most) = (Literal::u32_unsuffixed(slot.bits.low), hex(most(slot.bits)));
    quote!(((word >> #low) & #most))
}

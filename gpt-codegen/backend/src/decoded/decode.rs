//! From a word to a value of the type.

use proc_macro2::{Literal, TokenStream};
use quote::{format_ident, quote};

use super::{Conversions, DecodedField, DecodedKind, Repr, first, hex, most};
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
        let fields = kind.fields.iter().map(|field| {
            let (name, value) = (&field.name, self.read(field, place));
            quote!(#name: #value)
        });
        let size = kind.size_field.iter().map(|name| {
            let size = Literal::u32_unsuffixed(self.format.page_lg2(layout));
            quote!(#name: #size)
        });
        let fields = size.chain(fields);
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
        let slots = field.slots.get(place).map_or(&[][..], Vec::as_slice);
        let parts = slots.iter().map(|slot| {
            let (low, most) = (Literal::u32_unsuffixed(slot.bits.low), hex(most(slot.bits)));
            (quote!(((word >> #low) & #most)), slot)
        });
        match (&field.repr, slots) {
            (Repr::Flag, [slot]) => {
                let bit = hex(slot.bits.mask());
                if slot.negative { quote!(word & #bit == 0) } else { quote!(word & #bit != 0) }
            }
            (Repr::Flag, _) => quote!(false),
            (Repr::Number(bits) | Repr::Address(bits), _) => {
                let type_ = format_ident!("u{bits}");
                let parts: Vec<TokenStream> = parts
                    .map(|(part, slot)| {
                        let up = Literal::u32_unsuffixed(slot.output.low);
                        quote!(((#part as #type_) << #up))
                    })
                    .collect();
                if parts.is_empty() { quote!(0) } else { quote!(#(#parts)|*) }
            }
            (Repr::Codes(codes), []) => first(&field.type_, codes),
            (Repr::Codes(codes), _) => {
                let parts = parts.map(|(part, slot)| match slot.output.low {
                    0 => part,
                    up => {
                        let up = Literal::u32_unsuffixed(up);
                        quote!((#part << #up))
                    }
                });
                let type_ = &field.type_;
                let arms = codes.iter().map(|(value, name)| {
                    let value = hex(*value);
                    quote!(#value => <#type_>::#name)
                });
                quote!(match #(#parts)|* { #(#arms,)* _ => return ::core::option::Option::None })
            }
        }
    }
}

//! Words to and from a type of the author's own: the decoded entry.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{format_ident, quote};

use crate::check::Checked;
use crate::model::{BitRange, Condition, Cube, Format, Layout, Level, Role};

/// A type and where its fields are in the entries of a format.
pub struct Decoded {
    /// The name of the type.
    pub name: Ident,
    /// Its visibility.
    pub visibility: TokenStream,
    /// The field that says the kind, and its type, where the type is a struct.
    pub kind_field: Option<(Ident, TokenStream)>,
    /// Whether the type holds nothing and has no conversions.
    pub marker: bool,
    /// The kinds of entries that it holds.
    pub kinds: Vec<DecodedKind>,
}

/// One kind of entry.
pub struct DecodedKind {
    /// Its place in [`Format::kinds`].
    pub kind: usize,
    /// The name of the variant.
    pub variant: Ident,
    /// The field that says how large a page is, where the variant stands for pages of several sizes.
    pub size_field: Option<Ident>,
    /// The fields.
    pub fields: Vec<DecodedField>,
}

/// One field.
pub struct DecodedField {
    /// Its name.
    pub name: Ident,
    /// Its type.
    pub type_: TokenStream,
    /// How it holds the value.
    pub repr: Repr,
    /// Where it is in each layout of the kind; nowhere where there is no slot.
    pub slots: Vec<Vec<Slot>>,
}

/// How a field holds a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Repr {
    /// `bool`
    Flag,
    /// An unsigned integer of so many bits.
    Number(u32),
    /// An address in an unsigned integer of so many bits.
    Address(u32),
    /// An enum with a variant for each of some values.
    Codes(Vec<(u128, Ident)>),
}

/// Bits of the entry and the bits of the value that they hold.
#[derive(Clone, Copy, Debug)]
pub struct Slot {
    /// The bits of the entry.
    pub bits: BitRange,
    /// The bits of the value; as many.
    pub output: BitRange,
    /// Whether a set bit says the opposite.
    pub negative: bool,
}

/// The `decode` and `encode` of a type.
pub fn emit(checked: &Checked, decoded: &Decoded) -> TokenStream {
    let format = checked.format();
    if decoded.marker {
        return TokenStream::new();
    }
    let conversions = Conversions { format, decoded, word_bits: word_bits(format) };
    conversions.tokens()
}

/// The width of the widest entry of a format.
pub fn word_bits(format: &Format) -> u32 {
    format.levels.iter().map(|level| level.entry_bits).max().unwrap_or(64)
}

/// What `decode` and `encode` of a type look like.
pub struct Signatures {
    /// The documentation and head of `decode`.
    pub decode: TokenStream,
    /// The documentation and head of `encode`.
    pub encode: TokenStream,
}

/// The heads of the two functions for words of so many bits.
pub fn signatures(visibility: &TokenStream, word_bits: u32) -> Signatures {
    let word = format_ident!("u{word_bits}");
    Signatures {
        decode: quote! {
            /// What an entry says at the level with this number, the first written being 0.
            ///
            /// `None` for a word that is no entry of that level: of no kind, with a reserved bit set, or with a
            /// value for which the type has no name.
            #[must_use]
            #visibility const fn decode(level: u8, word: #word) -> ::core::option::Option<Self>
        },
        encode: quote! {
            /// The entry at the level with this number, the first written being 0. What has no field is zero, or
            /// what the format writes there.
            ///
            /// `None` where the kind does not occur at that level, or a value does not fit its bits.
            #[must_use]
            #visibility const fn encode(&self, level: u8) -> ::core::option::Option<#word>
        },
    }
}

struct Conversions<'a> {
    format: &'a Format,
    decoded: &'a Decoded,
    word_bits: u32,
}

impl Conversions<'_> {
    fn tokens(&self) -> TokenStream {
        let name = &self.decoded.name;
        let Signatures { decode, encode } = signatures(&self.decoded.visibility, self.word_bits);
        let decoders = self.levels().map(|(number, level)| {
            let kinds = self.layouts(number).map(|(kind, layout, place)| self.decode(level, kind, layout, place));
            let number = Literal::usize_unsuffixed(number);
            let too_wide = self.too_wide(level);
            quote!(#number => { #too_wide #(#kinds)* ::core::option::Option::None })
        });
        let encoders = self.levels().flat_map(|(number, _)| {
            self.layouts(number).map(move |(kind, layout, place)| self.encode(number, kind, layout, place))
        });
        let kinds = self.kinds();
        quote! {
            #kinds

            #[automatically_derived]
            #[allow(clippy::all, clippy::pedantic, clippy::nursery)]
            impl #name {
                #decode {
                    match level {
                        #(#decoders)*
                        _ => ::core::option::Option::None,
                    }
                }

                #encode {
                    match (level, self) {
                        #(#encoders)*
                        _ => ::core::option::Option::None,
                    }
                }
            }
        }
    }

    /// The type that says which kind a struct is.
    fn kinds(&self) -> TokenStream {
        let Some((_, kind)) = &self.decoded.kind_field else { return TokenStream::new() };
        let visibility = &self.decoded.visibility;
        let variants = self.decoded.kinds.iter().map(|kind| {
            let name = &kind.variant;
            let about = self.format.kinds.get(kind.kind).map_or(String::new(), |kind| format!(" `{}`", kind.name));
            quote!(#[doc = #about] #name)
        });
        let about = format!(" The kinds of entries that [`{}`] can be.", self.decoded.name);
        quote! {
            #[doc = #about]
            #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq, ::core::cmp::Eq)]
            #visibility enum #kind { #(#variants),* }
        }
    }

    fn levels(&self) -> impl Iterator<Item = (usize, &Level)> {
        self.format.levels.iter().enumerate()
    }

    /// The kinds at a level, each with its layout and the place of that among the layouts of the kind.
    fn layouts(&self, level: usize) -> impl Iterator<Item = (&DecodedKind, &Layout, usize)> {
        self.decoded.kinds.iter().filter_map(move |kind| {
            let layouts = &self.format.kinds.get(kind.kind)?.layouts;
            let place = layouts.iter().position(|layout| layout.level.0 == level)?;
            Some((kind, layouts.get(place)?, place))
        })
    }

    /// Refuses words that are wider than the entries of a level.
    fn too_wide(&self, level: &Level) -> TokenStream {
        if level.entry_bits == self.word_bits {
            return TokenStream::new();
        }
        let bits = Literal::u32_unsuffixed(level.entry_bits);
        quote!(if word >> #bits != 0 { return ::core::option::Option::None; })
    }

    /// Whether `word` is of a kind.
    fn matches(&self, condition: &Condition) -> TokenStream {
        if condition.0.iter().any(|cube| cube.mask == 0) {
            return quote!(true);
        }
        let tests = condition.0.iter().map(|Cube { mask, value }| {
            let (mask, value) = (hex(*mask), hex(*value));
            quote!(word & #mask == #value)
        });
        quote!(#(#tests)||*)
    }

    fn decode(&self, _: &Level, kind: &DecodedKind, layout: &Layout, place: usize) -> TokenStream {
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
            (Repr::Codes(codes), slots) => {
                let part = slots.first().map_or_else(
                    || quote!(0),
                    |slot| {
                        let (low, most) = (Literal::u32_unsuffixed(slot.bits.low), hex(most(slot.bits)));
                        quote!((word >> #low) & #most)
                    },
                );
                let type_ = &field.type_;
                let arms = codes.iter().map(|(value, name)| {
                    let value = hex(*value);
                    quote!(#value => <#type_>::#name)
                });
                quote!(match #part { #(#arms,)* _ => return ::core::option::Option::None })
            }
        }
    }

    fn encode(&self, level: usize, kind: &DecodedKind, layout: &Layout, place: usize) -> TokenStream {
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
                match slots.first() {
                    Some(slot) => {
                        let low = Literal::u32_unsuffixed(slot.bits.low);
                        quote! {
                            let code: #word = match *#binding { #(#arms,)* };
                            word |= code << #low;
                        }
                    }
                    None => quote! {
                        let code: #word = match *#binding { #(#arms,)* };
                        if code != 0 { #none; }
                    },
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

/// The largest value that so many bits hold.
fn most(bits: BitRange) -> u128 {
    u128::MAX >> (128 - bits.width())
}

fn hex(value: u128) -> Literal {
    format!("{value:#x}").parse().unwrap_or(Literal::u128_unsuffixed(value))
}

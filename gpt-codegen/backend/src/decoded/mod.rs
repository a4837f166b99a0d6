//! Words to and from a type of the author's own: the decoded entry.

mod decode;
mod encode;

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote};

use gpt_language::check::Checked;
use gpt_language::model::{BitRange, Condition, Format, Layout, Level};

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

impl DecodedField {
    /// Where it is in the layout with this place among those of the kind.
    fn slots(&self, place: usize) -> &[Slot] {
        match self.slots.get(place) {
            Some(slots) => slots,
            None => &[],
        }
    }
}

/// How a field holds a value.
#[derive(Debug)]
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
#[derive(Debug)]
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
    let mut widest = 0;
    for level in &format.levels {
        widest = widest.max(level.entry_bits);
    }
    if widest == 0 { 64 } else { widest }
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

/// The type that says which kind a struct is.
pub fn kinds_type(visibility: &TokenStream, name: &TokenStream, variants: &[TokenStream]) -> TokenStream {
    quote! {
        #[derive(::core::clone::Clone, ::core::marker::Copy, ::core::fmt::Debug, ::core::cmp::PartialEq, ::core::cmp::Eq)]
        #visibility enum #name { #(#variants),* }
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
        let (mut decoders, mut encoders) = (TokenStream::new(), TokenStream::new());
        for (number, level) in self.format.levels.iter().enumerate() {
            let mut kinds = TokenStream::new();
            for (kind, layout, place) in self.layouts(number) {
                self.decode(kind, layout, place).to_tokens(&mut kinds);
                self.encode(number, kind, layout, place).to_tokens(&mut encoders);
            }
            let number = Literal::usize_unsuffixed(number);
            let too_wide = self.too_wide(level);
            quote!(#number => { #too_wide #kinds ::core::option::Option::None }).to_tokens(&mut decoders);
        }
        let kinds = self.kinds();
        quote! {
            #kinds

            #[automatically_derived]
            #[allow(clippy::all, clippy::pedantic, clippy::nursery)]
            impl #name {
                #decode {
                    match level {
                        #decoders
                        _ => ::core::option::Option::None,
                    }
                }

                #encode {
                    match (level, self) {
                        #encoders
                        _ => ::core::option::Option::None,
                    }
                }
            }
        }
    }

    /// The kinds of a struct, with their names in the description.
    fn kinds(&self) -> TokenStream {
        let Some((_, kind)) = &self.decoded.kind_field else { return TokenStream::new() };
        let visibility = &self.decoded.visibility;
        let mut variants = Vec::new();
        for decoded in &self.decoded.kinds {
            let (Some(kind), name) = (self.format.kinds.get(decoded.kind), &decoded.variant) else { continue };
            let about = format!(" `{}`", kind.name);
            variants.push(quote!(#[doc = #about] #name));
        }
        let about = format!(" The kinds of entries that [`{}`] can be.", self.decoded.name);
        let type_ = kinds_type(visibility, kind, &variants);
        quote!(#[doc = #about] #type_)
    }

    /// The kinds at a level, each with its layout and the place of that among the layouts of the kind.
    fn layouts(&self, level: usize) -> Vec<(&DecodedKind, &Layout, usize)> {
        let mut here = Vec::new();
        for decoded in &self.decoded.kinds {
            let Some(kind) = self.format.kinds.get(decoded.kind) else { continue };
            for (place, layout) in kind.layouts.iter().enumerate() {
                if layout.level.0 == level {
                    here.push((decoded, layout, place));
                }
            }
        }
        here
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
        let mut tests = Vec::new();
        for cube in &condition.0 {
            if cube.mask == 0 {
                return quote!(true);
            }
            let (mask, value) = (hex(cube.mask), hex(cube.value));
            tests.push(quote!(word & #mask == #value));
        }
        quote!(#(#tests)||*)
    }
}

/// What a field says in a kind that has no place for it.
fn first(type_: &TokenStream, codes: &[(u128, Ident)]) -> TokenStream {
    match codes {
        [(_, name), ..] => quote!(<#type_>::#name),
        [] => TokenStream::new(),
    }
}

/// The largest value that so many bits hold.
fn most(bits: BitRange) -> u128 {
    u128::MAX >> (128 - bits.width())
}

fn hex(value: u128) -> Literal {
    format!("{value:#x}").parse().unwrap_or(Literal::u128_unsuffixed(value))
}

//! Fields whose values have names: a type that holds any value of the field, with a constant for each name.

use proc_macro2::TokenStream;
use quote::quote;

use gpt_language::model::{CodeTable, CodesId, Format, Layout, Meaning, Role};

use super::attributes::integer_bits;
use super::expression::{integer, number};
use super::names::{Names, camel, ident, upper};

/// Patterns for these numbers: ranges where three or more follow each other.
fn patterns(mut values: Vec<u128>) -> Vec<TokenStream> {
    values.sort_unstable();
    let mut runs: Vec<(u128, u128)> = Vec::new();
    for value in values {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == value => *last = value,
            _ => runs.push((value, value)),
        }
    }
    let patterns = runs.into_iter().map(|(first, last)| {
        let (low, high) = (number(first), number(last));
        match last - first {
            0 => quote!(#low),
            1 => quote!(#low | #high),
            _ => quote!(#low..=#high),
        }
    });
    patterns.collect()
}

/// The type of a table of codes.
pub(super) struct CodeType {
    pub(super) name: String,
    /// The width of the widest row that uses the table.
    pub(super) width: u32,
}

impl CodeType {
    /// A type for each table of codes that a row uses.
    pub(super) fn all(format: &Format, names: &mut Names) -> Vec<Option<Self>> {
        let width = |id: CodesId| {
            let values = format.kinds.iter().flat_map(|kind| &kind.layouts).flat_map(Layout::values);
            let users = values
                .filter(|value| matches!(value.field.role, Role::Setting { codes: Some(codes), .. } if codes == id));
            users.map(|value| value.places.width()).max()
        };
        let mut types = Vec::new();
        for (number, table) in format.codes.iter().enumerate() {
            let name = names.distinct(camel(&table.name));
            types.push(width(CodesId(number)).map(|width| Self { name, width }));
        }
        types
    }

    /// The width of the integer inside.
    pub(super) fn integer_bits(&self) -> u32 {
        integer_bits(self.width)
    }

    /// The type.
    pub(super) fn tokens(&self, table: &CodeTable) -> TokenStream {
        let (name, raw) = (ident(&self.name), integer(self.integer_bits()));
        let about = format!(" A code of `{}`, with a name or without.", table.name);
        let constants = table.codes.iter().map(|code| {
            let (name, value) = (ident(&upper(&code.name)), number(code.value));
            let about = format!(" `{}`", code.name);
            quote! {
                #[doc = #about]
                pub const #name: Self = Self(#value);
            }
        });
        let mut permissions: Vec<&Meaning> = Vec::new();
        for permission in table.codes.iter().flat_map(|code| &code.grants) {
            if !permissions.contains(&permission) {
                permissions.push(permission);
            }
        }
        let grants = permissions.into_iter().map(|permission| {
            let granting = table.codes.iter().filter(|code| code.grants.contains(permission));
            let values = patterns(granting.map(|code| code.value).collect());
            let name = ident(&permission.identifier());
            let about = format!(" Whether {}.", permission.sentence().unwrap_or(permission.name()));
            quote! {
                #[doc = #about]
                #[must_use]
                #[inline]
                pub const fn #name(self) -> bool {
                    matches!(self.0, #(#values)|*)
                }
            }
        });
        let new = if self.width == self.integer_bits() {
            quote! {
                /// The code with this number.
                #[must_use]
                #[inline]
                pub const fn new(code: #raw) -> Self {
                    Self(code)
                }
            }
        } else {
            let most = number((1_u128 << self.width) - 1);
            quote! {
                /// The code with this number; `None` where a field has no room for it.
                #[must_use]
                #[inline]
                pub const fn new(code: #raw) -> Option<Self> {
                    if code <= #most { Some(Self(code)) } else { None }
                }
            }
        };
        quote! {
            #[doc = #about]
            #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
            #[allow(dead_code)]
            pub struct #name(#raw);

            #[allow(dead_code)]
            impl #name {
                #(#constants)*
                #new
                /// The number of the code.
                #[must_use]
                #[inline]
                pub const fn get(self) -> #raw {
                    self.0
                }
                #(#grants)*
            }
        }
    }
}

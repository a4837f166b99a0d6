//! The types `Attributes` and `Change`, and how the words of pages hold them.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use super::attributes::{Attribute, Row, Rows, Type};
use super::expression::{casts, gathered, integer, mask, number, scattered, test};
use super::logic::Test;
use super::names::ident;
use super::plan::Plan;

/// The type of an attribute.
pub(super) fn type_tokens(plan: &Plan<'_>, of: Type) -> TokenStream {
    let name = match of {
        Type::Flag => format_ident!("bool"),
        Type::Number(bits) => integer(bits),
        Type::Code(id) => match plan.codes.get(id.0) {
            Some(Some(code)) => ident(&code.name),
            _ => integer(8),
        },
    };
    quote!(#name)
}

/// The fields of a type or variant that holds these attributes.
pub(super) fn fields(plan: &Plan<'_>, attributes: &[Attribute], public: bool) -> TokenStream {
    let visibility = public.then(|| quote!(pub));
    let fields = attributes.iter().map(|attribute| {
        let (name, type_) = (ident(&attribute.name), type_tokens(plan, attribute.type_));
        let about = sentence(attribute);
        quote! {
            #[doc = #about]
            #visibility #name: #type_,
        }
    });
    quote!(#(#fields)*)
}

/// What an attribute says, as a sentence of documentation.
pub(super) fn sentence(attribute: &Attribute) -> String {
    let mut letters = clause(attribute);
    let first = if letters.is_empty() { String::new() } else { letters.remove(0).to_uppercase().to_string() };
    format!(" {first}{letters}.")
}

/// What an attribute says, as a part of a sentence.
pub(super) fn clause(attribute: &Attribute) -> String {
    let hardware = if attribute.hardware { "; the hardware may set it" } else { "" };
    format!("{}{hardware}", attribute.about)
}

/// `Attributes`, `Change` and what turns them into bits.
pub(super) fn tokens(plan: &Plan<'_>) -> TokenStream {
    let fields = fields(plan, &plan.attributes, true);
    let many_flags = plan.attributes.iter().filter(|attribute| attribute.type_ == Type::Flag).count() > 3;
    let bools = many_flags.then(|| quote!(#[allow(clippy::struct_excessive_bools)]));
    let settable = plan.attributes.iter().filter(|attribute| !attribute.hardware);
    let changes = settable.map(|attribute| {
        let (name, type_) = (ident(&attribute.name), type_tokens(plan, attribute.type_));
        let about = format!(" The new [`Attributes::{}`].", attribute.name);
        quote! {
            #[doc = #about]
            pub #name: Option<#type_>,
        }
    });
    let read = plan.rows.iter().map(|rows| read(plan, rows));
    let write = plan.rows.iter().map(|rows| write(plan, rows));
    let change = plan.rows.iter().map(|rows| change(plan, rows));
    quote! {
        /// What a page says beside its address; by default nothing is allowed and all else is zero.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #bools
        #[allow(dead_code)]
        pub struct Attributes {
            #fields
        }

        #[allow(dead_code)]
        impl Attributes {
            #(#read)*
            #(#write)*
        }

        /// What to change of a page's attributes; by default nothing.
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        #[allow(dead_code)]
        pub struct Change {
            #(#changes)*
        }

        #[allow(dead_code)]
        impl Change {
            #(#change)*
        }
    }
}

/// The function that reads the attributes of pages with these rows.
pub(super) fn read_name(rows: &Rows) -> Ident {
    format_ident!("of_{}", rows.name)
}

/// The function that puts attributes, or a change, into pages with these rows.
pub(super) fn write_name(rows: &Rows) -> Ident {
    format_ident!("in_{}", rows.name)
}

fn read(plan: &Plan<'_>, rows: &Rows) -> TokenStream {
    let (name, word) = (read_name(rows), integer(rows.entry_bits));
    let about = format!(" What a {} says.", rows.kinds());
    let values = plan.attributes.iter().enumerate().filter_map(|(place, attribute)| {
        let value = match rows.row(place) {
            Some(row) => value_of(plan, attribute, row, rows.entry_bits),
            None => attribute.is_permission().then(|| quote!(true))?,
        };
        let name = ident(&attribute.name);
        Some(quote!(#name: #value,))
    });
    let values: Vec<TokenStream> = values.collect();
    let rest = (values.len() < plan.attributes.len()).then(|| quote!(..Self::default()));
    let word_name = if rows.rows.is_empty() { quote!(_) } else { quote!(word) };
    let body = quote!(Self { #(#values)* #rest });
    let casts = casts(&body);
    quote! {
        #[doc = #about]
        #casts
        #[inline]
        fn #name(#word_name: #word) -> Self {
            #body
        }
    }
}

/// The value of an attribute in `word`.
pub(super) fn value_of(plan: &Plan<'_>, attribute: &Attribute, row: &Row, entry_bits: u32) -> TokenStream {
    let bits = mask(row.bits.mask());
    let number = |type_bits: u32| {
        let raw = gathered(&row.bits, entry_bits);
        let type_ = integer(type_bits);
        match type_bits.cmp(&entry_bits) {
            std::cmp::Ordering::Equal => raw,
            std::cmp::Ordering::Less => quote!((#raw) as #type_),
            std::cmp::Ordering::Greater => quote!(#type_::from(#raw)),
        }
    };
    match attribute.type_ {
        Type::Flag if row.negative => quote!(word & #bits == 0),
        Type::Flag => quote!(word & #bits != 0),
        Type::Number(type_bits) => number(type_bits),
        Type::Code(id) => {
            let inside = plan.codes.get(id.0).and_then(Option::as_ref).map_or(8, super::codes::CodeType::integer_bits);
            let (code, value) = (type_tokens(plan, attribute.type_), number(inside));
            quote!(#code(#value))
        }
    }
}

/// The width of the widest value that an attribute can have, and that of its integer.
fn widths(plan: &Plan<'_>, attribute: &Attribute) -> (u32, u32) {
    match attribute.type_ {
        Type::Flag => (1, 1),
        Type::Number(bits) => (bits, bits),
        Type::Code(id) => {
            plan.codes.get(id.0).and_then(Option::as_ref).map_or((8, 8), |code| (code.width, code.integer_bits()))
        }
    }
}

/// The condition under which `value` of an attribute cannot be said with this row, or without any.
pub(super) fn refused(
    plan: &Plan<'_>,
    attribute: &Attribute,
    row: Option<&Row>,
    value: &TokenStream,
) -> Option<TokenStream> {
    let inside = if matches!(attribute.type_, Type::Code(_)) { quote!(#value.0) } else { value.clone() };
    let (width, _) = widths(plan, attribute);
    match (row, attribute.type_) {
        (None, Type::Flag) if attribute.is_permission() => Some(quote!(!#inside)),
        (None, Type::Flag) => Some(inside),
        (None, _) => Some(quote!(#inside != 0)),
        (Some(row), Type::Number(_) | Type::Code(_)) if width > row.bits.width() => {
            let most = number((1_u128 << row.bits.width()) - 1);
            Some(quote!(#inside > #most))
        }
        _ => None,
    }
}

/// The bits of a row that say `value`, which it has room for.
pub(super) fn bits_of(
    plan: &Plan<'_>,
    attribute: &Attribute,
    row: &Row,
    entry_bits: u32,
    value: &TokenStream,
) -> TokenStream {
    let word = integer(entry_bits);
    let inside = if matches!(attribute.type_, Type::Code(_)) { quote!(#value.0) } else { value.clone() };
    let (_, type_bits) = widths(plan, attribute);
    let value = match (type_bits.cmp(&entry_bits), row.negative) {
        (_, true) => quote!(#word::from(!#inside)),
        (std::cmp::Ordering::Less, _) => quote!(#word::from(#inside)),
        (std::cmp::Ordering::Equal, _) => inside,
        (std::cmp::Ordering::Greater, _) => quote!((#inside as #word)),
    };
    scattered(&row.bits, &value)
}

/// `Some(word)`, but only where the word is of its kind.
pub(super) fn checked(condition: &Test) -> TokenStream {
    match condition {
        Test::All(tests) if tests.is_empty() => quote!(Some(word)),
        _ => {
            let test = test(condition);
            quote!((#test).then_some(word))
        }
    }
}

fn write(plan: &Plan<'_>, rows: &Rows) -> TokenStream {
    let (name, word) = (write_name(rows), integer(rows.entry_bits));
    let about = format!(" The word of a {} with these attributes; `None` where it cannot say them.", rows.kinds());
    let of = |attribute: &Attribute| {
        let name = ident(&attribute.name);
        quote!(self.#name)
    };
    let places = || plan.attributes.iter().enumerate();
    let refusals: Vec<TokenStream> =
        places().filter_map(|(place, it)| refused(plan, it, rows.row(place), &of(it))).collect();
    let refuse = (!refusals.is_empty()).then(|| quote!(if #(#refusals)||* { return None; }));
    let bits = places().filter_map(|(place, it)| {
        let bits = bits_of(plan, it, rows.row(place)?, rows.entry_bits, &of(it));
        Some(quote!(| #bits))
    });
    let compose = (!rows.rows.is_empty()).then(|| {
        let all = mask(rows.mask());
        quote!(let word = word & !#all #(#bits)*;)
    });
    let result = checked(&rows.condition);
    let body = quote!(#refuse #compose #result);
    let casts = casts(&body);
    quote! {
        #[doc = #about]
        #casts
        #[inline]
        fn #name(&self, word: #word) -> Option<#word> {
            #body
        }
    }
}

fn change(plan: &Plan<'_>, rows: &Rows) -> TokenStream {
    let (name, word) = (write_name(rows), integer(rows.entry_bits));
    let about = format!(" The word of a {} changed; `None` where it cannot say that.", rows.kinds());
    let places = || plan.attributes.iter().enumerate().filter(|(_, attribute)| !attribute.hardware);
    let refusals: Vec<TokenStream> = places()
        .filter_map(|(place, it)| {
            let refused = refused(plan, it, rows.row(place), &quote!(it))?;
            let name = ident(&it.name);
            Some(quote!(self.#name.is_some_and(|it| #refused)))
        })
        .collect();
    let refuse = (!refusals.is_empty()).then(|| quote!(if #(#refusals)||* { return None; }));
    let conversion = quote!(#word::from(it)).to_string();
    // What to clear and what to set do not depend on the word: in a loop over pages they are found once.
    let (clear, set): (Vec<TokenStream>, Vec<TokenStream>) = places()
        .filter_map(|(place, it)| {
            let row = rows.row(place)?;
            let (name, all) = (ident(&it.name), mask(row.bits.mask()));
            let bits = bits_of(plan, it, row, rows.entry_bits, &quote!(it));
            // What only converts is named, not wrapped.
            let bits = if bits.to_string() == conversion { quote!(#word::from) } else { quote!(|it| #bits) };
            Some((quote!(self.#name.map_or(0, |_| #all)), quote!(self.#name.map_or(0, #bits))))
        })
        .unzip();
    let compose = (!clear.is_empty()).then(|| {
        quote! {
            let clear = #(#clear)|*;
            let set = #(#set)|*;
            let word = word & !clear | set;
        }
    });
    let result = checked(&rows.condition);
    let body = quote!(#refuse #compose #result);
    let casts = casts(&body);
    quote! {
        #[doc = #about]
        #casts
        #[inline]
        fn #name(&self, word: #word) -> Option<#word> {
            #body
        }
    }
}

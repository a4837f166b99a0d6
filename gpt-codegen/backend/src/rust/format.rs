//! The type of the format, its documentation, and `unsafe impl Format`.

use proc_macro2::{Literal, TokenStream};
use quote::{ToTokens, quote};

use gpt_language::model::{Class, Format, Layout, Replace, Walker};

use super::expression::{decimal, mask};
use super::host;
use super::names::ident;
use super::plan::{Plan, layouts_of};
use super::rows::push_item;
use super::special;

/// A size of two to the power of this in bytes, as people write it.
pub(super) fn size(lg2: u32) -> String {
    const UNITS: [&str; 7] = ["bytes", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];
    let unit = UNITS.get(lg2 as usize / 10).copied().unwrap_or("EiB");
    format!("{} {unit}", 1 << (lg2 % 10))
}

/// How much input address space a page covers, in bytes.
pub(super) fn page_size(format: &Format, layout: &Layout) -> u64 {
    1_u64.checked_shl(format.page_lg2(layout)).unwrap_or(0)
}

/// The type with all that is true of the whole format.
pub(super) fn tokens(plan: &Plan<'_>, runtime: &TokenStream) -> TokenStream {
    let format = plan.format;
    let (name, special) = (ident(&plan.name), special::type_name(plan));
    let table_attributes = plan.tables.type_name();
    let about = about(plan);
    let manual = &format.name;
    let (input, output) = (decimal(format.input.bits), decimal(format.output.bits));
    let sign_extended = format.input.sign_extended;
    let caches = format.maintenance.caches;
    let (absent, table, page) = (caches.absent, caches.table, caches.page);
    let in_place = format.maintenance.replace == Replace::InPlace;
    let coherent = format.maintenance.walker == Walker::Coherent;
    let mut sizes = 0;
    for layout in layouts_of(format, Class::Page) {
        sizes |= page_size(format, layout);
    }
    let sizes = mask(u128::from(sizes));
    let (inline, lint) = match format.roots.len() {
        1 => (quote!(#[inline(always)]), quote!(, clippy::inline_always)),
        _ => (quote!(#[inline]), quote!()),
    };
    let (mut roots, mut arms) = (Vec::new(), TokenStream::new());
    for root in &format.roots {
        let Some(level) = plan.levels.get(root.0) else { continue };
        let (number, level) = (Literal::usize_unsuffixed(root.0), ident(&level.name));
        quote!(#number => visitor.visit::<#level>(table),).to_tokens(&mut arms);
        roots.push(number.to_token_stream());
    }
    let safety = plan.comments.safety("`at_root` visits the level with the number that it is asked for.");
    quote! {
        #(#[doc = #about])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[allow(dead_code, clippy::doc_markdown)]
        pub enum #name {}

        /// A tree of tables in this format.
        #[allow(dead_code)]
        pub type PageTable<E, R = #runtime::Epochs> = #runtime::PageTable<#name, E, R>;

        /// An address that this format translates.
        #[allow(dead_code)]
        pub type Va = #runtime::InputAddress<#name>;

        /// A range of addresses that this format translates.
        #[allow(dead_code)]
        pub type VaRange = #runtime::AddressRange<#name>;

        #safety
        #[allow(unsafe_code #lint)]
        unsafe impl Format for #name {
            const NAME: &'static str = #manual;
            const INPUT_BITS: u32 = #input;
            const SIGN_EXTENDED: bool = #sign_extended;
            const OUTPUT_BITS: u32 = #output;
            const CACHES: Caches = Caches { absent: #absent, table: #table, page: #page };
            const REPLACE_IN_PLACE: bool = #in_place;
            const COHERENT: bool = #coherent;
            const ROOTS: &'static [u8] = &[#(#roots),*];
            const PAGE_SIZES: u64 = #sizes;

            type Attributes = Attributes;
            type Change = Change;
            type Special = #special;
            type TableAttributes = #table_attributes;

            #inline
            fn at_root<V: Visitor<Self>>(level: u8, table: u64, visitor: V) -> V::Output {
                match level {
                    #arms
                    _ => visitor.dead_end(),
                }
            }
        }
    }
}

/// The documentation of the format: what it is, and a table of its levels.
fn about(plan: &Plan<'_>) -> Vec<String> {
    let mut lines = vec![format!(" {}.", plan.format.about), String::new()];
    lines.push(" | level | input bits | entries | table | pages |".to_owned());
    lines.push(" |---|---|---|---|---|".to_owned());
    for level in &plan.levels {
        let of = level.level;
        let mut pages = String::new();
        for here in level.pages() {
            push_item(&mut pages, ", ", &size(here.size_lg2));
        }
        lines.push(format!(
            " | `{}` | {} | {} × {} bits | {} bytes | {pages} |",
            of.name,
            of.index,
            1_u64 << of.items_lg2(),
            of.entry_bits,
            of.table_bytes,
        ));
    }
    lines.append(&mut host::about(plan));
    lines
}

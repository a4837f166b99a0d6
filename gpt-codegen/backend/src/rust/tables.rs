//! What table entries say beside addresses: the type `TableAttributes`, and how words hold it.

use proc_macro2::{Ident, TokenStream};
use quote::{format_ident, quote};

use gpt_language::model::{Class, Format, Layout, Role};

use super::attributes::{Attribute, Rows, Type, all_of};
use super::conversion::{bits_of, refused, type_tokens};
use super::entries::present_bits;
use super::expression::{casts, integer, mask};
use super::logic::Test;
use super::names::{Names, ident, snake};
use super::plan::Plan;

/// What a new link to one child of an entry can be told to say.
pub(super) struct TableRows {
    /// The rows, under the name of the function that writes them.
    rows: Rows,
    /// The attributes, by their place, that the entry has a row for, but not about this child.
    others: Vec<usize>,
}

/// What table entries say, and how.
pub(super) struct Tables {
    attributes: Vec<Attribute>,
    rows: Vec<TableRows>,
}

impl Tables {
    pub(super) fn new(format: &Format) -> Self {
        let tables = || format.kinds.iter().filter(|kind| kind.class == Class::Table);
        let attributes = all_of(format, tables().flat_map(|kind| &kind.layouts));
        let (mut names, mut rows) = (Names::reserve(&[]), Vec::<TableRows>::new());
        for kind in tables() {
            for layout in &kind.layouts {
                let entry_bits = format.level(layout.level).entry_bits;
                for place in 0..layout.children.len() {
                    let mut own = TableRows::new(layout, place, entry_bits, &attributes);
                    if !rows.iter().any(|rows| rows.same(&own)) {
                        own.rows.name = names.distinct(snake(&kind.name));
                        rows.push(own);
                    }
                }
            }
        }
        Self { attributes, rows }
    }

    /// The type of all that table entries say; the runtime's own where they say nothing.
    pub(super) fn type_name(&self) -> Ident {
        format_ident!("{}", if self.attributes.is_empty() { "NoTableAttributes" } else { "TableAttributes" })
    }

    /// Whether any entry says anything.
    pub(super) fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    /// The function that writes what is said with a new link to a child, where it could change or refuse anything, and
    /// the bits that it may change.
    pub(super) fn writer(
        &self,
        plan: &Plan<'_>,
        layout: &Layout,
        place: usize,
        entry_bits: u32,
    ) -> Option<(Ident, u128)> {
        let own = TableRows::new(layout, place, entry_bits, &self.attributes);
        let rows = self.rows.iter().find(|rows| rows.same(&own))?;
        let says = !rows.rows.rows.is_empty() || !self.refusals(plan, rows).is_empty();
        says.then(|| (write_name(rows), rows.rows.mask()))
    }

    /// The type and its functions.
    pub(super) fn tokens(&self, plan: &Plan<'_>) -> Option<TokenStream> {
        let fields = self.attributes.iter().map(|attribute| {
            let (name, type_) = (ident(&attribute.name), type_tokens(plan, attribute.type_));
            let about = super::conversion::sentence(attribute);
            quote! {
                #[doc = #about]
                pub #name: Option<#type_>,
            }
        });
        let writers = self.rows.iter().filter_map(|rows| self.write(plan, rows));
        (!self.is_empty()).then(|| {
            quote! {
                /// What an entry that leads to a new table says beside the address; `None` restricts nothing.
                #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
                #[allow(dead_code)]
                pub struct TableAttributes {
                    #(#fields)*
                }

                #[allow(dead_code)]
                impl TableAttributes {
                    #(#writers)*
                }
            }
        })
    }

    /// When what is wanted cannot be said: a number is too large, or a restriction has no row.
    fn refusals(&self, plan: &Plan<'_>, of: &TableRows) -> Vec<TokenStream> {
        let places = self.attributes.iter().enumerate().filter(|(place, _)| !of.others.contains(place));
        let refusals = places.filter_map(|(place, it)| {
            let row = of.rows.row(place);
            let name = ident(&it.name);
            let grants = match it.type_ {
                Type::Code(id) => {
                    plan.format.codes.get(id.0).is_some_and(|table| table.codes.iter().any(|it| !it.grants.is_empty()))
                }
                _ => it.is_permission(),
            };
            match row {
                None if matches!(it.type_, Type::Code(_)) && grants => Some(quote!(self.#name.is_some())),
                None if !grants => None,
                _ => {
                    let refused = refused(plan, it, row, &quote!(it))?;
                    Some(quote!(self.#name.is_some_and(|it| #refused)))
                }
            }
        });
        refusals.collect()
    }

    fn write(&self, plan: &Plan<'_>, of: &TableRows) -> Option<TokenStream> {
        let rows = &of.rows;
        let (name, word) = (write_name(of), integer(rows.entry_bits));
        let refusals = self.refusals(plan, of);
        if rows.rows.is_empty() && refusals.is_empty() {
            return None;
        }
        let refuse = (!refusals.is_empty()).then(|| quote!(if #(#refusals)||* { return None; }));
        let steps = self.attributes.iter().enumerate().filter_map(|(place, it)| {
            let row = rows.row(place)?;
            let (name, all) = (ident(&it.name), mask(row.bits.mask()));
            let bits = bits_of(plan, it, row, rows.entry_bits, &quote!(it));
            Some(quote!(let word = self.#name.map_or(word, |it| word & !#all | #bits);))
        });
        let body = quote!(#refuse #(#steps)* Some(word));
        let casts = casts(&body);
        Some(quote! {
            #casts
            #[inline]
            fn #name(&self, word: #word) -> Option<#word> {
                #body
            }
        })
    }
}

impl TableRows {
    fn new(layout: &Layout, place: usize, entry_bits: u32, attributes: &[Attribute]) -> Self {
        let mut rows = Rows::new(String::new(), layout, entry_bits, attributes);
        rows.condition = Test::always();
        let several = layout.children.len() > 1;
        let constants = layout.mask_of(|role| matches!(role, Role::Constant(_)));
        let of_others = (0..layout.children.len())
            .filter(|other| *other != place)
            .fold(0, |mask, other| mask | present_bits(layout, other))
            & !constants;
        // What decides about another child is left alone, and what the hardware may have written meanwhile.
        let (others, own) = std::mem::take(&mut rows.rows)
            .into_iter()
            .partition(|row| several && (row.hardware || row.bits.mask() & of_others != 0));
        rows.rows = own;
        let others: Vec<super::attributes::Row> = others;
        Self { rows, others: others.iter().map(|row| row.attribute).collect() }
    }

    fn same(&self, other: &Self) -> bool {
        self.rows.same(&other.rows) && self.others == other.others
    }
}

fn write_name(rows: &TableRows) -> Ident {
    format_ident!("in_{}", rows.rows.name)
}

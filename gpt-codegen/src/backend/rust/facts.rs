//! `unsafe impl Level`: what the runtime asks a level about itself and its pages.

use proc_macro2::TokenStream;
use quote::quote;

use crate::model::{Class, Cube, Endian, LevelId, Target};

use super::attributes::{Row, Rows};
use super::children;
use super::conversion::{read_name, write_name};
use super::expression::{AddressBits, casts, choose, decimal, integer, mask, number};
use super::host;
use super::level::class;
use super::logic::Test;
use super::names::ident;
use super::plan::{KindHere, LevelPlan, Plan};
use super::special;

/// The implementation of `Level` for a level.
pub(super) fn tokens(plan: &Plan<'_>, level: &LevelPlan<'_>) -> TokenStream {
    let (name, format, word) = (ident(&level.name), ident(&plan.name), integer(level.level.entry_bits));
    let safety = plan.comments.safety(
        "a child is there under the condition and at the bits that `child` and `with_child` share, none of which the \
         hardware writes; `descend` and `child_shape` name one level for each child; `TABLE` has room for its items.",
    );
    let constants = constants(plan, level);
    let class = class(level);
    let pages = pages(plan, level);
    let specials = special::methods(plan, level);
    let children = children::methods(plan, level);
    quote! {
        #safety
        #[allow(unsafe_code)]
        unsafe impl Level for #name {
            type Format = #format;
            type Word = #word;

            #constants

            #[inline]
            fn class(word: #word) -> Class {
                #class
            }

            #pages
            #specials
            #children
        }
    }
}

fn constants(plan: &Plan<'_>, level: &LevelPlan<'_>) -> TokenStream {
    let (id, of) = (level.id, level.level);
    let (name, number) = (&of.name, proc_macro2::Literal::usize_unsuffixed(id.0));
    let (low, bits) = (decimal(of.index.low), decimal(of.index.width()));
    let big_endian = of.endian == Endian::Big;
    let (bytes, align) = (self::number(u128::from(of.table_bytes)), self::number(u128::from(of.align_bytes)));
    let items = proc_macro2::Literal::u64_unsuffixed(1 << of.items_lg2());
    let reach = decimal(reach_bits(plan, id));
    let absent = level.kinds.iter().find(|here| here.kind.class == Class::Absent);
    let empty = mask(absent.map_or(0, |here| here.layout.skeleton()));
    let pages = level.pages().map(|here| {
        let size = decimal(plan.format.page_lg2(here.layout));
        let items = decimal(here.layout.run.map_or(0, |run| run.items_lg2));
        let own_address = here.layout.run.is_some_and(|run| run.own_address);
        quote!(PageShape { size_lg2: #size, items_lg2: #items, own_address: #own_address })
    });
    let sizes = level.children().filter_map(|(here, place)| {
        let child = here.layout.children.get(place)?;
        Some(mask(u128::from(sizes_below(plan, child.level))))
    });
    let exclude = level.children().count() > 1 && level.children().all(|(here, _)| here.layout.children.len() == 1);
    let exclude = exclude.then(|| {
        quote!(
            const CHILDREN_EXCLUDE: bool = true;
        )
    });
    let hardware = level.pages().any(|here| here.layout.hardware_mask() != 0);
    let kind_bits =
        mask(level.kinds.iter().flat_map(|here| &here.layout.matches.0).fold(0, |mask, cube| mask | cube.mask));
    let gate = host::constants(plan, id);
    quote! {
        const NUMBER: u8 = #number;
        const NAME: &'static str = #name;
        const INDEX_LOW: u32 = #low;
        const INDEX_BITS: u32 = #bits;
        const BIG_ENDIAN: bool = #big_endian;
        const TABLE: TableShape = TableShape { bytes: #bytes, align_bytes: #align, items: #items, reach_bits: #reach };
        const EMPTY: Self::Word = #empty;
        const PAGES: &'static [PageShape] = &[#(#pages),*];
        const CHILDREN: &'static [u64] = &[#(#sizes),*];
        #exclude
        const HARDWARE_WRITES: bool = #hardware;
        const KIND_BITS: Self::Word = #kind_bits;
        #gate
    }
}

/// How many bits the address of a table of this level may have: what reaches it with the fewest says.
fn reach_bits(plan: &Plan<'_>, id: LevelId) -> u32 {
    let layouts = plan.format.kinds.iter().flat_map(|kind| &kind.layouts);
    let leading = layouts.filter(|layout| layout.children.iter().any(|child| child.level == id));
    leading.map(|layout| layout.reach_bits).fold(plan.format.output.bits, u32::min)
}

/// The sizes of pages at a level and below it: bit n is 2ⁿ bytes.
fn sizes_below(plan: &Plan<'_>, id: LevelId) -> u64 {
    let mut reached = vec![id];
    let mut sizes = 0;
    let mut next = 0;
    while let Some(level) = reached.get(next).copied() {
        next += 1;
        for (kind, layout) in plan.format.layouts_at(level) {
            if kind.class == Class::Page {
                sizes |= 1_u64.checked_shl(plan.format.page_lg2(layout)).unwrap_or(0);
            }
            let new = layout.children.iter().map(|child| child.level).filter(|child| !reached.contains(child));
            let new: Vec<LevelId> = new.collect();
            reached.extend(new);
        }
    }
    sizes
}

fn pages(plan: &Plan<'_>, level: &LevelPlan<'_>) -> TokenStream {
    if level.pages.is_empty() {
        return quote! {
            #[inline]
            fn attributes(_: Self::Word) -> Attributes {
                Attributes::default()
            }
        };
    }
    let word = integer(level.level.entry_bits);
    let shape = page_shape(level);
    let by_shape = |value: Value<'_>| per_page(level, &quote!(Self::page_shape(word)), value);
    let address = by_shape(&|here| match plan.entry(here) {
        Some(entry) => {
            let name = ident(&entry.name);
            quote!(#name(word).page())
        }
        None => quote!(0),
    });
    let rows = |here: &KindHere<'_>| plan.entry(here).and_then(|entry| plan.rows.get(entry.rows));
    let attributes = by_shape(&|here| {
        let read = rows(here).map(read_name);
        quote!(Attributes::#read(word))
    });
    let encode = level.pages().enumerate().filter_map(|(number, here)| {
        let (name, write) = (ident(&plan.entry(here)?.name), write_name(rows(here)?));
        let number = proc_macro2::Literal::usize_unsuffixed(number);
        Some(quote!(#number => attributes.#write(#name::new(address)?.0),))
    });
    let change = by_shape(&|here| {
        let write = rows(here).map(write_name);
        quote!(change.#write(word))
    });
    let advance = |here: &KindHere<'_>| AddressBits::new(here.layout, Target::Page, level.level.entry_bits).advance();
    let one_advance = same(level, &advance).is_some();
    let advance = per_page(level, &quote!(shape), &advance);
    let shape_name = if one_advance { quote!(_) } else { quote!(shape) };
    let casts = casts(&advance);
    let events = events(plan, level);
    quote! {
        #shape

        #[inline]
        fn page_address(word: #word) -> u64 {
            #address
        }

        #[inline]
        fn attributes(word: #word) -> Attributes {
            #attributes
        }

        #[inline]
        fn encode_page(shape: usize, address: u64, attributes: &Attributes) -> Option<#word> {
            match shape {
                #(#encode)*
                _ => None,
            }
        }

        #casts
        #[inline]
        fn advance(#shape_name: usize, word: #word, bytes: u64) -> #word {
            #advance
        }

        #[inline]
        fn change(word: #word, change: &Change) -> Option<#word> {
            #change
        }

        #events
    }
}

/// What is about the bits that say what happened to a page.
fn events(plan: &Plan<'_>, level: &LevelPlan<'_>) -> TokenStream {
    let by_shape = |value: Value<'_>| per_page(level, &quote!(Self::page_shape(word)), value);
    let word = integer(level.level.entry_bits);
    let rows = |here: &KindHere<'_>| plan.entry(here).and_then(|entry| plan.rows.get(entry.rows));
    let row = |here: &KindHere<'_>, meaning: &str| -> Option<Row> {
        let attribute = plan.attributes.iter().position(|attribute| attribute.means(meaning))?;
        rows(here)?.row(attribute).cloned()
    };
    let without = ["accessed", "dirty"].map(|meaning| {
        let method = ident(&format!("without_{meaning}"));
        let present = level.pages().any(|here| row(here, meaning).is_some());
        present.then(|| {
            let body = by_shape(&|here| match row(here, meaning) {
                Some(row) => {
                    let mask = mask(row.bits.mask());
                    if row.negative { quote!(word | #mask) } else { quote!(word & !#mask) }
                }
                None => quote!(word),
            });
            quote! {
                #[inline]
                fn #method(word: #word) -> #word {
                    #body
                }
            }
        })
    });
    let hardware = |here: &KindHere<'_>, negative: bool| hardware_bits(rows(here), negative);
    let any = level.pages().any(|here| hardware(here, false) | hardware(here, true) != 0);
    let hardware = any.then(|| {
        let settled = by_shape(&|here| {
            let (set, cleared) = (hardware(here, false), hardware(here, true));
            let (all, set) = (mask(set | cleared), mask(set));
            if hardware(here, false) | hardware(here, true) == 0 { quote!(true) } else { quote!(word & #all == #set) }
        });
        let absorb = by_shape(&|here| {
            let (set, cleared) = (hardware(here, false), hardware(here, true));
            let (set_mask, cleared_mask) = (mask(set), mask(cleared));
            match (set, cleared) {
                (0, 0) => quote!(word),
                (_, 0) => quote!(word | other & #set_mask),
                (0, _) => quote!(word & (other | !#cleared_mask)),
                _ => quote!((word | other & #set_mask) & (other | !#cleared_mask)),
            }
        });
        quote! {
            #[inline]
            fn settled(word: #word) -> bool {
                #settled
            }

            #[inline]
            fn absorb(word: #word, other: #word) -> #word {
                #absorb
            }
        }
    });
    quote!(#(#without)* #hardware)
}

/// The bits that the hardware sets, or those that it clears.
fn hardware_bits(rows: Option<&Rows>, negative: bool) -> u128 {
    let rows = rows.map_or(&[][..], |rows| rows.rows.as_slice());
    let wanted = rows.iter().filter(|row| row.hardware && row.negative == negative);
    wanted.fold(0, |mask, row| mask | row.bits.mask())
}

fn page_shape(level: &LevelPlan<'_>) -> Option<TokenStream> {
    let word = integer(level.level.entry_bits);
    let mut asked: Vec<Cube> = Vec::new();
    let cases: Vec<(Test, TokenStream)> = level
        .pages()
        .enumerate()
        .skip(1)
        // The smallest page is the most common one.
        .collect::<Vec<_>>()
        .into_iter()
        .rev()
        .map(|(number, here)| {
            let number = proc_macro2::Literal::usize_unsuffixed(number);
            let test = Test::tell(&here.layout.matches.0, &asked);
            asked.extend(&here.layout.matches.0);
            (test, quote!(#number))
        })
        .collect();
    let body = choose(&cases, &quote!(0));
    (!cases.is_empty()).then(|| {
        quote! {
            #[inline]
            fn page_shape(word: #word) -> usize {
                #body
            }
        }
    })
}

/// What is emitted for a kind of pages.
type Value<'v> = &'v dyn Fn(&KindHere<'_>) -> TokenStream;

/// The value, if it is the same for all pages of a level.
fn same(level: &LevelPlan<'_>, value: Value<'_>) -> Option<TokenStream> {
    let mut values = level.pages().map(value);
    let first = values.next()?;
    let text = first.to_string();
    values.all(|other| other.to_string() == text).then_some(first)
}

/// A value for the page whose shape has the number `shape`; a `match` only where pages differ.
fn per_page(level: &LevelPlan<'_>, shape: &TokenStream, value: Value<'_>) -> TokenStream {
    if let Some(one) = same(level, value) {
        return one;
    }
    let mut arms: Vec<(Vec<usize>, TokenStream)> = Vec::new();
    for (number, here) in level.pages().enumerate() {
        let value = value(here);
        match arms.iter_mut().find(|(_, other)| other.to_string() == value.to_string()) {
            Some((numbers, _)) => numbers.push(number),
            None => arms.push((vec![number], value)),
        }
    }
    // What most pages have stands last, for all other numbers.
    arms.sort_by_key(|(numbers, _)| numbers.len());
    let count = arms.len();
    let arms = arms.into_iter().enumerate().map(|(place, (numbers, value))| {
        let numbers = numbers.into_iter().map(proc_macro2::Literal::usize_unsuffixed);
        let pattern = if place + 1 == count { quote!(_) } else { quote!(#(#numbers)|*) };
        quote!(#pattern => { #value })
    });
    quote!(match #shape { #(#arms)* })
}

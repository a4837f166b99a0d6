//! One type for each kind of entry, with the address and the settings that it holds.

use proc_macro2::TokenStream;
use quote::quote;

use gpt_language::model::{BitRange, Class, CodesId, Layout, Meaning, Places, Role, Sort, Target};

use super::attributes::{Type, of_layout};
use super::conversion::{clause, sentence, type_tokens};
use super::expression::{AddressBits, casts, mask, test};
use super::format::size;
use super::logic::Test;
use super::names::{Names, ident, snake};
use super::plan::{Entry, Plan};

/// One row of a type, as the macro `fields!` of the runtime takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Accessor {
    pub(super) about: String,
    pub(super) bits: Places,
    pub(super) get: String,
    pub(super) with: String,
    /// What the bits are: `flag`, `not`, `number u8`, `code Name`.
    pub(super) sort: String,
}

/// A type, as the macro takes it.
pub(super) struct Declaration {
    pub(super) name: String,
    pub(super) about: String,
    /// The word with nothing said.
    pub(super) base: u128,
    /// The bits that have to be zero.
    pub(super) zero: u128,
    /// What the address is called, and which bits of the entry hold which bits of it.
    pub(super) address: Option<(&'static str, Vec<(BitRange, BitRange)>)>,
}

/// Types whose rows are the same.
pub(super) struct Types {
    pub(super) types: Vec<Declaration>,
    pub(super) word: String,
    pub(super) rows: Vec<Accessor>,
}

/// Whether a kind is more than its name.
pub(super) fn is_type(entry: &Entry<'_>) -> bool {
    matches!(entry.kind.class, Class::Table | Class::Page) || accessor_count(entry.layout) > 0
}

fn accessor_count(layout: &Layout) -> usize {
    let says = |role: &Role, name: &str| match role {
        Role::Setting { .. } => true,
        Role::Free { .. } => !name.is_empty(),
        _ => false,
    };
    layout.fields.iter().filter(|field| says(&field.role, &field.name)).count()
}

/// All types, those with the same rows together, in the order of the first.
pub(super) fn types(plan: &Plan<'_>) -> Vec<Types> {
    let mut all: Vec<Types> = Vec::new();
    for entry in plan.entries.iter().filter(|entry| is_type(entry)) {
        let (word, rows) = (format!("u{}", entry.entry_bits), rows_of(plan, entry));
        let declaration = declaration(plan, entry);
        match all.iter_mut().find(|other| other.word == word && other.rows == rows) {
            Some(same) => same.types.push(declaration),
            None => all.push(Types { types: vec![declaration], word, rows }),
        }
    }
    all
}

/// The rows of a type.
pub(super) fn rows_of(plan: &Plan<'_>, entry: &Entry<'_>) -> Vec<Accessor> {
    let mut names =
        Names::reserve(&["new", "word", "page", "table", "advanced", "attributes", "with_attributes", "with_change"]);
    for (place, _) in entry.layout.children.iter().enumerate() {
        names.distinct(child_name(plan, entry.layout, place));
    }
    let rows = of_layout(plan.format, entry.layout).into_iter().map(|(attribute, value)| {
        let field = value.field;
        let get = names.distinct(attribute.name.clone());
        let negative = matches!(field.role, Role::Setting { negative: true, .. });
        let code_width = |id: CodesId| plan.codes.get(id.0).and_then(Option::as_ref).map(|code| code.width);
        let sort = match attribute.type_ {
            Type::Flag if negative => "not".to_owned(),
            Type::Flag => "flag".to_owned(),
            Type::Number(bits) => format!("number u{bits}"),
            Type::Code(id) if code_width(id) == Some(value.places.width()) => {
                format!("code {}", type_tokens(plan, attribute.type_))
            }
            Type::Code(_) => format!("number u{}", super::attributes::integer_bits(value.places.width())),
        };
        let about = match clause(&attribute) {
            named if named.starts_with('`') || field.name.is_empty() => sentence(&attribute),
            clause => format!(" `{}`: {clause}.", field.name),
        };
        Accessor { about, bits: value.places, with: format!("with_{get}"), get, sort }
    });
    rows.collect()
}

/// The type of an entry.
fn declaration(plan: &Plan<'_>, entry: &Entry<'_>) -> Declaration {
    let (base, address) = match (entry.kind.class, entry.layout.children.len()) {
        (Class::Page, _) => (nothing_allowed(entry.layout), Some(("page", Target::Page))),
        (Class::Table, 1) => {
            let base = table_base(plan, entry.layout, 0);
            let base = base.unwrap_or_else(|| restricting_nothing(plan, entry.layout));
            (base, Some(("table", Target::Table(0))))
        }
        (Class::Table, _) => (restricting_nothing(plan, entry.layout), None),
        (Class::Absent, _) => (entry.layout.skeleton(), None),
        (Class::Special, _) => (nothing_allowed(entry.layout), None),
    };
    let address = address.map(|(name, target)| (name, joined(entry.layout.address_fields(target))));
    Declaration { name: entry.name.clone(), about: about(plan, entry), base, zero: entry.layout.zero_mask(), address }
}

/// The parts of an address, the lowest first, those that follow each other in entry and address as one.
fn joined(parts: impl Iterator<Item = (BitRange, BitRange)>) -> Vec<(BitRange, BitRange)> {
    let mut all: Vec<(BitRange, BitRange)> = parts.collect();
    all.sort_by_key(|(_, output)| output.low);
    all.dedup_by(|(bits, output), (below, output_below)| {
        let follows = bits.low == below.high + 1 && output.low == output_below.high + 1;
        if follows {
            (below.high, output_below.high) = (bits.high, output.high);
        }
        follows
    });
    all
}

/// What is said of a type.
fn about(plan: &Plan<'_>, entry: &Entry<'_>) -> String {
    let names = entry.levels.iter().map(|id| format!("`{}`", plan.format.level(*id).name));
    let at = names.collect::<Vec<_>>().join(", ");
    let size = size(plan.format.page_lg2(entry.layout));
    match (entry.kind.class, entry.layout.run) {
        (Class::Page, Some(run)) => {
            format!(" A `{}` at {at}: {size} by {} items.", entry.kind.name, 1_u64 << run.items_lg2)
        }
        (Class::Page, None) => format!(" A `{}` at {at}: {size}.", entry.kind.name),
        _ => format!(" An entry `{}` at {at}.", entry.kind.name),
    }
}

/// The methods of types with several addresses.
pub(super) fn several_children(plan: &Plan<'_>) -> TokenStream {
    let several = plan.entries.iter().filter(|entry| entry.layout.children.len() > 1);
    let types = several.map(|entry| {
        let (name, children) = (ident(&entry.name), children(plan, entry));
        quote! {
            #[allow(dead_code)]
            impl #name {
                #children
            }
        }
    });
    quote!(#(#types)*)
}

/// The word with its constants and fills, and every permission denied.
pub(super) fn nothing_allowed(layout: &Layout) -> u128 {
    layout.fields.iter().fold(layout.skeleton(), |word, field| match field.role {
        Role::Setting { negative: true, codes: None, .. } => word | field.bits.mask(),
        _ => word,
    })
}

/// The word of a table entry that restricts nothing, all else false or zero.
pub(super) fn restricting_nothing(plan: &Plan<'_>, layout: &Layout) -> u128 {
    layout.values().iter().fold(nothing_allowed(layout), |word, own| match &own.field.role {
        Role::Setting { meaning, negative, codes: None, .. }
            if meaning.sort() == Sort::Permission && !own.field.hardware =>
        {
            own.places.set(word, if *negative { 0 } else { 1 })
        }
        Role::Setting { codes: Some(id), .. } => {
            let codes = plan.format.codes.get(id.0).map_or(&[][..], |table| table.codes.as_slice());
            let permissions = |grants: &[Meaning]| grants.len();
            // The first of those that grant the most.
            let best = codes.iter().rev().max_by_key(|code| permissions(&code.grants));
            let value = best.filter(|code| !code.grants.is_empty()).map_or(0, |code| code.value);
            own.places.set(word, value)
        }
        _ => word,
    })
}

/// The table entry that restricts nothing, with what its kind asks for beyond; `None` where no such word is found.
pub(super) fn table_base(plan: &Plan<'_>, layout: &Layout, place: usize) -> Option<u128> {
    let base = restricting_nothing(plan, layout);
    let present = layout.children.get(place).map(|child| &child.present)?;
    let addresses = (0..layout.children.len())
        .flat_map(|child| layout.address_fields(Target::Table(child)))
        .fold(0, |mask, (bits, _)| mask | bits.mask());
    let both = layout.matches.and(present).unwrap_or_else(|| present.clone());
    let patterns = both.0.iter().map(|cube| base & !cube.mask | cube.value).filter(|word| word & addresses == 0);
    let others = |word: u128| {
        layout.children.iter().enumerate().all(|(other, child)| other == place || !child.present.fits(word))
    };
    std::iter::once(base)
        .chain(patterns)
        .find(|word| layout.matches.fits(*word) && present.fits(*word) && others(*word))
}

/// The bits that decide whether an entry with this layout has a child.
pub(super) fn present_bits(layout: &Layout, place: usize) -> u128 {
    layout.children.get(place).map_or(0, |child| child.present.0.iter().fold(0, |mask, cube| mask | cube.mask))
}

/// What a child of an entry with several is called.
pub(super) fn child_name(plan: &Plan<'_>, layout: &Layout, place: usize) -> String {
    let level = layout.children.get(place).map(|child| plan.format.level(child.level).name.as_str());
    format!("{}_table", level.map_or_else(String::new, snake))
}

/// The addresses of an entry with several children.
fn children(plan: &Plan<'_>, entry: &Entry<'_>) -> TokenStream {
    let children = entry.layout.children.iter().enumerate().map(|(place, child)| {
        let bits = AddressBits::new(entry.layout, Target::Table(place), entry.entry_bits);
        let held = mask(bits.entry_mask());
        let gather = bits.gather(&quote!(word), &quote!(#held));
        let present = test(&Test::tell(&child.present.0, &[]));
        let (casts, get) = (casts(&gather), ident(&child_name(plan, entry.layout, place)));
        let about = format!(" The output address of the `{}`, if it has one.", plan.format.level(child.level).name);
        quote! {
            #[doc = #about]
            #casts
            #[must_use]
            #[inline]
            pub const fn #get(self) -> Option<u64> {
                let word = self.0;
                if #present { Some(#gather) } else { None }
            }
        }
    });
    quote!(#(#children)*)
}

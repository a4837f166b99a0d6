//! The tables that the entries of a level lead to.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use gpt_language::model::{Class, Condition, Cube, Layout, LevelId, Role, Target};

use super::entries::{present_bits, table_base};
use super::expression::{AddressBits, casts, integer, mask, test};
use super::logic::Test;
use super::names::ident;
use super::plan::{KindHere, LevelPlan, Plan};
use super::rows::section;

/// The section `children`, or `below` and `methods` where entries hold children in a way of their own; nothing where a
/// level has none.
pub(super) fn text(plan: &Plan<'_>, level: &LevelPlan<'_>, print: &dyn Fn(TokenStream) -> String) -> String {
    let children: Vec<Child<'_>> = level.children().map(|(here, place)| Child::new(plan, level, here, place)).collect();
    let plain: Option<Vec<Plain>> = children.iter().map(|child| child.plain(plan)).collect();
    let rows = |plain: &[Plain]| -> Vec<String> {
        let numbered = children.iter().enumerate().map(|(number, child)| {
            let level = plan.levels.get(child.level).map_or("", |level| level.name.as_str());
            let (level, sizes) = (ident(level), mask(u128::from(sizes_below(plan, LevelId(child.level)))));
            match plain.get(number) {
                Some(Plain { writer }) => {
                    let says = writer.as_ref().map_or(String::new(), |writer| format!(".{writer}"));
                    format!("{number} {level} by {}{says}, sizes {sizes}, {}", child.entry, test(&child.when))
                }
                None => format!("{number} {level}, sizes {sizes}"),
            }
        });
        numbered.collect()
    };
    match plain {
        Some(plain) => section("children", rows(&plain)),
        None => {
            let methods = print(methods(plan, level, &children));
            format!("{}    methods {{\n{methods}    }}\n", section("below", rows(&[])))
        }
    }
}

/// Whether the entries of a level hold children in a way that methods have to say.
pub(super) fn by_hand(plan: &Plan<'_>, level: &LevelPlan<'_>) -> bool {
    level.children().any(|(here, place)| Child::new(plan, level, here, place).plain(plan).is_none())
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

/// The methods that say how entries hold their children.
fn methods(plan: &Plan<'_>, level: &LevelPlan<'_>, children: &[Child<'_>]) -> TokenStream {
    let word = integer(level.level.entry_bits);
    let numbered = || (0..).map(Literal::usize_unsuffixed).zip(children);
    let child = numbered().map(|(number, child)| {
        let (when, address) = (test(&child.when), &child.address);
        quote!(#number if #when => Some(#address),)
    });
    let with = children.iter().enumerate().filter_map(|(number, child)| {
        let with = child.with(plan, number, children.len())?;
        let number = Literal::usize_unsuffixed(number);
        Some(quote!(#number #with))
    });
    // One child is taken out by the runtime.
    let without = children.iter().any(|child| child.layout.children.len() > 1).then(|| {
        let without = numbered().map(|(number, child)| {
            let without = child.without();
            quote!(#number => { #without })
        });
        quote! {
            #[inline]
            fn without_child(word: #word, child: usize) -> #word {
                if Self::child(word, child).is_none() {
                    return word;
                }
                match child {
                    #(#without)*
                    _ => word,
                }
            }
        }
    });
    let with: Vec<TokenStream> = with.collect();
    let casts = casts(&quote!(#(#with)*));
    let attributes_type = plan.tables.type_name();
    let said = with.iter().any(|with| with.to_string().contains("attributes"));
    let attributes = if said { quote!(attributes) } else { quote!(_) };
    quote! {
        #[inline]
        fn child(word: #word, child: usize) -> Option<u64> {
            match child {
                #(#child)*
                _ => None,
            }
        }

        #casts
        #[inline]
        fn with_child(word: #word, child: usize, table: u64, #attributes: &#attributes_type) -> Option<#word> {
            match child {
                #(#with)*
                _ => None,
            }
        }

        #without
    }
}

/// A child that an entry has for itself, the way the runtime's macro writes it.
struct Plain {
    /// What adds attributes.
    writer: Option<Ident>,
}

/// One of the children that entries of a level have.
struct Child<'p> {
    layout: &'p Layout,
    place: usize,
    entry_bits: u32,
    /// The name of the table entry's type.
    entry: TokenStream,
    /// The place of the child's level.
    level: usize,
    /// When `word` has this child.
    when: Test,
    /// Its address in `word`.
    address: TokenStream,
    /// A table entry with this child, its address left zero, that restricts nothing.
    base: Option<u128>,
}

impl<'p> Child<'p> {
    fn new(plan: &Plan<'_>, level: &LevelPlan<'p>, here: &KindHere<'p>, place: usize) -> Self {
        let layout = here.layout;
        let entry = plan.entry(here).map(|entry| ident(&entry.name));
        let always = Condition::always();
        let present = layout.children.get(place).map_or(&always, |child| &child.present);
        let safe = !hardware_makes(level, here);
        let when = if !safe {
            Test::never()
        } else if layout.children.len() == 1 {
            Test::tell(&layout.matches.0, &[])
        } else {
            match layout.matches.and(present) {
                Some(both) => Test::tell(&both.0, &[]),
                None => Test::All(vec![Test::tell(&layout.matches.0, &[]), Test::tell(&present.0, &[])]),
            }
        };
        let address = if layout.children.len() == 1 {
            quote!(#entry(word).table())
        } else {
            let bits = AddressBits::new(layout, Target::Table(place), level.level.entry_bits);
            let mask = mask(bits.entry_mask());
            bits.gather(&quote!(word), &quote!(#mask))
        };
        Self {
            layout,
            place,
            entry_bits: level.level.entry_bits,
            entry: quote!(#entry),
            level: layout.children.get(place).map_or(0, |child| child.level.0),
            when,
            address,
            base: table_base(plan, layout, place).filter(|_| safe),
        }
    }

    /// The bits that decide whether the child is there.
    fn own_bits(&self) -> u128 {
        let constants = self.layout.mask_of(|role| matches!(role, Role::Constant(_)));
        present_bits(self.layout, self.place) & !constants
    }

    /// The child as the runtime's macro writes it: alone in an entry whose kind neither address nor attributes decide.
    fn plain(&self, plan: &Plan<'_>) -> Option<Plain> {
        self.base?;
        let bits = AddressBits::new(self.layout, Target::Table(self.place), self.entry_bits);
        let writer = plan.tables.writer(plan, self.layout, self.place, self.entry_bits);
        let written = writer.as_ref().map_or(0, |(_, bits)| *bits);
        let plain = self.layout.children.len() == 1 && self.decided() & (bits.entry_mask() | written) == 0;
        plain.then(|| Plain { writer: writer.map(|(writer, _)| writer) })
    }

    /// The bits that decide about the kind of the entry and whether it has the child.
    fn decided(&self) -> u128 {
        self.layout.matches.0.iter().fold(present_bits(self.layout, self.place), |mask, cube| mask | cube.mask)
    }

    /// An entry with the child added, which has this number among so many; `None` where that never works.
    fn with(&self, plan: &Plan<'_>, number: usize, children: usize) -> Option<TokenStream> {
        let base = self.base?;
        let entry = &self.entry;
        if let Some(Plain { writer }) = self.plain(plan) {
            let new = quote!(#entry::new(table)?.0);
            let new = writer.map_or(quote!(Some(#new)), |write| quote!(attributes.#write(#new)));
            return Some(quote!(if Self::class(word) == Class::Absent => #new,));
        }
        let bits = AddressBits::new(self.layout, Target::Table(self.place), self.entry_bits);
        let writer = plan.tables.writer(plan, self.layout, self.place, self.entry_bits);
        let write = writer.map(|(write, _)| quote!(let entry = attributes.#write(entry)?;));
        let (known, scatter) = (mask(bits.address_mask()), bits.scatter(&quote!(table)));
        let cleared = mask(bits.entry_mask() | self.own_bits());
        let present = base & self.own_bits();
        let present = (present != 0).then(|| mask(present)).map(|bits| quote!(| #bits));
        let base = mask(base);
        let others = (0..children).filter(|other| *other != number).map(Literal::usize_unsuffixed);
        let kept = others.map(|other| quote!(Self::child(entry, #other) == Self::child(word, #other)));
        Some(quote! {
            => {
                if table & !#known != 0 {
                    return None;
                }
                let entry = match Self::class(word) {
                    Class::Absent => #base,
                    Class::Table => word & !#cleared #present,
                    _ => return None,
                };
                let entry = entry | (#scatter);
                #write
                let said = Self::child(entry, child) == Some(table) #(&& #kept)*;
                said.then_some(entry)
            }
        })
    }

    /// The entry without the child, which it has.
    fn without(&self) -> TokenStream {
        if self.layout.children.len() == 1 {
            return quote!(Self::EMPTY);
        }
        let bits = AddressBits::new(self.layout, Target::Table(self.place), self.entry_bits);
        let cleared = mask(bits.entry_mask() | self.own_bits());
        let absent = match self.absent_bits() {
            Some(0) | None => None,
            Some(bits) => {
                let bits = mask(bits);
                Some(quote!(| #bits))
            }
        };
        quote! {
            let rest = word & !#cleared #absent;
            if Self::class(rest) == Class::Table { rest } else { Self::EMPTY }
        }
    }

    /// What the bits that decide about the child are where it is not there.
    fn absent_bits(&self) -> Option<u128> {
        let present = &self.layout.children.get(self.place)?.present;
        let own = self.own_bits();
        let places: Vec<u32> = (0..128).filter(|bit| own >> bit & 1 == 1).take(12).collect();
        let spread =
            |value: u32| places.iter().enumerate().fold(0, |word, (at, bit)| word | u128::from(value >> at & 1) << bit);
        let constants = self.layout.skeleton() & self.layout.mask_of(|role| matches!(role, Role::Constant(_)));
        (0..1_u32 << places.len()).map(spread).find(|bits| !present.fits(bits | constants))
    }
}

/// Whether the hardware can make an entry of this kind of another, or another of one.
fn hardware_makes(level: &LevelPlan<'_>, here: &KindHere<'_>) -> bool {
    let matters = |layout: &Layout| {
        let present = layout.children.iter().flat_map(|child| &child.present.0);
        layout.matches.0.iter().chain(present).fold(0, |mask, cube| mask | cube.mask)
    };
    let loosened = |layout: &Layout| -> Vec<Cube> {
        let hardware = layout.hardware_mask();
        let without = |cube: &Cube| Cube { mask: cube.mask & !hardware, value: cube.value & !hardware };
        layout.matches.0.iter().map(without).collect()
    };
    let mut others = level.kinds.iter().filter(|other| other.kind.name != here.kind.name);
    matters(here.layout) & here.layout.hardware_mask() != 0
        || others.any(|other| Condition(loosened(other.layout)).witness(&here.layout.matches).is_some())
}

//! `unsafe impl Level`: what the runtime asks a level about the tables that its entries lead to.

use proc_macro2::{Literal, TokenStream};
use quote::quote;

use crate::model::{Condition, Cube, Layout, Role, Target};

use super::entries::{present_bits, table_base};
use super::expression::{AddressBits, casts, integer, mask, test};
use super::logic::Test;
use super::names::ident;
use super::plan::{KindHere, LevelPlan, Plan};

/// The methods about children; none where a level has no children.
pub(super) fn methods(plan: &Plan<'_>, level: &LevelPlan<'_>) -> Option<TokenStream> {
    if level.children.is_empty() {
        return None;
    }
    let word = integer(level.level.entry_bits);
    let children: Vec<Child<'_>> = level.children().map(|(here, place)| Child::new(plan, level, here, place)).collect();
    let numbered = || (0..).map(Literal::usize_unsuffixed).zip(&children);
    let child = numbered().map(|(number, child)| {
        let (when, address) = (test(&child.when), &child.address);
        quote!(#number if #when => Some(#address),)
    });
    let with = children.iter().enumerate().filter_map(|(number, child)| {
        let with = child.with(plan, number, children.len())?;
        let number = Literal::usize_unsuffixed(number);
        Some(quote!(#number #with))
    });
    let without = numbered().map(|(number, child)| {
        let without = child.without();
        quote!(#number => { #without })
    });
    // One child is taken out by the runtime.
    let without = (children.len() > 1).then(|| {
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
    let level_of = |child: &Child<'_>| plan.levels.get(child.level).map(|level| ident(&level.name));
    let shapes = numbered().map(|(number, child)| {
        let level = level_of(child);
        quote!(#number => #level::TABLE,)
    });
    let shape = match children.as_slice() {
        [child] => {
            let level = level_of(child);
            (quote!(_), quote!(#level::TABLE))
        }
        _ => (quote!(child), quote!(match child { #(#shapes)* _ => Self::TABLE })),
    };
    let (shape_name, shape) = shape;
    let visits = numbered().map(|(number, child)| {
        let level = level_of(child);
        quote!(#number => visitor.visit::<#level>(table),)
    });
    // Where there is but one way down, going down is straight code.
    let inline = if numbered().count() == 1 { quote!(#[inline(always)]) } else { quote!(#[inline]) };
    let with: Vec<TokenStream> = with.collect();
    let casts = casts(&quote!(#(#with)*));
    let attributes_type = plan.tables.type_name();
    let said = with.iter().any(|with| with.to_string().contains("attributes"));
    let attributes = if said { quote!(attributes) } else { quote!(_) };
    Some(quote! {
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

        #[inline]
        fn child_shape(#shape_name: usize) -> TableShape {
            #shape
        }

        #inline
        fn descend<V: Visitor<Self::Format>>(child: usize, table: u64, visitor: V) -> V::Output {
            match child {
                #(#visits)*
                _ => visitor.dead_end(),
            }
        }
    })
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

    /// An entry with the child added, which has this number among so many; `None` where that never works.
    fn with(&self, plan: &Plan<'_>, number: usize, children: usize) -> Option<TokenStream> {
        let base = self.base?;
        let entry = &self.entry;
        let bits = AddressBits::new(self.layout, Target::Table(self.place), self.entry_bits);
        let decided =
            self.layout.matches.0.iter().fold(present_bits(self.layout, self.place), |mask, cube| mask | cube.mask);
        let writer = plan.tables.writer(plan, self.layout, self.place, self.entry_bits);
        let written = writer.as_ref().map_or(0, |(_, bits)| *bits);
        if self.layout.children.len() == 1 && decided & (bits.entry_mask() | written) == 0 {
            let new = quote!(#entry::new(table)?.0);
            let new = writer.map_or(quote!(Some(#new)), |(write, _)| quote!(attributes.#write(#new)));
            return Some(quote!(if Self::class(word) == Class::Absent => #new,));
        }
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

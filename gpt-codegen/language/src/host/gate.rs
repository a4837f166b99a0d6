//! Finds the bits of an entry that keep the hardware out while the rest of it is written.

use crate::model::{Class, Cube, Format, Kind, Layout, LevelId, Role};

/// The parts in which a host may have to write an entry, the narrowest first.
pub const PART_BITS: [u32; 2] = [32, 64];

/// The gate of a level: while its bits are as in the empty word, the hardware takes an entry for nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// The bits.
    pub bits: u128,
    /// Whether an entry whose gate is shut is absent, whatever the rest holds.
    pub tells: bool,
}

/// Why no order of writing is sound: while an entry of `kind` has some of its parts as in the empty word, it is one of
/// `other` that it never should have been.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unsound<'f> {
    /// The kind that is being written.
    pub kind: &'f Kind,
    /// What the hardware takes it for.
    pub other: &'f Kind,
    /// The bits of the gate that are not yet, or no longer, those of the entry.
    pub shut: u128,
}

/// The bits of a part.
pub fn part_mask(part: u32, part_bits: u32) -> u128 {
    let ones = u128::MAX >> (128 - part_bits);
    ones << (part * part_bits)
}

/// The parts of an entry that have one of these bits.
pub fn parts_with(bits: u128, entry_bits: u32, part_bits: u32) -> Vec<u32> {
    (0..entry_bits.div_ceil(part_bits)).filter(|part| bits & part_mask(*part, part_bits) != 0).collect()
}

/// The gate of a level: in one part of 32 bits if that can be, else in one of 64, else all that an absent entry is
/// known by.
pub fn gate(format: &Format, level: LevelId) -> Gate {
    let entry_bits = format.level(level).entry_bits;
    let absent = absent(format, level);
    let known =
        format.layouts_at(level).flat_map(|(_, layout)| &layout.matches.0).fold(0, |mask, cube| mask | cube.mask);
    for part_bits in PART_BITS {
        let one_part = |part: u32| {
            let within = known & part_mask(part, part_bits);
            shuts(format, level, within).then(|| {
                let told = |cube: &&Cube| cube.mask & !within == 0 && cube.fits(empty(format, level));
                let told = absent.and_then(|layout| layout.matches.0.iter().find(told)).map(|cube| cube.mask);
                let bits = told.filter(|bits| shuts(format, level, *bits));
                let bits = bits.unwrap_or_else(|| fewest(format, level, within) | told.unwrap_or(0));
                Gate { bits, tells: told.is_some() }
            })
        };
        let gates = || parts_with(known, entry_bits, part_bits).into_iter().filter_map(one_part);
        if let Some(gate) = gates().find(|gate| gate.tells).or_else(|| gates().next()) {
            return gate;
        }
    }
    Gate {
        bits: absent.map_or(0, |layout| layout.matches.0.iter().fold(0, |mask, cube| mask | cube.mask)),
        tells: false,
    }
}

/// What keeps a host that writes parts of this width from writing entries of a level, if anything does.
pub fn unsound(format: &Format, level: LevelId, part_bits: u32) -> Option<Unsound<'_>> {
    let gate = gate(format, level);
    let parts = parts_with(gate.bits, format.level(level).entry_bits, part_bits);
    // With one part the gate is shut by one store. With several, each of their proper subsets may be shut for a moment.
    let subsets = 1..(1_u32 << parts.len().min(8)) - 1;
    for subset in subsets {
        let chosen = parts.iter().enumerate().filter(|(place, _)| subset >> place & 1 == 1).map(|(_, part)| *part);
        let written = chosen.fold(0, |mask, part| mask | part_mask(part, part_bits));
        for (kind, layout) in format.layouts_at(level).filter(|(kind, _)| kind.class != Class::Absent) {
            if let Some(other) = mistaken(format, level, (kind, layout), written) {
                return Some(Unsound { kind, other, shut: written & gate.bits });
            }
        }
    }
    None
}

/// What the hardware takes an entry of this layout for, if not for that or nothing, while the bits of `written` are as
/// in the empty word.
fn mistaken<'f>(
    format: &'f Format,
    level: LevelId,
    (kind, layout): (&Kind, &Layout),
    written: u128,
) -> Option<&'f Kind> {
    let empty = empty(format, level);
    layout.matches.0.iter().find_map(|cube| {
        let whole = known_bits(layout, *cube)?;
        if (whole.value ^ empty) & written & whole.mask == 0 && whole.mask & written == written {
            // Nothing of it changes.
            return None;
        }
        let partly = Cube { mask: whole.mask | written, value: (whole.value & !written) | (empty & written) };
        let (other, _) =
            hardware(format, level).find(|(_, other)| other.matches.0.iter().any(|it| partly.and(*it).is_some()))?;
        // A table entry without some of its children is what it was for the others.
        let lacks_children = other.name == kind.name && kind.class == Class::Table && layout.children.len() > 1;
        (!lacks_children).then_some(other)
    })
}

/// What is known of every word that fits a pattern of a layout: constants, what is reserved, and the pattern.
fn known_bits(layout: &Layout, cube: Cube) -> Option<Cube> {
    let mask = layout.mask_of(|role| matches!(role, Role::Constant(_) | Role::Zero));
    Cube { mask, value: layout.skeleton() & mask }.and(cube)
}

/// Whether the hardware takes every word for nothing that is as the empty word in these bits.
fn shuts(format: &Format, level: LevelId, bits: u128) -> bool {
    let shut = Cube { mask: bits, value: empty(format, level) & bits };
    hardware(format, level).all(|(_, layout)| layout.matches.0.iter().all(|cube| cube.and(shut).is_none()))
}

/// As few of the bits as shut the hardware out.
fn fewest(format: &Format, level: LevelId, mut bits: u128) -> u128 {
    for bit in (0..128).rev().map(|bit| 1 << bit) {
        if bits & bit != 0 && shuts(format, level, bits & !bit) {
            bits &= !bit;
        }
    }
    bits
}

/// The layouts that the hardware acts on.
fn hardware(format: &Format, level: LevelId) -> impl Iterator<Item = (&Kind, &Layout)> {
    format.layouts_at(level).filter(|(kind, _)| matches!(kind.class, Class::Table | Class::Page))
}

fn absent(format: &Format, level: LevelId) -> Option<&Layout> {
    format.layouts_at(level).find(|(kind, _)| kind.class == Class::Absent).map(|(_, layout)| layout)
}

/// What an item holds that says nothing.
fn empty(format: &Format, level: LevelId) -> u128 {
    absent(format, level).map_or(0, Layout::skeleton)
}

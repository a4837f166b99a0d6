//! Finds the bits of an entry that keep the hardware out while the rest of it is written.

use crate::model::{Class, Cube, Format, Kind, Layout, LevelId};

/// The parts in which a host may have to write an entry, the narrowest first.
pub const PART_BITS: [u32; 2] = [32, 64];

/// The gate of a level: while its bits are as in the empty word, the hardware takes an entry for nothing.
#[derive(Debug)]
pub struct Gate {
    /// The bits.
    pub bits: u128,
    /// Whether an entry whose gate is shut is absent, whatever the rest holds.
    pub tells: bool,
}

/// Why no order of writing is sound: while an entry of `kind` has some of its parts as in the empty word, it is one of
/// `other` that it never should have been.
#[derive(Debug)]
pub struct Unsound<'f> {
    /// The kind that is being written.
    pub kind: &'f Kind,
    /// The layout in which it is written.
    pub layout: &'f Layout,
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
    let mut parts = Vec::new();
    for part in 0..entry_bits.div_ceil(part_bits) {
        if bits & part_mask(part, part_bits) != 0 {
            parts.push(part);
        }
    }
    parts
}

/// The gate of a level: in one part of 32 bits if that can be, else in one of 64, else all that an absent entry is
/// known by.
pub fn gate(format: &Format, level: LevelId) -> Gate {
    let entry_bits = format.level(level).entry_bits;
    let mut known = 0;
    for (_, layout) in format.layouts_at(level) {
        known |= layout.matches.mask();
    }
    for part_bits in &PART_BITS {
        let mut first = None;
        for part in &parts_with(known, entry_bits, *part_bits) {
            match gate_within(format, level, known & part_mask(*part, *part_bits)) {
                Some(gate) if gate.tells => return gate,
                Some(gate) if first.is_none() => first = Some(gate),
                _ => {}
            }
        }
        if let Some(gate) = first {
            return gate;
        }
    }
    let bits = match format.first_at(level, Class::Absent) {
        Some((_, layout)) => layout.matches.mask(),
        None => 0,
    };
    Gate { bits, tells: false }
}

/// The gate of a level among the bits of one part, if these keep the hardware out.
fn gate_within(format: &Format, level: LevelId, within: u128) -> Option<Gate> {
    if !shuts(format, level, within) {
        return None;
    }
    Some(match told(format, level, within) {
        Some(told) if shuts(format, level, told) => Gate { bits: told, tells: true },
        Some(told) => Gate { bits: fewest(format, level, within) | told, tells: true },
        None => Gate { bits: fewest(format, level, within), tells: false },
    })
}

/// Those of the bits by which an entry that is as the empty word in them is known to be absent, if there are such.
fn told(format: &Format, level: LevelId, within: u128) -> Option<u128> {
    let (_, absent) = format.first_at(level, Class::Absent)?;
    for cube in &absent.matches.0 {
        if cube.mask & !within == 0 && cube.fits(absent.skeleton()) {
            return Some(cube.mask);
        }
    }
    None
}

/// What keeps a host that writes parts of this width from writing entries of a level, if anything does.
pub fn unsound(format: &Format, level: LevelId, part_bits: u32) -> Option<Unsound<'_>> {
    let gate = gate(format, level);
    let parts = parts_with(gate.bits, format.level(level).entry_bits, part_bits);
    // With one part the gate is shut by one store. With several, each of their proper subsets may be shut for a moment.
    let subsets = 1..(1_u32 << parts.len().min(8)) - 1;
    for subset in subsets {
        let mut written = 0;
        for (place, part) in parts.iter().enumerate() {
            if subset >> place & 1 == 1 {
                written |= part_mask(*part, part_bits);
            }
        }
        for (kind, layout) in format.layouts_at(level) {
            if kind.class != Class::Absent
                && let Some(other) = mistaken(format, level, (kind, layout), written)
            {
                return Some(Unsound { kind, layout, other, shut: written & gate.bits });
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
    for cube in &layout.matches.0 {
        let Some(whole) = known_bits(layout, *cube) else { continue };
        if (whole.value ^ empty) & written & whole.mask == 0 && whole.mask & written == written {
            // Nothing of it changes.
            continue;
        }
        let partly = Cube { mask: whole.mask | written, value: (whole.value & !written) | (empty & written) };
        let Some(other) = acted_on(format, level, partly) else { continue };
        // A table entry without some of its children is what it was for the others.
        let lacks_children = other.name == kind.name && kind.class == Class::Table && layout.children.len() > 1;
        if !lacks_children {
            return Some(other);
        }
    }
    None
}

/// What is known of every word that fits a pattern of a layout: constants, what is reserved, and the pattern.
fn known_bits(layout: &Layout, cube: Cube) -> Option<Cube> {
    let mask = layout.constant_mask() | layout.zero_mask();
    Cube { mask, value: layout.skeleton() & mask }.and(cube)
}

/// Whether the hardware takes every word for nothing that is as the empty word in these bits.
fn shuts(format: &Format, level: LevelId, bits: u128) -> bool {
    let shut = Cube { mask: bits, value: empty(format, level) & bits };
    acted_on(format, level, shut).is_none()
}

/// As few of the bits as shut the hardware out.
fn fewest(format: &Format, level: LevelId, mut bits: u128) -> u128 {
    let mut rest = bits;
    while rest != 0 {
        let highest = 1 << rest.ilog2();
        rest &= !highest;
        if shuts(format, level, bits & !highest) {
            bits &= !highest;
        }
    }
    bits
}

/// The first kind that the hardware acts on and of which some word that fits a pattern is.
fn acted_on(format: &Format, level: LevelId, pattern: Cube) -> Option<&Kind> {
    for (kind, layout) in format.layouts_at(level) {
        if !matches!(kind.class, Class::Table | Class::Page) {
            continue;
        }
        for cube in &layout.matches.0 {
            if cube.and(pattern).is_some() {
                return Some(kind);
            }
        }
    }
    None
}

/// What an item holds that says nothing.
fn empty(format: &Format, level: LevelId) -> u128 {
    match format.first_at(level, Class::Absent) {
        Some((_, absent)) => absent.skeleton(),
        None => 0,
    }
}

//! Pages whose size is coded in their own address: ones at the low end of a row, then a zero.
//!
//! A page of 2ⁿ bytes has zeros below bit n of its address. The bits from the row's lowest to n − 2 are ones instead, and
//! bit n − 1 is a zero. For every size that a level can have this gives a kind of its own, made of constants and a run.

use crate::diagnostic::Diagnostic;
use crate::model::{BitRange, Field, Layout, Level, Role, Run, Target};
use crate::span::Span;

/// One size: the layout of pages of that size.
pub(super) struct Size {
    /// The size in bytes, as a power of two.
    pub(super) page_lg2: u32,
    pub(super) layout: Layout,
}

/// The layouts that `layout` stands for at a level, the smallest page first: one for each size between the pages of the
/// level and those of the next higher one.
///
/// # Errors
/// Why there is none.
pub(super) fn sizes(layout: &Layout, level: &Level, row: Span, word: Span) -> Result<Vec<Size>, Diagnostic> {
    let wrong =
        |message: String, help: String| Diagnostic::new("E0117", word, message).and(layout.span, "here").help(help);
    let coded = layout.fields.iter().position(|field| field.span.number() == row.number());
    let coded = coded.and_then(|place| Some((place, output(layout.fields.get(place)?)?)));
    let Some((place, address)) = coded else { return Ok(Vec::new()) };
    let (item_lg2, items_lg2) = (level.index.low, level.index.width());
    if address.low > item_lg2 {
        let message = format!("the row begins at address bit {}, above the pages at `{}`", address.low, level.name);
        return Err(wrong(message, format!("let the row begin at address bit {item_lg2} or below")));
    }
    let largest = (item_lg2 + items_lg2 - 1).min(address.high).min(layout.reach_bits.saturating_sub(1));
    let sizes: Vec<Size> = (item_lg2 + 1..=largest)
        .map(|page_lg2| Size { page_lg2, layout: of_size(layout, place, address, page_lg2, item_lg2, word) })
        .collect();
    if sizes.is_empty() {
        let message = format!("no page between those of `{}` and of the level above can be coded", level.name);
        return Err(wrong(message, format!("take `{}` out of `at:`", level.name)));
    }
    Ok(sizes)
}

/// The address bits that a row holds.
fn output(field: &Field) -> Option<BitRange> {
    match field.role {
        Role::Address { target: Target::Page, output } => Some(output),
        _ => None,
    }
}

/// The layout of pages of one size.
fn of_size(layout: &Layout, place: usize, address: BitRange, page_lg2: u32, item_lg2: u32, word: Span) -> Layout {
    let mut layout = layout.clone();
    let coded = layout.fields.remove(place);
    // The row's bits that hold these bits of the address.
    let bits = |high: u32, low: u32| {
        let moved = |bit: u32| bit - address.low + coded.bits.low;
        BitRange { high: moved(high), low: moved(low) }
    };
    let part = |bits: BitRange, role: Role| Field { bits, role, ..coded.clone() };
    let constant = |bits: BitRange, value: u128| Field { name: String::new(), ..part(bits, Role::Constant(value)) };
    let mut rows = Vec::new();
    if page_lg2 <= address.high {
        let output = BitRange { high: address.high, low: page_lg2 };
        rows.push(part(bits(address.high, page_lg2), Role::Address { target: Target::Page, output }));
    }
    rows.push(constant(bits(page_lg2 - 1, page_lg2 - 1), 0));
    if page_lg2 > address.low + 1 {
        let ones = bits(page_lg2 - 2, address.low);
        rows.push(constant(ones, u128::MAX >> (128 - ones.width())));
    }
    layout.fields.splice(place..place, rows);
    layout.run = Some(Run { items_lg2: page_lg2 - item_lg2, own_address: false, span: word });
    layout
}

/// The end of the name of the kind of pages of this size: `8k`, `2m`, `512g`.
pub(super) fn suffix(page_lg2: u32) -> String {
    let (unit, below) = match page_lg2 {
        0..10 => ("", 0),
        10..20 => ("k", 10),
        20..30 => ("m", 20),
        30..40 => ("g", 30),
        40..50 => ("t", 40),
        50..60 => ("p", 50),
        _ => ("e", 60),
    };
    format!("{}{unit}", 1u64.checked_shl(page_lg2 - below).unwrap_or(0))
}

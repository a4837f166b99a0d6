//! Pages whose size is coded in their own address: ones at the low end of a row, then a zero.
//!
//! A page of 2ⁿ bytes has zeros below bit n of its address. The bits from the row's lowest to n − 2 are ones instead, and
//! bit n − 1 is a zero. For every size that a level can have this gives a kind of its own, made of constants and a run.

use crate::diagnostic::Diagnostic;
use crate::model::{BitRange, Field, Layout, Level, Role, Run, Target};
use crate::span::Span;
use crate::syntax::row::{self, Row};

/// The layouts that `layout` stands for at a level, the smallest page first: one for each size between the pages of the
/// level and those of the next higher one.
///
/// # Errors
/// Why there is none.
pub(super) fn sizes(layout: &Layout, level: &Level, row: Span, word: Span) -> Result<Vec<Layout>, Diagnostic> {
    let wrong =
        |message: String, help: String| Diagnostic::new("E0117", word, message).and(layout.span, "here").help(help);
    let Some((place, address)) = coded(layout, row) else { return Ok(Vec::new()) };
    let (item_lg2, items_lg2) = (level.index.low, level.index.width());
    if address.low > item_lg2 {
        let message = format!("the row begins at address bit {}, above the pages at `{}`", address.low, level.name);
        return Err(wrong(message, format!("let the row begin at address bit {item_lg2} or below")));
    }
    let largest = (item_lg2 + items_lg2 - 1).min(address.high).min(layout.reach_bits.saturating_sub(1));
    let mut sizes = Vec::new();
    for page_lg2 in item_lg2 + 1..=largest {
        sizes.push(of_size(layout, place, address, page_lg2, item_lg2, word));
    }
    if sizes.is_empty() {
        let message = format!("no page between those of `{}` and of the level above can be coded", level.name);
        return Err(wrong(message, format!("take `{}` out of `at:`", level.name)));
    }
    Ok(sizes)
}

/// The place in the layout of the field that was written as `row`, and the bits of the address of a page that it holds.
fn coded(layout: &Layout, row: Span) -> Option<(usize, BitRange)> {
    for (place, field) in layout.fields.iter().enumerate() {
        if field.span.number() == row.number() {
            return match field.role {
                Role::Address { target: Target::Page, output } => Some((place, output)),
                _ => None,
            };
        }
    }
    None
}

/// The layout of pages of one size.
fn of_size(layout: &Layout, place: usize, address: BitRange, page_lg2: u32, item_lg2: u32, word: Span) -> Layout {
    let mut layout = layout.clone();
    let mut fields = Vec::new();
    for (number, field) in layout.fields.iter().enumerate() {
        if number == place {
            add_coded(&mut fields, field, address, page_lg2);
        } else {
            fields.push(field.clone());
        }
    }
    layout.fields = fields;
    layout.run = Some(Run { items_lg2: page_lg2 - item_lg2, own_address: false, span: word });
    layout
}

/// Adds the rows that `coded` stands for in pages of one size.
fn add_coded(rows: &mut Vec<Field>, coded: &Field, address: BitRange, page_lg2: u32) {
    // The row's bits that hold these bits of the address.
    let bits = |high: u32, low: u32| {
        let moved = |bit: u32| bit - address.low + coded.bits.low;
        BitRange { high: moved(high), low: moved(low) }
    };
    let part = |bits: BitRange, role: Role| Field { bits, role, ..coded.clone() };
    let constant = |bits: BitRange, value: u128| Field { name: String::new(), ..part(bits, Role::Constant(value)) };
    if page_lg2 <= address.high {
        let output = BitRange { high: address.high, low: page_lg2 };
        rows.push(part(bits(address.high, page_lg2), Role::Address { target: Target::Page, output }));
    }
    rows.push(constant(bits(page_lg2 - 1, page_lg2 - 1), 0));
    if page_lg2 > address.low + 1 {
        let ones = bits(page_lg2 - 2, address.low);
        rows.push(constant(ones, u128::MAX >> (128 - ones.width())));
    }
}

/// The layouts of pages of one size.
pub(super) struct OfSize {
    /// The size in bytes, as a power of two.
    pub(super) page_lg2: u32,
    pub(super) layouts: Vec<Layout>,
}

/// Adds a layout to those of its size; sizes are in ascending order.
pub(super) fn add_size(by_size: &mut Vec<OfSize>, page_lg2: u32, layout: Layout) {
    let place = by_size.partition_point(|of_size| of_size.page_lg2 < page_lg2);
    match by_size.get_mut(place) {
        Some(of_size) if of_size.page_lg2 == page_lg2 => of_size.layouts.push(layout),
        _ => by_size.insert(place, OfSize { page_lg2, layouts: vec![layout] }),
    }
}

/// The places of the first row that is `sized`, and of that word in it.
pub(super) fn sized_row(rows: &[&Row]) -> Option<(Span, Span)> {
    for row in rows {
        if let row::Role::Page { sized: Some(word), .. } = row.role {
            return Some((row.span, word));
        }
    }
    None
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

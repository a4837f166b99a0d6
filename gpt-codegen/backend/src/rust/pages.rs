//! The pages at a level: their sizes, and which words have which.

use gpt_language::model::{Cube, Layout, Target};

use super::expression::test;
use super::logic::Test;
use super::names::ident;
use super::plan::{Entry, LevelPlan, Plan};
use super::rows::section;

/// The section `pages`; nothing where a level has none.
pub(super) fn text(plan: &Plan<'_>, level: &LevelPlan<'_>) -> String {
    let shapes = shapes(plan, level);
    let Some(first) = shapes.first() else { return String::new() };
    let mut same = true;
    for shape in &shapes {
        same &= shape.entry.rows == first.entry.rows && shape.address.advances_like(&first.address);
    }
    let mut rows = Vec::new();
    for shape in &shapes {
        let (layout, own) = (shape.layout, ident(&shape.entry.name));
        let mut row = format!("{} {own} {}", shape.number, shape.size_lg2);
        if let Some(run) = layout.run {
            row.push_str(&format!(" by {}{}", run.items_lg2, if run.own_address { " own" } else { "" }));
        }
        row.push_str(&format!(", {}", test(&shape.when)));
        if !same {
            row.push_str(&format!(", {}", names(plan, shape.entry)));
        }
        rows.push(row);
    }
    match (same, shapes.last()) {
        (true, Some(largest)) => section(&format!("pages {}", names(plan, largest.entry)), &rows),
        _ => section("pages", &rows),
    }
}

/// The types of what pages say, and of the pages.
fn names(plan: &Plan<'_>, entry: &Entry<'_>) -> String {
    format!("as {} by {}", ident(plan.holder(entry.rows)), ident(&entry.name))
}

/// The pages of one size.
struct Shape<'l> {
    /// Its place among the sizes, the largest first.
    number: usize,
    layout: &'l Layout,
    size_lg2: u32,
    entry: &'l Entry<'l>,
    address: PageAddress,
    /// When a page has this size, if it has none before.
    when: Test,
}

/// The shapes, the smallest page first, which is the most common one.
fn shapes<'l>(plan: &'l Plan<'_>, level: &'l LevelPlan<'_>) -> Vec<Shape<'l>> {
    let mut asked: Vec<Cube> = Vec::new();
    let mut shapes = Vec::new();
    for (number, here) in level.pages().into_iter().enumerate().rev() {
        let Some(entry) = plan.entry(here) else { continue };
        let (layout, size_lg2, cubes) = (here.layout, here.size_lg2, &here.layout.matches.0);
        let when = if number == 0 { Test::always() } else { Test::tell(cubes, &asked) };
        asked.extend_from_slice(cubes);
        shapes.push(Shape { number, layout, size_lg2, entry, address: PageAddress::new(layout), when });
    }
    shapes
}

/// Where a page holds its address: the bits of the entry, those together that stand equally far below where they belong.
#[derive(PartialEq)]
struct PageAddress(Vec<(u128, i64)>);

impl PageAddress {
    fn new(layout: &Layout) -> Self {
        let mut parts: Vec<(u128, i64)> = Vec::new();
        for (bits, output) in layout.address_fields(Target::Page) {
            let up = i64::from(output.low) - i64::from(bits.low);
            match parts.iter_mut().find(|(_, other)| *other == up) {
                Some((mask, _)) => *mask |= bits.mask(),
                None => parts.push((bits.mask(), up)),
            }
        }
        Self(parts)
    }

    /// How far all bits stand below where they belong, if they follow each other.
    fn one_run(&self) -> Option<i64> {
        match self.0.as_slice() {
            [(mask, up)] if is_one_run(*mask) => Some(*up),
            _ => None,
        }
    }

    /// Whether what makes an address of the one higher by some bytes does so with the other too.
    fn advances_like(&self, other: &Self) -> bool {
        match (self.one_run(), other.one_run()) {
            (Some(own), Some(other)) => own == other,
            _ => self == other,
        }
    }
}

fn is_one_run(mask: u128) -> bool {
    mask != 0 && (mask >> mask.trailing_zeros()).wrapping_add(1).is_power_of_two() || mask == u128::MAX
}

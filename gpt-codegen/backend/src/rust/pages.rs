//! The pages at a level: their sizes, and which words have which.

use gpt_language::model::{Cube, Layout, Target};

use super::expression::test;
use super::logic::Test;
use super::names::ident;
use super::plan::{KindHere, LevelPlan, Plan};
use super::rows::section;

/// The section `pages`; nothing where a level has none.
pub(super) fn text(plan: &Plan<'_>, level: &LevelPlan<'_>) -> String {
    let held = |here: &KindHere<'_>| plan.entry(here).map(|entry| entry.rows);
    let address = |here: &KindHere<'_>| PageAddress::new(here.layout);
    let own = |here: &KindHere<'_>| plan.entry(here).map_or("", |entry| entry.name.as_str());
    let names = |here: &KindHere<'_>| {
        let holder = held(here).and_then(|rows| plan.holder(rows)).map_or("", |entry| entry.name.as_str());
        format!("as {} by {}", ident(holder), ident(own(here)))
    };
    let Some(first) = level.pages().next() else { return String::new() };
    let same = level.pages().all(|here| held(here) == held(first) && address(here).advances_like(&address(first)));
    let rows = shapes(level).into_iter().map(|(number, here, when)| {
        let size = plan.format.page_lg2(here.layout);
        let run = here
            .layout
            .run
            .map_or(String::new(), |run| format!(" by {}{}", run.items_lg2, if run.own_address { " own" } else { "" }));
        let names = if same { String::new() } else { format!(", {}", names(here)) };
        format!("{number} {} {size}{run}, {}{names}", ident(own(here)), test(&when))
    });
    let head = if same { format!("pages {}", names(first)) } else { "pages".to_owned() };
    section(&head, rows)
}

/// The shapes by their numbers, each with when a page has it if it has none before: the smallest page is the most
/// common one.
fn shapes<'l, 'f>(level: &'l LevelPlan<'f>) -> Vec<(usize, &'l KindHere<'f>, Test)> {
    let mut asked: Vec<Cube> = Vec::new();
    let pages: Vec<(usize, &KindHere<'_>)> = level.pages().enumerate().collect();
    let shapes = pages.into_iter().rev().map(|(number, here)| {
        let when = if number == 0 { Test::always() } else { Test::tell(&here.layout.matches.0, &asked) };
        asked.extend(&here.layout.matches.0);
        (number, here, when)
    });
    shapes.collect()
}

/// Where a page holds its address: the bits of the entry, those together that stand equally far below where they belong.
#[derive(PartialEq, Eq)]
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

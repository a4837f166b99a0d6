//! What a description says of addresses and pages, below one root: brute force over the model.

use gpt_codegen::Checked;
use gpt_codegen::model::{Class, Layout, LevelId, Replace, Target};

/// The pages of one size at a level.
#[derive(Clone, Debug)]
pub struct PageKind {
    /// Their level.
    pub level: LevelId,
    /// The names of their kinds; several where the memory they lead to makes a difference.
    pub names: Vec<String>,
    /// How many bytes one has, as a power of two.
    pub size_lg2: u32,
    /// Output addresses of all kinds are below two to the power of this.
    pub reach_bits: u32,
    /// How many items one has, as a power of two.
    pub items_lg2: u32,
    /// Whether smaller pages can take its place.
    pub splits: bool,
}

/// A format below one of its roots.
#[derive(Clone, Debug)]
pub struct Facts {
    /// The format.
    pub checked: Checked,
    /// The level at which walks start.
    pub root: LevelId,
    /// The pages that can be reached, the largest first. Where an entry leads either to a table of one size of pages or to
    /// one of another, these are of the smallest size only: who maps has to decide for one.
    pub pages: Vec<PageKind>,
    /// Their sizes, as a mask.
    pub sizes: u64,
    /// Whether there are entries that lead either to one level or to another.
    pub decides: bool,
    /// The first and the last address of each part of the input space: two parts where the upper bits repeat one.
    pub halves: Vec<(u64, u64)>,
    /// The smallest page of the format, as a power of two of bytes.
    pub smallest_lg2: u32,
    /// Where tables begin and end: the sizes that the levels above the last cover, as powers of two.
    pub boundaries_lg2: Vec<u32>,
}

/// The bits below `bits`.
fn low_mask(bits: u32) -> u64 {
    if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
}

impl Facts {
    /// The facts below the root with this place among the format's.
    pub fn new(checked: Checked, root: usize) -> Self {
        let format = checked.format();
        let root = format.roots[root];
        let reached = reached(&checked, root);
        let all_reached = all_reached(&checked, root);
        let all = || format.kinds.iter().filter(|kind| kind.class == Class::Page);
        let sizes = all().flat_map(|kind| kind.layouts.iter().map(|layout| format.page_lg2(layout)));
        let smallest_lg2 = sizes.min().unwrap();
        let here = all().flat_map(|kind| kind.layouts.iter().map(move |layout| (kind, layout)));
        let mut pages: Vec<PageKind> = here
            .filter(|(_, layout)| reached.contains(&layout.level))
            .map(|(kind, layout)| PageKind {
                level: layout.level,
                names: vec![kind.name.clone()],
                size_lg2: format.page_lg2(layout),
                reach_bits: reach(layout).min(format.output.bits),
                items_lg2: layout.run.map_or(0, |run| run.items_lg2),
                splits: splits(&checked, layout),
            })
            .collect();
        pages.sort_by_key(|page| std::cmp::Reverse((page.size_lg2, page.level)));
        pages.dedup_by(|next, first| {
            let same = (next.level, next.size_lg2) == (first.level, first.size_lg2);
            if same {
                first.names.append(&mut next.names);
                first.reach_bits = first.reach_bits.min(next.reach_bits);
            }
            same
        });
        let sizes = pages.iter().fold(0, |sizes, page| sizes | 1 << page.size_lg2);
        let decides = all_reached.len() > reached.len();
        let bits = format.input.bits.min(format.level(root).index.high + 1);
        let halves = if format.input.sign_extended {
            vec![(0, low_mask(bits - 1)), (!low_mask(bits - 1), u64::MAX)]
        } else {
            vec![(0, low_mask(bits))]
        };
        let mut boundaries_lg2: Vec<u32> = reached.iter().map(|level| format.level(*level).index.low).collect();
        boundaries_lg2.sort_unstable();
        boundaries_lg2.dedup();
        Self { checked, root, pages, sizes, decides, halves, smallest_lg2, boundaries_lg2 }
    }

    /// The size of the page that fits best at the start of a range, where all is absent: the largest that is wanted,
    /// aligned, not too long and within reach.
    pub fn best_lg2(&self, va: u64, last: u64, oa: u64, sizes: u64) -> Option<u32> {
        let fits = |page: &&PageKind| {
            let mask = low_mask(page.size_lg2);
            let wanted = sizes >> page.size_lg2 & 1 == 1;
            let in_reach = oa.checked_add(mask).is_some_and(|end| end <= low_mask(page.reach_bits));
            wanted && (va | oa) & mask == 0 && last - va >= mask && in_reach
        };
        self.pages.iter().filter(fits).map(|page| page.size_lg2).max()
    }

    /// The kind of page with this size at this level.
    pub fn page(&self, level: LevelId, size_lg2: u32) -> &PageKind {
        let found = self.pages.iter().find(|page| page.level == level && page.size_lg2 == size_lg2);
        found.expect("a kind of page that the format has")
    }

    /// One of the kinds of the smallest page.
    pub fn smallest(&self) -> &PageKind {
        self.pages.last().expect("pages below every root")
    }

    /// Output addresses that pages of all sizes can have are below this, less one.
    pub fn common_oa_last(&self) -> u64 {
        low_mask(self.pages.iter().map(|page| page.reach_bits).min().unwrap_or(0))
    }

    /// Whether a live entry may be replaced by another.
    pub fn in_place(&self) -> bool {
        self.checked.format().maintenance.replace == Replace::InPlace
    }

    /// Whether there are entries that lead to several tables at once.
    pub fn pairs(&self) -> bool {
        let kinds = &self.checked.format().kinds;
        kinds.iter().flat_map(|kind| &kind.layouts).any(|layout| layout.children.len() > 1)
    }

    /// Whether an address is below the root.
    pub fn is_input(&self, va: u64) -> bool {
        self.halves.iter().any(|(first, last)| (*first..=*last).contains(&va))
    }
}

/// The levels at and below a root.
fn all_reached(checked: &Checked, root: LevelId) -> Vec<LevelId> {
    closure(root, |level| {
        checked.format().layouts_at(level).flat_map(|(_, layout)| &layout.children).map(|it| it.level).collect()
    })
}

/// The levels at and below a root, where each entry leads to the tables with the smallest pages: of several kinds of table
/// entries only one is made.
fn reached(checked: &Checked, root: LevelId) -> Vec<LevelId> {
    let format = checked.format();
    let smallest = |layout: &Layout| {
        let below: Vec<LevelId> = layout.children.iter().flat_map(|child| all_reached(checked, child.level)).collect();
        let pages = format.kinds.iter().filter(|kind| kind.class == Class::Page).flat_map(|kind| &kind.layouts);
        pages.filter(|page| below.contains(&page.level)).map(|page| format.page_lg2(page)).min()
    };
    closure(root, |level| {
        let tables = format.layouts_at(level).filter(|(_, layout)| !layout.children.is_empty());
        let made = tables.min_by_key(|(_, layout)| smallest(layout));
        made.iter().flat_map(|(_, layout)| layout.children.iter().map(|child| child.level)).collect()
    })
}

/// A level, and all that can be reached by steps.
fn closure(root: LevelId, step: impl Fn(LevelId) -> Vec<LevelId>) -> Vec<LevelId> {
    let mut found = vec![root];
    let mut next = 0;
    while let Some(level) = found.get(next).copied() {
        for child in step(level) {
            if !found.contains(&child) {
                found.push(child);
            }
        }
        next += 1;
    }
    found
}

/// Output addresses of pages with this layout are below two to the power of this.
fn reach(layout: &Layout) -> u32 {
    let held = layout.address_fields(Target::Page).fold(0, |mask, (_, output)| mask | output.mask());
    layout.reach_bits.min(128 - held.leading_zeros()).min(64)
}

/// Whether there are smaller pages that can take the place of a page with this layout: single items where it has
/// several, a table with smaller pages where it has one.
fn splits(checked: &Checked, layout: &Layout) -> bool {
    let format = checked.format();
    let size = |page: &Layout| format.page_lg2(page);
    let mut here = format.layouts_at(layout.level);
    if layout.run.is_some() {
        return here.any(|(kind, other)| kind.class == Class::Page && other.run.is_none());
    }
    let below = here.flat_map(|(_, table)| &table.children).flat_map(|child| all_reached(checked, child.level));
    let pages: Vec<LevelId> = below.collect();
    let mut smaller = format.kinds.iter().filter(|kind| kind.class == Class::Page).flat_map(|kind| &kind.layouts);
    smaller.any(|page| pages.contains(&page.level) && size(page) < size(layout))
}

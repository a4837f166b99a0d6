//! What a module is made of: entry types, attributes and levels, with the names that they have in it.

use gpt_language::model::{Class, Format, Kind, Layout, Level, LevelId};

use super::attributes::{Attribute, Rows, all_of};
use super::codes::CodeType;
use super::comment::Comments;
use super::names::{Names, camel, snake};
use super::tables::Tables;

/// Everything that is emitted for a format, named.
pub(super) struct Plan<'f> {
    pub(super) format: &'f Format,
    pub(super) comments: Comments,
    /// The name of the format's own type.
    pub(super) name: String,
    /// One for each table of codes that a row uses, by its place in the format.
    pub(super) codes: Vec<Option<CodeType>>,
    /// What pages say.
    pub(super) attributes: Vec<Attribute>,
    /// What each special kind says.
    pub(super) specials: Vec<Special<'f>>,
    /// The layouts that are types of their own.
    pub(super) entries: Vec<Entry<'f>>,
    /// The ways in which pages hold their attributes.
    pub(super) rows: Vec<Rows>,
    pub(super) levels: Vec<LevelPlan<'f>>,
    /// What table entries say.
    pub(super) tables: Tables,
}

/// A kind of entry that has one layout wherever it occurs, or one of its layouts.
pub(super) struct Entry<'f> {
    pub(super) name: String,
    pub(super) kind: &'f Kind,
    pub(super) layout: &'f Layout,
    pub(super) entry_bits: u32,
    /// Where it has this layout.
    pub(super) levels: Vec<LevelId>,
    /// For a page, its place in [`Plan::rows`].
    pub(super) rows: usize,
}

/// A kind that does not translate but says something.
pub(super) struct Special<'f> {
    pub(super) name: String,
    pub(super) kind: &'f Kind,
    pub(super) attributes: Vec<Attribute>,
}

/// A level.
pub(super) struct LevelPlan<'f> {
    pub(super) id: LevelId,
    pub(super) level: &'f Level,
    /// The name of its type.
    pub(super) name: String,
    /// The name of the type of what an entry can be.
    pub(super) decoded: String,
    /// The kinds here, in the order written.
    pub(super) kinds: Vec<KindHere<'f>>,
    /// The pages here by their place in `kinds`, the largest first.
    pub(super) pages: Vec<usize>,
    /// The children: the place of the table in `kinds`, and the place among its children.
    pub(super) children: Vec<(usize, usize)>,
}

/// A kind of entry at a level.
pub(super) struct KindHere<'f> {
    pub(super) kind: &'f Kind,
    pub(super) layout: &'f Layout,
    /// The place of its type in [`Plan::entries`].
    pub(super) entry: usize,
    /// What the kind is called in the type of what an entry can be.
    pub(super) variant: String,
}

impl<'f> Plan<'f> {
    pub(super) fn new(format: &'f Format, comments: Comments) -> Self {
        let mut names = Names::of_module();
        let name = names.distinct(camel(&format.name));
        let level_names: Vec<String> = format.levels.iter().map(|level| names.distinct(camel(&level.name))).collect();
        let codes = CodeType::all(format, &mut names);
        let attributes = all_of(format, pages(format));
        let mut entries = Vec::new();
        for kind in &format.kinds {
            let first = entries.len();
            for layout in &kind.layouts {
                let entry_bits = format.level(layout.level).entry_bits;
                let same = |entry: &&mut Entry<'_>| entry.entry_bits == entry_bits && alike(entry.layout, layout);
                match entries.iter_mut().skip(first).find(same) {
                    Some(entry) => entry.levels.push(layout.level),
                    None => entries.push(Entry {
                        name: String::new(),
                        kind,
                        layout,
                        entry_bits,
                        levels: vec![layout.level],
                        rows: 0,
                    }),
                }
            }
            let several = entries.len() - first > 1;
            for entry in entries.iter_mut().skip(first) {
                let at = level_names.get(entry.layout.level.0).filter(|_| several).map_or("", String::as_str);
                entry.name = names.distinct(format!("{}{at}", camel(&kind.name)));
            }
        }
        let mut rows: Vec<Rows> = Vec::new();
        for entry in entries.iter_mut().filter(|entry| entry.kind.class == Class::Page) {
            let own = Rows::new(snake(&entry.kind.name), entry.layout, entry.entry_bits, &attributes);
            entry.rows = rows.iter().position(|rows| rows.same(&own)).unwrap_or(rows.len());
            if entry.rows == rows.len() {
                rows.push(own);
            }
            if let Some(rows) = rows.get_mut(entry.rows).filter(|rows| !rows.kinds.contains(&entry.kind.name)) {
                rows.kinds.push(entry.kind.name.clone());
            }
        }
        let mut method_names = Names::reserve(&[]);
        for rows in &mut rows {
            rows.name = method_names.distinct(std::mem::take(&mut rows.name));
        }
        let levels = level_plans(format, &entries, level_names, &mut names);
        let (specials, tables) = (specials(format), Tables::new(format));
        Self { format, comments, name, codes, attributes, specials, entries, rows, levels, tables }
    }

    /// The type that says how pages hold their attributes in the way with this place in [`Plan::rows`].
    pub(super) fn holder(&self, rows: usize) -> Option<&Entry<'f>> {
        self.entries.iter().find(|entry| entry.kind.class == Class::Page && entry.rows == rows)
    }

    /// The type of an entry of this kind.
    pub(super) fn entry(&self, here: &KindHere<'_>) -> Option<&Entry<'f>> {
        self.entries.get(here.entry)
    }
}

impl<'f> LevelPlan<'f> {
    /// The pages, the largest first.
    pub(super) fn pages(&self) -> impl Iterator<Item = &KindHere<'f>> {
        self.pages.iter().filter_map(|place| self.kinds.get(*place))
    }

    /// The children: the table entry, and the place among its children.
    pub(super) fn children(&self) -> impl Iterator<Item = (&KindHere<'f>, usize)> {
        self.children.iter().filter_map(|(kind, place)| Some((self.kinds.get(*kind)?, *place)))
    }
}

/// Whether two layouts of a kind are the same but for their level and for where their tables are.
fn alike(one: &Layout, other: &Layout) -> bool {
    one.fields == other.fields
        && one.matches == other.matches
        && one.reach_bits == other.reach_bits
        && one.children.iter().map(|child| &child.present).eq(other.children.iter().map(|child| &child.present))
}

fn pages(format: &Format) -> impl Iterator<Item = &Layout> {
    let pages = format.kinds.iter().filter(|kind| kind.class == Class::Page);
    pages.flat_map(|kind| &kind.layouts)
}

fn specials(format: &Format) -> Vec<Special<'_>> {
    let mut names = Names::reserve(&["Self"]);
    let specials = format.kinds.iter().filter(|kind| kind.class == Class::Special);
    specials
        .map(|kind| {
            let attributes = all_of(format, kind.layouts.iter());
            Special { name: names.distinct(camel(&kind.name)), kind, attributes }
        })
        .collect()
}

fn level_plans<'f>(
    format: &'f Format,
    entries: &[Entry<'f>],
    level_names: Vec<String>,
    names: &mut Names,
) -> Vec<LevelPlan<'f>> {
    let mut plans = Vec::new();
    for ((number, level), name) in format.levels.iter().enumerate().zip(level_names) {
        let id = LevelId(number);
        let mut variants = Names::reserve(&["Self", "Malformed"]);
        let mut kinds = Vec::new();
        for (kind, layout) in format.layouts_at(id) {
            let own = |entry: &Entry<'_>| entry.kind.name == kind.name && entry.levels.contains(&id);
            if let Some(entry) = entries.iter().position(own) {
                kinds.push(KindHere { kind, layout, entry, variant: variants.distinct(camel(&kind.name)) });
            }
        }
        let places = |class: Class| {
            let of_class = move |(_, here): &(usize, &KindHere<'_>)| here.kind.class == class;
            kinds.iter().enumerate().filter(of_class)
        };
        let mut pages: Vec<(usize, u32)> =
            places(Class::Page).map(|(place, here)| (place, format.page_lg2(here.layout))).collect();
        pages.sort_by_key(|(_, size_lg2)| std::cmp::Reverse(*size_lg2));
        let children = places(Class::Table)
            .flat_map(|(place, here)| (0..here.layout.children.len()).map(move |child| (place, child)))
            .collect();
        let pages = pages.into_iter().map(|(place, _)| place).collect();
        let decoded = names.distinct(format!("{name}Entry"));
        plans.push(LevelPlan { id, level, name, decoded, kinds, pages, children });
    }
    plans
}

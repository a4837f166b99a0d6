//! What a module is made of: entry types, attributes and levels, with the names that they have in it.

use gpt_language::model::{Class, CodesId, Format, Kind, Layout, Level, LevelId};

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
}

/// A kind of entry at a level.
pub(super) struct KindHere<'f> {
    pub(super) kind: &'f Kind,
    pub(super) layout: &'f Layout,
    /// The place of its type in [`Plan::entries`].
    pub(super) entry: usize,
    /// What the kind is called in the type of what an entry can be.
    pub(super) variant: String,
    /// How much input address space an entry covers, as a power of two.
    pub(super) size_lg2: u32,
}

impl<'f> Plan<'f> {
    pub(super) fn new(format: &'f Format, comments: Comments) -> Self {
        let mut names = Names::of_module();
        let name = names.distinct(camel(&format.name));
        let mut level_names = Vec::new();
        for level in &format.levels {
            level_names.push(names.distinct(camel(&level.name)));
        }
        let codes = CodeType::all(format, &mut names);
        let attributes = all_of(format, &layouts_of(format, Class::Page));
        let mut entries = Vec::new();
        for kind in &format.kinds {
            let mut own = own_types(format, kind);
            let several = own.len() > 1;
            for entry in &mut own {
                let mut name = camel(&kind.name);
                if several && let Some(level) = level_names.get(entry.layout.level.0) {
                    name.push_str(level);
                }
                entry.name = names.distinct(name);
            }
            entries.append(&mut own);
        }
        let rows = page_rows(&mut entries, &attributes);
        let levels = level_plans(format, &entries, &level_names, &mut names);
        let (specials, tables) = (specials(format), Tables::new(format));
        Self { format, comments, name, codes, attributes, specials, entries, rows, levels, tables }
    }

    /// The name of the type that says how pages hold their attributes in the way with this place in [`Plan::rows`].
    pub(super) fn holder(&self, rows: usize) -> &str {
        for entry in &self.entries {
            if entry.kind.class == Class::Page && entry.rows == rows {
                return &entry.name;
            }
        }
        ""
    }

    /// The type of a table of codes, if a row uses it.
    pub(super) fn code(&self, id: CodesId) -> Option<&CodeType> {
        match self.codes.get(id.0) {
            Some(Some(code)) => Some(code),
            _ => None,
        }
    }

    /// The type of an entry of this kind.
    pub(super) fn entry(&self, here: &KindHere<'_>) -> Option<&Entry<'f>> {
        self.entries.get(here.entry)
    }
}

impl<'f> LevelPlan<'f> {
    /// The pages, the largest first.
    pub(super) fn pages(&self) -> Vec<&KindHere<'f>> {
        let mut pages: Vec<&KindHere<'f>> = Vec::new();
        for here in &self.kinds {
            if here.kind.class == Class::Page {
                let place = pages.partition_point(|page| page.size_lg2 >= here.size_lg2);
                pages.insert(place, here);
            }
        }
        pages
    }

    /// The children: the table entry, and the place among its children.
    pub(super) fn children(&self) -> Vec<(&KindHere<'f>, usize)> {
        let mut children = Vec::new();
        for here in &self.kinds {
            if here.kind.class == Class::Table {
                for place in 0..here.layout.children.len() {
                    children.push((here, place));
                }
            }
        }
        children
    }
}

/// The types of the entries of a kind, without names: one for layouts that are alike.
fn own_types<'f>(format: &'f Format, kind: &'f Kind) -> Vec<Entry<'f>> {
    let mut own: Vec<Entry<'f>> = Vec::new();
    for layout in &kind.layouts {
        let entry_bits = format.level(layout.level).entry_bits;
        match own.iter_mut().find(|entry| entry.entry_bits == entry_bits && alike(entry.layout, layout)) {
            Some(entry) => entry.levels.push(layout.level),
            None => {
                let levels = vec![layout.level];
                own.push(Entry { name: String::new(), kind, layout, entry_bits, levels, rows: 0 });
            }
        }
    }
    own
}

/// Whether two layouts of a kind are the same but for their level and for where their tables are.
fn alike(one: &Layout, other: &Layout) -> bool {
    if one.children.len() != other.children.len() {
        return false;
    }
    for (place, child) in one.children.iter().enumerate() {
        if other.children.get(place).is_none_or(|other| other.present != child.present) {
            return false;
        }
    }
    one.fields == other.fields && one.matches == other.matches && one.reach_bits == other.reach_bits
}

/// The ways in which pages hold their attributes; tells each page which is its own.
fn page_rows(entries: &mut [Entry<'_>], attributes: &[Attribute]) -> Vec<Rows> {
    let mut all: Vec<Rows> = Vec::new();
    for entry in entries {
        if entry.kind.class != Class::Page {
            continue;
        }
        let kind = &entry.kind.name;
        let own = Rows::new(snake(kind), entry.layout, entry.entry_bits, attributes);
        entry.rows = all.len();
        for (place, rows) in all.iter_mut().enumerate() {
            if rows.same(&own) {
                entry.rows = place;
                if !rows.kinds.contains(kind) {
                    rows.kinds.push(kind.clone());
                }
            }
        }
        if entry.rows == all.len() {
            all.push(Rows { kinds: vec![kind.clone()], ..own });
        }
    }
    let mut names = Names::reserve(&[]);
    for rows in &mut all {
        rows.name = names.distinct(std::mem::take(&mut rows.name));
    }
    all
}

/// The layouts of all kinds of a class.
pub(super) fn layouts_of(format: &Format, class: Class) -> Vec<&Layout> {
    let mut layouts = Vec::new();
    for kind in &format.kinds {
        if kind.class == class {
            for layout in &kind.layouts {
                layouts.push(layout);
            }
        }
    }
    layouts
}

fn specials(format: &Format) -> Vec<Special<'_>> {
    let mut names = Names::reserve(&["Self"]);
    let mut specials = Vec::new();
    for kind in &format.kinds {
        if kind.class == Class::Special {
            let mut layouts = Vec::new();
            for layout in &kind.layouts {
                layouts.push(layout);
            }
            let attributes = all_of(format, &layouts);
            specials.push(Special { name: names.distinct(camel(&kind.name)), kind, attributes });
        }
    }
    specials
}

fn level_plans<'f>(
    format: &'f Format,
    entries: &[Entry<'f>],
    level_names: &[String],
    names: &mut Names,
) -> Vec<LevelPlan<'f>> {
    let mut plans = Vec::new();
    for (number, level) in format.levels.iter().enumerate() {
        let (id, name) = (LevelId(number), level_names.get(number).cloned().unwrap_or_default());
        let mut variants = Names::reserve(&["Self", "Malformed"]);
        let mut kinds = Vec::new();
        for (entry, of) in entries.iter().enumerate() {
            if !of.levels.contains(&id) {
                continue;
            }
            let Some(layout) = of.kind.layout_at(id) else { continue };
            let (variant, size_lg2) = (variants.distinct(camel(&of.kind.name)), format.page_lg2(layout));
            kinds.push(KindHere { kind: of.kind, layout, entry, variant, size_lg2 });
        }
        let decoded = names.distinct(format!("{name}Entry"));
        plans.push(LevelPlan { id, level, name, decoded, kinds });
    }
    plans
}

//! The kinds of entries and their layouts.

use std::collections::{BTreeMap, HashSet};

use super::conditions::Fields;
use super::like::Chain;
use super::rows::Rows;
use super::{Found, Names, sized};
use crate::diagnostic::Diagnostic;
use crate::model::{Child, Class, Condition, Cube, Field, Kind, Layout, LevelId, Role, Run, Target};
use crate::span::Span;
use crate::syntax::Description;
use crate::syntax::description::{Entry, Spanned};
use crate::syntax::row::{self, Row};
use crate::syntax::suggest::{instead, quote};

/// How many fields all layouts together may have.
const MOST_FIELDS: usize = 16_384;

/// The kinds in the order written, and which of them have parts that were not understood.
pub(super) fn kinds(description: &Description, names: &Names<'_>, found: &mut Found) -> (Vec<Kind>, HashSet<usize>) {
    let clear = !description.unclear.contains("entries");
    let entries = present(description.entries.as_deref().unwrap_or_default(), clear, found);
    let (mut kinds, mut broken, mut fields) = (Vec::new(), HashSet::new(), 0);
    for entry in entries.iter().copied() {
        let mut lowering =
            Lowering { entry, chain: Chain::of(entry, &entries, clear, found), names, found, clear: true };
        lowering.own_rows();
        lowering.row_levels();
        let levels = lowering.levels();
        let class = lowering.class();
        let mut layouts = Vec::new();
        for (level, span) in levels {
            if fields > MOST_FIELDS {
                let message = format!("all layouts together have more than {MOST_FIELDS} rows");
                lowering.found.push(Diagnostic::new("E0007", entry.name.span, message));
                lowering.clear = false;
                break;
            }
            let layout = lowering.layout(level, span, description.pa.map_or(128, |pa| pa.bits.value));
            fields += layout.fields.len();
            layouts.push(layout);
        }
        lowering.unused_present(&layouts);
        let by_size = lowering.by_size(&layouts);
        let whole = lowering.clear && lowering.chain.clear;
        let kind = |name: String, layouts| Kind { name, class, layouts, span: entry.name.span };
        let name = &entry.name.value;
        let made = match by_size {
            None => vec![kind(name.clone(), layouts)],
            Some(sizes) => {
                let name = |page_lg2: u32| format!("{name}-{}", sized::suffix(page_lg2));
                sizes.into_iter().map(|(page_lg2, layouts)| kind(name(page_lg2), layouts)).collect()
            }
        };
        if !whole {
            broken.extend(kinds.len()..kinds.len() + made.len());
        }
        kinds.extend(made);
    }
    (kinds, broken)
}

/// The kinds that are not taken out again. Says which of those that are taken out were never there.
fn present<'a>(entries: &'a [Entry], clear: bool, found: &mut Found) -> Vec<&'a Entry> {
    let kept: Vec<&Entry> = entries.iter().filter(|entry| !entry.none).collect();
    for entry in entries.iter().filter(|entry| entry.none && entry.base.is_none() && clear) {
        let name = &entry.name;
        let known: Vec<&str> = kept.iter().map(|other| other.name.value.as_str()).collect();
        let message = format!("there is no kind of entry called {} to take out", quote(&name.value));
        found.push(Diagnostic::new("E0116", name.span, message).help(instead(&name.value, &known)));
    }
    kept
}

/// One kind that is being lowered.
struct Lowering<'a, 'b> {
    entry: &'a Entry,
    chain: Chain<'a>,
    names: &'a Names<'a>,
    found: &'b mut Found,
    clear: bool,
}

impl Lowering<'_, '_> {
    /// The levels at which the kind occurs, in the order of the levels, each once.
    fn levels(&mut self) -> Vec<(LevelId, Span)> {
        let Some(at) = &self.entry.at else {
            if !self.entry.unclear {
                let message = format!("{} does not say at which levels it occurs", quote(&self.entry.name.value));
                let help = "write the levels, as in `at: [DIR, TAB]`";
                self.found.push(Diagnostic::new("E0006", self.entry.name.span, message).help(help));
            }
            self.clear = false;
            return Vec::new();
        };
        let mut levels: Vec<(LevelId, Span)> = Vec::new();
        for name in at {
            match self.names.level(name, self.found) {
                Some(level) if levels.iter().any(|(other, _)| *other == level) => {
                    let message = format!("{} is given twice", quote(&name.value));
                    self.found.push(Diagnostic::new("E0106", name.span, message).help("take one out"));
                }
                Some(level) => {
                    let place = levels.partition_point(|(other, _)| *other < level);
                    levels.insert(place, (level, name.span));
                }
                None => self.clear = false,
            }
        }
        levels
    }

    /// Says what is wrong with the own rows, wherever they hold.
    fn own_rows(&mut self) {
        let mut rows = Rows { names: self.names, found: self.found, level: None, children: Vec::new(), clear: true };
        for row in &self.entry.rows {
            rows.field(row);
        }
    }

    /// Says which of the own rows name a level at which the kind does not occur.
    fn row_levels(&mut self) {
        let Some(at) = &self.entry.at else { return };
        for level in self.entry.rows.iter().flat_map(|row| &row.levels) {
            if self.names.level(level, self.found).is_none() {
                self.clear = false;
            } else if !at.iter().any(|other| other.value == level.value) {
                let message = format!("{} does not occur at {}", quote(&self.entry.name.value), quote(&level.value));
                self.found.push(
                    Diagnostic::new("E0113", level.span, message)
                        .help("write one of the levels in `at:`, or add this one there"),
                );
                self.clear = false;
            }
        }
    }

    /// What the kind is, as written or as its rows say.
    fn class(&self) -> Class {
        let has = |wanted: fn(&row::Role) -> bool| self.chain.rows().any(|row| wanted(&row.role));
        self.entry.is.unwrap_or_else(|| {
            if has(|role| matches!(role, row::Role::Page { .. })) {
                Class::Page
            } else if has(|role| matches!(role, row::Role::Table { .. })) {
                Class::Table
            } else if self.entry.name.value == "absent" {
                Class::Absent
            } else {
                Class::Special
            }
        })
    }

    fn layout(&mut self, level: LevelId, span: Span, pa_bits: u32) -> Layout {
        let name = self.names.levels.get(level.0).map_or("", |level| level.name.as_str());
        let written: Vec<&Row> = self.chain.rows_at(name);
        let mut rows =
            Rows { names: self.names, found: self.found, level: Some(level), children: Vec::new(), clear: true };
        let mut fields: Vec<Field> = written.into_iter().filter_map(|row| rows.field(row)).collect();
        let (mut children, clear) = (rows.children, rows.clear);
        self.clear &= clear;
        self.order_children(&mut children, &mut fields);
        let matches = self.matches(&fields, name);
        Layout {
            level,
            matches,
            run: self.entry.run.map(|run| Run {
                items_lg2: run.items.value.ilog2(),
                own_address: run.own_address,
                span: run.span,
            }),
            children: self.children(&children, &fields, name),
            reach_bits: self.entry.reach.map_or(pa_bits, |reach| reach.bits.value),
            fields,
            span,
        }
    }

    /// Puts children into the order in which `present:` names them, which says which goes before the other.
    fn order_children(&self, children: &mut [LevelId], fields: &mut [Field]) {
        let before = children.to_vec();
        children.sort_by_key(|child| {
            let name = self.names.levels.get(child.0).map(|level| &level.name);
            self.entry.present.iter().position(|(key, _)| Some(&key.value) == name).unwrap_or(usize::MAX)
        });
        for field in fields {
            if let Role::Address { target: Target::Table(place), .. } = &mut field.role
                && let Some(level) = before.get(*place)
                && let Some(new) = children.iter().position(|child| child == level)
            {
                *place = new;
            }
        }
    }

    /// The layouts by the size of their pages, as a power of two, where an address row is `sized` and understood.
    fn by_size(&mut self, layouts: &[Layout]) -> Option<BTreeMap<u32, Vec<Layout>>> {
        let mut by_size: Option<BTreeMap<u32, Vec<Layout>>> = None;
        let before = self.clear;
        for layout in layouts {
            let Some(level) = self.names.levels.get(layout.level.0) else { continue };
            let sized = self.chain.rows_at(&level.name).into_iter().find_map(|row| match row.role {
                row::Role::Page { sized: Some(word), .. } => Some((row.span, word)),
                _ => None,
            });
            let Some((row, word)) = sized else { continue };
            let by_size = by_size.get_or_insert_default();
            let sizes = match &layout.run {
                Some(run) => {
                    Err(Diagnostic::new("E0117", run.span, "both `sized` and `run:` say how many items a page has")
                        .and(word, "says it too")
                        .help("take `run:` out, or `sized` if there is one size only"))
                }
                None => sized::sizes(layout, level, row, word),
            };
            for size in sizes.unwrap_or_else(|diagnostic| {
                self.found.push(diagnostic);
                self.clear = false;
                Vec::new()
            }) {
                let matches = self.matches(&size.layout.fields, &level.name);
                by_size.entry(size.page_lg2).or_default().push(Layout { matches, ..size.layout });
            }
        }
        by_size.filter(|_| self.clear || !before)
    }

    /// The words that have the constants and fulfil `when:`.
    fn matches(&mut self, fields: &[Field], level: &str) -> Condition {
        let constants = fields.iter().fold(Cube::ANY, |cube, field| match field.role {
            Role::Constant(value) => {
                Cube { mask: cube.mask | field.bits.mask(), value: field.bits.set(cube.value, value) }
            }
            _ => cube,
        });
        let constants = Condition(vec![constants]);
        let Some(when) = &self.entry.when else { return constants };
        let Some(condition) = self.condition(when, fields, level) else { return constants };
        constants.and(&condition).unwrap_or(constants)
    }

    /// A condition on the fields, unless something in it, or some field, is not understood.
    fn condition(
        &mut self,
        given: &Spanned<crate::syntax::condition::Expression>,
        fields: &[Field],
        level: &str,
    ) -> Option<Condition> {
        let names = Fields { fields, level, span: given.span };
        match names.condition(&given.value, true) {
            Ok(condition) => Some(condition),
            Err(diagnostic) => {
                if diagnostic.code != "E0105" || (self.clear && self.chain.clear) {
                    self.found.push(diagnostic);
                }
                self.clear = false;
                None
            }
        }
    }

    /// The children of a layout, each with the condition of its presence.
    fn children(&mut self, levels: &[LevelId], fields: &[Field], at: &str) -> Vec<Child> {
        let mut children = Vec::new();
        for level in levels {
            let name = self.names.levels.get(level.0).map_or("", |level| level.name.as_str());
            let given = self.entry.present.iter().find(|(key, _)| key.value == name);
            let present = match given {
                Some((_, condition)) if levels.len() > 1 => self.condition(condition, fields, at),
                _ => None,
            };
            children.push(Child { level: *level, present: present.unwrap_or_else(Condition::always) });
        }
        children
    }

    /// Says which keys of `present:` concern no child.
    fn unused_present(&mut self, layouts: &[Layout]) {
        let entry = self.entry;
        for (key, _) in &entry.present {
            let Some(level) = self.names.level(key, self.found) else {
                self.clear = false;
                continue;
            };
            let used = |layout: &Layout| layout.children.iter().any(|child| child.level == level);
            let chosen = |layout: &Layout| used(layout) && layout.children.len() > 1;
            if !self.clear || layouts.iter().any(chosen) {
                continue;
            }
            let (message, help) = if layouts.iter().any(used) {
                (format!("{} is the only table", quote(&key.value)), "write the condition under `when:`")
            } else {
                (
                    format!("no table row leads to {}", quote(&key.value)),
                    "write the name of a level that a table row leads to",
                )
            };
            self.clear = false;
            self.found.push(Diagnostic::new("E0111", key.span, message).help(help));
        }
    }
}

//! The kinds of entries and their layouts.

use super::conditions::Fields;
use super::like::{Chain, kind_names};
use super::rows::Rows;
use super::sized::{self, OfSize, add_size, sized_row};
use super::{Found, Names};
use crate::diagnostic::Diagnostic;
use crate::model::{Child, Class, Condition, Cube, Field, Kind, Layout, LevelId, Role, Run, Target};
use crate::span::Span;
use crate::syntax::Description;
use crate::syntax::condition::Expression;
use crate::syntax::description::{Entry, Spanned};
use crate::syntax::row::names_level;
use crate::syntax::suggest::{instead, quote};

/// How many fields all layouts together may have.
const MOST_FIELDS: usize = 16_384;

/// The kinds in the order written, and the numbers of those that have parts that were not understood.
pub(super) fn kinds(description: &Description, names: &Names<'_>, found: &mut Found) -> (Vec<Kind>, Vec<usize>) {
    let clear = !description.unclear.contains(&"entries");
    let entries = present(description.entries.as_deref().unwrap_or_default(), clear, found);
    let pa_bits = match &description.pa {
        Some(pa) => pa.bits.value,
        None => 128,
    };
    let (mut kinds, mut broken, mut fields) = (Vec::new(), Vec::new(), 0);
    for entry in &entries {
        let mut lowering =
            Lowering { entry, chain: Chain::of(entry, &entries, clear, found), names, found, clear: true };
        lowering.own_rows();
        lowering.row_levels();
        let levels = lowering.levels();
        let class = lowering.class();
        let mut layouts = Vec::new();
        for (level, span) in &levels {
            if fields > MOST_FIELDS {
                let message = format!("all layouts together have more than {MOST_FIELDS} rows");
                lowering.found.push(Diagnostic::new("E0007", entry.name.span, message));
                lowering.clear = false;
                break;
            }
            let layout = lowering.layout(*level, *span, pa_bits);
            fields += layout.fields.len();
            layouts.push(layout);
        }
        lowering.unused_present(&layouts);
        let by_size = lowering.by_size(&layouts);
        let whole = lowering.clear && lowering.chain.clear;
        let before = kinds.len();
        let name = &entry.name.value;
        let kind = |name: String, layouts| Kind { name, class, layouts, span: entry.name.span };
        match by_size {
            None => kinds.push(kind(name.clone(), layouts)),
            Some(sizes) => {
                for of_size in sizes {
                    kinds.push(kind(format!("{name}-{}", sized::suffix(of_size.page_lg2)), of_size.layouts));
                }
            }
        }
        if !whole {
            for number in before..kinds.len() {
                broken.push(number);
            }
        }
    }
    (kinds, broken)
}

/// The kinds that are not taken out again. Says which of those that are taken out were never there.
fn present<'a>(entries: &'a [Entry], clear: bool, found: &mut Found) -> Vec<&'a Entry> {
    let mut kept = Vec::new();
    for entry in entries {
        if !entry.none {
            kept.push(entry);
        }
    }
    for entry in entries {
        if entry.none && entry.base.is_none() && clear {
            let name = &entry.name;
            let message = format!("there is no kind of entry called {} to take out", quote(&name.value));
            let help = instead(&name.value, &kind_names(&kept));
            found.push(Diagnostic::new("E0116", name.span, message).help(help));
        }
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
            let Some(level) = self.names.level(name, self.found) else {
                self.clear = false;
                continue;
            };
            let place = levels.partition_point(|(other, _)| other.0 < level.0);
            if let Some((other, _)) = levels.get(place)
                && *other == level
            {
                let message = format!("{} is given twice", quote(&name.value));
                self.found.push(Diagnostic::new("E0106", name.span, message).help("take one out"));
            } else {
                levels.insert(place, (level, name.span));
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
        for row in &self.entry.rows {
            for level in &row.levels {
                if self.names.level(level, self.found).is_none() {
                    self.clear = false;
                } else if !names_level(at, &level.value) {
                    let (name, level_name) = (quote(&self.entry.name.value), quote(&level.value));
                    self.found.push(
                        Diagnostic::new("E0113", level.span, format!("{name} does not occur at {level_name}"))
                            .help("write one of the levels in `at:`, or add this one there"),
                    );
                    self.clear = false;
                }
            }
        }
    }

    /// What the kind is, as written or as its rows say.
    fn class(&self) -> Class {
        match (self.entry.is, self.chain.class()) {
            (Some(class), _) | (None, Some(class)) => class,
            (None, None) if self.entry.name.value == "absent" => Class::Absent,
            (None, None) => Class::Special,
        }
    }

    fn layout(&mut self, level: LevelId, span: Span, pa_bits: u32) -> Layout {
        let name = self.names.level_name(level);
        let mut rows =
            Rows { names: self.names, found: self.found, level: Some(level), children: Vec::new(), clear: true };
        let mut fields: Vec<Field> = Vec::new();
        for row in &self.chain.rows_at(name) {
            if let Some(field) = rows.field(row) {
                fields.push(field);
            }
        }
        let (children, clear) = (rows.children, rows.clear);
        self.clear &= clear;
        let children = self.order_children(children, &mut fields);
        let matches = self.matches(&fields, name);
        let run = self.entry.run.map(|run| Run {
            items_lg2: run.items.value.ilog2(),
            own_address: run.own_address,
            span: run.span,
        });
        let reach_bits = match &self.entry.reach {
            Some(reach) => reach.bits.value,
            None => pa_bits,
        };
        Layout { level, matches, run, children: self.children(&children, &fields, name), reach_bits, fields, span }
    }

    /// The children in the order in which `present:` names them, which says which goes before the other, and behind them
    /// those that it does not name.
    fn order_children(&self, met: Vec<LevelId>, fields: &mut [Field]) -> Vec<LevelId> {
        let mut ordered = Vec::new();
        for (name, _) in &self.entry.present {
            for child in &met {
                if self.names.level_name(*child) == name.value && !ordered.contains(child) {
                    ordered.push(*child);
                }
            }
        }
        for child in &met {
            if !ordered.contains(child) {
                ordered.push(*child);
            }
        }
        for field in fields {
            if let Role::Address { target: Target::Table(place), .. } = &mut field.role
                && let Some(level) = met.get(*place)
            {
                for (new, child) in ordered.iter().enumerate() {
                    if child == level {
                        *place = new;
                        break;
                    }
                }
            }
        }
        ordered
    }

    /// The layouts by the size of their pages, where an address row is `sized` and understood.
    fn by_size(&mut self, layouts: &[Layout]) -> Option<Vec<OfSize>> {
        let mut by_size: Option<Vec<OfSize>> = None;
        let before = self.clear;
        for layout in layouts {
            let Some(level) = self.names.levels.get(layout.level.0) else { continue };
            let Some((row, word)) = sized_row(&self.chain.rows_at(&level.name)) else { continue };
            let by_size = by_size.get_or_insert_default();
            let sizes = match &layout.run {
                Some(run) => {
                    Err(Diagnostic::new("E0117", run.span, "both `sized` and `run:` say how many items a page has")
                        .and(word, "says it too")
                        .help("take `run:` out, or `sized` if there is one size only"))
                }
                None => sized::sizes(layout, level, row, word),
            };
            match sizes {
                Ok(sizes) => {
                    for mut of_size in sizes {
                        of_size.matches = self.matches(&of_size.fields, &level.name);
                        add_size(by_size, level.index.low + of_size.run_lg2(), of_size);
                    }
                }
                Err(diagnostic) => {
                    self.found.push(diagnostic);
                    self.clear = false;
                }
            }
        }
        if self.clear || !before { by_size } else { None }
    }

    /// The words that have the constants and fulfil `when:`.
    fn matches(&mut self, fields: &[Field], level: &str) -> Condition {
        let mut constants = Cube::ANY;
        for field in fields {
            if let Role::Constant(value) = field.role {
                constants.mask |= field.bits.mask();
                constants.value = field.bits.set(constants.value, value);
            }
        }
        let constants = Condition(vec![constants]);
        let Some(when) = &self.entry.when else { return constants };
        let Some(condition) = self.condition(when, fields, level) else { return constants };
        constants.and(&condition).unwrap_or(constants)
    }

    /// A condition on the fields, unless something in it, or some field, is not understood.
    fn condition(&mut self, given: &Spanned<Expression>, fields: &[Field], level: &str) -> Option<Condition> {
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
        let entry = self.entry;
        let mut children = Vec::new();
        for level in levels {
            let name = self.names.level_name(*level);
            let mut present = None;
            for (key, condition) in &entry.present {
                if key.value == name && levels.len() > 1 {
                    present = self.condition(condition, fields, at);
                    break;
                }
            }
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
            let (mut used, mut chosen) = (false, false);
            for layout in layouts {
                if layout.leads_to(level) {
                    used = true;
                    chosen |= layout.children.len() > 1;
                }
            }
            if !self.clear || chosen {
                continue;
            }
            let (message, help) = if used {
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

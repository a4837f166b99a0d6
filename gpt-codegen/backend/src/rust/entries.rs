//! One type for each kind of entry, with the address and the settings that it holds.

use gpt_language::model::{BitRange, Class, CodesId, Condition, Layout, Meaning, Places, Role, Sort, Target};

use super::attributes::{Type, of_layout};
use super::conversion::{clause, sentence, type_tokens};
use super::format::size;
use super::logic::Test;
use super::names::{Names, snake};
use super::plan::{Entry, Plan};

/// What the runtime's macros call methods of every type.
const METHODS: [&str; 12] = [
    "new",
    "word",
    "page",
    "table",
    "advanced",
    "attributes",
    "with_attributes",
    "with_change",
    "table_address",
    "with_table",
    "with_table_alone",
    "without_table",
];

/// One row of a type, as the macro `fields!` of the runtime takes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Accessor {
    pub(super) about: String,
    pub(super) bits: Places,
    pub(super) get: String,
    pub(super) with: String,
    /// What the bits are: `flag`, `not`, `number u8`, `code Name`.
    pub(super) sort: String,
}

/// A type, as the macro takes it.
pub(super) struct Declaration {
    pub(super) name: String,
    pub(super) about: String,
    pub(super) entry_bits: u32,
    /// The word with nothing said.
    pub(super) base: u128,
    /// The bits that have to be zero.
    pub(super) zero: u128,
    /// What the address is called, and which bits of the entry hold which bits of it.
    pub(super) address: Option<(&'static str, Vec<(BitRange, BitRange)>)>,
}

/// One of several tables that an entry leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TableHere {
    pub(super) about: String,
    /// Which bits of the entry hold which bits of the address.
    pub(super) address: Vec<(BitRange, BitRange)>,
    pub(super) get: String,
    /// The word of an entry with this table and no other, its address zero.
    pub(super) alone: u128,
    /// The bits that say whether it is there, and what they are where it is not.
    pub(super) own: u128,
    pub(super) without: u128,
    /// When it is there.
    pub(super) present: Test,
}

/// Types whose rows are the same.
pub(super) struct Types {
    pub(super) types: Vec<Declaration>,
    /// The tables, where one entry leads to several.
    pub(super) tables: Vec<TableHere>,
    pub(super) rows: Vec<Accessor>,
}

/// Whether a kind is more than its name.
pub(super) fn is_type(entry: &Entry<'_>) -> bool {
    matches!(entry.kind.class, Class::Table | Class::Page) || accessor_count(entry.layout) > 0
}

fn accessor_count(layout: &Layout) -> usize {
    let says = |role: &Role, name: &str| match role {
        Role::Setting { .. } => true,
        Role::Free { .. } => !name.is_empty(),
        _ => false,
    };
    layout.fields.iter().filter(|field| says(&field.role, &field.name)).count()
}

/// All types, those with the same rows together, in the order of the first.
pub(super) fn types(plan: &Plan<'_>) -> Vec<Types> {
    let mut all: Vec<Types> = Vec::new();
    for entry in plan.entries.iter().filter(|entry| is_type(entry)) {
        let (declaration, tables, rows) = (declaration(plan, entry), several_tables(plan, entry), rows_of(plan, entry));
        match all.iter_mut().find(|other| tables.is_empty() && other.tables.is_empty() && other.rows == rows) {
            Some(same) => same.types.push(declaration),
            None => all.push(Types { types: vec![declaration], tables, rows }),
        }
    }
    all
}

/// The rows of a type.
pub(super) fn rows_of(plan: &Plan<'_>, entry: &Entry<'_>) -> Vec<Accessor> {
    let mut names = Names::reserve(&METHODS);
    for (place, _) in entry.layout.children.iter().enumerate() {
        names.distinct(child_name(plan, entry.layout, place));
    }
    let rows = of_layout(plan.format, entry.layout).into_iter().map(|(attribute, value)| {
        let field = value.field;
        let get = names.distinct(attribute.name.clone());
        let negative = matches!(field.role, Role::Setting { negative: true, .. });
        let code_width = |id: CodesId| plan.codes.get(id.0).and_then(Option::as_ref).map(|code| code.width);
        let sort = match attribute.type_ {
            Type::Flag if negative => "not".to_owned(),
            Type::Flag => "flag".to_owned(),
            Type::Number(bits) => format!("number u{bits}"),
            Type::Code(id) if code_width(id) == Some(value.places.width()) => {
                format!("code {}", type_tokens(plan, attribute.type_))
            }
            Type::Code(_) => format!("number u{}", super::attributes::integer_bits(value.places.width())),
        };
        let about = match clause(&attribute) {
            named if named.starts_with('`') || field.name.is_empty() => sentence(&attribute),
            // The bit forbids what its sentence allows.
            clause if sort == "not" => format!(" `{}` clear: {clause}.", field.name),
            clause => format!(" `{}`: {clause}.", field.name),
        };
        Accessor { about, bits: value.places, with: format!("with_{get}"), get, sort }
    });
    rows.collect()
}

/// The type of an entry.
fn declaration(plan: &Plan<'_>, entry: &Entry<'_>) -> Declaration {
    let (base, address) = match (entry.kind.class, entry.layout.children.len()) {
        (Class::Page, _) => (nothing_allowed(entry.layout), Some(("page", Target::Page))),
        (Class::Table, 1) => {
            let base = table_base(plan, entry.layout, 0);
            let base = base.unwrap_or_else(|| restricting_nothing(plan, entry.layout));
            (base, Some(("table", Target::Table(0))))
        }
        (Class::Table, _) => (restricting_nothing(plan, entry.layout), None),
        (Class::Absent, _) => (entry.layout.skeleton(), None),
        (Class::Special, _) => (nothing_allowed(entry.layout), None),
    };
    let address = address.map(|(name, target)| (name, joined(entry.layout.address_fields(target))));
    let (name, entry_bits, zero) = (entry.name.clone(), entry.entry_bits, entry.layout.zero_mask());
    Declaration { name, about: about(plan, entry), entry_bits, base, zero, address }
}

/// The parts of an address, the lowest first, those that follow each other in entry and address as one.
fn joined(parts: impl Iterator<Item = (BitRange, BitRange)>) -> Vec<(BitRange, BitRange)> {
    let mut all: Vec<(BitRange, BitRange)> = parts.collect();
    all.sort_by_key(|(_, output)| output.low);
    all.dedup_by(|(bits, output), (below, output_below)| {
        let follows = bits.low == below.high + 1 && output.low == output_below.high + 1;
        if follows {
            (below.high, output_below.high) = (bits.high, output.high);
        }
        follows
    });
    all
}

/// What is said of a type.
fn about(plan: &Plan<'_>, entry: &Entry<'_>) -> String {
    let names = entry.levels.iter().map(|id| format!("`{}`", plan.format.level(*id).name));
    let at = names.collect::<Vec<_>>().join(", ");
    let size = size(plan.format.page_lg2(entry.layout));
    match (entry.kind.class, entry.layout.run) {
        (Class::Page, Some(run)) => {
            format!(" A `{}` at {at}: {size} by {} items.", entry.kind.name, 1_u64 << run.items_lg2)
        }
        (Class::Page, None) => format!(" A `{}` at {at}: {size}.", entry.kind.name),
        _ => format!(" An entry `{}` at {at}.", entry.kind.name),
    }
}

/// The word with its constants and fills, and every permission denied.
pub(super) fn nothing_allowed(layout: &Layout) -> u128 {
    layout.fields.iter().fold(layout.skeleton(), |word, field| match field.role {
        Role::Setting { negative: true, codes: None, .. } => word | field.bits.mask(),
        _ => word,
    })
}

/// The word of a table entry that restricts nothing, all else false or zero.
pub(super) fn restricting_nothing(plan: &Plan<'_>, layout: &Layout) -> u128 {
    layout.values().iter().fold(nothing_allowed(layout), |word, own| match &own.field.role {
        Role::Setting { meaning, negative, codes: None, .. }
            if meaning.sort() == Sort::Permission && !own.field.hardware =>
        {
            own.places.set(word, if *negative { 0 } else { 1 })
        }
        Role::Setting { codes: Some(id), .. } => {
            let codes = plan.format.codes.get(id.0).map_or(&[][..], |table| table.codes.as_slice());
            let permissions = |grants: &[Meaning]| grants.len();
            // The first of those that grant the most.
            let best = codes.iter().rev().max_by_key(|code| permissions(&code.grants));
            let value = best.filter(|code| !code.grants.is_empty()).map_or(0, |code| code.value);
            own.places.set(word, value)
        }
        _ => word,
    })
}

/// The table entry that restricts nothing, with what its kind asks for beyond; `None` where no such word is found.
pub(super) fn table_base(plan: &Plan<'_>, layout: &Layout, place: usize) -> Option<u128> {
    let base = restricting_nothing(plan, layout);
    let present = layout.children.get(place).map(|child| &child.present)?;
    let addresses = (0..layout.children.len())
        .flat_map(|child| layout.address_fields(Target::Table(child)))
        .fold(0, |mask, (bits, _)| mask | bits.mask());
    let both = layout.matches.and(present).unwrap_or_else(|| present.clone());
    let patterns = both.0.iter().map(|cube| base & !cube.mask | cube.value).filter(|word| word & addresses == 0);
    let others = |word: u128| {
        layout.children.iter().enumerate().all(|(other, child)| other == place || !child.present.fits(word))
    };
    std::iter::once(base)
        .chain(patterns)
        .find(|word| layout.matches.fits(*word) && present.fits(*word) && others(*word))
}

/// The bits that decide whether an entry with this layout has a child.
pub(super) fn present_bits(layout: &Layout, place: usize) -> u128 {
    layout.children.get(place).map_or(0, |child| child.present.0.iter().fold(0, |mask, cube| mask | cube.mask))
}

/// What a child of an entry with several is called.
pub(super) fn child_name(plan: &Plan<'_>, layout: &Layout, place: usize) -> String {
    let level = layout.children.get(place).map(|child| plan.format.level(child.level).name.as_str());
    format!("{}_table", level.map_or_else(String::new, snake))
}

/// The tables of an entry that leads to several.
fn several_tables(plan: &Plan<'_>, entry: &Entry<'_>) -> Vec<TableHere> {
    let layout = entry.layout;
    let constants = layout.mask_of(|role| matches!(role, Role::Constant(_)));
    let children = layout.children.iter().enumerate().filter(|_| layout.children.len() > 1);
    let tables = children.map(|(place, child)| {
        let own = present_bits(layout, place) & !constants;
        TableHere {
            about: format!(" The output address of the `{}`, if it has one.", plan.format.level(child.level).name),
            address: joined(layout.address_fields(Target::Table(place))),
            get: child_name(plan, layout, place),
            alone: table_base(plan, layout, place).unwrap_or_else(|| restricting_nothing(plan, layout)),
            own,
            without: absent_bits(layout, &child.present, own).unwrap_or(0),
            present: Test::tell(&child.present.0, &[]),
        }
    });
    tables.collect()
}

/// What these bits, which say whether a table is there, are where it is not.
fn absent_bits(layout: &Layout, present: &Condition, own: u128) -> Option<u128> {
    let places: Vec<u32> = (0..128).filter(|bit| own >> bit & 1 == 1).take(12).collect();
    let spread =
        |value: u32| places.iter().enumerate().fold(0, |word, (at, bit)| word | u128::from(value >> at & 1) << bit);
    let constants = layout.skeleton() & layout.mask_of(|role| matches!(role, Role::Constant(_)));
    (0..1_u32 << places.len()).map(spread).find(|bits| !present.fits(bits | constants))
}

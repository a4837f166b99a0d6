//! One type for each kind of entry, with the address and the settings that it holds.

use gpt_language::model::{BitRange, Child, Class, Code, Condition, Layout, Places, Role, Sort, Target};

use super::attributes::{Type, integer_bits, of_layout};
use super::conversion::{clause, sentence, type_tokens};
use super::format::size;
use super::logic::Test;
use super::names::{Names, snake};
use super::plan::{Entry, Plan};
use super::rows::push_item;

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
#[derive(PartialEq)]
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
    matches!(entry.kind.class, Class::Table | Class::Page) || !entry.layout.values().is_empty()
}

/// All types, those with the same rows together, in the order of the first.
pub(super) fn types(plan: &Plan<'_>) -> Vec<Types> {
    let mut all: Vec<Types> = Vec::new();
    for entry in &plan.entries {
        if !is_type(entry) {
            continue;
        }
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
    for child in &entry.layout.children {
        names.distinct(child_name(plan, child));
    }
    let mut rows = Vec::new();
    for (attribute, value) in of_layout(plan.format, entry.layout) {
        let field = value.field;
        let get = names.distinct(attribute.name.clone());
        let negative = matches!(field.role, Role::Setting { negative: true, .. });
        let width = value.places.width();
        let sort = match attribute.type_ {
            Type::Flag if negative => "not".to_owned(),
            Type::Flag => "flag".to_owned(),
            Type::Number(bits) => format!("number u{bits}"),
            Type::Code(id) if plan.code(id).is_some_and(|code| code.width == width) => {
                format!("code {}", type_tokens(plan, attribute.type_))
            }
            Type::Code(_) => format!("number u{}", integer_bits(width)),
        };
        let about = match clause(&attribute) {
            named if named.starts_with('`') || field.name.is_empty() => sentence(&attribute),
            // The bit forbids what its sentence allows.
            clause if sort == "not" => format!(" `{}` clear: {clause}.", field.name),
            clause => format!(" `{}`: {clause}.", field.name),
        };
        rows.push(Accessor { about, bits: value.places, with: format!("with_{get}"), get, sort });
    }
    rows
}

/// The type of an entry.
fn declaration(plan: &Plan<'_>, entry: &Entry<'_>) -> Declaration {
    let (base, address) = match (entry.kind.class, entry.layout.children.len()) {
        (Class::Page, _) => (nothing_allowed(entry.layout), Some(("page", address_parts(entry.layout, Target::Page)))),
        (Class::Table, 1) => {
            let base = table_base(plan, entry.layout, 0);
            let base = base.unwrap_or_else(|| restricting_nothing(plan, entry.layout));
            (base, Some(("table", address_parts(entry.layout, Target::Table(0)))))
        }
        (Class::Table, _) => (restricting_nothing(plan, entry.layout), None),
        (Class::Absent, _) => (entry.layout.skeleton(), None),
        (Class::Special, _) => (nothing_allowed(entry.layout), None),
    };
    let (name, entry_bits, zero) = (entry.name.clone(), entry.entry_bits, entry.layout.zero_mask());
    Declaration { name, about: about(plan, entry), entry_bits, base, zero, address }
}

/// The parts of an address, the lowest first, those that follow each other in entry and address as one.
fn address_parts(layout: &Layout, target: Target) -> Vec<(BitRange, BitRange)> {
    let mut parts: Vec<(BitRange, BitRange)> = Vec::new();
    for (bits, output) in layout.address_fields(target) {
        let place = parts.partition_point(|(_, other)| other.low <= output.low);
        parts.insert(place, (bits, output));
    }
    let mut joined: Vec<(BitRange, BitRange)> = Vec::new();
    for (bits, output) in &parts {
        match joined.last_mut() {
            Some((below, output_below)) if bits.low == below.high + 1 && output.low == output_below.high + 1 => {
                (below.high, output_below.high) = (bits.high, output.high);
            }
            _ => joined.push((*bits, *output)),
        }
    }
    joined
}

/// What is said of a type.
fn about(plan: &Plan<'_>, entry: &Entry<'_>) -> String {
    let mut at = String::new();
    for id in &entry.levels {
        push_item(&mut at, ", ", &format!("`{}`", plan.format.level(*id).name));
    }
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
    let mut word = layout.skeleton();
    for field in &layout.fields {
        if matches!(field.role, Role::Setting { negative: true, codes: None, .. }) {
            word |= field.bits.mask();
        }
    }
    word
}

/// The word of a table entry that restricts nothing, all else false or zero.
pub(super) fn restricting_nothing(plan: &Plan<'_>, layout: &Layout) -> u128 {
    let mut word = nothing_allowed(layout);
    for own in &layout.values() {
        match &own.field.role {
            Role::Setting { meaning, negative, codes: None, .. }
                if meaning.sort() == Sort::Permission && !own.field.hardware =>
            {
                word = own.places.set(word, if *negative { 0 } else { 1 });
            }
            Role::Setting { codes: Some(id), .. } => {
                let value = plan.format.codes.get(id.0).map_or(0, |table| granting_most(&table.codes));
                word = own.places.set(word, value);
            }
            _ => {}
        }
    }
    word
}

/// The first of the codes that grant the most permissions; zero where none grants any.
fn granting_most(codes: &[Code]) -> u128 {
    let (mut value, mut most) = (0, 0);
    for code in codes {
        if code.grants.len() > most {
            (value, most) = (code.value, code.grants.len());
        }
    }
    value
}

/// The table entry that restricts nothing, with what its kind asks for beyond; `None` where no such word is found.
pub(super) fn table_base(plan: &Plan<'_>, layout: &Layout, place: usize) -> Option<u128> {
    let base = restricting_nothing(plan, layout);
    let present = &layout.children.get(place)?.present;
    if leads_to_one(layout, place, base) {
        return Some(base);
    }
    let both = layout.matches.and(present).unwrap_or_else(|| present.clone());
    for cube in &both.0 {
        let word = base & !cube.mask | cube.value;
        if word & table_address_mask(layout) == 0 && leads_to_one(layout, place, word) {
            return Some(word);
        }
    }
    None
}

/// Whether a word of this layout leads to the child with this place and to no other.
fn leads_to_one(layout: &Layout, place: usize, word: u128) -> bool {
    for (number, child) in layout.children.iter().enumerate() {
        if child.present.fits(word) != (number == place) {
            return false;
        }
    }
    layout.matches.fits(word)
}

/// The bits that hold addresses of tables.
fn table_address_mask(layout: &Layout) -> u128 {
    let mut mask = 0;
    for field in &layout.fields {
        if matches!(field.role, Role::Address { target: Target::Table(_), .. }) {
            mask |= field.bits.mask();
        }
    }
    mask
}

/// What a child of an entry with several is called.
fn child_name(plan: &Plan<'_>, child: &Child) -> String {
    format!("{}_table", snake(&plan.format.level(child.level).name))
}

/// The tables of an entry that leads to several.
fn several_tables(plan: &Plan<'_>, entry: &Entry<'_>) -> Vec<TableHere> {
    let layout = entry.layout;
    let mut tables = Vec::new();
    if layout.children.len() < 2 {
        return tables;
    }
    for (place, child) in layout.children.iter().enumerate() {
        let own = child.present.mask() & !layout.constant_mask();
        tables.push(TableHere {
            about: format!(" The output address of the `{}`, if it has one.", plan.format.level(child.level).name),
            address: address_parts(layout, Target::Table(place)),
            get: child_name(plan, child),
            alone: table_base(plan, layout, place).unwrap_or_else(|| restricting_nothing(plan, layout)),
            own,
            without: absent_bits(layout, &child.present, own).unwrap_or(0),
            present: Test::tell(&child.present.0, &[]),
        });
    }
    tables
}

/// What these bits, which say whether a table is there, are where it is not.
fn absent_bits(layout: &Layout, present: &Condition, own: u128) -> Option<u128> {
    let constants = layout.skeleton() & layout.constant_mask();
    let mut bits = 0;
    // All values of twelve bits, and no more than that of more.
    for _ in 0..1 << own.count_ones().min(12) {
        if !present.fits(bits | constants) {
            return Some(bits);
        }
        // The next larger value: with ones in all other bits a carry goes past them.
        bits = (bits | !own).wrapping_add(1) & own;
    }
    None
}

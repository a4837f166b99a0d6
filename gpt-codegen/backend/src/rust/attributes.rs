//! What entries say, as fields of a type: the union of the settings and of the named free rows of some layouts.

use gpt_language::model::{CodesId, Cube, Field, Format, Layout, Meaning, Places, Role, Sort, Value};

use super::logic::Test;
use super::names::{Names, snake};

/// What a row is known by in all layouts.
#[derive(PartialEq)]
enum Key {
    Meaning(Meaning),
    /// A free row by its name, and how many rows of the layout have the name before it.
    Free(String, usize),
}

/// The type of an attribute.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Type {
    /// `bool`
    Flag,
    /// An unsigned integer of so many bits.
    Number(u32),
    /// A code.
    Code(CodesId),
}

/// Something that entries say.
pub(super) struct Attribute {
    /// The name of the field.
    pub(super) name: String,
    pub(super) type_: Type,
    /// Whether the hardware may write it.
    pub(super) hardware: bool,
    /// One sentence.
    pub(super) about: String,
    key: Key,
}

impl Attribute {
    /// Whether a page that does not speak of it allows it.
    pub(super) fn is_permission(&self) -> bool {
        self.type_ == Type::Flag && matches!(&self.key, Key::Meaning(meaning) if meaning.sort() == Sort::Permission)
    }

    /// Whether this is the setting with this meaning.
    pub(super) fn means(&self, name: &str) -> bool {
        matches!(&self.key, Key::Meaning(meaning) if meaning.name() == name)
    }
}

/// One row that holds an attribute.
#[derive(PartialEq)]
pub(super) struct Row {
    /// The place of the attribute among all.
    pub(super) attribute: usize,
    pub(super) bits: Places,
    pub(super) negative: bool,
    pub(super) hardware: bool,
}

/// How a layout holds attributes.
pub(super) struct Rows {
    /// What the functions that read and write it are called after.
    pub(super) name: String,
    pub(super) entry_bits: u32,
    pub(super) rows: Vec<Row>,
    /// What must hold for the word beyond the constants.
    pub(super) condition: Test,
    /// The kinds of pages that have these rows.
    pub(super) kinds: Vec<String>,
}

impl Rows {
    pub(super) fn new(name: String, layout: &Layout, entry_bits: u32, attributes: &[Attribute]) -> Self {
        let mut rows = Vec::new();
        for (key, value) in keyed(layout) {
            let field = value.field;
            if let Some(attribute) = place_of(attributes, &key) {
                let negative = matches!(field.role, Role::Setting { negative: true, .. });
                rows.push(Row { attribute, bits: value.places, negative, hardware: field.hardware });
            }
        }
        let condition = condition_beyond_constants(layout);
        Self { name, entry_bits, rows, condition, kinds: Vec::new() }
    }

    /// Whether both hold the same attributes at the same bits.
    pub(super) fn same(&self, other: &Self) -> bool {
        self.entry_bits == other.entry_bits && self.rows == other.rows && self.condition == other.condition
    }

    /// The kinds of pages, as they stand in a sentence.
    pub(super) fn kinds(&self) -> String {
        let mut names = String::new();
        for (place, kind) in self.kinds.iter().enumerate() {
            names.push_str(match place {
                0 => "",
                _ if place + 1 == self.kinds.len() => " or ",
                _ => ", ",
            });
            names.push_str(&format!("`{kind}`"));
        }
        names
    }

    /// The row that holds the attribute at this place.
    pub(super) fn row(&self, attribute: usize) -> Option<&Row> {
        self.rows.iter().find(|row| row.attribute == attribute)
    }
}

/// What the words of a layout fulfil, given that its constants are in place.
fn condition_beyond_constants(layout: &Layout) -> Test {
    let constants = layout.constant_mask();
    let mut cubes = Vec::new();
    for cube in &layout.matches.0 {
        cubes.push(Cube { mask: cube.mask & !constants, value: cube.value & !constants });
    }
    Test::tell(&cubes, &[])
}

/// The rows of a layout that hold attributes.
fn keyed(layout: &Layout) -> Vec<(Key, Value<'_>)> {
    let mut rows: Vec<(Key, Value<'_>)> = Vec::new();
    for value in layout.values() {
        let field = value.field;
        let key = match &field.role {
            Role::Setting { meaning, .. } => Key::Meaning(meaning.clone()),
            Role::Free { .. } if !field.name.is_empty() => {
                let mut before = 0;
                for (key, _) in &rows {
                    if matches!(key, Key::Free(name, _) if *name == field.name) {
                        before += 1;
                    }
                }
                Key::Free(field.name.clone(), before)
            }
            _ => continue,
        };
        rows.push((key, value));
    }
    rows
}

/// The place of the attribute that has this key.
fn place_of(attributes: &[Attribute], key: &Key) -> Option<usize> {
    for (place, attribute) in attributes.iter().enumerate() {
        if attribute.key == *key {
            return Some(place);
        }
    }
    None
}

/// The attributes of one layout, each with its row.
pub(super) fn of_layout<'f>(format: &Format, layout: &'f Layout) -> Vec<(Attribute, Value<'f>)> {
    let mut attributes = all_of(format, &[layout]);
    let mut rows = Vec::new();
    for (key, value) in keyed(layout) {
        if let Some(place) = place_of(&attributes, &key) {
            rows.push((attributes.remove(place), value));
        }
    }
    rows
}

/// The attributes of some layouts, in the order in which they are first met.
pub(super) fn all_of(format: &Format, layouts: &[&Layout]) -> Vec<Attribute> {
    let mut all: Vec<Attribute> = Vec::new();
    for layout in layouts {
        for (key, value) in keyed(layout) {
            let (type_, field) = (type_of(&value), value.field);
            if let Some(place) = place_of(&all, &key)
                && let Some(attribute) = all.get_mut(place)
            {
                attribute.type_ = attribute.type_.wider(type_);
                attribute.hardware |= field.hardware;
            } else {
                let (name, about) = (name_of(&key), about(format, &key, field));
                all.push(Attribute { name, type_, hardware: field.hardware, about, key });
            }
        }
    }
    // A free row may be called what another row means.
    let mut names = Names::reserve(&[]);
    for wants_a_meaning in &[true, false] {
        for attribute in &mut all {
            if matches!(attribute.key, Key::Meaning(_)) == *wants_a_meaning {
                attribute.name = names.distinct(std::mem::take(&mut attribute.name));
            }
        }
    }
    all
}

fn name_of(key: &Key) -> String {
    match key {
        Key::Meaning(meaning) => meaning.identifier(),
        Key::Free(name, _) => snake(name),
    }
}

fn about(format: &Format, key: &Key, field: &Field) -> String {
    let named = match field.name.as_str() {
        "" => "the row without a name".to_owned(),
        name => format!("`{name}`"),
    };
    let Key::Meaning(meaning) = key else { return format!("{named}, free for software to use") };
    let sentence = meaning.sentence().unwrap_or(&named);
    if let Role::Setting { codes: Some(id), .. } = field.role
        && let Some(table) = format.codes.get(id.0)
    {
        return format!("{sentence}, a code of `{}`", table.name);
    }
    sentence.to_owned()
}

/// The type that a row alone needs.
pub(super) fn type_of(value: &Value<'_>) -> Type {
    match value.field.role {
        Role::Setting { codes: Some(id), .. } => Type::Code(id),
        _ if value.places.width() == 1 => Type::Flag,
        _ => Type::Number(integer_bits(value.places.width())),
    }
}

/// The width of the smallest integer with room for so many bits.
pub(super) fn integer_bits(bits: u32) -> u32 {
    bits.next_power_of_two().max(8)
}

impl Type {
    /// The type that has room for the values of both.
    fn wider(self, other: Self) -> Self {
        match (self, other) {
            (Self::Code(id), _) => Self::Code(id),
            (Self::Number(bits), Self::Number(others)) => Self::Number(bits.max(others)),
            (Self::Number(bits), _) => Self::Number(bits),
            (Self::Flag, other) => other,
        }
    }
}

//! Attributes that every page of a format can have, in the interpreter's terms and in a module's.

use std::collections::BTreeSet;
use std::marker::PhantomData;
use std::sync::LazyLock;

use gpt_codegen::interpreter::{Attributes, Value, attribute_name, decode, encode};
use gpt_codegen::model::{Class, Layout, LevelId, Meaning, Role, Sort};
use gpt_runtime::{Format, Level};

use crate::facts::{Facts, PageKind};
use crate::levels::{Ask, ask, narrow};
use crate::random::Random;
use crate::tested::{NamedChange, Tested};

/// What pages of a format can say.
pub struct Says<F: Tested> {
    /// Sets of attributes that pages of all sizes can have, as the smallest page says them.
    pub sets: Vec<Attributes>,
    /// Changes that every page with one of the sets can follow, whatever the hardware has written.
    pub changes: Vec<NamedChange<F::Change>>,
    /// What the hardware may write.
    pub events: BTreeSet<String>,
    /// What can be said without translating.
    pub specials: Vec<F::Special>,
    /// For each of these the levels that can say it.
    pub special_levels: Vec<Vec<LevelId>>,
    smallest: PageKind,
    format: PhantomData<F>,
}

/// Asks for the attributes that a word says.
struct AttributesOf(u128);

impl<F: Format> Ask<F> for AttributesOf {
    type Answer = F::Attributes;

    fn ask<L: Level<Format = F>>(&self) -> F::Attributes {
        L::attributes(narrow::<L>(self.0))
    }
}

/// Asks for the word of a page at the output address 0.
struct WordOf<'a, F: Format> {
    attributes: &'a F::Attributes,
    size_lg2: u32,
}

impl<F: Format> Ask<F> for WordOf<'_, F> {
    type Answer = Option<u128>;

    fn ask<L: Level<Format = F>>(&self) -> Option<u128> {
        let shapes = L::PAGES.iter().enumerate().filter(|(_, shape)| shape.size_lg2 == self.size_lg2);
        shapes.into_iter().find_map(|(shape, _)| L::encode_page(shape, 0, self.attributes)).map(Into::into)
    }
}

/// Asks what a word says that does not translate.
struct SpecialOf(u128);

impl<F: Format> Ask<F> for SpecialOf {
    type Answer = Option<F::Special>;

    fn ask<L: Level<Format = F>>(&self) -> Option<F::Special> {
        L::special(narrow::<L>(self.0))
    }
}

/// Whether attributes of pages of different sizes agree: what only one of them speaks of is not restricted, or zero.
pub fn agree(one: &Attributes, other: &Attributes) -> bool {
    let covers = |one: &Attributes, other: &Attributes| {
        one.iter().all(|(name, value)| other.get(name).map_or_else(|| is_default(name, value), |there| there == value))
    };
    covers(one, other) && covers(other, one)
}

/// Whether a value is that of pages that do not speak of it.
fn is_default(name: &str, value: &Value) -> bool {
    static PERMISSIONS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
        let permissions = Meaning::VOCABULARY.iter().filter(|(_, sort, _)| *sort == Sort::Permission);
        permissions.filter_map(|(word, ..)| Some(Meaning::from_name(word)?.identifier())).collect()
    });
    let permission = PERMISSIONS.contains(name);
    match value {
        Value::Flag(flag) => *flag == permission,
        Value::Number(number) => *number == u128::from(permission),
        Value::Code(_) => false,
    }
}

impl<F: Tested> Says<F> {
    /// Looks for sets of attributes, changes and special entries.
    pub fn new(facts: &Facts, random: &mut Random) -> Self {
        let smallest = facts.smallest().clone();
        let events = events(facts);
        let mut sets: Vec<Attributes> = Vec::new();
        for _ in 0..400 {
            if sets.len() == 5 {
                break;
            }
            let Some(set) = random_set(facts, &smallest, random) else { continue };
            if !sets.contains(&set) && everywhere(facts, &set) {
                sets.push(set);
            }
        }
        assert!(!sets.is_empty(), "there is nothing that all pages of {} can say", F::MODULE);
        let follows = |(name, _): &NamedChange<F::Change>| {
            let states = sets.iter().flat_map(|set| with_events(set, &events));
            let speaks = sets.iter().all(|set| set.contains_key(*name));
            let mut changed = states.flat_map(|set| [false, true].map(|to| set_to(&set, name, to)));
            !events.contains(*name) && speaks && changed.all(|set| everywhere(facts, &set))
        };
        let changes = F::changes().into_iter().filter(follows).collect();
        let (specials, special_levels) = specials::<F>(facts, random).into_iter().unzip();
        Self { sets, changes, events, specials, special_levels, smallest, format: PhantomData }
    }

    /// In the module's terms.
    pub fn module(&self, facts: &Facts, attributes: &Attributes) -> F::Attributes {
        let mut values = attributes.clone();
        values.insert("page".to_owned(), Value::Number(0));
        let mut words = self
            .smallest
            .names
            .iter()
            .filter_map(|name| encode(&facts.checked, self.smallest.level, name, &values).ok());
        let word = words.next().expect("it can say them");
        ask::<F, _>(self.smallest.level.0, &AttributesOf(word))
    }

    /// In the interpreter's terms, as the smallest page says them.
    pub fn named(&self, facts: &Facts, attributes: &F::Attributes) -> Attributes {
        let word = ask(self.smallest.level.0, &WordOf::<F> { attributes, size_lg2: self.smallest.size_lg2 });
        let word = word.expect("the smallest page can say what a page says");
        decode(&facts.checked, self.smallest.level, word).expect("an entry").attributes()
    }

    /// The set with one attribute changed.
    pub fn changed(&self, set: &Attributes, name: &str, to: bool) -> Attributes {
        set_to(set, name, to)
    }
}

fn set_to(set: &Attributes, name: &str, to: bool) -> Attributes {
    let mut set = set.clone();
    if let Some(value) = set.get_mut(name) {
        *value = match value {
            Value::Number(_) => Value::Number(u128::from(to)),
            Value::Flag(_) | Value::Code(_) => Value::Flag(to),
        };
    }
    set
}

/// What the hardware writes in pages, and accessed and dirty, which are cleared by operations of their own.
fn events(facts: &Facts) -> BTreeSet<String> {
    let layouts = facts.pages.iter().flat_map(|page| page.names.iter().map(|name| layout(facts, page, name)));
    let written = layouts.flat_map(|layout| layout.fields.iter().filter(|field| field.hardware));
    written.filter_map(attribute_name).chain(["accessed".to_owned(), "dirty".to_owned()]).collect()
}

fn layout<'f>(facts: &'f Facts, page: &PageKind, name: &str) -> &'f Layout {
    let mut here = facts.checked.format().layouts_at(page.level);
    here.find(|(kind, _)| kind.name == name).expect("a kind of page").1
}

/// What a random word of a kind of page says.
fn random_set(facts: &Facts, page: &PageKind, random: &mut Random) -> Option<Attributes> {
    let name = random.pick(&page.names)?;
    let layout = layout(facts, page, name);
    let says = |role: &Role| matches!(role, Role::Setting { .. } | Role::Free { .. });
    let mut word = layout.skeleton();
    for field in layout.fields.iter().filter(|field| says(&field.role) && attribute_name(field).is_some()) {
        word = field.bits.set(word, u128::from(random.any()) << 64 | u128::from(random.any()));
    }
    decode(&facts.checked, page.level, word)
        .ok()
        .filter(|entry| entry.kind.name == *name)
        .map(|entry| entry.attributes())
}

/// The set with every combination of events.
fn with_events(set: &Attributes, events: &BTreeSet<String>) -> Vec<Attributes> {
    let mut all = vec![set.clone()];
    for event in events.iter().filter(|event| set.contains_key(*event)) {
        all = all.iter().flat_map(|set| [false, true].map(|to| set_to(set, event, to))).collect();
    }
    all
}

/// Whether pages of all sizes can say this.
fn everywhere(facts: &Facts, set: &Attributes) -> bool {
    facts.pages.iter().all(|page| {
        page.names.iter().any(|kind| {
            let own: BTreeSet<String> = layout(facts, page, kind).fields.iter().filter_map(attribute_name).collect();
            let empty = decode_any(facts, page, kind);
            let spoken = |name: &String| own.contains(name) || empty.contains_key(name);
            if set.iter().any(|(name, value)| !spoken(name) && !is_default(name, value)) {
                return false;
            }
            let mut values: Attributes = set
                .iter()
                .filter(|(name, _)| spoken(name))
                .map(|(name, value)| (name.clone(), value.clone()))
                .collect();
            for name in own.iter().filter(|name| !set.contains_key(*name) && is_default(name, &Value::Flag(true))) {
                values.insert(name.clone(), Value::Flag(true));
            }
            values.insert("page".to_owned(), Value::Number(0));
            encode(&facts.checked, page.level, kind, &values).is_ok()
        })
    })
}

/// What some page of a kind says, for the names of what its codes grant.
fn decode_any(facts: &Facts, page: &PageKind, kind: &str) -> Attributes {
    let layout = layout(facts, page, kind);
    gpt_codegen::interpreter::attributes(&facts.checked, layout, layout.skeleton())
}

/// What entries can say that do not translate: for every level and kind some payloads, each with the
/// levels that have room for it.
fn specials<F: Tested>(facts: &Facts, random: &mut Random) -> Vec<(F::Special, Vec<LevelId>)> {
    let format = facts.checked.format();
    let mut all: Vec<(F::Special, Vec<LevelId>)> = Vec::new();
    for level in (0..format.levels.len()).map(LevelId) {
        for (kind, layout) in format.layouts_at(level).filter(|(kind, _)| kind.class == Class::Special) {
            for cube in &layout.matches.0 {
                let noise = u128::from(random.any()) & !layout.zero_mask() & !cube.mask;
                let word = noise | cube.value;
                let entry = decode(&facts.checked, level, word).ok().filter(|entry| entry.kind.name == kind.name);
                let Some(values) = entry.map(|entry| entry.attributes()) else { continue };
                let special = ask::<F, _>(level.0, &SpecialOf(word));
                let says = |level: &LevelId| {
                    let here = encode(&facts.checked, *level, &kind.name, &values).ok();
                    here.and_then(|word| Some(decode(&facts.checked, *level, word).ok()?.attributes() == values))
                        == Some(true)
                };
                let levels = kind.layouts.iter().map(|layout| layout.level).filter(says).collect();
                if let Some(special) = special.filter(|special| all.iter().all(|(known, _)| known != special)) {
                    all.push((special, levels));
                }
            }
        }
    }
    all
}

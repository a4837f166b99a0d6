//! Tables made by a module are, byte by byte, those that the interpreter makes for the same mappings.

use gpt_codegen::interpreter::{Attributes, Image, Mapping, Root, Value, empty_word, map};
use gpt_runtime::{AddressRange, PageTable};
use gpt_tests::{BASE, Either, Facts, Memory, Random, Says, Tested, Tree, View, agree, checked};

/// A mapping: where, to where, how long, and which set of attributes.
type Wanted = (u64, u64, u64, usize);

pub fn check<F: Tested>() {
    let checked = checked(F::MODULE);
    for root in 0..checked.format().roots.len() {
        let facts = Facts::new(checked.clone(), root);
        let says = Says::<F>::new(&facts, &mut Random::new(7));
        compare(&facts, &says);
    }
}

/// A page of every size at the start, the end and the middle of the input space, with small ones beside them.
fn wanted(facts: &Facts, sets: usize) -> Vec<Wanted> {
    let small = 1_u64 << facts.smallest_lg2;
    let mut all: Vec<Wanted> = Vec::new();
    for (first, last) in &facts.halves {
        for (number, page) in facts.pages.iter().enumerate() {
            let inside = ((1_u128 << page.size_lg2) - 1) as u64;
            let middle = first + (last - first) / 4 * (number as u64 % 3 + 1);
            for va in [*first, middle & !inside, last - inside] {
                let oa = (facts.common_oa_last() / 2 + 1) & !inside;
                all.push((va, oa, inside.saturating_add(1), number % sets));
                all.push((va.wrapping_add(inside).wrapping_add(1), small * 3, small, (number + 1) % sets));
            }
        }
    }
    let mut free: Vec<Wanted> = Vec::new();
    for (va, oa, bytes, set) in all {
        let last = va.saturating_add(bytes - 1);
        let inside = facts.halves.iter().any(|(first, end)| *first <= va && last <= *end);
        let apart = free.iter().all(|(other, _, length, _)| last < *other || va > other + (length - 1));
        if inside && apart && oa + (bytes - 1) <= facts.common_oa_last() {
            free.push((va, oa, bytes, set));
        }
    }
    free
}

fn compare<F: Tested>(facts: &Facts, says: &Says<F>) {
    let format = facts.checked.format();
    let mut memory = Memory::new(&facts.checked);
    let tree: Tree<'_, F> =
        PageTable::with_root_level(memory.tables(), Either::numbered(1), facts.root.0 as u8).unwrap();
    let mut image = Image::new(BASE);
    let table = image.allocate(format.level(facts.root), empty_word(&facts.checked, facts.root)).unwrap();
    let root = Root { table, level: facts.root };
    let mappings = wanted(facts, says.sets.len());
    assert!(mappings.len() > 1);
    for (va, oa, bytes, set) in mappings {
        let set = &says.sets[set];
        let range = AddressRange::new(va, bytes).unwrap();
        let done = gpt_tests::map(&tree, range, oa, &says.module(facts, set), facts.sizes);
        assert_eq!(done.stopped, None, "{} at {va:#x}", F::MODULE);
        let attributes = allowed_elsewhere(facts, set);
        let mapping = Mapping { va, oa, bytes: u128::from(bytes), attributes: Some(&attributes) };
        map(&facts.checked, &mut image, root, mapping).unwrap_or_else(|why| panic!("{} {why}", F::MODULE));
    }
    let ours = tree.environment().seen();
    let (one, other) = (View::new(facts, ours.clone(), tree.root()), View::new(facts, image.clone(), table));
    assert_eq!(one.dump(), other.dump(), "{}", F::MODULE);
    assert_eq!(one.dump().faults, []);
    if same_places(facts) {
        assert!(ours.bytes() == image.bytes(), "{}: {}", F::MODULE, first_difference(ours.bytes(), image.bytes()));
    }
}

/// Whether tables made in the same order lie at the same places. Not so where tables differ in size, for the arena puts a
/// small one into the gap before a large one, or where an entry leads to tables of several levels, for which of two that
/// both fit is made is nobody's promise.
fn same_places(facts: &Facts) -> bool {
    let format = facts.checked.format();
    let sizes = |level: &gpt_codegen::model::Level| (level.table_bytes, level.align_bytes);
    let same = format.levels.windows(2).all(|pair| sizes(&pair[0]) == sizes(&pair[1]));
    let whole = format.levels.iter().all(|level| level.table_bytes.is_multiple_of(gpt_runtime::GRANULE_BYTES as u64));
    let children = |level: usize| {
        let layouts = format.layouts_at(gpt_codegen::model::LevelId(level));
        layouts.map(|(_, layout)| layout.children.len()).sum::<usize>()
    };
    same && whole && (0..format.levels.len()).all(|level| children(level) <= 1)
}

/// The set, and every permission that only larger pages speak of. What is false or zero anyway is not asked for: there
/// may be pages that do not speak of it.
fn allowed_elsewhere(facts: &Facts, set: &Attributes) -> Attributes {
    let nothing = |name: &str, value: &Value| {
        let zero = matches!(value, Value::Flag(false) | Value::Number(0));
        zero && agree(&Attributes::from([(name.to_owned(), value.clone())]), &Attributes::new())
    };
    let asked = set.iter().filter(|(name, value)| !nothing(name, value));
    let mut all: Attributes = asked.map(|(name, value)| (name.clone(), value.clone())).collect();
    for page in &facts.pages {
        let mut layouts = facts.checked.format().layouts_at(page.level);
        let (_, layout) = layouts.find(|(kind, _)| page.names.contains(&kind.name)).unwrap();
        let skeleton = layout.skeleton();
        for name in gpt_codegen::interpreter::permissions(&facts.checked, layout, skeleton).into_keys() {
            all.entry(name).or_insert(Value::Flag(true));
        }
    }
    all
}

fn first_difference(ours: &[u8], theirs: &[u8]) -> String {
    let place = ours.iter().zip(theirs).position(|(one, other)| one != other).unwrap_or(ours.len().min(theirs.len()));
    let start = place & !7;
    let word = |bytes: &[u8]| format!("{:02x?}", &bytes[start.min(bytes.len())..(start + 8).min(bytes.len())]);
    format!("{} and {} bytes; at {start:#x}: {} and {}", ours.len(), theirs.len(), word(ours), word(theirs))
}

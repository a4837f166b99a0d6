//! A small correct format for the tests of the rules, and the words to break it with.
#![allow(clippy::expect_used)]

use std::sync::atomic::{AtomicU32, Ordering};

use super::{Lowered, check};
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{
    BitRange, Caches, Child, Class, Code, CodeTable, CodesId, Condition, Cube, Endian, Field, Flush, Format,
    InputAddress, Kind, Layout, Level, LevelId, Maintenance, Meaning, OutputAddress, Replace, Role, Target, Walker,
};
use crate::span::Span;

/// A place that nothing else has.
fn place() -> Span {
    static NEXT: AtomicU32 = AtomicU32::new(1);
    Span::new(NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The two-level format of the language's own manual.
pub(crate) fn toy() -> Format {
    let absent = || layout(0, 0, vec![row(31, 1, "", free()), row(0, 0, "V", Role::Constant(0))]);
    let mut table = layout(
        0,
        1,
        vec![row(31, 8, "ADDR", table(0, 35, 12)), row(7, 1, "", zero()), row(0, 0, "V", Role::Constant(1))],
    );
    table.children = vec![Child { level: LevelId(1), present: Condition::always() }];
    let mut page_rows = vec![row(31, 8, "ADDR", page(35, 12)), row(7, 4, "", zero())];
    page_rows.extend(flags());
    let page = layout(1, 1, page_rows);
    Format {
        name: "toy".to_owned(),
        about: "A two-level format with 4 KiB pages".to_owned(),
        manual: "Toy Computer Manual".to_owned(),
        checked_by: None,
        input: InputAddress { bits: 32, sign_extended: false, span: place() },
        output: OutputAddress { bits: 36, at_most: true, span: place() },
        levels: vec![level("DIR", 31, 22), level("TAB", 21, 12)],
        roots: vec![LevelId(0)],
        kinds: vec![
            named("absent", Class::Absent, vec![absent(), Layout { level: LevelId(1), ..absent() }]),
            named("table", Class::Table, vec![table]),
            named("page", Class::Page, vec![page]),
        ],
        codes: Vec::new(),
        maintenance: Maintenance {
            caches: Caches { absent: false, table: true, page: true },
            flush: Flush::Page,
            replace: Replace::InPlace,
            walker: Walker::Coherent,
            reload: Vec::new(),
            span: place(),
        },
        span: place(),
    }
}

/// The format with 4 MiB pages beside its tables, told apart by bit 7.
pub(crate) fn split_page(mut format: Format) -> Format {
    let large = Condition(vec![Cube { mask: 0x81, value: 0x81 }]);
    let table = kind(&mut format, "table");
    table.layouts[0].fields[1] = row(7, 7, "PS", Role::Constant(0));
    table.layouts[0].fields.insert(2, row(6, 1, "", zero()));
    table.layouts[0].matches = Condition(vec![Cube { mask: 0x81, value: 0x01 }]);
    let mut rows = vec![row(31, 18, "ADDR", page(35, 22)), row(17, 8, "", zero())];
    rows.extend([row(7, 7, "PS", Role::Constant(1)), row(6, 4, "", zero())]);
    rows.extend(flags());
    let page = Layout { matches: large, ..layout(0, 1, rows) };
    format.kinds.push(named("page-4m", Class::Page, vec![page]));
    format
}

/// The format with entries of 128 bits at its root.
pub(crate) fn wide(mut format: Format) -> Format {
    format.levels[0].entry_bits = 128;
    format.levels[0].table_bytes = 1 << 14;
    kind(&mut format, "absent").layouts[0].fields.push(row(127, 32, "", zero()));
    kind(&mut format, "table").layouts[0].fields.push(row(127, 32, "", zero()));
    format
}

/// The format with a second table of 64 KiB pages below each root entry.
pub(crate) fn dual(mut format: Format) -> Format {
    let bit = |bit: u32| Condition(vec![Cube { mask: 1 << bit, value: 1 << bit }]);
    format.levels[0].entry_bits = 64;
    format.levels[0].table_bytes = 1 << 13;
    format.levels.push(Level { table_bytes: 256, align_bytes: 256, ..level("BIG", 21, 16) });
    let absent = kind(&mut format, "absent");
    absent.layouts[0].fields.extend([row(32, 32, "B", Role::Constant(0)), row(63, 33, "", free())]);
    absent.layouts[0].matches = Condition(vec![Cube { mask: 1 << 32 | 1, value: 0 }]);
    let below = Layout { level: LevelId(2), ..absent.layouts[1].clone() };
    absent.layouts.push(below);
    let table_kind = kind(&mut format, "table");
    let layout = &mut table_kind.layouts[0];
    layout.fields.pop();
    layout.fields.extend([
        row(63, 36, "BIG_ADDR", table(1, 35, 8)),
        row(35, 33, "", zero()),
        row(32, 32, "B", setting("vendor.big", false)),
        row(0, 0, "V", setting("vendor.small", false)),
    ]);
    layout.matches = Condition(vec![bit(0).0[0], bit(32).0[0]]);
    layout.children = vec![Child { level: LevelId(1), present: bit(0) }, Child { level: LevelId(2), present: bit(32) }];
    let mut rows = vec![row(31, 12, "ADDR", page(35, 16)), row(11, 4, "", zero())];
    rows.extend(flags());
    let big = self::layout(2, 1, rows);
    format.kinds.push(named("page-64k", Class::Page, vec![big]));
    format
}

/// The low four bits of a page.
fn flags() -> Vec<Field> {
    let mut dirty = row(3, 3, "D", setting("dirty", false));
    let mut accessed = row(2, 2, "A", setting("accessed", false));
    dirty.hardware = true;
    accessed.hardware = true;
    vec![dirty, accessed, row(1, 1, "RO", setting("write", true)), row(0, 0, "V", Role::Constant(1))]
}

fn level(name: &str, high: u32, low: u32) -> Level {
    Level {
        name: name.to_owned(),
        index: BitRange { high, low },
        entry_bits: 32,
        endian: Endian::Little,
        table_bytes: 4096,
        align_bytes: 4096,
        span: place(),
    }
}

fn named(name: &str, class: Class, layouts: Vec<Layout>) -> Kind {
    Kind { name: name.to_owned(), class, layouts, span: place() }
}

/// A layout of words with this bit 0.
fn layout(level: usize, valid: u128, fields: Vec<Field>) -> Layout {
    Layout {
        level: LevelId(level),
        fields,
        matches: Condition(vec![Cube { mask: 1, value: valid }]),
        run: None,
        children: Vec::new(),
        reach_bits: 36,
        span: place(),
    }
}

/// A row of its own place.
pub(crate) fn row(high: u32, low: u32, name: &str, role: Role) -> Field {
    Field { name: name.to_owned(), bits: BitRange { high, low }, role, hardware: false, extent: None, span: place() }
}

/// A reserved row.
pub(crate) fn zero() -> Role {
    Role::Zero
}

fn free() -> Role {
    Role::Free { fill: 0 }
}

/// Bits of the address of a page.
pub(crate) fn page(high: u32, low: u32) -> Role {
    Role::Address { target: Target::Page, output: BitRange { high, low } }
}

/// Bits of the address of a child.
pub(crate) fn table(child: usize, high: u32, low: u32) -> Role {
    Role::Address { target: Target::Table(child), output: BitRange { high, low } }
}

/// A setting.
pub(crate) fn setting(meaning: &str, negative: bool) -> Role {
    Role::Setting { meaning: self::meaning(meaning), negative, codes: None, part: None }
}

/// A setting whose values have names.
pub(crate) fn coded(meaning: &str, codes: usize) -> Role {
    Role::Setting { meaning: self::meaning(meaning), negative: false, codes: Some(CodesId(codes)), part: None }
}

fn meaning(name: &str) -> Meaning {
    Meaning::from_name(name).expect("a word of the vocabulary or a free name")
}

/// A table of codes.
pub(crate) fn code_table(name: &str, codes: Vec<Code>) -> CodeTable {
    CodeTable { name: name.to_owned(), codes, span: place() }
}

/// One code.
pub(crate) fn code(value: u128, name: &str, grants: &[&str]) -> Code {
    Code { value, name: name.to_owned(), grants: grants.iter().map(|name| meaning(name)).collect(), span: place() }
}

/// The kind with this name.
pub(crate) fn kind<'a>(format: &'a mut Format, name: &str) -> &'a mut Kind {
    format.kinds.iter_mut().find(|kind| kind.name == name).expect("a kind of the format")
}

/// The format as lowering hands it on where it has understood everything.
pub(crate) fn lowered(format: Format) -> Lowered {
    Lowered { format, broken: Vec::new(), diagnostics: Diagnostics::default() }
}

/// All that is found.
pub(crate) fn check_all(format: Format) -> Vec<Diagnostic> {
    check(lowered(format)).err().map_or(Vec::new(), |found| found.iter().cloned().collect())
}

/// The codes of all that is found.
pub(crate) fn codes(format: Format) -> Vec<&'static str> {
    check_all(format).into_iter().map(|found| found.code).collect()
}

#[test]
fn the_toys_are_sound() {
    for format in [toy(), split_page(toy()), wide(toy()), dual(toy())] {
        assert_eq!(check_all(format), []);
    }
}

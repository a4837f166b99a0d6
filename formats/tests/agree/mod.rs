//! Compares a module with the interpreter, word by word.

mod level;
mod said;
mod words;

use std::collections::BTreeSet;
use std::path::Path;

use gpt_codegen::Checked;
use gpt_codegen::model;
use gpt_runtime::{Format, Level, Visitor};

/// Checks all that a format and its levels say.
pub(crate) fn check<F: Format>(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("{name}.yaml"));
    let checked = gpt_codegen::from_yaml_file(path).expect("a sound format");
    let format = checked.format();
    assert_eq!(F::NAME, format.name);
    assert_eq!((F::INPUT_BITS, F::SIGN_EXTENDED), (format.input.bits, format.input.sign_extended));
    assert_eq!(F::OUTPUT_BITS, format.output.bits);
    let roots: Vec<usize> = F::ROOTS.iter().map(|root| usize::from(*root)).collect();
    assert_eq!(roots, format.roots.iter().map(|root| root.0).collect::<Vec<_>>());
    let pages = format.kinds.iter().filter(|kind| kind.class == model::Class::Page).flat_map(|kind| &kind.layouts);
    assert_eq!(F::PAGE_SIZES, pages.fold(0, |sizes, layout| sizes | 1 << format.page_lg2(layout)));
    let maintenance = &format.maintenance;
    assert_eq!(F::REPLACE_IN_PLACE, maintenance.replace == model::Replace::InPlace);
    assert_eq!(F::COHERENT, maintenance.walker == model::Walker::Coherent);
    assert_eq!(
        (F::CACHES.absent, F::CACHES.table, F::CACHES.page),
        (maintenance.caches.absent, maintenance.caches.table, maintenance.caches.page)
    );
    let mut seen = BTreeSet::new();
    for root in F::ROOTS {
        F::at_root(*root, 0, Levels { checked: &checked, expected: *root, seen: &mut seen });
    }
    assert_eq!(seen.len(), format.levels.len(), "levels that were not reached");
    let no_root = (0..=u8::MAX).find(|level| !F::ROOTS.contains(level)).unwrap();
    F::at_root(no_root, 0, NoTable);
}

/// Visits every level once.
struct Levels<'a> {
    checked: &'a Checked,
    expected: u8,
    seen: &'a mut BTreeSet<u8>,
}

impl<F: Format> Visitor<F> for Levels<'_> {
    type Output = ();

    fn visit<L: Level<Format = F>>(self, _: u64) {
        assert_eq!(L::NUMBER, self.expected);
        if !self.seen.insert(L::NUMBER) {
            return;
        }
        let children = level::check::<L>(self.checked);
        for (number, child) in children.iter().enumerate() {
            assert_eq!(L::child_shape(number), {
                let shape = std::cell::Cell::new(None);
                L::descend(number, 0, Shape(&shape));
                shape.get().unwrap()
            });
            L::descend(number, 0, Levels { checked: self.checked, expected: child.0 as u8, seen: &mut *self.seen });
        }
        L::descend(children.len(), 0, NoTable);
    }

    fn dead_end(self) {
        panic!("no level number {}", self.expected);
    }
}

/// Remembers the memory of a table.
struct Shape<'a>(&'a std::cell::Cell<Option<gpt_runtime::TableShape>>);

impl<F: Format> Visitor<F> for Shape<'_> {
    type Output = ();

    fn visit<L: Level<Format = F>>(self, _: u64) {
        self.0.set(Some(L::TABLE));
    }

    fn dead_end(self) {}
}

/// Expects no table.
struct NoTable;

impl<F: Format> Visitor<F> for NoTable {
    type Output = ();

    fn visit<L: Level<Format = F>>(self, _: u64) {
        panic!("there is a table at {}", L::NAME);
    }

    fn dead_end(self) {}
}

//! Compares what a level says with the interpreter.

use gpt_codegen::interpreter::{Decoded, Value, decode, empty_word, encode};
use gpt_codegen::model::{self, BitRange, Kind, Layout, LevelId, Meaning, Role, Sort, Target};
use gpt_codegen::{Checked, interpreter};
use gpt_runtime::{Class, Format, Level, PageShape};

use super::said::{expected, printed, rows, values};
use super::words::{Random, words};

/// Checks a level; gives the levels of its children.
pub(super) fn check<L: Level>(checked: &Checked) -> Vec<LevelId> {
    let id = LevelId(usize::from(L::NUMBER));
    let level = checked.format().level(id);
    assert_eq!(L::NAME, level.name);
    assert_eq!((L::INDEX_LOW, L::INDEX_BITS), (level.index.low, level.index.width()));
    assert_eq!(L::BIG_ENDIAN, level.endian == model::Endian::Big);
    assert_eq!((L::TABLE.bytes as u64, L::TABLE.align_bytes as u64), (level.table_bytes, level.align_bytes));
    assert_eq!(L::TABLE.items, 1 << level.items_lg2());
    assert_eq!(size_of::<L::Word>() * 8, level.entry_bits as usize);
    assert_eq!(L::EMPTY.into(), empty_word(checked, id));
    let here = Here { checked, id, pages: pages(checked, id), children: children(checked, id) };
    let shapes: Vec<PageShape> = here.pages.iter().map(|(_, layout)| shape(checked, layout)).collect();
    assert_eq!(L::PAGES, shapes);
    assert_eq!(L::HARDWARE_WRITES, here.pages.iter().any(|(_, layout)| layout.hardware_mask() != 0));
    let sizes: Vec<u64> = here.children.iter().map(|(_, child)| sizes(checked, *child)).collect();
    assert_eq!(L::CHILDREN, sizes);
    let kind_bits = |mask: u128, layout: &Layout| layout.matches.0.iter().fold(mask, |mask, cube| mask | cube.mask);
    let here_kinds = checked.format().layouts_at(id);
    assert_eq!(L::KIND_BITS.into(), here_kinds.fold(0, |mask, (_, layout)| kind_bits(mask, layout)));
    let mut random = Random::new(&format!("{} {}", checked.format().name, L::NAME));
    for word in words(checked.format(), id, &mut random) {
        here.word::<L>(word, &mut random);
    }
    here.children.iter().map(|(_, child)| *child).collect()
}

struct Here<'c> {
    checked: &'c Checked,
    id: LevelId,
    /// The pages, the largest first.
    pages: Vec<(&'c Kind, &'c Layout)>,
    /// The tables with their children: the kind, and the level of the child.
    children: Vec<(&'c Kind, LevelId)>,
}

impl Here<'_> {
    /// Checks all that is said of a word.
    fn word<L: Level>(&self, number: u128, random: &mut Random) {
        let word = narrow::<L>(number);
        let format = self.checked.format();
        let kind = format.layouts_at(self.id).find(|(_, layout)| layout.matches.fits(number));
        let class = kind.map_or(Class::Malformed, |(kind, _)| class(kind.class));
        assert_eq!(L::class(word), class, "{} {number:#x}", L::NAME);
        let children: Vec<Option<u64>> = (0..L::CHILDREN.len()).map(|child| L::child(word, child)).collect();
        let Some((kind, layout)) = kind.filter(|(_, layout)| number & layout.zero_mask() == 0) else {
            assert_eq!(L::special(word).is_some(), class == Class::Special);
            return;
        };
        let entry = decode(self.checked, self.id, number).expect("an entry");
        assert_eq!(entry.kind.name, kind.name);
        assert_eq!(L::special(word).is_some(), class == Class::Special);
        assert_eq!(children, self.tables(&entry), "{} {number:#x}", L::NAME);
        if let Some(special) = L::special(word) {
            let again = L::encode_special(&special).expect("what was said can be said");
            assert_eq!(L::special(again), Some(special));
        }
        match class {
            Class::Page => self.page::<L>(word, kind, layout, random),
            _ => assert_eq!(L::page_shape(word), 0),
        }
        for child in 0..L::CHILDREN.len() {
            self.child::<L>(word, child, random);
        }
    }

    /// The children of an entry, in the order of the level.
    fn tables(&self, entry: &Decoded<'_>) -> Vec<Option<u64>> {
        let own = |kind: &Kind, level: LevelId| {
            let mut tables = entry.tables().filter(|_| kind.name == entry.kind.name);
            tables.find(|(_, at, _)| *at == level).map(|(_, _, table)| table as u64)
        };
        self.children.iter().map(|(kind, level)| own(kind, *level)).collect()
    }

    fn page<L: Level>(&self, word: L::Word, kind: &Kind, layout: &Layout, random: &mut Random) {
        let format = self.checked.format();
        let number: u128 = word.into();
        let shape = self.pages.iter().position(|(page, _)| page.name == kind.name).expect("a page");
        assert_eq!(L::page_shape(word), shape, "{} {number:#x}", L::NAME);
        let address = gather(layout, number);
        assert_eq!(L::page_address(word), address, "{} {number:#x}", L::NAME);
        let attributes = L::attributes(word);
        let said = printed(&attributes);
        assert_eq!(said, expected(format, layout, number, &said), "{} {number:#x}", L::NAME);
        // What is read can be written, and only free bits without a name are lost.
        let unnamed = layout.fields.iter().filter(|row| row.name.is_empty() && matches!(row.role, Role::Free { .. }));
        let lost = unnamed.fold(0, |mask, row| mask | row.bits.mask());
        let again = L::encode_page(shape, address, &attributes).expect("what was read can be written");
        assert_eq!(again.into(), number & !lost | layout.skeleton() & lost);
        self.encode::<L>(&attributes, random);
        self.events::<L>(word, layout);
        let unit = 1 << address_mask(layout).trailing_zeros();
        let higher = address.wrapping_add(unit) & address_mask(layout);
        if higher > address {
            let advanced = L::advance(shape, word, unit);
            assert_eq!(L::page_address(advanced), higher, "{} {number:#x}", L::NAME);
            let row = address_row_mask(layout);
            assert_eq!(advanced.into() & !row, number & !row);
        }
    }

    /// Encodes attributes in pages of every shape, at addresses that fit and at some that do not.
    fn encode<L: Level>(&self, attributes: &<L::Format as Format>::Attributes, random: &mut Random) {
        let said = printed(attributes);
        for (shape, (kind, layout)) in self.pages.iter().enumerate() {
            let mask = address_mask(layout);
            for address in [random.next() & mask, mask, random.next(), mask + 1, mask.wrapping_shl(1), 0] {
                let emitted = L::encode_page(shape, address, attributes).map(Into::into);
                let values = values(self.checked.format(), layout, &said).map(|mut values| {
                    values.insert("page".to_owned(), Value::Number(u128::from(address)));
                    values
                });
                let expected = values.and_then(|values| encode(self.checked, self.id, &kind.name, &values).ok());
                assert_eq!(emitted, expected, "{} {} {address:#x} {said:?}", L::NAME, kind.name);
            }
        }
        assert_eq!(L::encode_page(self.pages.len(), 0, attributes), None);
    }

    /// What is about the bits that the hardware writes.
    fn events<L: Level>(&self, word: L::Word, layout: &Layout) {
        let number: u128 = word.into();
        for (meaning, without) in [("accessed", L::without_accessed(word)), ("dirty", L::without_dirty(word))] {
            let cleared = rows(layout).filter(|(name, _)| name == meaning).fold(number, |word, (_, value)| {
                let negative = matches!(value.field.role, Role::Setting { negative: true, .. });
                value.places.set(word, if negative { u128::MAX } else { 0 })
            });
            assert_eq!(without.into(), cleared, "{} {number:#x} {meaning}", L::NAME);
        }
        let all = layout.fields.iter().filter(|field| field.hardware).fold(number, |word, field| {
            let negative = matches!(field.role, Role::Setting { negative: true, .. });
            field.bits.set(word, if negative { 0 } else { u128::MAX })
        });
        assert_eq!(L::settled(word), all == number, "{} {number:#x}", L::NAME);
        let everything = narrow::<L>(all);
        assert_eq!(L::absorb(word, everything), everything);
        assert_eq!(L::absorb(everything, word), everything);
        assert_eq!(L::absorb(word, word), word);
    }

    /// Adds a child to a word and takes it out again.
    fn child<L: Level>(&self, word: L::Word, child: usize, random: &mut Random) {
        let Some((kind, level)) = self.children.get(child) else { return };
        let layout = kind.layouts.iter().find(|layout| layout.level == self.id).expect("a layout");
        let place = layout.children.iter().position(|of| of.level == *level).expect("a child");
        let mask = layout.address_fields(Target::Table(place)).fold(0, |mask, (_, output)| mask | output.mask()) as u64;
        for table in [random.next() & mask, mask, random.next(), mask + 1] {
            let with = L::with_child(word, child, table, &Default::default());
            let may = matches!(L::class(word), Class::Absent | Class::Table) && table & !mask == 0;
            let Some(with) = with else {
                let absent = L::class(word) == Class::Absent;
                assert!(!may || !absent, "{} {word:#x} {table:#x} {}", L::NAME, kind.name);
                continue;
            };
            assert!(may);
            assert_eq!(L::child(with, child), Some(table));
            assert!(decode(self.checked, self.id, with.into()).is_ok(), "{} {with:#x}", L::NAME);
            let before: Vec<Option<u64>> = (0..L::CHILDREN.len()).map(|other| L::child(word, other)).collect();
            for (other, was) in before.iter().enumerate().filter(|(other, _)| *other != child) {
                assert_eq!(L::child(with, other), *was);
            }
            let without = L::without_child(with, child);
            for (other, was) in before.iter().enumerate() {
                assert_eq!(L::child(without, other), was.filter(|_| other != child));
            }
            if before.iter().all(Option::is_none) {
                assert_eq!(without, L::EMPTY);
                assert_eq!(with.into(), self.new_table(kind, layout, place, table), "{}", L::NAME);
            }
        }
    }

    /// The word of a table entry that restricts nothing and has one child.
    fn new_table(&self, kind: &Kind, layout: &Layout, place: usize, table: u64) -> u128 {
        let mut values = interpreter::Attributes::new();
        let mut word = layout.skeleton();
        for (name, value) in rows(layout) {
            let Role::Setting { meaning, negative, codes: None, .. } = &value.field.role else { continue };
            let allows = Meaning::sort(meaning) == Sort::Permission;
            if allows {
                values.insert(name, Value::Flag(true));
            }
            word = value.places.set(word, if allows == *negative { 0 } else { u128::MAX });
        }
        if let [_] = layout.children.as_slice() {
            values.insert("table".to_owned(), Value::Number(u128::from(table)));
            if let Ok(word) = encode(self.checked, self.id, &kind.name, &values) {
                return word;
            }
        }
        // What says that the child is there is the first pattern that does.
        let put = |word, (bits, output): (BitRange, BitRange)| bits.set(word, output.get(u128::from(table)));
        let word = layout.address_fields(Target::Table(place)).fold(word, put);
        let cubes = layout.matches.and(&layout.children[place].present).expect("few patterns").0;
        let mut words = cubes.iter().map(|cube| word & !cube.mask | cube.value);
        let alone = |word: &u128| {
            layout.children.iter().enumerate().all(|(other, child)| other == place || !child.present.fits(*word))
        };
        words.find(|word| layout.matches.fits(*word) && alone(word)).expect("a table entry")
    }
}

fn narrow<L: Level>(number: u128) -> L::Word {
    // A word is known to be an unsigned integer only; the host's byte order cancels out.
    let bytes = number.to_ne_bytes();
    let size = size_of::<L::Word>();
    let start = if cfg!(target_endian = "big") { 16 - size } else { 0 };
    let word = bytes[start..start + size].as_ptr().cast::<L::Word>();
    // SAFETY: every sequence of bytes is an unsigned integer, and there are as many as it has.
    unsafe { word.read_unaligned() }
}

fn class(of: model::Class) -> Class {
    match of {
        model::Class::Absent => Class::Absent,
        model::Class::Table => Class::Table,
        model::Class::Page => Class::Page,
        model::Class::Special => Class::Special,
    }
}

fn pages(checked: &Checked, id: LevelId) -> Vec<(&Kind, &Layout)> {
    let here = checked.format().layouts_at(id);
    let mut pages: Vec<(&Kind, &Layout)> = here.filter(|(kind, _)| kind.class == model::Class::Page).collect();
    pages.sort_by_key(|(_, layout)| std::cmp::Reverse(checked.format().page_lg2(layout)));
    pages
}

fn children(checked: &Checked, id: LevelId) -> Vec<(&Kind, LevelId)> {
    let here = checked.format().layouts_at(id);
    here.flat_map(|(kind, layout)| layout.children.iter().map(move |child| (kind, child.level))).collect()
}

fn shape(checked: &Checked, layout: &Layout) -> PageShape {
    PageShape {
        size_lg2: checked.format().page_lg2(layout),
        items_lg2: layout.run.map_or(0, |run| run.items_lg2),
        own_address: layout.run.is_some_and(|run| run.own_address),
    }
}

/// The sizes of pages at and below a level, found by going down every way.
fn sizes(checked: &Checked, id: LevelId) -> u64 {
    let format = checked.format();
    format.layouts_at(id).fold(0, |all, (kind, layout)| {
        let own = if kind.class == model::Class::Page { 1 << format.page_lg2(layout) } else { 0 };
        layout.children.iter().fold(all | own, |all, child| all | sizes(checked, child.level))
    })
}

fn gather(layout: &Layout, word: u128) -> u64 {
    layout.address_fields(Target::Page).fold(0, |address, (bits, output)| output.set(address, bits.get(word))) as u64
}

fn address_mask(layout: &Layout) -> u64 {
    layout.address_fields(Target::Page).fold(0, |mask, (_, output)| mask | output.mask()) as u64
}

fn address_row_mask(layout: &Layout) -> u128 {
    layout.address_fields(Target::Page).fold(0, |mask, (bits, _)| mask | bits.mask())
}

//! A walker that does not see the processor's caches: it reads what was announced as written, and garbage elsewhere. After
//! each announcement all that it can reach makes sense.
#![cfg(not(loom))]
#![allow(unsafe_code, missing_docs, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod toy;

use std::cell::{Cell, RefCell};
use std::ptr::NonNull;

use gpt_runtime::{
    AddressRange, Class, EmptyTables, Environment, Epochs, Format, Header, Level, PageTable, TableShape, Visitor, Word,
};
use toy::environment::Counting;
use toy::reference::{Random, Reference, Toy};
use toy::{Says, Special};

/// How many bytes are cleaned at once.
const LINE_BYTES: usize = 64;

/// Tables in cached memory, and somebody who looks at what is behind the caches.
#[derive(Default)]
struct Cached {
    memory: Counting,
    root: Cell<Option<(u8, u64)>>,
    look: Cell<Option<fn(&Cached)>>,
    lines: Cell<usize>,
    /// What somebody else does just before something is announced.
    meanwhile: RefCell<Option<Box<dyn FnOnce()>>>,
}

// SAFETY: everything is handed to the field that keeps the promises.
unsafe impl Environment for Cached {
    fn allocate(&self, shape: TableShape) -> Option<u64> {
        self.memory.allocate(shape)
    }

    unsafe fn free(&self, address: u64, shape: TableShape) {
        // SAFETY: the caller's promises.
        unsafe { self.memory.free(address, shape) }
    }

    unsafe fn table(&self, address: u64, shape: TableShape) -> NonNull<u8> {
        // SAFETY: the caller's promise.
        unsafe { self.memory.table(address, shape) }
    }

    unsafe fn header(&self, address: u64, shape: TableShape) -> NonNull<Header> {
        // SAFETY: the caller's promise.
        unsafe { self.memory.header(address, shape) }
    }

    fn written(&self, table: u64, shape: TableShape, first_item: usize, items: usize) {
        if self.root.get().is_some_and(|(_, root)| root == table) {
            let meanwhile = self.meanwhile.borrow_mut().take();
            if let Some(meanwhile) = meanwhile {
                meanwhile();
            }
        }
        let item_bytes = shape.bytes / shape.items;
        let (start, end) = (first_item * item_bytes, (first_item + items) * item_bytes);
        self.lines.set(self.lines.get() + end.div_ceil(LINE_BYTES) - start / LINE_BYTES);
        self.memory.written(table, shape, first_item, items);
        if let Some(look) = self.look.get() {
            look(self);
        }
    }
}

/// The word that the walker reads.
fn seen<L: Level>(memory: &Counting, table: u64, index: usize) -> L::Word {
    // SAFETY: the environment panics where the table is not allocated, and one thread does all.
    let bytes = unsafe { memory.clean(table) };
    let size = size_of::<L::Word>();
    let raw = &bytes[index * size..(index + 1) * size];
    assert!(raw.iter().any(|byte| *byte != 0xa5), "garbage is read in table {table:#x}");
    // SAFETY: words are unsigned integers, for which every sequence of bytes is a value, and there are enough bytes.
    let word = unsafe { raw.as_ptr().cast::<L::Word>().read_unaligned() };
    word.swapped_if(toy::reference::swap::<L>())
}

/// Reads all that can be reached.
struct ReadAll<'e>(&'e Counting);

impl<F: Toy> Visitor<F> for ReadAll<'_> {
    type Output = ();

    fn visit<L: Level<Format = F>>(self, table: u64) {
        for index in 0..L::TABLE.items {
            let word = seen::<L>(self.0, table, index);
            assert_ne!(L::class(word), Class::Malformed, "{word:#x} is read in table {table:#x}");
            for child in 0..L::CHILDREN.len() {
                if let Some(table) = L::child(word, child).filter(|_| L::class(word) == Class::Table) {
                    L::descend(child, table, ReadAll(self.0));
                }
            }
        }
    }

    fn dead_end(self) {
        panic!("the walker reads nowhere")
    }
}

/// Walks to one address.
struct WalkTo<'e>(&'e Counting, u64);

impl<F: Toy> Visitor<F> for WalkTo<'_> {
    type Output = Option<u64>;

    fn visit<L: Level<Format = F>>(self, table: u64) -> Option<u64> {
        let word = seen::<L>(self.0, table, ((self.1 >> L::INDEX_LOW) & ((1 << L::INDEX_BITS) - 1)) as usize);
        match L::class(word) {
            Class::Page => Some(L::page_address(word)),
            Class::Table => (0..L::CHILDREN.len())
                .find_map(|child| L::descend(child, L::child(word, child)?, WalkTo(self.0, self.1))),
            _ => None,
        }
    }

    fn dead_end(self) -> Option<u64> {
        None
    }
}

fn tree<F: Toy>() -> PageTable<F, Cached> {
    let tree: PageTable<F, Cached> = PageTable::new(Cached::default(), Epochs::new()).unwrap();
    let environment = tree.environment();
    environment.root.set(Some((tree.root_table().level, tree.root())));
    environment.look.set(Some(|cached| {
        let (level, root) = cached.root.get().unwrap();
        F::at_root(level, root, ReadAll(&cached.memory));
    }));
    tree
}

fn history<F: Toy>(seed: u64) {
    let mut tree = tree::<F>();
    let mut random = Random::new(seed);
    let pages = (Reference::<F>::new().pages.len() as u64) >> u32::from(F::SIGN_EXTENDED);
    for _ in 0..200 {
        let start = random.below(pages);
        let count = 1 + random.below((pages - start).min(20));
        let page = 1 << Reference::<F>::PAGE_LG2;
        let range = AddressRange::new(start * page, count * page).unwrap();
        let says = Says { write: random.chance(2), ..Says::default() };
        let outcome = match random.below(6) {
            0 => tree.map(range, start * page, &says),
            1 => tree.exclusive().map(range, start * page, &says),
            2 => tree.unmap(range, EmptyTables::AtOnce, |_| {}),
            3 => tree.exclusive().unmap(range, EmptyTables::WhenCovered, |_| {}),
            4 => tree.remap(range, (start ^ 16) * page),
            _ => tree.set_special(range, &Special(3)),
        };
        outcome.unwrap_or_else(|stop| stop.obligation).acknowledge();
        tree.reclaim();
        tree.environment().memory.assert_clean();
    }
}

#[test]
fn what_is_reached_was_cleaned_before() {
    for seed in 1..5 {
        history::<toy::Three>(seed);
        history::<toy::Runs>(seed);
        history::<toy::Dual>(seed);
        history::<toy::Either>(seed);
    }
}

/// Who comes second to a table that somebody has just linked, and not yet cleaned the link: what it maps there can be seen
/// once it is done.
#[test]
fn loser_of_an_install_race_is_seen() {
    let tree: &'static PageTable<toy::Three, Cached> = Box::leak(Box::new(tree()));
    let environment = tree.environment();
    let says = Says::default();
    environment.meanwhile.replace(Some(Box::new(move || {
        tree.map(AddressRange::new(0x1000, 0x1000).unwrap(), 0x7000, &Says::default()).unwrap().acknowledge();
        let (level, root) = tree.environment().root.get().unwrap();
        let seen = <toy::Three as Format>::at_root(level, root, WalkTo(&tree.environment().memory, 0x1000));
        assert_eq!(seen, Some(0x7000));
    })));
    tree.map(AddressRange::new(0, 0x1000).unwrap(), 0x5000, &says).unwrap().acknowledge();
    assert!(environment.meanwhile.borrow().is_none());
    // SAFETY: it was leaked above, and nobody else knows it.
    drop(unsafe { Box::from_raw(std::ptr::from_ref(tree).cast_mut()) });
}

/// Lines are cleaned once for each table that a range lies in, not once for each page.
#[test]
fn lines_are_cleaned_once_for_each_table() {
    let mut tree = tree::<toy::Wide>();
    tree.environment().look.set(None);
    let range = AddressRange::new(0, 512 << 12).unwrap();
    for owned in [false, true] {
        tree.environment().lines.set(0);
        let says = Says::default();
        let mapped = if owned { tree.exclusive().map(range, 0, &says) } else { tree.map(range, 0, &says) };
        mapped.unwrap().acknowledge();
        assert_eq!(tree.environment().lines.get(), 512 * 8 / LINE_BYTES);
        tree.environment().lines.set(0);
        tree.unmap(range, EmptyTables::AtOnce, |_| {}).unwrap().acknowledge();
        assert_eq!(tree.environment().lines.get(), 512 * 8 / LINE_BYTES);
    }
}

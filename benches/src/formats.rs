//! All formats of the catalogue under the same work: what each item costs, however wide it is and whatever it says.

use std::cell::RefCell;
use std::hint::black_box;
use std::mem::{MaybeUninit, size_of};
use std::ptr::NonNull;
use std::rc::Rc;

use gpt_runtime::{
    AddressRange, Arena, Class, EmptyTables, Format, GRANULE_BYTES, Granule, InputAddress, Level, PageShape, PageTable,
    SingleThread, Visitor, Word,
};

use crate::driver::{self, Driver};
use crate::measure::{Cycle, Group};
use crate::raw::{self, Raw};

/// The first address; every format has it and enough above.
const START: u64 = 0x1000_0000;
/// How many items the work has.
const ITEMS: u64 = 2048;
/// The bytes of an arena.
const BYTES: usize = 8 << 20;

/// Makes a cycle for each format of the catalogue.
macro_rules! for_each_format {
    ($($name:ident),*) => {
        /// Single items of the smallest page.
        pub fn pages() -> Group {
            let cycles = [$(cycle::<format_of!($name)>(stringify!($name), false)),*];
            let note = "Instructions and nanoseconds of one item; exclusive, in an arena.";
            Group { note, ..Group::of(cycles.into_iter().flatten().collect()) }
        }

        /// Pages of several items.
        pub fn runs() -> Group {
            let cycles = [Some(limit()), $(cycle::<format_of!($name)>(stringify!($name), true)),*];
            let note = "Instructions and nanoseconds of one item, in pages of several items; exclusive, in an arena.";
            Group { note, ..Group::of(cycles.into_iter().flatten().collect()) }
        }
    };
}

/// The type of a module's format, which its tree is made of.
trait Named {
    type Format: Format;
}

impl<F: Format, E: gpt_runtime::Environment, R: gpt_runtime::Reclaim> Named for PageTable<F, E, R> {
    type Format = F;
}

macro_rules! format_of {
    ($name:ident) => {
        <gpt_formats::$name::PageTable<Arena<'static>, SingleThread> as Named>::Format
    };
}

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// A size of pages and something that such a page can say.
struct Found<A> {
    shape: PageShape,
    attributes: A,
}

/// Looks for the smallest pages of one item, or of several.
#[derive(Clone, Copy)]
struct Find {
    runs: bool,
}

impl Find {
    /// Words that may be pages: patterns in the lowest and in the highest bits.
    fn words<W: Word>(bits: u32) -> impl Iterator<Item = W> {
        (0..0x1_0000_u128).flat_map(move |pattern| [pattern, pattern << (bits - 16), pattern | 1 << (bits - 1)]).map(
            |word| {
                let mut made = MaybeUninit::<W>::uninit();
                let bytes = word.to_ne_bytes();
                // SAFETY: a word is an unsigned integer of at most 16 bytes, and its low bytes come first on this host.
                unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), made.as_mut_ptr().cast(), size_of::<W>()) };
                // SAFETY: all bytes were just written, and all are allowed.
                unsafe { made.assume_init() }
            },
        )
    }
}

impl<F: Format> Visitor<F> for Find {
    type Output = Option<Found<F::Attributes>>;

    fn visit<L: Level<Format = F>>(self, _: u64) -> Self::Output {
        let wanted = |shape: &&PageShape| (shape.items_lg2 > 0) == self.runs;
        let below = (0..L::CHILDREN.len()).filter_map(|child| L::descend(child, 0, self));
        let smallest = below.min_by_key(|found| found.shape.size_lg2);
        if smallest.is_some() {
            return smallest;
        }
        let shape = *L::PAGES.iter().filter(wanted).min_by_key(|shape| shape.size_lg2)?;
        let number = L::PAGES.iter().position(|other| *other == shape)?;
        let bits = size_of::<L::Word>() as u32 * 8;
        Self::words::<L::Word>(bits)
            .filter(|word| L::class(*word) == Class::Page)
            .map(|word| L::attributes(word))
            .find(|attributes| L::encode_page(number, START, attributes).is_some())
            .map(|attributes| Found { shape, attributes })
    }

    fn dead_end(self) -> Self::Output {
        None
    }
}

/// An arena at a low output address, for formats whose tables must be reached by 32 bits.
fn arena() -> Arena<'static> {
    let granules: &'static [Granule] = Box::leak((0..BYTES / GRANULE_BYTES).map(|_| Granule::new()).collect());
    let layout = std::alloc::Layout::from_size_align(BYTES, 1 << 16).expect("a power of two");
    // SAFETY: the size is not zero.
    let memory = NonNull::new(unsafe { std::alloc::alloc_zeroed(layout) }).expect("there is memory");
    // SAFETY: the memory was just allocated and is never freed.
    unsafe { Arena::new(memory, 0x10_0000, granules) }.expect("the memory is aligned")
}

/// As many entries without a table around them.
fn limit() -> Cycle {
    let entries = Rc::new(RefCell::new(Raw::<{ raw::CHECK_STORE }>::new(ITEMS)));
    let (one, two, bytes) = (entries.clone(), entries, ITEMS * driver::PAGE);
    let map = move || one.borrow_mut().map(driver::START, bytes, driver::PAGE);
    let unmap = move || two.borrow_mut().unmap(driver::START, bytes, driver::PAGE);
    Cycle::new("check+store").step("map", ITEMS, map).step("unmap", ITEMS, unmap)
}

/// Map, walk, unmap; nothing where the format has no such pages.
fn cycle<F: Format>(who: &str, runs: bool) -> Option<Cycle> {
    let level = *F::ROOTS.first()?;
    let found = F::at_root(level, 0, Find { runs })?;
    let Found { shape, attributes } = found;
    let bytes = (ITEMS >> shape.items_lg2) << shape.size_lg2;
    let range = AddressRange::<F>::new(START, bytes).ok()?;
    let tree = PageTable::<F, _, _>::new(arena(), SingleThread::default()).expect("the arena has room");
    let tree = Rc::new(RefCell::new(tree));
    let (one, two, three) = (tree.clone(), tree.clone(), tree);
    let map = move || {
        let mut tree = one.borrow_mut();
        tree.exclusive()
            .map_with_sizes(range, START, &attributes, 1 << shape.size_lg2)
            .expect("it is free")
            .fulfil(drop);
    };
    let item = 1 << (shape.size_lg2 - shape.items_lg2);
    let walk = move || {
        let tree = two.borrow();
        let reader = tree.reader();
        for va in (START..START + bytes).step_by(item) {
            let found = InputAddress::new(va).and_then(|va| reader.walk(va).ok()).map(|page| page.oa + (va - page.va));
            assert_eq!(black_box(found), Some(va));
        }
    };
    let unmap = move || {
        let mut tree = three.borrow_mut();
        tree.exclusive().unmap(range, EmptyTables::Never, drop).expect("it is mapped").fulfil(drop);
    };
    Some(Cycle::new(who).step("map", ITEMS, map).step("walk", ITEMS, walk).step("unmap", ITEMS, unmap))
}

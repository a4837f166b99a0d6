//! What a driver chooses for table entries: the words that end up in memory, written out by hand from the manuals.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, unsafe_code)]

use std::ptr::NonNull;

use gpt_codegen::interpreter::{self, Image, Mapping, Root, Value, level_named, walk};
use gpt_formats::{amd_npt, arm64_4k, armv7_short, nv_ver2, nv_ver3, x86_64, x86_pae};
use gpt_runtime::{
    AddressRange, EmptyTables, Environment, Epochs, Format, Header, Heap, Level, PageTable, Reason, TableEntry,
    TableShape,
};

/// A heap whose tables are linked as a driver wants.
struct Driver<A> {
    says: A,
}

/// What a driver says of entries of the format `F`.
trait Says {
    fn says<F: Format>(&self, entry: &mut TableEntry<F>);
}

// SAFETY: everything is handed to the heap, which keeps the promises.
unsafe impl<A: Says> Environment for Driver<A> {
    fn allocate(&self, shape: TableShape) -> Option<u64> {
        Heap.allocate(shape)
    }

    unsafe fn free(&self, address: u64, shape: TableShape) {
        // SAFETY: the caller's promises.
        unsafe { Heap.free(address, shape) }
    }

    unsafe fn table(&self, address: u64, shape: TableShape) -> NonNull<u8> {
        // SAFETY: the caller's promise.
        unsafe { Heap.table(address, shape) }
    }

    unsafe fn header(&self, address: u64, shape: TableShape) -> NonNull<Header> {
        // SAFETY: the caller's promise.
        unsafe { Heap.header(address, shape) }
    }

    fn table_entry<F: Format>(&self, entry: &mut TableEntry<F>) {
        self.says.says(entry);
    }
}

/// The 64-bit word at this place of a table on the heap.
fn word(table: u64, place: usize) -> u64 {
    let first = table as *const u64;
    // SAFETY: the address is that of a table on the heap, which is alive and has this item, and nobody writes to it.
    let item = unsafe { first.add(place) };
    // SAFETY: as above.
    unsafe { item.read_volatile() }
}

macro_rules! says {
    ($name:ident, $format:ty, |$level:ident, $attributes:ident| $body:block) => {
        struct $name;
        impl Says for $name {
            fn says<F: Format>(&self, entry: &mut TableEntry<F>) {
                let $level = entry.level();
                if let Some($attributes) = entry.of::<$format>() $body
            }
        }
    };
}

fn tree<F: Format, A: Says>(says: A) -> PageTable<F, Driver<A>> {
    PageTable::new(Driver { says }, Epochs::new()).unwrap()
}

fn range<F: Format>(va: u64, bytes: u64) -> AddressRange<F> {
    AddressRange::new(va, bytes).unwrap()
}

#[test]
fn an_arm_table_has_a_domain() {
    let attributes = |key| armv7_short::TableAttributes {
        key: Some(key),
        non_secure: Some(true),
        ..armv7_short::TableAttributes::default()
    };
    // Arm ARM: domain in 8:5, NS in 3, PXN in 2, a table in 1:0.
    assert_eq!(armv7_short::L1::with_child(0, 0, 0x4c00, &attributes(9)), Some(0x4c00 | 9 << 5 | 1 << 3 | 1));
    assert_eq!(armv7_short::L1::with_child(0, 0, 0x4c00, &attributes(16)), None);
    let entry = armv7_short::L1::with_child(0, 0, 0x4c00, &armv7_short::TableAttributes::default());
    assert_eq!(entry, Some(0x4c01));
}

says!(Video, nv_ver2::NvVer2, |_level, attributes| {
    attributes.space = Some(nv_ver2::PdeAperture::VIDEO);
    attributes.cache_disable = Some(false);
    attributes.space_big = Some(nv_ver2::PdeAperture::VIDEO);
    attributes.uncached_big = Some(false);
    attributes.space_small = Some(nv_ver2::PdeAperture::SYSTEM_NON_COHERENT);
    attributes.uncached_small = Some(true);
});

#[test]
fn apertures_of_both_tables_of_an_nvidia_entry_are_the_drivers() {
    let tree = tree::<nv_ver2::NvVer2, _>(Video);
    let says = nv_ver2::Attributes {
        user: true,
        write: true,
        atomic: true,
        space: nv_ver2::PteAperture::SYSTEM_COHERENT,
        ..nv_ver2::Attributes::default()
    };
    tree.map(range(0x1_0000, 0x1_0000), 0x1_0000, &says).unwrap().acknowledge();
    let address = |word: u64| (word & 0x3f_ffff_ffff_ff00) << 4;
    // gp100 dev_mmu.h: aperture 2:1 with 1 for video memory, VOL 3, address from bit 8 on.
    let (mut table, mut words) = (tree.root_table().address, Vec::new());
    for _ in 0..3 {
        words.push(word(table, 0) & 0xff);
        table = address(word(table, 0));
    }
    assert_eq!(words, [0x2; 3]);
    assert_eq!((word(table, 0) & 0xf, word(table, 1)), (0x2, 0));
    // Small pages beside the big one: the second table comes with its own aperture, and the first keeps its own.
    tree.map(range(0x2_0000, 0x1000), 0x7000, &says).unwrap().acknowledge();
    assert_eq!((word(table, 0) & 0xf, word(table, 1) & 0xff), (0x2, 3 << 1 | 1 << 3));
    let reader = tree.reader();
    for (va, oa) in [(0x1_2345, 0x1_2345), (0x2_0123, 0x7123)] {
        let page = reader.walk(nv_ver2::Va::new(va).unwrap()).unwrap();
        assert_eq!(page.oa + (va - page.va), oa);
    }
}

says!(NotPresent, nv_ver3::NvVer3, |_level, attributes| {
    // Aperture 0 would be an absent entry.
    attributes.space = Some(nv_ver3::PdeAperture::NONE);
});

#[test]
fn an_entry_that_would_lead_nowhere_is_refused() {
    let tree = tree::<nv_ver3::NvVer3, _>(NotPresent);
    let says = nv_ver3::Attributes { user: true, write: true, atomic: true, ..nv_ver3::Attributes::default() };
    let refused = tree.map(range(0, 0x1000), 0, &says).unwrap_err();
    assert_eq!(refused.reason, Reason::NotEncodable);
    assert_eq!(word(tree.root_table().address, 0), 0);
}

says!(ReadOnly, x86_64::X86_64, |level, attributes| {
    if level == x86_64::Pd::NUMBER {
        attributes.write = Some(false);
        attributes.accessed = Some(true);
        attributes.avl = Some(5);
    }
});

#[test]
fn a_restriction_is_for_all_that_lies_below() {
    let tree = tree::<x86_64::X86_64, _>(ReadOnly);
    let says = x86_64::Attributes { write: true, user: true, ..x86_64::Attributes::default() };
    tree.map(range(0, 0x1000), 0x1000, &says).unwrap().acknowledge();
    let next = |table: u64| word(table, 0) & 0xf_ffff_ffff_f000;
    let pml4 = tree.root_table().address;
    let pd = next(next(pml4));
    assert_eq!([word(pml4, 0), word(next(pml4), 0), word(pd, 0)].map(|word| word & 0xfff), [7, 7, 0xa25]);
    // A large page that is split gets the same kind of entry.
    tree.map(range(0x20_0000, 0x20_0000), 0x40_0000, &says).unwrap().acknowledge();
    let gone = tree.unmap(range(0x20_0000, 0x1000), EmptyTables::WhenCovered, |_| {}).unwrap();
    gone.acknowledge();
    assert_eq!(word(pd, 1) & 0xfff, 0xa25);
}

says!(Unsayable, x86_pae::X86Pae, |_level, attributes| {
    attributes.write = Some(false);
    attributes.cache_disable = Some(true);
});

#[test]
fn a_restriction_without_a_row_is_refused() {
    // A PDPTE has no R/W bit.
    let tree = tree::<x86_pae::X86Pae, _>(Unsayable);
    let refused = tree.map(range(0, 0x1000), 0x1000, &x86_pae::Attributes::default()).unwrap_err();
    assert_eq!(refused.reason, Reason::NotEncodable);
}

says!(Hierarchical, arm64_4k::Arm64_4k, |level, attributes| {
    attributes.user_execute = Some(false);
    attributes.user = Some(false);
    attributes.non_secure = Some(level == arm64_4k::L0::NUMBER);
});

#[test]
fn arm_tables_are_secure_unless_said_otherwise_and_restrict_what_is_asked() {
    struct Nothing;
    impl Says for Nothing {
        fn says<F: Format>(&self, _: &mut TableEntry<F>) {}
    }
    let says = arm64_4k::Attributes { write: true, ..arm64_4k::Attributes::default() };
    let plain = tree::<arm64_4k::Arm64_4k, _>(Nothing);
    plain.map(range(0, 0x1000), 0x1000, &says).unwrap().acknowledge();
    // Arm ARM: NSTable 63, APTable 62:61, UXNTable 60, PXNTable 59. A clear NSTable keeps a secure walk secure.
    assert_eq!(word(plain.root_table().address, 0) >> 59, 0);
    let tree = tree::<arm64_4k::Arm64_4k, _>(Hierarchical);
    tree.map(range(0, 0x1000), 0x1000, &says).unwrap().acknowledge();
    let root = tree.root_table().address;
    assert_eq!(word(root, 0) >> 59, 0b1_01_10);
    assert_eq!(word(word(root, 0) & 0xffff_ffff_f000, 0) >> 59, 0b0_01_10);
}

says!(Other, amd_npt::AmdNpt, |_level, attributes| {
    attributes.write = Some(false);
});

#[test]
fn what_is_said_of_another_format_is_not_asked_for() {
    let tree = tree::<x86_64::X86_64, _>(Other);
    tree.map(range(0, 0x1000), 0x1000, &x86_64::Attributes::default()).unwrap().acknowledge();
    assert_eq!(word(tree.root_table().address, 0) & 0xfff, 7);
}

#[test]
fn an_image_says_the_same() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/nv_ver2.yaml");
    let checked = gpt_codegen::from_yaml_file(path).unwrap();
    let level = level_named(&checked, "PD3").unwrap();
    let mut image = Image::new(0x1_0000);
    let table = image.allocate(checked.format().level(level), 0).unwrap();
    let code = |name: &str, value: &str| (name.to_owned(), Value::Code(value.to_owned()));
    let flag = |name: &str, value: bool| (name.to_owned(), Value::Flag(value));
    image.table_attributes(None, [code("space", "video"), flag("cache_disable", false)].into());
    image.table_attributes(
        level_named(&checked, "PD0"),
        [
            code("space_big", "video"),
            flag("uncached_big", false),
            code("space_small", "system-non-coherent"),
            flag("uncached_small", true),
        ]
        .into(),
    );
    let root = Root { table, level };
    let wanted: interpreter::Attributes = ["user", "write", "atomic"]
        .map(|name| flag(name, true))
        .into_iter()
        .chain([code("space", "system-coherent")])
        .collect();
    for (va, oa, bytes) in [(0x1_0000, 0x1_0000, 0x1_0000), (0x2_0000, 0x7000, 0x1000)] {
        let mapping = Mapping { va, oa, bytes, attributes: Some(&wanted) };
        interpreter::map(&checked, &mut image, root, mapping).unwrap();
    }
    let steps = walk(&checked, &image, root, 0x2_0000).steps;
    let low = |step: &interpreter::Step| step.word & 0xff;
    assert_eq!(steps[..3].iter().map(low).collect::<Vec<_>>(), [0x2; 3]);
    assert_eq!((steps[3].word & 0xf, steps[3].word >> 64 & 0xff), (0x2, 3 << 1 | 1 << 3));
}

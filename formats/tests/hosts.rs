//! The same history leaves the same bytes on every host, whatever its byte order and its atomics, and addresses above
//! 4 GiB are as good as any other where pointers have 32 bits.
#![allow(unsafe_code, clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::ptr::NonNull;

use gpt_formats::{armv7_lpae, nv_ver3, powerpc_radix, x86_pae};
use gpt_runtime::{
    AddressRange, Arena, EmptyTables, Format, GRANULE_BYTES, Granule, InputAddress, PageTable, SingleThread,
};

/// Where the hardware finds the tables: beyond what 32 bits can name.
const BASE: u64 = 0x12_3400_0000;
const BYTES: usize = 256 << 10;

#[repr(align(65536))]
struct Memory([u8; BYTES]);

fn range<F: Format>(start: u64, bytes: u64) -> AddressRange<F> {
    AddressRange::new(start, bytes).unwrap()
}

/// Maps, changes and unmaps at `va`, by the shared and the exclusive operations; gives the memory and the root.
fn history<F: Format>(va: u64, oa: u64, says: &F::Attributes, change: &F::Change) -> (Vec<u8>, u64) {
    let mut memory = Box::new(Memory([0; BYTES]));
    let granules: Vec<Granule> = (0..BYTES / GRANULE_BYTES).map(|_| Granule::new()).collect();
    let place = NonNull::from(&mut memory.0).cast();
    let root = {
        // SAFETY: the memory is there until the arena is gone, and nobody else uses it meanwhile.
        let arena = unsafe { Arena::new(place, BASE, &granules) }.unwrap();
        let mut tree = PageTable::<F, _, _>::new(&arena, SingleThread::default()).unwrap();
        let smallest = 1 << F::PAGE_SIZES.trailing_zeros();
        tree.map(range(va, smallest * 40), oa, says).unwrap().acknowledge();
        tree.exclusive().map(range(va + smallest * 64, smallest * 8), oa + smallest * 100, says).unwrap().acknowledge();
        tree.unmap(range(va + smallest * 3, smallest * 2), EmptyTables::AtOnce, |_| ()).unwrap().acknowledge();
        tree.exclusive().unmap(range(va + smallest * 66, smallest), EmptyTables::AtOnce, |_| ()).unwrap().acknowledge();
        tree.protect(range(va + smallest * 7, smallest * 9), change).unwrap().acknowledge();
        tree.map(range(va + smallest * 3, smallest), oa + smallest * 200, says).unwrap().acknowledge();
        let walk = |page: u64| {
            let at = tree.reader().walk(InputAddress::new(va + smallest * page + 0x123).unwrap());
            at.ok().map(|found| found.oa + (va + smallest * page - found.va))
        };
        let expected = |page: u64| Some(oa + smallest * page);
        assert_eq!([walk(0), walk(3), walk(4), walk(39)], [expected(0), expected(200), None, expected(39)]);
        assert_eq!([walk(64), walk(66), walk(71), walk(72)], [expected(100), None, expected(107), None]);
        let root = tree.root_table().address;
        std::mem::forget(tree);
        root
    };
    (memory.0.to_vec(), root)
}

/// The eight bytes of an item of a table in the image.
fn item(image: &[u8], table: u64, index: usize) -> [u8; 8] {
    let at = usize::try_from(table - BASE).unwrap() + 8 * index;
    image[at..at + 8].try_into().unwrap()
}

/// FNV-1a, so that the whole image can be pinned by one number.
fn hash(image: &[u8]) -> u64 {
    image.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3))
}

#[test]
fn x86_pae_is_little_endian_everywhere() {
    let says = x86_pae::Attributes { write: true, user: true, execute: false, ..x86_pae::Attributes::default() };
    let change = x86_pae::Change { write: Some(false), execute: Some(true), ..x86_pae::Change::default() };
    let (image, root) = history::<x86_pae::X86Pae>(0xc000_0000, 0x9_8765_4000, &says, &change);
    // Address bits 39:12 and P, in entry 3 of the root, and so on down.
    let pd = u64::from_le_bytes(item(&image, root, 3));
    assert_eq!(pd & 0xfff, 1);
    let pt = u64::from_le_bytes(item(&image, pd & !0xfff, 0)) & 0xf_ffff_ffff_f000;
    // XD, the address, U/S, R/W, P; the changed ones are read-only and executable.
    assert_eq!(item(&image, pt, 0), [0x07, 0x40, 0x65, 0x87, 0x09, 0, 0, 0x80]);
    assert_eq!(item(&image, pt, 7), [0x05, 0xb0, 0x65, 0x87, 0x09, 0, 0, 0]);
    assert_eq!(item(&image, pt, 4), [0; 8]);
    assert_eq!(hash(&image), 0x772a_8e49_06f2_ce47);
}

#[test]
fn powerpc_radix_is_big_endian_everywhere() {
    let says = powerpc_radix::Attributes::default();
    let change = powerpc_radix::Change { user: Some(true), ..powerpc_radix::Change::default() };
    let (image, root) = history::<powerpc_radix::PowerpcRadix>(0x1_0000_0000, 0x9_8765_4000, &says, &change);
    let first = item(&image, root, 0);
    // V is bit 63, so it is in the first byte; the address is in the middle.
    assert_eq!(first[0] & 0xc0, 0x80);
    assert_eq!(hash(&image), 0x3c15_a116_20bc_e36d);
}

#[test]
fn lpae_and_128_bits_are_the_same_everywhere() {
    let says = armv7_lpae::Attributes::default();
    let change = armv7_lpae::Change { write: Some(true), execute: Some(true), ..armv7_lpae::Change::default() };
    let (image, _) = history::<armv7_lpae::Armv7Lpae>(0xc000_0000, 0x9_8765_4000, &says, &change);
    assert_eq!(hash(&image), 0x2329_51c4_2333_b5fb);

    let says = nv_ver3::Attributes::default();
    let change = nv_ver3::Change { write: Some(true), peer: Some(5), ..nv_ver3::Change::default() };
    let (image, _) = history::<nv_ver3::NvVer3>(0x1_0000_0000, 0x9_8765_4000, &says, &change);
    assert_eq!(hash(&image), 0x4c69_928a_0ce7_c235);
}

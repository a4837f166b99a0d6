//! What a mirror and a migration do, one thing after the other.

use std::sync::atomic::Ordering;

use gpt_device::{Access, Away, Migration, Mirror, Moves, NotMoved, NotPulled};
use gpt_runtime::{AddressRange, EmptyTables, Entry, InputAddress};

use crate::pairs::{ArmAmd, Pair, X86Amd, X86Nv, X86Xe};
use crate::world::{HOST, LOCAL, World};

const VA: u64 = 0x4000_0000;

fn range<F: gpt_runtime::Format>(start: u64, bytes: u64) -> AddressRange<F> {
    AddressRange::new(start, bytes).unwrap()
}

fn mirror<P: Pair>() -> Mirror<World<P>> {
    Mirror::new(World::new(4096, 2048), VA, VA + (1 << 30) - 1)
}

fn map<P: Pair>(world: &World<P>, va: u64, bytes: u64, oa: u64, write: bool) {
    world.cpu.map(range(va, bytes), oa, &P::cpu(write)).unwrap().acknowledge();
}

/// The sizes of the device's pages over a range, where each leads to the right place.
fn sizes<P: Pair>(world: &World<P>, va: u64, bytes: u64, oa: u64) -> Vec<u32> {
    let mut sizes = Vec::new();
    let mut at = va;
    while at < va + bytes {
        let page = world.device.reader().walk(InputAddress::new(at).unwrap()).unwrap();
        assert_eq!(page.oa + (at - page.va), oa + (at - va), "{at:#x}");
        sizes.push(page.size_lg2);
        at = page.va + (1 << page.size_lg2);
    }
    sizes
}

fn reads_and_writes<P: Pair>() {
    let mirror = mirror::<P>();
    let world = mirror.sides();
    let unit = 1 << P::UNIT_LG2;
    assert_eq!(mirror.pull(VA, Access::Read, P::UNIT_LG2), Err(NotPulled::NotMapped));
    assert_eq!(mirror.pull(VA - 1, Access::Read, P::UNIT_LG2), Err(NotPulled::Outside));
    map(world, VA, 2 * unit, HOST, true);
    map(world, VA + 2 * unit, unit, HOST + 8 * unit, false);

    // What is read is read only, and nothing is marked.
    assert_eq!(mirror.pull(VA, Access::Read, P::UNIT_LG2), Ok((VA, VA + unit - 1)));
    let (oa, says) = world.on_device(VA).unwrap();
    assert_eq!((oa, P::grants_write(&says)), (HOST, false));
    assert!(world.on_device(VA + unit).is_none());
    let marked = |va| matches!(world.on_cpu(va), Entry::Page(page) if P::is_dirty(&page.attributes));
    assert!(!marked(VA));

    // What is written is marked first. The rest of the block is read along.
    assert_eq!(mirror.pull(VA + 5, Access::Write, P::UNIT_LG2 + 2), Ok((VA, VA + unit - 1)));
    assert!(P::grants_write(&world.on_device(VA).unwrap().1) && marked(VA) && !marked(VA + unit));
    assert!(!P::grants_write(&world.on_device(VA + 2 * unit).unwrap().1));
    assert_eq!(mirror.pull(VA + 2 * unit, Access::Write, P::UNIT_LG2), Err(NotPulled::ReadOnly));

    // Who takes the marks takes the leave.
    let mut written = Vec::new();
    mirror.take_dirty(range(VA, 3 * unit), |first, last| written.push((first, last))).unwrap();
    assert_eq!(written, [(VA, VA + unit - 1)]);
    assert!(!P::grants_write(&world.on_device(VA).unwrap().1) && !marked(VA));
    assert_eq!(mirror.pull(VA, Access::Write, P::UNIT_LG2), Ok((VA, VA + unit - 1)));
    assert!(P::grants_write(&world.on_device(VA).unwrap().1) && marked(VA));

    // An invalidation takes it all, and tells what could be written; nothing is pulled before it ends.
    let mut leave = 0;
    let begun = mirror.begin(VA, VA + unit - 1, |page| leave += 1_u64 << page.size_lg2);
    assert_eq!(leave, unit);
    assert!(world.on_device(VA).is_none());
    assert_eq!(mirror.pull(VA, Access::Read, P::UNIT_LG2), Err(NotPulled::Busy));
    world.cpu.unmap(range(VA, unit), EmptyTables::Never, |_| {}).unwrap().acknowledge();
    drop(begun);
    assert_eq!(mirror.pull(VA, Access::Read, P::UNIT_LG2), Err(NotPulled::NotMapped));
    assert!(world.on_device(VA + 2 * unit).is_some(), "what lies beside is still there");
}

#[test]
fn reads_and_writes_are_carried_over() {
    reads_and_writes::<X86Nv>();
    reads_and_writes::<X86Amd>();
    reads_and_writes::<X86Xe>();
    reads_and_writes::<ArmAmd>();
}

/// Sixteen neighbours of 4K become a page of 64K, a whole block one of 2M, whatever pages the CPU has.
#[test]
fn pages_of_the_device_are_as_large_as_they_can_be() {
    let mirror = mirror::<X86Nv>();
    let world = mirror.sides();
    world.cpu.map_with_sizes(range(VA, 0x20_0000), HOST, &X86Nv::cpu(true), 1 << 12).unwrap().acknowledge();
    mirror.pull(VA + 0x3000, Access::Read, 16).unwrap();
    assert_eq!(sizes(world, VA, 0x1_0000, HOST), [16]);
    assert!(world.on_device(VA + 0x1_0000).is_none());
    drop(mirror.begin(VA, VA, |_| {}));
    // All of the page went, though only a byte was asked for.
    assert!(world.on_device(VA + 0xf000).is_none());
    mirror.pull(VA + 0x3000, Access::Read, 21).unwrap();
    assert_eq!(sizes(world, VA, 0x20_0000, HOST), [21]);

    // A page of 2M of the CPU is one of the device, even if little is asked for: 64K where that is all, 4K where
    // the output is not aligned.
    map(world, VA + 0x40_0000, 0x20_0000, HOST + 0x20_0000, true);
    mirror.pull(VA + 0x40_0000, Access::Read, 16).unwrap();
    assert_eq!(sizes(world, VA + 0x40_0000, 0x20_0000, HOST + 0x20_0000), [21]);
    map(world, VA + 0x80_0000, 0x1_0000, HOST + 0x61_0000, true);
    mirror.pull(VA + 0x80_0000, Access::Read, 21).unwrap();
    assert_eq!(sizes(world, VA + 0x80_0000, 0x1_0000, HOST + 0x61_0000), [16]);
    map(world, VA + 0x60_0000, 0x1_0000, HOST + 0x41_1000, true);
    mirror.pull(VA + 0x60_0000, Access::Read, 21).unwrap();
    assert_eq!(sizes(world, VA + 0x60_0000, 0x1_0000, HOST + 0x41_1000), [12; 16]);
}

/// One page of 64K that is read; then one 4K page of it is written: only that one may be.
#[test]
fn leave_to_write_is_as_small_as_a_page_of_the_cpu() {
    let mirror = mirror::<X86Nv>();
    let world = mirror.sides();
    world.cpu.map_with_sizes(range(VA, 0x1_0000), HOST, &X86Nv::cpu(true), 1 << 12).unwrap().acknowledge();
    mirror.pull(VA, Access::Read, 16).unwrap();
    assert_eq!(sizes(world, VA, 0x1_0000, HOST), [16]);
    mirror.pull(VA + 0x5000, Access::Write, 12).unwrap();
    let (oa, says) = world.on_device(VA + 0x5000).unwrap();
    assert_eq!((oa, X86Nv::grants_write(&says)), (HOST + 0x5000, true));
    for at in (0..0x1_0000).step_by(0x1000).filter(|at| *at != 0x5000) {
        let found = world.on_device(VA + at);
        assert!(found.is_none_or(|(oa, says)| oa == HOST + at && !X86Nv::grants_write(&says)), "{at:#x}");
    }
}

#[test]
fn a_page_of_16k_is_four_pages_of_4k() {
    let mirror = mirror::<ArmAmd>();
    let world = mirror.sides();
    map(world, VA, 0x4000, HOST + 0x4000, true);
    mirror.pull(VA + 0x2fff, Access::Write, 12).unwrap();
    assert_eq!(sizes(world, VA, 0x4000, HOST + 0x4000), [12; 4]);
    drop(mirror.begin(VA + 0x1000, VA + 0x1fff, |_| {}));
    assert!(world.on_device(VA + 0x1000).is_none());
}

#[test]
fn a_page_moves_and_comes_back() {
    for size_lg2 in [12, 21] {
        let migration = Migration::new(mirror::<X86Nv>());
        let world = migration.mirror().sides();
        let bytes = 1 << size_lg2;
        let page = world.host.take(VA, size_lg2).unwrap();
        map(world, VA, bytes, page, true);
        migration.pull(VA, Access::Write, size_lg2).unwrap();
        world.frame(page).writes.store(5, Ordering::SeqCst);

        assert_eq!(migration.to_device(VA), Ok(()));
        assert!(world.on_device(VA).is_none() && world.host.used() == 0);
        let Entry::Special { special, .. } = world.on_cpu(VA) else { panic!("it says where the page is") };
        let Some(Away::OnDevice { page, attributes }) = world.hear(&special) else { panic!("it is on the device") };
        assert!(page >= LOCAL && attributes.write && X86Nv::is_dirty(&attributes));
        assert_eq!(world.frame(page).writes.load(Ordering::SeqCst), 5);
        assert_eq!(migration.to_device(VA), Err(NotMoved::NotThere));
        assert_eq!(migration.pull(VA + bytes - 1, Access::Write, 12), Ok((VA, VA + bytes - 1)));
        assert_eq!(sizes(world, VA, bytes, page), [size_lg2]);
        world.frame(page).writes.store(6, Ordering::SeqCst);

        // A failed copy leaves it where it is; the device can have it again.
        world.fails.store(true, Ordering::SeqCst);
        assert_eq!(migration.to_host(VA), Err(NotMoved::NotCopied));
        assert!(world.on_device(VA).is_none() && world.host.used() == 0);
        assert!(matches!(world.on_cpu(VA), Entry::Special { special: found, .. } if found == special));
        world.fails.store(false, Ordering::SeqCst);

        assert_eq!(migration.to_host(VA + 0x123), Ok(()));
        let Entry::Page(found) = world.on_cpu(VA) else { panic!("it is a page again") };
        assert_eq!((found.size_lg2, world.local.used()), (size_lg2, 0));
        assert!(X86Nv::is_dirty(&found.attributes), "the device wrote to it");
        assert_eq!(world.frame(found.oa).writes.load(Ordering::SeqCst), 6);

        world.fails.store(true, Ordering::SeqCst);
        assert_eq!(migration.to_device(VA), Err(NotMoved::NotCopied));
        assert_eq!(world.on_cpu(VA), Entry::Page(found), "a failed move restores all");
        world.fails.store(false, Ordering::SeqCst);
        let rest = std::iter::from_fn(|| world.local.take(0, 12)).count();
        assert_eq!((rest, migration.to_device(VA)), (2048, Err(NotMoved::NoMemory)));
        assert_eq!(world.on_cpu(VA), Entry::Page(found));
        migration.unmap(range(VA, bytes)).unwrap();
        assert_eq!(world.host.used(), 0);
    }
}

/// A large page is on the device, and a part of it is unmapped: the rest comes back and stays.
#[test]
fn a_part_of_a_page_that_is_away_is_unmapped() {
    let migration = Migration::new(mirror::<X86Amd>());
    let world = migration.mirror().sides();
    let page = world.host.take(VA, 21).unwrap();
    map(world, VA, 0x20_0000, page, true);
    migration.to_device(VA).unwrap();
    migration.unmap(range(VA + 0x3000, 0x2000)).unwrap();
    assert_eq!((world.local.used(), world.host.used()), (0, 510));
    assert!(matches!(world.on_cpu(VA + 0x2000), Entry::Page(_)));
    assert_eq!(world.on_cpu(VA + 0x4000), Entry::Absent);
    migration.unmap(range(VA, 0x20_0000)).unwrap();
    assert_eq!((world.local.used(), world.host.used()), (0, 0));
}

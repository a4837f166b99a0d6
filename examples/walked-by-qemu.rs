//! Maps memory for a PCI device behind an emulated Intel VT-d, lets the device read through the tables, unmaps, and
//! shows the fault. Needs `qemu-system-x86_64`; the tables are written into the memory of the virtual machine.
//!
//! Run it with `cargo run --example walked-by-qemu`.

use gpt_formats::vtd_ss::{Attributes, PageTable, VaRange};
use gpt_hardware_tests::vtd::{Mode, Vtd};
use gpt_hardware_tests::{Error, Result, installed};
use gpt_runtime::{EmptyTables, Epochs, GRANULE_BYTES, Granule};

/// Where the tables lie in the machine's memory, and how much room they have.
const TABLES: u64 = 0x1000_0000;
const TABLE_BYTES: usize = 1 << 20;
/// The memory that the device shall reach, and at which address of its own.
const BUFFER: u64 = 0x2345_6000;
const DEVICE_ADDRESS: u64 = 0x1234_5678_9000;
/// Memory and the device address for what the device gives back.
const ANSWER: u64 = 0x2000_0000;
const ANSWER_ADDRESS: u64 = 0x20_0000;
/// The level of a root of four levels.
const FOUR_LEVELS: u8 = 1;

fn main() -> Result<()> {
    let Some(version) = installed("qemu-system-x86_64") else {
        println!("qemu-system-x86_64 is not installed: nothing to walk the tables with");
        return Ok(());
    };
    println!("1. start QEMU {version}: a PC with VT-d, a device behind it, and memory shared with this process");
    let mut vtd = Vtd::start(Mode::Legacy, 48)?;
    let memory = vtd.memory();
    let edu = vtd.edu();

    let granules: Vec<Granule> = (0..TABLE_BYTES / GRANULE_BYTES).map(|_| Granule::new()).collect();
    let tree = PageTable::<_, Epochs>::with_root_level(memory.arena(TABLES, &granules)?, Epochs::new(), FOUR_LEVELS)
        .map_err(|error| Error::new(error.to_string()))?;
    println!("2. an empty tree: its root table is at {:#x}; the context entry of the device points there", tree.root());
    vtd.attach(tree.root(), 4)?;

    let read_write = Attributes { read: true, write: true, ..Attributes::default() };
    for (address, buffer) in [(DEVICE_ADDRESS, BUFFER), (ANSWER_ADDRESS, ANSWER)] {
        let owed = tree.map(page(address)?, buffer, &read_write).map_err(|stopped| Error::new(stopped.to_string()))?;
        println!("3. map {address:#x} to {buffer:#x}: {}", what_is_owed(owed.invalidation()));
        let mut done = Ok(());
        owed.fulfil(|owed| done = vtd.invalidate(owed.first, owed.last, owed.tables));
        done?;
    }

    memory.write(BUFFER, b"walked by hardware that we did not write")?;
    edu.read(vtd.emulator().qtest()?, DEVICE_ADDRESS, 40)?;
    edu.write(vtd.emulator().qtest()?, ANSWER_ADDRESS, 40)?;
    let copied = String::from_utf8_lossy(&memory.read(ANSWER, 40)?).into_owned();
    println!("4. the device copies 40 bytes from {DEVICE_ADDRESS:#x} to {ANSWER_ADDRESS:#x}: {copied:?}");
    println!("   faults recorded: {}", fault(&mut vtd)?);

    let owed = tree
        .unmap(page(DEVICE_ADDRESS)?, EmptyTables::AtOnce, |_| {})
        .map_err(|stopped| Error::new(stopped.to_string()))?;
    println!("5. unmap {DEVICE_ADDRESS:#x}: {}", what_is_owed(owed.invalidation()));
    edu.read(vtd.emulator().qtest()?, DEVICE_ADDRESS, 40)?;
    println!("6. the device reads it before that was done: {}", fault(&mut vtd)?);
    println!("   it still had the old translation, so the unlinked tables must not be freed yet");
    let mut done = Ok(());
    owed.fulfil(|owed| done = vtd.invalidate(owed.first, owed.last, owed.tables));
    done?;
    println!("7. invalidate, and acknowledge the obligation: now the tables can be freed");
    edu.read(vtd.emulator().qtest()?, DEVICE_ADDRESS, 40)?;
    println!("8. the device reads it again: {}", fault(&mut vtd)?);
    Ok(())
}

/// The page at an address.
fn page(address: u64) -> Result<VaRange> {
    VaRange::new(address, 0x1000).map_err(|error| Error::new(error.to_string()))
}

fn what_is_owed(owed: Option<gpt_runtime::Invalidation>) -> String {
    match owed {
        None => "nothing to invalidate".to_owned(),
        Some(owed) => {
            let tables = if owed.tables { ", and cached tables" } else { "" };
            format!("invalidate {:#x} to {:#x}{tables}", owed.first, owed.last)
        }
    }
}

fn fault(vtd: &mut Vtd) -> Result<String> {
    Ok(match vtd.take_fault()? {
        None => "none".to_owned(),
        Some(fault) => {
            let access = if fault.read { "read" } else { "write" };
            format!(
                "fault: {access} of {:#x} by device {:02x}.{:x}, reason {:#x}",
                fault.address,
                fault.requester >> 3,
                fault.requester & 7,
                fault.reason
            )
        }
    })
}

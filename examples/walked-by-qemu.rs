//! Maps memory for a PCI device behind an emulated Intel VT-d, lets the device read through the tables, unmaps, and
//! shows the fault. Needs `qemu-system-x86_64`; the tables are written into the memory of the virtual machine.
//!
//! Run it with `cargo run --example walked-by-qemu`.

use std::process::ExitCode;

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

fn main() -> ExitCode {
    match walked() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Prints a step with its number, and what is to be said of it below.
fn step(number: u32, does: &str, lines: &[String]) {
    println!("{number}. {does}");
    lines.iter().for_each(|line| println!("   {line}"));
}

fn walked() -> Result<()> {
    let version = installed("qemu-system-x86_64").ok_or_else(|| {
        Error::new(
            "qemu-system-x86_64 is not installed, and nothing else here walks the tables: install qemu-system-x86",
        )
    })?;
    println!("A device reads memory through page tables that this process writes and that QEMU's VT-d walks.\n");
    let mut vtd = Vtd::start(Mode::Legacy, 48)?;
    let memory = vtd.memory();
    let edu = vtd.edu();
    step(
        1,
        &format!("Start QEMU {version}: a PC with VT-d and one PCI device behind it."),
        &["Its memory is a file that this process maps too, so what we write is what the hardware reads.".to_owned()],
    );

    let granules: Vec<Granule> = (0..TABLE_BYTES / GRANULE_BYTES).map(|_| Granule::new()).collect();
    let tree = PageTable::<_, Epochs>::with_root_level(memory.arena(TABLES, &granules)?, Epochs::new(), FOUR_LEVELS)
        .map_err(|error| Error::new(error.to_string()))?;
    vtd.attach(tree.root(), 4)?;
    step(
        2,
        "Make an empty tree of four levels.",
        &[format!("Its root table is at {:#x}, and the device's context entry points there.", tree.root())],
    );

    let read_write = Attributes { read: true, write: true, ..Attributes::default() };
    for (number, address, buffer) in [(3, DEVICE_ADDRESS, BUFFER), (4, ANSWER_ADDRESS, ANSWER)] {
        let owed = tree.map(page(address)?, buffer, &read_write).map_err(|stopped| Error::new(stopped.to_string()))?;
        let owes = what_is_owed(owed.invalidation());
        let mut done = Ok(());
        owed.fulfil(|owed| done = vtd.invalidate(owed.first, owed.last, owed.tables));
        done?;
        step(
            number,
            &format!("Map the device's address {address:#x} to memory at {buffer:#x}, 4 KiB."),
            &[format!("The unit may have cached that nothing is there, so the change owes: {owes}. Done.")],
        );
    }

    memory.write(BUFFER, b"walked by hardware that we did not write")?;
    edu.read(vtd.emulator().qtest()?, DEVICE_ADDRESS, 40)?;
    edu.write(vtd.emulator().qtest()?, ANSWER_ADDRESS, 40)?;
    let copied = String::from_utf8_lossy(&memory.read(ANSWER, 40)?).into_owned();
    step(
        5,
        &format!("Let the device copy 40 bytes from {DEVICE_ADDRESS:#x} to {ANSWER_ADDRESS:#x}."),
        &[format!("At {ANSWER:#x} there is now {copied:?}."), fault(&mut vtd)?],
    );

    let owed = tree
        .unmap(page(DEVICE_ADDRESS)?, EmptyTables::AtOnce, |_| {})
        .map_err(|stopped| Error::new(stopped.to_string()))?;
    let owes = what_is_owed(owed.invalidation());
    step(6, &format!("Unmap {DEVICE_ADDRESS:#x}."), &[format!("The change owes: {owes}. Not done yet.")]);
    edu.read(vtd.emulator().qtest()?, DEVICE_ADDRESS, 40)?;
    step(
        7,
        "Let the device read it all the same.",
        &[
            fault(&mut vtd)?,
            "The unit still has the old translation: nothing of it may be freed or used again.".to_owned(),
        ],
    );
    let mut done = Ok(());
    owed.fulfil(|owed| done = vtd.invalidate(owed.first, owed.last, owed.tables));
    done?;
    step(
        8,
        "Invalidate, and tell the tree so.",
        &["Only now does it free the tables that the unmap left empty.".to_owned()],
    );
    edu.read(vtd.emulator().qtest()?, DEVICE_ADDRESS, 40)?;
    step(9, "Let the device read it once more.", &[fault(&mut vtd)?]);
    Ok(())
}

/// The page at an address.
fn page(address: u64) -> Result<VaRange> {
    VaRange::new(address, 0x1000).map_err(|error| Error::new(error.to_string()))
}

/// What has to be done before a change counts.
fn what_is_owed(owed: Option<gpt_runtime::Invalidation>) -> String {
    match owed {
        None => "nothing".to_owned(),
        Some(owed) => {
            let tables = if owed.tables { ", cached table entries too" } else { "" };
            format!("invalidate {:#x} to {:#x}{tables}", owed.first, owed.last)
        }
    }
}

/// What the unit recorded since the last call.
fn fault(vtd: &mut Vtd) -> Result<String> {
    Ok(match vtd.take_fault()? {
        None => "The unit recorded no fault.".to_owned(),
        Some(fault) => {
            let access = if fault.read { "read" } else { "write" };
            // The manual's appendix Fault Reason Encodings.
            let why = if fault.reason == 6 { ": no entry allows reading" } else { "" };
            format!(
                "The unit recorded a fault: {access} of {:#x} by device {:02x}.{:x}, reason {:#x}{why}.",
                fault.address,
                fault.requester >> 3,
                fault.requester & 7,
                fault.reason
            )
        }
    })
}

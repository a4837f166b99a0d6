//! A format with values that have names, held in enums of the driver's own.

use std::process::ExitCode;

use gpt_macros::PageTable;
use gpt_runtime::{Heap, SingleThread};

/// Where memory is. Used all over the driver, not only in page tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Aperture {
    Video,
    Peer,
    SystemCoherent,
    SystemNonCoherent,
}

/// One-level format of a toy copy engine.
#[derive(PageTable, Clone, Copy, Debug, PartialEq, Eq)]
#[page_table(
    manual = "Toy Copy Engine Manual, revision 1, section 2",
    va(21 bits),
    pa(48 bits),
    entry(64 bits, little-endian),
    levels(20:12 TAB),
    codes(aperture(0 video; 1 peer; 2 system-coherent; 3 system-non-coherent)),
)]
enum Copy {
    #[at(TAB)]
    #[bits(63:1 free; 0 VALID = 0)]
    Absent,
    #[at(TAB)]
    #[bits(63:48 zero; 11:8 zero; 4 zero; 0 VALID = 1)]
    Page {
        #[bits(47:12 ADDRESS page)]
        address: u64,
        #[bits(7:5 PEER vendor.peer)]
        peer: u8,
        #[bits(3:2 APERTURE space as aperture)]
        aperture: Aperture,
        #[bits(1 RO not write)]
        write: bool,
    },
}

/// The entry for a page of another engine.
fn peer_page(address: u64, peer: u8) -> Option<u64> {
    Copy::Page { address, peer, aperture: Aperture::Peer, write: true }.encode(0)
}

fn run() -> Option<()> {
    let entry = peer_page(0xabc_def1_2000, 5)?;
    println!("{entry:#018x} is {:?}", Copy::decode(0, entry)?);

    let tables = copy::PageTable::new(Heap, SingleThread::default()).ok()?;
    let attributes = copy::Attributes { peer: 0, space: copy::Aperture::SYSTEM_COHERENT, write: false };
    let range = copy::VaRange::new(0x1000, 0x3000).ok()?;
    tables.map(range, 0x5000, &attributes).ok()?.acknowledge();
    let found = tables.reader().walk(copy::Va::new(0x2000)?).ok()?;
    println!("{:#x} is at {:#x} in aperture {}", found.va, found.oa, found.attributes.space.get());
    Some(())
}

fn main() -> ExitCode {
    if run().is_some() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::{Aperture, Copy, peer_page, run};

    #[test]
    fn names_stand_for_their_numbers() {
        assert_eq!(peer_page(0xabc_def1_2000, 5), Some(0xabc_def1_20a5));
        for (number, name) in [Aperture::Video, Aperture::Peer, Aperture::SystemCoherent, Aperture::SystemNonCoherent]
            .into_iter()
            .enumerate()
        {
            let Some(Copy::Page { aperture, .. }) = Copy::decode(0, 1 | (number as u64) << 2) else { unreachable!() };
            assert_eq!(aperture, name);
        }
        assert_eq!(peer_page(0xabc_def1_2000, 8), None);
    }

    #[test]
    fn the_program_ends_well() {
        assert_eq!(run(), Some(()));
    }
}

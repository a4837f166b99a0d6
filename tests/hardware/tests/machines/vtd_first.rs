//! VT-d's first stage, walked for a device: the tables of x86-64, in which the unit sets accessed and dirty bits.
//!
//! The emulator has it since version 10.

use std::sync::Arc;

use gpt_formats::x86_64;
use gpt_hardware_tests::vtd::{Mode, Vtd};
use gpt_hardware_tests::{Error, Memory, Result, Version};
use gpt_runtime::Invalidation;

use crate::dma::{self, Device};
use crate::walker::{Access, Answer, AttributesOf, ChangeOf, Fault, Mapped, Privilege, Rights, Walker};

/// What the device needs for itself.
const STAGE: [Mapped; 1] = [dma::stage(0)];

/// A fault reason of the manual's appendix Fault Reason Encodings.
fn reason(reason: u8) -> Result<Answer> {
    match reason {
        // SFS.1, SFS.2 and SFS.3: a table that cannot be read, P clear, a reserved bit.
        0x70 | 0x71 => Ok(Answer::Fault(Fault::Absent)),
        0x72 => Ok(Answer::Fault(Fault::Reserved)),
        // The user's bit is clear; the right to write is.
        0x81 | 0x85 => Ok(Answer::Fault(Fault::Permission)),
        // The output address is one of interrupt messages.
        0x87 => Ok(Answer::Nowhere),
        other => Err(Error::new(format!("the unit recorded reason {other:#x}"))),
    }
}

/// The unit, with a device behind it.
pub(crate) struct FirstStage(Vtd);

impl Walker for FirstStage {
    type Format = x86_64::X86_64;

    const NAME: &'static str = "vtd_first_stage";
    const EMULATOR: &'static str = "qemu-system-x86_64";
    const SINCE: Version = Version { major: 10, minor: 0, micro: 0 };
    const NOP: &'static [u8] = &[];
    const PRIVILEGES: &'static [Privilege] = &[Privilege::Kernel];
    const ACCESSES: &'static [Access] = &[Access::Load, Access::Store];
    const OUTPUT_BITS: u32 = 48;
    const TABLES: &'static [u64] = &[0x1000_0000, 0x1_5000_0000];
    const DATA: (u64, u64) = (0x4000_0000, 1 << 30);
    const SILENT: bool = true;
    const WRITES_BITS: bool = true;
    const DEBUGGER: bool = false;

    fn start() -> Result<Self> {
        Vtd::start(Mode::FirstStage, 48).map(Self)
    }

    fn memory(&self) -> Arc<Memory> {
        self.0.memory()
    }

    fn stage() -> &'static [Mapped] {
        &STAGE
    }

    fn takes(&self, va: u64) -> bool {
        // Interrupt messages go there, untranslated.
        va >> 20 != 0xfee
    }

    /// A device's accesses are a user's.
    fn rights() -> Vec<Rights> {
        let rights = |bits| Rights { read: true, write: bits & 1 != 0, execute: true, user: bits & 2 != 0 };
        (0..4).map(rights).collect()
    }

    fn allows(rights: Rights, _: Privilege, access: Access) -> bool {
        rights.user && (access != Access::Store || rights.write)
    }

    fn attributes(rights: Rights) -> AttributesOf<Self> {
        AttributesOf::<Self> { write: rights.write, user: rights.user, execute: rights.execute, ..Default::default() }
    }

    fn same(attributes: AttributesOf<Self>, rights: Rights) -> bool {
        let plain = AttributesOf::<Self> { accessed: false, dirty: false, ..attributes };
        plain == Self::attributes(rights)
    }

    fn events(attributes: AttributesOf<Self>) -> Option<(bool, bool)> {
        Some((attributes.accessed, attributes.dirty))
    }

    fn write_change(write: bool) -> ChangeOf<Self> {
        ChangeOf::<Self> { write: Some(write), ..Default::default() }
    }

    fn attach(&mut self, root: u64) -> Result<()> {
        self.0.attach(root, 4)
    }

    fn access(&mut self, _: Privilege, access: Access, va: u64, value: u64) -> Result<Answer> {
        let device = Device { edu: self.0.edu(), memory: 0 };
        device.begin(self.0.emulator(), access, va, value)?;
        if let Some(fault) = self.0.take_fault()? {
            if fault.address != va & !0xfff || fault.read != (access != Access::Store) {
                return Err(Error::new(format!("{access:?} {va:#x}: {fault:x?}")));
            }
            return reason(fault.reason);
        }
        device.end(self.0.emulator(), access)
    }

    fn invalidate(&mut self, owed: Invalidation) -> Result<()> {
        self.0.invalidate(owed.first, owed.last, owed.tables)
    }
}

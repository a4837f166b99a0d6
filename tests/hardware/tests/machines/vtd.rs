//! VT-d's second stage, walked for a device.

use std::sync::Arc;

use gpt_formats::vtd_ss;
use gpt_hardware_tests::vtd::{Mode, Vtd};
use gpt_hardware_tests::{Error, Memory, Result};
use gpt_runtime::Invalidation;

use crate::dma::{self, Device};
use crate::walker::{Access, Answer, AttributesOf, ChangeOf, Fault, Mapped, Privilege, Rights, Walker};

/// What the device needs for itself.
const STAGE: [Mapped; 1] = [dma::stage(0)];

/// A fault reason of the manual's appendix Fault Reason Encodings.
fn reason(reason: u8) -> Result<Answer> {
    match reason {
        // What grants nothing is absent: the reason is that of a missing permission.
        5 | 6 => Ok(Answer::Fault(Fault::Unspecified)),
        0xc => Ok(Answer::Fault(Fault::Reserved)),
        // The output address is one of interrupt messages.
        0xe | 0x87 => Ok(Answer::Nowhere),
        other => Err(Error::new(format!("the unit recorded reason {other:#x}"))),
    }
}

macro_rules! unit {
    ($machine:ident, $mode:ident, $bits:expr, $levels:expr, $root_level:expr) => {
        /// The unit, with a device behind it.
        pub(crate) struct $machine(Vtd);

        impl Walker for $machine {
            type Format = vtd_ss::VtdSs;

            const NAME: &'static str = stringify!($machine);
            const EMULATOR: &'static str = "qemu-system-x86_64";
            const NOP: &'static [u8] = &[];
            const PRIVILEGES: &'static [Privilege] = &[Privilege::Kernel];
            const ACCESSES: &'static [Access] = &[Access::Load, Access::Store];
            const OUTPUT_BITS: u32 = $bits;
            const TABLES: &'static [u64] = &[0x1000_0000, 0x1_5000_0000];
            const DATA: (u64, u64) = (0x4000_0000, 1 << 30);
            const SILENT: bool = true;
            const WRITES_BITS: bool = false;
            const WHY_NO_BITS: &'static str = "the emulated unit sets no accessed or dirty bits (ECAP.SSADS)";
            const DEBUGGER: bool = false;

            fn start() -> Result<Self> {
                Vtd::start(Mode::$mode, $bits).map(Self)
            }

            fn memory(&self) -> Arc<Memory> {
                // Shared with the emulator.
                self.0.memory()
            }

            fn root_level() -> u8 {
                $root_level
            }

            fn stage() -> &'static [Mapped] {
                &STAGE
            }

            fn input_bits() -> u32 {
                $bits
            }

            fn takes(&self, va: u64) -> bool {
                // Interrupt messages go there, untranslated.
                va >> 20 != 0xfee
            }

            fn rights() -> Vec<Rights> {
                let rights = |(read, write)| Rights { read, write, execute: false, user: false };
                [(true, false), (false, true), (true, true)].into_iter().map(rights).collect()
            }

            fn allows(rights: Rights, _: Privilege, access: Access) -> bool {
                if access == Access::Store { rights.write } else { rights.read }
            }

            fn attributes(rights: Rights) -> AttributesOf<Self> {
                AttributesOf::<Self> { read: rights.read, write: rights.write, ..Default::default() }
            }

            fn same(attributes: AttributesOf<Self>, rights: Rights) -> bool {
                attributes == Self::attributes(rights)
            }

            fn events(_: AttributesOf<Self>) -> Option<(bool, bool)> {
                None
            }

            fn write_change(write: bool) -> ChangeOf<Self> {
                ChangeOf::<Self> { write: Some(write), ..Default::default() }
            }

            fn attach(&mut self, root: u64) -> Result<()> {
                self.0.attach(root, $levels)
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
    };
}

unit!(Legacy4, Legacy, 48, 4, 1);
unit!(Legacy3, Legacy, 39, 3, 2);
unit!(Scalable4, Scalable, 48, 4, 1);
unit!(Scalable3, Scalable, 39, 3, 2);

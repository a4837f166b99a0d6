//! Arm's stage 1, walked by a processor and by an SMMU.

use std::sync::Arc;

use gpt_formats::{arm64_4k, arm64_4k_52, arm64_4k_dbm, arm64_16k, arm64_64k, arm64_64k_52};
use gpt_hardware_tests::{Memory, Result};
use gpt_runtime::Invalidation;

use crate::arm64::{self, Arm64, Granule, Regime};
use crate::dma;
use crate::smmu::{self, Smmu, Stage};
use crate::walker::{Access, Answer, AttributesOf, ChangeOf, Fault, Mapped, Privilege, Rights, Walker};

/// Every combination; what may be executed is so for both privileges.
fn rights() -> Vec<Rights> {
    let rights = |bits| Rights { read: true, write: bits & 1 != 0, execute: bits & 2 != 0, user: bits & 4 != 0 };
    (0..8).map(rights).collect()
}

/// With PAN and WXN clear: what the user may write, the kernel never executes.
fn allows(rights: Rights, privilege: Privilege, access: Access) -> bool {
    match (access, privilege) {
        (Access::Load, Privilege::Kernel) => true,
        (Access::Load, Privilege::User) => rights.user,
        (Access::Store, Privilege::Kernel) => rights.write,
        (Access::Store, Privilege::User) => rights.user && rights.write,
        (Access::Fetch, Privilege::Kernel) => rights.execute && !(rights.user && rights.write),
        // What EL0 cannot read it can still execute, unless UXN is set.
        (Access::Fetch, Privilege::User) => rights.execute,
    }
}

/// What both kinds of machines say alike.
macro_rules! common {
    ($hardware:tt) => {
        fn attributes(rights: Rights) -> AttributesOf<Self> {
            AttributesOf::<Self> {
                write: rights.write,
                user: rights.user,
                user_execute: rights.execute,
                privileged_execute: rights.execute,
                accessed: !$hardware,
                ..Default::default()
            }
        }

        fn write_change(write: bool) -> ChangeOf<Self> {
            ChangeOf::<Self> { write: Some(write), ..Default::default() }
        }
    };
}

/// Accessed and dirty, where the processor sets both.
macro_rules! events {
    (true) => {
        fn events(attributes: AttributesOf<Self>) -> Option<(bool, bool)> {
            Some((attributes.accessed, attributes.dirty))
        }

        fn same(attributes: AttributesOf<Self>, rights: Rights) -> bool {
            let plain = AttributesOf::<Self> { accessed: false, dirty: false, ..attributes };
            plain == Self::attributes(rights)
        }
    };
    (false) => {
        fn events(_: AttributesOf<Self>) -> Option<(bool, bool)> {
            None
        }

        fn same(attributes: AttributesOf<Self>, rights: Rights) -> bool {
            attributes == Self::attributes(rights)
        }
    };
}

macro_rules! processor {
    ($machine:ident, $module:ident::$format:ident, $granule:ident, $bits:expr, $wide:expr, $hardware:tt, $output:expr) => {
        /// The processor in this regime.
        pub(crate) struct $machine(Arm64);

        impl Walker for $machine {
            type Format = $module::$format;

            const NAME: &'static str = "cpu";
            const EMULATOR: &'static str = "qemu-system-aarch64";
            const NOP: &'static [u8] = &arm64::NOP;
            const OUTPUT_BITS: u32 = $output;
            const TABLES: &'static [u64] = &arm64::TABLES;
            const DATA: (u64, u64) = arm64::DATA;
            const WRITES_BITS: bool = $hardware;
            const NEEDS_FLAG: bool = !$hardware;
            const WHY_NO_BITS: &'static str = "TCR_EL1.HA and HD are clear; `arm64_4k_dbm` has them set";
            const WHY_NO_FLAG: &'static str = "the hardware sets the access flag";
            const CHECKS_RESERVED: bool = false;
            const MALFORMED: &'static [Fault] = &[Fault::Absent];

            fn skipped(level: &str) -> u128 {
                // QEMU 7.2 aborts on a block there; see `KNOWN_DIFFERENCES.md`.
                if level == "L_MINUS_1" { 2 } else { 0 }
            }

            fn start() -> Result<Self> {
                let regime = Regime {
                    granule: Granule::$granule,
                    bits: $bits,
                    output_bits: $output,
                    wide: $wide,
                    sets_access: $hardware,
                    sets_dirty: $hardware,
                };
                Arm64::start(regime).map(Self)
            }

            fn memory(&self) -> Arc<Memory> {
                self.0.memory()
            }

            fn rights() -> Vec<Rights> {
                rights()
            }

            fn allows(rights: Rights, privilege: Privilege, access: Access) -> bool {
                allows(rights, privilege, access)
            }

            fn attach(&mut self, root: u64) -> Result<()> {
                self.0.attach(root)
            }

            fn access(&mut self, privilege: Privilege, access: Access, va: u64, value: u64) -> Result<Answer> {
                self.0.access(privilege, access, va, value)
            }

            fn debug_walk(&mut self, va: u64) -> Result<Option<u64>> {
                self.0.debug_walk(va)
            }

            fn invalidate(&mut self, owed: Invalidation) -> Result<()> {
                self.0.invalidate(owed.first, owed.last, owed.smallest_page_lg2)
            }

            common!($hardware);
            events!($hardware);
        }
    };
}

processor!(Cpu4k, arm64_4k::Arm64_4k, K4, 48, false, false, 48);
processor!(Cpu4kDbm, arm64_4k_dbm::Arm64_4kDbm, K4, 48, false, true, 48);
processor!(Cpu4k52, arm64_4k_52::Arm64_4k52, K4, 52, true, false, 52);
processor!(Cpu16k, arm64_16k::Arm64_16k, K16, 48, false, false, 48);
processor!(Cpu64k, arm64_64k::Arm64_64k, K64, 48, false, false, 48);
processor!(Cpu64k52, arm64_64k_52::Arm64_64k52, K64, 52, false, false, 52);

/// What the device behind an SMMU needs for itself.
const STAGE: [Mapped; 1] = [dma::stage(smmu::MEMORY_START)];

macro_rules! unit {
    ($machine:ident, $module:ident::$format:ident, $granule:ident) => {
        /// An SMMU with a device behind it.
        pub(crate) struct $machine(Smmu);

        impl Walker for $machine {
            type Format = $module::$format;

            const NAME: &'static str = "smmu";
            const EMULATOR: &'static str = "qemu-system-aarch64";
            const NOP: &'static [u8] = &[];
            const PRIVILEGES: &'static [Privilege] = &[Privilege::Kernel];
            const ACCESSES: &'static [Access] = &[Access::Load, Access::Store];
            const OUTPUT_BITS: u32 = 44;
            const TABLES: &'static [u64] = &smmu::TABLES;
            const DATA: (u64, u64) = smmu::DATA;
            const WRITES_BITS: bool = false;
            const WHY_NO_BITS: &'static str = "the emulated unit has no hardware update (IDR0.HTTU)";
            const WHY_NO_FLAG: &'static str =
                "the emulated unit does not look at the access flag, see KNOWN_DIFFERENCES.md";
            const DEBUGGER: bool = false;
            const CHECKS_RESERVED: bool = false;
            const MALFORMED: &'static [Fault] = &[Fault::Absent];

            fn start() -> Result<Self> {
                Smmu::start(Granule::$granule, Stage::First).map(Self)
            }

            fn memory(&self) -> Arc<Memory> {
                self.0.memory()
            }

            fn stage() -> &'static [Mapped] {
                &STAGE
            }

            fn rights() -> Vec<Rights> {
                [false, true].into_iter().map(|write| Rights { write, ..crate::walker::ALL }).collect()
            }

            fn allows(rights: Rights, _: Privilege, access: Access) -> bool {
                access == Access::Load || rights.write
            }

            fn attach(&mut self, root: u64) -> Result<()> {
                self.0.attach(root)
            }

            fn access(&mut self, _: Privilege, access: Access, va: u64, value: u64) -> Result<Answer> {
                self.0.access(access, va, value)
            }

            fn invalidate(&mut self, owed: Invalidation) -> Result<()> {
                self.0.invalidate(owed.first, owed.last, owed.smallest_page_lg2)
            }

            common!(false);
            events!(false);
        }
    };
}

unit!(Smmu4k, arm64_4k::Arm64_4k, K4);
unit!(Smmu16k, arm64_16k::Arm64_16k, K16);
unit!(Smmu64k, arm64_64k::Arm64_64k, K64);

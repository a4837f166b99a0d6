//! The formats of Arm's stage 2, walked by a processor.

use std::sync::Arc;

use gpt_formats::{arm64_s2_4k, arm64_s2_4k_40, arm64_s2_4k_dbm, arm64_s2_16k, arm64_s2_64k};
use gpt_hardware_tests::{Memory, Result};
use gpt_runtime::Invalidation;

use crate::arm64::{DATA, Granule, NOP, TABLES};
use crate::arm64_s2::{Guest, Regime, STAGE};
use crate::walker::{Access, Answer, AttributesOf, ChangeOf, Fault, Mapped, Privilege, Rights, Walker};

/// Accessed and dirty, where the processor sets both; the access flag, where software does.
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

macro_rules! guest {
    ($machine:ident, $module:ident::$format:ident, $granule:ident, $bits:expr, $start:expr, $hardware:tt) => {
        /// The processor in this regime.
        pub(crate) struct $machine(Guest);

        impl Walker for $machine {
            type Format = $module::$format;

            const EMULATOR: &'static str = "qemu-system-aarch64";
            const NOP: &'static [u8] = &NOP;
            const PRIVILEGES: &'static [Privilege] = &[Privilege::Kernel];
            const OUTPUT_BITS: u32 = 48;
            const TABLES: &'static [u64] = &TABLES;
            const DATA: (u64, u64) = DATA;
            const WRITES_BITS: bool = $hardware;
            const NEEDS_FLAG: bool = !$hardware;
            const WHY_NO_BITS: &'static str = "VTCR_EL2.HA and HD are clear; `arm64_s2_4k_dbm` has them set";
            const WHY_NO_FLAG: &'static str = "the hardware sets the access flag";
            const CHECKS_RESERVED: bool = false;
            const MALFORMED: &'static [Fault] = &[Fault::Absent];

            fn start() -> Result<Self> {
                let regime = Regime { granule: Granule::$granule, bits: $bits, start: $start, hardware: $hardware };
                Guest::start(regime).map(Self)
            }

            fn memory(&self) -> Arc<Memory> {
                self.0.memory()
            }

            fn stage() -> &'static [Mapped] {
                &STAGE
            }

            fn rights() -> Vec<Rights> {
                let rights =
                    |bits| Rights { read: bits & 1 != 0, write: bits & 2 != 0, execute: bits & 4 != 0, user: false };
                (0..8).map(rights).collect()
            }

            /// What may be executed need not be readable.
            fn allows(rights: Rights, _: Privilege, access: Access) -> bool {
                match access {
                    Access::Load => rights.read,
                    Access::Store => rights.write,
                    Access::Fetch => rights.execute,
                }
            }

            fn attributes(rights: Rights) -> AttributesOf<Self> {
                AttributesOf::<Self> {
                    read: rights.read,
                    write: rights.write,
                    execute_never: if rights.execute { $module::Xn::EXECUTE } else { $module::Xn::NONE },
                    accessed: !$hardware,
                    // Normal memory, cached.
                    memory_type: 0xf,
                    shareable: $module::Sh::INNER,
                    ..Default::default()
                }
            }

            events!($hardware);

            fn write_change(write: bool) -> ChangeOf<Self> {
                ChangeOf::<Self> { write: Some(write), ..Default::default() }
            }

            fn attach(&mut self, root: u64) -> Result<()> {
                self.0.attach(root)
            }

            fn access(&mut self, _: Privilege, access: Access, va: u64, value: u64) -> Result<Answer> {
                self.0.access(access, va, value)
            }

            fn debug_walk(&mut self, va: u64) -> Result<Option<u64>> {
                self.0.debug_walk(va)
            }

            fn invalidate(&mut self, owed: Invalidation) -> Result<()> {
                self.0.invalidate(owed)
            }
        }
    };
}

guest!(Guest4k, arm64_s2_4k::Arm64S2_4k, K4, 48, 2, false);
guest!(Guest4kDbm, arm64_s2_4k_dbm::Arm64S2_4kDbm, K4, 48, 2, true);
guest!(Guest4k40, arm64_s2_4k_40::Arm64S2_4k40, K4, 40, 1, false);
guest!(Guest16k, arm64_s2_16k::Arm64S2_16k, K16, 48, 2, false);
guest!(Guest64k, arm64_s2_64k::Arm64S2_64k, K64, 48, 2, false);

//! The formats of an ARMv7 processor.

use std::sync::Arc;

use gpt_formats::{armv7_lpae, armv7_short, armv7_short_ap};
use gpt_hardware_tests::{Memory, Result};
use gpt_runtime::Invalidation;

use crate::arm32::{Arm32, Descriptors, EMULATOR, STAGE, TABLES};
use crate::walker::{Access, Answer, AttributesOf, ChangeOf, Fault, Mapped, Privilege, Rights, Walker};

/// How the right to write and the user's are said.
macro_rules! permissions {
    (ShortAp, $module:ident) => {
        fn attributes(rights: Rights) -> AttributesOf<Self> {
            let access = match (rights.write, rights.user) {
                (true, true) => $module::Ap::ALL,
                (true, false) => $module::Ap::PRIVILEGED,
                (false, true) => $module::Ap::READ_ONLY,
                (false, false) => $module::Ap::PRIVILEGED_READ_ONLY,
            };
            AttributesOf::<Self> { access, execute: rights.execute, privileged_execute: true, ..Default::default() }
        }

        /// Of pages that the user may access too.
        fn write_change(write: bool) -> ChangeOf<Self> {
            let access = if write { $module::Ap::ALL } else { $module::Ap::READ_ONLY };
            ChangeOf::<Self> { access: Some(access), ..Default::default() }
        }
    };
    ($flagged:ident, $module:ident) => {
        fn attributes(rights: Rights) -> AttributesOf<Self> {
            AttributesOf::<Self> {
                write: rights.write,
                user: rights.user,
                execute: rights.execute,
                privileged_execute: true,
                accessed: true,
                ..Default::default()
            }
        }

        fn write_change(write: bool) -> ChangeOf<Self> {
            ChangeOf::<Self> { write: Some(write), ..Default::default() }
        }

        const NEEDS_FLAG: bool = true;

        fn flag_change(set: bool) -> Option<ChangeOf<Self>> {
            Some(ChangeOf::<Self> { accessed: Some(set), ..Default::default() })
        }
    };
}

macro_rules! descriptors {
    ($machine:ident, $module:ident::$format:ident, $descriptors:ident, $large_bits:expr) => {
        /// The processor with these descriptors.
        pub(crate) struct $machine(Arm32);

        impl Walker for $machine {
            type Format = $module::$format;

            const EMULATOR: &'static str = EMULATOR;
            const WORD_BYTES: usize = 4;
            const NOP: &'static [u8] = &0xe320_f000_u32.to_le_bytes();
            const OUTPUT_BITS: u32 = 40;
            const TABLES: &'static [u64] =
                if matches!(Descriptors::$descriptors, Descriptors::Long) { &TABLES } else { &[TABLES[0]] };
            const WHY_LOW: &'static str = "TTBR0 and entries of 32 bits reach 4 GiB";
            const WHY_NO_FLAG: &'static str = "SCTLR.AFE is clear: there is no access flag";
            const DATA: (u64, u64) = (0x8000_0000, 1 << 30);
            const WRITES_BITS: bool = false;
            const CHECKS_RESERVED: bool = false;
            const MALFORMED: &'static [Fault] = &[Fault::Absent];

            fn output_bits(size_lg2: u32) -> u32 {
                let wide = Descriptors::$descriptors == Descriptors::Long || size_lg2 == $large_bits;
                if wide { 40 } else { 32 }
            }

            fn start() -> Result<Self> {
                Arm32::start(Descriptors::$descriptors).map(Self)
            }

            fn memory(&self) -> Arc<Memory> {
                self.0.memory()
            }

            fn stage() -> &'static [Mapped] {
                &STAGE
            }

            fn rights() -> Vec<Rights> {
                let rights =
                    |bits| Rights { read: true, write: bits & 1 != 0, execute: bits & 2 != 0, user: bits & 4 != 0 };
                (0..8).map(rights).collect()
            }

            fn allows(rights: Rights, privilege: Privilege, access: Access) -> bool {
                let granted = match access {
                    Access::Load => true,
                    Access::Store => rights.write,
                    Access::Fetch => rights.execute,
                };
                granted && (privilege == Privilege::Kernel || rights.user)
            }

            permissions!($descriptors, $module);

            fn same(attributes: AttributesOf<Self>, rights: Rights) -> bool {
                attributes == Self::attributes(rights)
            }

            fn events(_: AttributesOf<Self>) -> Option<(bool, bool)> {
                None
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
                self.0.invalidate(owed)
            }
        }
    };
}

descriptors!(Short, armv7_short::Armv7Short, Short, 24);
descriptors!(ShortAp, armv7_short_ap::Armv7ShortAp, ShortAp, 24);
descriptors!(Long, armv7_lpae::Armv7Lpae, Long, 30);

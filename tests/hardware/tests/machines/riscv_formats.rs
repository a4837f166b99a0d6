//! The translation modes of a RISC-V hart.

use std::sync::Arc;

use gpt_formats::{sv32, sv32x4, sv39, sv39x4, sv48, sv48x4, sv57, sv57x4};
use gpt_hardware_tests::{Memory, Result, Version, installed};
use gpt_runtime::{Format, Invalidation};

use crate::riscv::{DATA, NOP, RiscV, Stage, TABLES};
use crate::walker::{Access, Answer, AttributesOf, ChangeOf, Privilege, Rights, Walker};

/// All rights that pages can have: writing needs reading, and a page without rights is a table.
fn rights(user: &[bool]) -> Vec<Rights> {
    let triples =
        [(true, false, false), (true, true, false), (false, false, true), (true, false, true), (true, true, true)];
    let with = |user: &bool| {
        let user = *user;
        triples.into_iter().map(move |(read, write, execute)| Rights { read, write, execute, user })
    };
    user.iter().flat_map(with).collect()
}

/// With SUM set and MXR clear: the kernel loads from and stores to the user's pages, but never executes them.
fn allows(rights: Rights, privilege: Privilege, access: Access) -> bool {
    let granted = match access {
        Access::Load => rights.read,
        Access::Store => rights.write,
        Access::Fetch => rights.execute,
    };
    let place = match privilege {
        Privilege::Kernel => !rights.user || access != Access::Fetch,
        Privilege::User => rights.user,
    };
    granted && place
}

/// Before version 10, QEMU takes the highest bit of a guest-physical address for a sign, and does not look at reserved
/// bits where Svnapot or Svpbmt is on; see `KNOWN_DIFFERENCES.md`.
fn before_10(emulator: &str) -> bool {
    installed(emulator).is_none_or(|version| version < Version { major: 10, minor: 0, micro: 0 })
}

macro_rules! mode {
    ($machine:ident, $module:ident::$format:ident, $wide:expr, $stage:ident, $mode:expr, $bits:expr, $($user:ident)?) => {
        /// The hart in this mode.
        pub(crate) struct $machine(RiscV);

        impl Walker for $machine {
            type Format = $module::$format;

            const EMULATOR: &'static str = if $wide { "qemu-system-riscv64" } else { "qemu-system-riscv32" };
            const WORD_BYTES: usize = if $wide { 8 } else { 4 };
            const NOP: &'static [u8] = &NOP;
            const PRIVILEGES: &'static [Privilege] = match Stage::$stage {
                Stage::First => &[Privilege::Kernel, Privilege::User],
                Stage::Guest => &[Privilege::Kernel],
            };
            const ACCESSES: &'static [Access] = match Stage::$stage {
                Stage::First => &[Access::Load, Access::Store, Access::Fetch],
                // `HLVX` does not look at the right to execute; see `KNOWN_DIFFERENCES.md`.
                Stage::Guest => &[Access::Load, Access::Store],
            };
            const OUTPUT_BITS: u32 = $bits;
            // A hart of 32 bits loses what is above; see `KNOWN_DIFFERENCES.md`.
            const DATA_BITS: u32 = if $wide { 64 } else { 32 };
            const TABLES: &'static [u64] = &TABLES;
            const DATA: (u64, u64) = DATA;
            const WRITES_BITS: bool = true;
            const LOSES_WALKS: bool = true;
            const DEBUGGER: bool = matches!(Stage::$stage, Stage::First);

            fn start() -> Result<Self> {
                RiscV::start($wide, Stage::$stage, $mode).map(Self)
            }

            fn memory(&self) -> Arc<Memory> {
                self.0.memory()
            }

            fn takes(&self, va: u64) -> bool {
                let top = va >> (Self::Format::INPUT_BITS - 1) & 1 != 0;
                // A register of 32 bits cannot name more.
                let reachable = $wide || va >> 32 == 0;
                reachable && !(Stage::$stage == Stage::Guest && top && before_10(Self::EMULATOR))
            }

            fn unchecked(_: &str) -> u128 {
                if $wide && before_10(Self::EMULATOR) { 0x7f << 54 } else { 0 }
            }

            /// PBMT = 3 is taken; see `KNOWN_DIFFERENCES.md`.
            fn unchecked_word(level: &str, word: u128, turned: u128) -> bool {
                $wide && word >> 61 & 3 == 3 || turned & Self::unchecked(level) != 0
            }

            fn rights() -> Vec<Rights> {
                rights(&[true $(, { let $user = false; $user })?])
            }

            fn allows(rights: Rights, privilege: Privilege, access: Access) -> bool {
                allows(rights, privilege, access)
            }

            fn attributes(rights: Rights) -> AttributesOf<Self> {
                AttributesOf::<Self> {
                    read: rights.read,
                    write: rights.write,
                    execute: rights.execute,
                    $($user: rights.user,)?
                    ..Default::default()
                }
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
        }
    };
}

mode!(Sv39, sv39::Sv39, true, First, 8, 56, user);
mode!(Sv48, sv48::Sv48, true, First, 9, 56, user);
mode!(Sv57, sv57::Sv57, true, First, 10, 56, user);
mode!(Sv32, sv32::Sv32, false, First, 1, 34, user);
mode!(Sv39x4, sv39x4::Sv39x4, true, Guest, 8, 56,);
mode!(Sv48x4, sv48x4::Sv48x4, true, Guest, 9, 56,);
mode!(Sv57x4, sv57x4::Sv57x4, true, Guest, 10, 56,);
mode!(Sv32x4, sv32x4::Sv32x4, false, Guest, 1, 34,);

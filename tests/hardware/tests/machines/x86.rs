//! The paging modes of a PC's processor.

use std::sync::Arc;

use gpt_formats::{x86_32, x86_64, x86_64_la57, x86_64_os, x86_pae};
use gpt_hardware_tests::{Memory, Result};
use gpt_runtime::Invalidation;

use crate::pc::{DATA, NOP, Paging, Pc, STAGE};
use crate::walker::{Access, Answer, AttributesOf, ChangeOf, Fault, Mapped, Privilege, Rights, Walker};

/// All rights that pages can have, with these choices for `execute`.
fn rights(execute: &[bool]) -> Vec<Rights> {
    let with = |execute: &bool| {
        let execute = *execute;
        (0..4).map(move |bits| Rights { read: true, write: bits & 1 != 0, user: bits & 2 != 0, execute })
    };
    execute.iter().flat_map(with).collect()
}

/// SDM 3A, Determination of Access Rights, with CR0.WP set and CR4.SMEP and CR4.SMAP clear.
fn allows(rights: Rights, privilege: Privilege, access: Access) -> bool {
    let granted = match access {
        Access::Load => true,
        Access::Store => rights.write,
        Access::Fetch => rights.execute,
    };
    granted && (privilege == Privilege::Kernel || rights.user)
}

macro_rules! paging {
    ($machine:ident, $module:ident::$format:ident, $paging:ident, $word:expr, $small_bits:expr, $bits:expr, $tables:expr, $malformed:expr, $($execute:ident)?) => {
        /// The processor in this mode.
        pub(crate) struct $machine(Pc);

        impl Walker for $machine {
            type Format = $module::$format;

            const EMULATOR: &'static str = "qemu-system-x86_64";
            const WORD_BYTES: usize = $word;
            const NOP: &'static [u8] = &NOP;
            const OUTPUT_BITS: u32 = $bits;
            const TABLES: &'static [u64] = $tables;
            const WHY_LOW: &'static str = "CR3 reaches 4 GiB, and the other tables of the tests are beside the root";
            const DATA: (u64, u64) = DATA;
            const WRITES_BITS: bool = true;
            const MALFORMED: &'static [Fault] = $malformed;

            fn output_bits(size_lg2: u32) -> u32 {
                if size_lg2 == 12 { $small_bits } else { $bits }
            }

            fn unchecked(level: &str) -> u128 {
                if $word == 4 && level == "PDPT" { 0x1e6 } else { 0 }
            }

            fn start() -> Result<Self> {
                Pc::start(Paging::$paging).map(Self)
            }

            fn memory(&self) -> Arc<Memory> {
                self.0.memory()
            }

            fn stage() -> &'static [Mapped] {
                &STAGE
            }

            fn rights() -> Vec<Rights> {
                rights(&[true $(, { let $execute = false; $execute })?])
            }

            fn allows(rights: Rights, privilege: Privilege, access: Access) -> bool {
                allows(rights, privilege, access)
            }

            fn attributes(rights: Rights) -> AttributesOf<Self> {
                AttributesOf::<Self> {
                    write: rights.write,
                    user: rights.user,
                    $($execute: rights.execute,)?
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

/// Below and above 4 GiB; CR3 and 32-bit entries reach only the first.
const TABLES: &[u64] = &[0x1000_0000, 0x1_5000_0000];

/// How words are answered that are no entry.
const RESERVED: &[Fault] = &[Fault::Reserved];

paging!(Levels4, x86_64::X86_64, Levels4, 8, 40, 40, TABLES, RESERVED, execute);
// What an operating system would not write is nothing to the processor while P is clear.
paging!(Os, x86_64_os::X86_64Os, Levels4, 8, 40, 40, TABLES, &[Fault::Reserved, Fault::Absent], execute);
paging!(Levels5, x86_64_la57::X86_64La57, Levels5, 8, 40, 40, TABLES, RESERVED, execute);
paging!(Pae, x86_pae::X86Pae, Pae, 4, 40, 40, &[0x1000_0000], RESERVED, execute);
// A small page has 32 bits, a large one 40 (PSE-36).
paging!(Bits32, x86_32::X86_32, Bits32, 4, 32, 40, &[0x1000_0000], RESERVED,);

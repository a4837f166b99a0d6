//! A LoongArch processor with pages of 16 KiB whose TLB is filled by a handler that walks the tables with `lddir` and
//! `ldpte`, as an operating system's does; all accesses go through the TLB.
//!
//! Instructions, registers and exceptions: LoongArch Reference Manual volume 1, chapters 4 to 7.

use std::sync::Arc;

use gpt_formats::loongarch64_16k::{Loongarch64_16k, Mat, Plv};
use gpt_hardware_tests::{Error, Memory, Result};
use gpt_runtime::Invalidation;

use crate::change::{fulfil, map_with_attributes};
use crate::loongarch::{DATA, ENTRIES, LoongArch, PAGES, TABLES, directory};
use crate::tree::{ensure, put, random, range, target, with_machine};
use crate::walker::{ALL, Access, Answer, AttributesOf, ChangeOf, Fault, Privilege, Rights, Walker};

/// Physical addresses: `ld.d r5,r4,0`; `st.d r5,r4,0`; `syscall 0`; where exceptions go, and where TLB refills do.
const LOAD: u64 = 0x1010;
const STORE: u64 = 0x1020;
const CALL: u64 = 0x1030;
const ENTRY: u64 = 0x2000;
const REFILL: u64 = 0x3000;
const CODE: [(u64, u32); 3] = [(LOAD, 0x28c0_0085), (STORE, 0x29c0_0085), (CALL, 0x002b_0000)];
/// Where both privileges see all of memory, untranslated.
const WINDOW: u64 = 0x9000 << 48;

/// `tlbfill`; `ertn`; `invtlb 0,r0,r0`: everything; `invtlb 6,r0,r4`: global or of this address space, at an address.
const FILL: u32 = 0x0648_3400;
const RETURN: u32 = 0x0648_3800;
const INVALIDATE_ALL: u32 = 0x0649_8000;
const INVALIDATE_PAGE: u32 = 0x0649_8006 | 4 << 10;

/// Control and status registers: mode; what `ertn` restores; the exception and its address; handlers; the root; the
/// size of pages in the larger part of the TLB; the first window.
const MODE: u32 = 0;
const PREVIOUS_MODE: u32 = 1;
const STATUS: u32 = 5;
const RETURN_ADDRESS: u32 = 6;
const BAD_ADDRESS: u32 = 7;
const HANDLER: u32 = 0xc;
const ROOT: u32 = 0x19;
const PAGE_SIZE: u32 = 0x1e;
const REFILL_HANDLER: u32 = 0x88;
const FIRST_WINDOW: u32 = 0x180;
/// MODE: privilege level 0, translated.
const TRANSLATED: u64 = 1 << 4;

/// NX, NR and RPLV of an entry.
const HIGHEST: u64 = 7 << 61;

/// The processor.
pub(crate) struct Tlb {
    processor: LoongArch,
    root: u64,
}

impl Tlb {
    /// Executes the handler of TLB refills up to its return, which leads to `place`.
    fn refill(&mut self, place: u64, va: u64) -> Result<()> {
        // It runs untranslated.
        self.processor.window = 0;
        let mut base = self.root;
        for level in [3, 1] {
            base = self.processor.run(directory(level), base)?;
        }
        for word in PAGES {
            self.processor.run(word, base)?;
        }
        // What the emulator's instructions drop is put back; see `KNOWN_DIFFERENCES.md`.
        for (register, word) in ENTRIES.into_iter().zip(self.words(va)?) {
            if word & HIGHEST != 0 {
                let entry = self.processor.read(register)?;
                self.processor.write(register, entry | word & HIGHEST)?;
            }
        }
        self.processor.run(FILL, 0)?;
        let end = self.processor.end_of(RETURN, 0)?;
        self.processor.window = WINDOW;
        if end == place { Ok(()) } else { Err(Error::new(format!("the refill for {va:#x} ended at {end:#x}"))) }
    }

    /// The entries of the pair of pages at an address, or twice that of the larger page there.
    fn words(&self, va: u64) -> Result<[u64; 2]> {
        let memory = self.processor.emulator.memory();
        let mut table = self.root;
        for low in [36, 25] {
            let word = memory.read_u64(table + (va >> low & 0x7ff) * 8)?;
            if word & 1 << 6 != 0 {
                return Ok([word; 2]);
            }
            table = word & 0xffff_ffff_c000;
        }
        let pair = table + (va >> 15 & 0x3ff) * 16;
        Ok([memory.read_u64(pair)?, memory.read_u64(pair + 8)?])
    }

    /// Steps until the instruction at `place` was executed or refused, and gives where that ends.
    fn step(&mut self, place: u64, registers: &[(&str, u64)], va: u64) -> Result<u64> {
        for _ in 0..2 {
            let gdb = self.processor.emulator.gdb()?;
            gdb.set("pc", place)?;
            for (register, value) in registers {
                gdb.set(register, *value)?;
            }
            gdb.step()?;
            match gdb.get("pc")? {
                REFILL => self.refill(place, va)?,
                end => return Ok(end),
            }
        }
        Err(Error::new(format!("the TLB misses {va:#x} after it was filled")))
    }

    /// What the exception says: ESTAT.Ecode, BADV.
    fn exception(&mut self, access: Access, va: u64, end: u64) -> Result<Answer> {
        let code = self.processor.read(STATUS)? >> 16 & 0x3f;
        let address = self.processor.read(BAD_ADDRESS)?;
        let of_access = |load, store, fetch| match access {
            Access::Load => load,
            Access::Store => store,
            Access::Fetch => fetch,
        };
        let answer = match code {
            1..=3 if code == of_access(1, 2, 3) => Answer::Fault(Fault::Absent),
            4..=6 if code == of_access(5, 4, 6) => Answer::Fault(Fault::Permission),
            // The privilege level.
            7 => Answer::Fault(Fault::Permission),
            // An address error: nothing is there.
            8 => Answer::Nowhere,
            _ => return Err(Error::new(format!("{access:?} {va:#x}: exception {code:#x} at {address:#x}"))),
        };
        // An address error names no address.
        if end != WINDOW + ENTRY || code != 8 && address != va {
            return Err(Error::new(format!("{access:?} {va:#x} ended at {end:#x}: {code:#x} at {address:#x}")));
        }
        Ok(answer)
    }
}

impl Walker for Tlb {
    type Format = Loongarch64_16k;

    const EMULATOR: &'static str = "qemu-system-loongarch64";
    const NOP: &'static [u8] = &0x0340_0000_u32.to_le_bytes();
    const OUTPUT_BITS: u32 = 48;
    const TABLES: &'static [u64] = &TABLES;
    const DATA: (u64, u64) = DATA;
    // A page in a directory becomes two of 16 MiB, whatever the directory; see `KNOWN_DIFFERENCES.md`.
    const SIZES: u64 = 1 << 14 | 1 << 25;
    const WRITES_BITS: bool = false;
    const WHY_NO_BITS: &'static str = "the hardware sets no accessed or dirty bits without its own walker (PTW)";
    const WHY_SIZES: &'static str =
        "`ldpte` makes pages of 16 MiB of what any directory holds, see KNOWN_DIFFERENCES.md";
    const CHECKS_RESERVED: bool = false;
    const MALFORMED: &'static [Fault] = &[Fault::Absent];
    // The debugger looks into the TLB, not at tables.
    const DEBUGGER: bool = false;

    fn start() -> Result<Self> {
        // Eleven bits from 14, 25 and 36 on.
        let mut processor = LoongArch::start_with(14 | 11 << 5 | 25 << 10 | 11 << 15, 36 | 11 << 6)?;
        for (place, word) in CODE {
            processor.emulator.memory().write_u32(place, word)?;
        }
        for (register, value) in [
            (HANDLER, WINDOW + ENTRY),
            (REFILL_HANDLER, REFILL),
            (PAGE_SIZE, 14),
            // For levels 0 and 3, coherent and cached.
            (FIRST_WINDOW, WINDOW | 1 << 4 | 1 << 3 | 1),
            (MODE, TRANSLATED),
        ] {
            processor.write(register, value)?;
        }
        processor.window = WINDOW;
        Ok(Self { processor, root: 0 })
    }

    fn memory(&self) -> Arc<Memory> {
        Arc::clone(self.processor.emulator.memory())
    }

    fn rights() -> Vec<Rights> {
        let rights =
            |bits| Rights { read: bits & 1 != 0, write: bits & 2 != 0, execute: bits & 4 != 0, user: bits & 8 != 0 };
        (0..16).map(rights).collect()
    }

    /// What may not be read may still be written.
    fn allows(rights: Rights, privilege: Privilege, access: Access) -> bool {
        let granted = match access {
            Access::Load => rights.read,
            Access::Store => rights.write,
            Access::Fetch => rights.execute,
        };
        granted && (privilege == Privilege::Kernel || rights.user)
    }

    /// A fetch that an entry refuses never ends: the emulator fetches the instruction again to note it (BADI).
    fn survives(rights: Rights, privilege: Privilege, access: Access) -> bool {
        access != Access::Fetch || Self::allows(rights, privilege, access)
    }

    fn attributes(rights: Rights) -> AttributesOf<Self> {
        AttributesOf::<Self> {
            read: rights.read,
            write: rights.write,
            execute: rights.execute,
            memory_type: Mat::COHERENT_CACHED,
            level: if rights.user { Plv::LEVEL_3 } else { Plv::LEVEL_0 },
            ..Default::default()
        }
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
        self.root = root;
        self.processor.write(ROOT, root)?;
        self.processor.run(INVALIDATE_ALL, 0).map(drop)
    }

    fn access(&mut self, privilege: Privilege, access: Access, va: u64, value: u64) -> Result<Answer> {
        let place = match access {
            Access::Load => WINDOW + LOAD,
            Access::Store => WINDOW + STORE,
            // The test put a `nop` there.
            Access::Fetch => va,
        };
        if privilege == Privilege::User {
            self.processor.write(PREVIOUS_MODE, 3)?;
            self.processor.write(RETURN_ADDRESS, place)?;
            let end = self.processor.end_of(RETURN, 0)?;
            ensure!(end == place, "the return to {place:#x} ended at {end:#x}");
        }
        let end = self.step(place, &[("r4", va), ("r5", value)], va)?;
        if end != place.wrapping_add(4) {
            return self.exception(access, va, end);
        }
        let loaded = if access == Access::Load { self.processor.emulator.gdb()?.get("r5")? } else { 0 };
        if privilege == Privilege::User {
            let end = self.step(WINDOW + CALL, &[], 0)?;
            ensure!(end == WINDOW + ENTRY, "the system call ended at {end:#x}");
        }
        Ok(Answer::Done(loaded))
    }

    /// `INVTLB` for each page of the range, or for everything where those would be many.
    fn invalidate(&mut self, owed: Invalidation) -> Result<()> {
        let lg2 = owed.smallest_page_lg2;
        if (owed.last - owed.first) >> lg2 > 256 {
            return self.processor.run(INVALIDATE_ALL, 0).map(drop);
        }
        for page in owed.first >> lg2..=owed.last >> lg2 {
            self.processor.run(INVALIDATE_PAGE, page << lg2)?;
        }
        Ok(())
    }
}

/// Pages of one privilege level alone (RPLV).
pub(crate) fn restricted() -> Result<()> {
    let mut random = random();
    with_machine::<Tlb>(|machine, memory, tree| {
        let mut all = Vec::new();
        for (size_lg2, level, kernel) in
            [(14, Plv::LEVEL_0, true), (14, Plv::LEVEL_3, false), (25, Plv::LEVEL_0, true), (25, Plv::LEVEL_3, false)]
        {
            let target = target(machine, &mut random, size_lg2, ALL, &all)?;
            all.push(target.page);
            let attributes = AttributesOf::<Tlb> { level, restricted: true, ..Tlb::attributes(ALL) };
            let range = range::<Tlb>(target.page.va, target.page.bytes)?;
            fulfil(machine, map_with_attributes(tree, range, target.page.oa, &attributes)?)?;
            put::<Tlb>(memory, target.oa, 0x1234)?;
            for (privilege, allowed) in [(Privilege::Kernel, kernel), (Privilege::User, !kernel)] {
                let answer = machine.access(privilege, Access::Load, target.va, 0)?;
                let expected = if allowed { Answer::Done(0x1234) } else { Answer::Fault(Fault::Permission) };
                ensure!(answer == expected, "{privilege:?} loads from a page of {level:?} alone: {answer:x?}");
            }
        }
        Ok(())
    })
}

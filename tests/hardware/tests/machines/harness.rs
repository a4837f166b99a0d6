//! The harness itself: a table written by hand is walked as its author meant, and a wrong one is noticed.

use gpt_hardware_tests::{Error, Result};

use crate::pc::{Paging, Pc};
use crate::tree::ensure;
use crate::walker::{Access, Answer, Fault, Privilege};

/// Four levels by hand: words straight from the figures of the manual.
pub(crate) fn hand_made_tables() -> Result<()> {
    let mut pc = Pc::start(Paging::Levels4)?;
    let memory = pc.memory();
    let (root, data) = (0x10_0000, 0x4000_0000);
    // The first 2 MiB and, at 0x5000 2000 0000, one page for user and kernel and one that only the kernel may read.
    for (address, word) in [
        (root, 0x10_1007),
        (0x10_1000, 0x10_2007),
        (0x10_2000, 0x87),
        (root + 8 * 160, 0x10_3007),
        (0x10_3000, 0x10_4007),
        (0x10_4000 + 8 * 256, 0x10_5007),
        (0x10_5000, data | 7),
        (0x10_5008, data | 0x1001 | 1 << 63),
        (data, 0x1122_3344_5566_7788),
    ] {
        memory.write_u64(address, word)?;
    }
    pc.attach(root)?;
    let va = 0x5000_2000_0000;
    let absent = Answer::Fault(Fault::Absent);
    let refused = Answer::Fault(Fault::Permission);
    for (privilege, access, va, expected) in [
        (Privilege::Kernel, Access::Load, va, Answer::Done(0x1122_3344_5566_7788)),
        (Privilege::User, Access::Store, va, Answer::Done(0)),
        (Privilege::User, Access::Load, va + 0x1000, refused),
        (Privilege::Kernel, Access::Store, va + 0x1000, refused),
        (Privilege::Kernel, Access::Fetch, va + 0x1000, refused),
        (Privilege::User, Access::Load, va + 0x2000, absent),
    ] {
        let answer = pc.access(privilege, access, va, 0x99)?;
        ensure!(answer.is(expected), "{privilege:?} {access:?} {va:#x}: {answer:x?}");
    }
    ensure!(memory.read_u64(data)? == 0x99, "the store did not arrive");
    ensure!(memory.read_u64(0x10_5000)? == data | 0x67, "accessed and dirty are not set");
    ensure!(pc.debug_walk(va + 0x1abc)? == Some(data + 0x1abc), "the debugger translates otherwise");
    ensure!(pc.debug_walk(va + 0x2000)?.is_none(), "the debugger translates what is not mapped");
    memory.write_u64(0x10_5000, data | 0x3007)?;
    ensure!(pc.access(Privilege::Kernel, Access::Load, va, 0)? == Answer::Done(0x99), "nothing was cached");
    pc.invalidate(va, va + 0xfff, 12)?;
    ensure!(pc.access(Privilege::Kernel, Access::Load, va, 0)? == Answer::Done(0), "the wrong word was not noticed");
    Ok(())
}

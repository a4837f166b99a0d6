//! What the CPU's table says of pages that are away, and how pages are copied.
//!
//! The payload of an entry, from bit 0: whether the page is in the GPU's memory, whether it may be written, whether it was,
//! and its address from bit 12 on. If it is not there yet, the number of its move instead, from bit 1 on.

use gpt_device::{Away, Moves};
use gpt_formats::{amdgpu_gfx9, x86_64_os};

use super::Machine;
use super::sides::page;

const ON_GPU: u64 = 1 << 0;
const WRITABLE: u64 = 1 << 1;
const WRITTEN: u64 = 1 << 2;

/// A bit, if it is to be set.
fn bit(set: bool, bit: u64) -> u64 {
    if set { bit } else { 0 }
}

impl Moves for Machine {
    fn say(&self, away: &Away<x86_64_os::Attributes>) -> Option<x86_64_os::Special> {
        let payload = match away {
            Away::Moving(number) => u64::from(*number) << 1,
            Away::OnDevice { page, attributes } => {
                let written = attributes.dirty || attributes.avl != 0;
                page | ON_GPU | bit(attributes.write, WRITABLE) | bit(written, WRITTEN)
            }
        };
        Some(x86_64_os::Special::Away { payload })
    }

    fn hear(&self, entry: &x86_64_os::Special) -> Option<Away<x86_64_os::Attributes>> {
        let x86_64_os::Special::Away { payload } = *entry;
        if payload & ON_GPU == 0 {
            return Some(Away::Moving(u32::try_from(payload >> 1).ok()?));
        }
        let attributes = x86_64_os::Attributes {
            user: true,
            write: payload & WRITABLE != 0,
            avl: u8::from(payload & WRITTEN != 0),
            ..x86_64_os::Attributes::default()
        };
        Some(Away::OnDevice { page: payload & !0xfff, attributes })
    }

    fn local(&self, _: &x86_64_os::Attributes, write: bool) -> Option<amdgpu_gfx9::Attributes> {
        Some(page(write, amdgpu_gfx9::Space::VIDEO))
    }

    fn marked(&self, cpu: &x86_64_os::Attributes) -> x86_64_os::Attributes {
        x86_64_os::Attributes { avl: 1, ..*cpu }
    }

    fn take_device_page(&self, size_lg2: u32) -> Option<u64> {
        self.video.lock().take(size_lg2)
    }

    fn take_host_page(&self, size_lg2: u32) -> Option<u64> {
        self.host.pages().lock().take(size_lg2)
    }

    fn free_device_page(&self, page: u64, size_lg2: u32) {
        self.video.lock().give(page, size_lg2);
    }

    fn free_host_page(&self, page: u64, size_lg2: u32) {
        self.host.pages().lock().give(page, size_lg2);
    }

    fn copy_to_device(&self, from: u64, to: u64, size_lg2: u32) -> bool {
        self.host.copy(from, self.gpu.lock().window(to, 1 << size_lg2), false)
    }

    fn copy_to_host(&self, from: u64, to: u64, size_lg2: u32) -> bool {
        self.host.copy(to, self.gpu.lock().window(from, 1 << size_lg2), true)
    }
}

//! How the pages of one table are said in the other's terms.

use gpt_device::{Fenced, Recording, Sides};
use gpt_formats::{amdgpu_gfx9, x86_64_os};
use gpt_runtime::{Arena, Epochs, Heap, Obligation};

use super::{CpuTable, GpuTable, Lock, Machine};

/// A bit that the processor leaves to software: the GPU may have written to the page.
const MARK: u8 = 1;

/// A page of the GPU's table.
pub(super) fn page(write: bool, space: amdgpu_gfx9::Space) -> amdgpu_gfx9::Attributes {
    let coherent = space == amdgpu_gfx9::Space::SYSTEM;
    amdgpu_gfx9::Attributes { read: true, write, space, coherent, ..amdgpu_gfx9::Attributes::default() }
}

impl Sides for Machine {
    type Cpu = x86_64_os::X86_64Os;
    type CpuTables = Heap;
    type CpuReaders = Epochs;
    type Device = amdgpu_gfx9::AmdgpuGfx9;
    type DeviceTables = Recording<Arena<'static>, Lock>;
    type DeviceReaders = Fenced<Epochs>;

    fn cpu(&self) -> &CpuTable {
        &self.cpu
    }

    fn device(&self) -> &GpuTable {
        &self.gpu_table
    }

    fn cpu_changed(&self, owed: Obligation<'_, Self::Cpu, Heap, Epochs>) {
        // Here the CPU's TLB would be shot down. This program's CPU walks the table for every access.
        owed.acknowledge();
    }

    fn device_changed(&self, owed: Obligation<'_, Self::Device, Self::DeviceTables, Self::DeviceReaders>) {
        self.gpu_table.environment().settle(owed);
    }

    fn device_done(&self) {
        // What has no packet was refused when the format was chosen: all items here have 8 bytes.
        let _ = self.submit();
        self.wait();
    }

    fn is_writable(&self, cpu: &x86_64_os::Attributes) -> bool {
        cpu.write
    }

    fn is_dirty(&self, cpu: &x86_64_os::Attributes) -> bool {
        cpu.dirty || cpu.avl & MARK != 0
    }

    fn mark(&self, written: bool) -> x86_64_os::Change {
        x86_64_os::Change { avl: Some(if written { MARK } else { 0 }), ..x86_64_os::Change::default() }
    }

    fn pull(&self, _: &x86_64_os::Attributes, write: bool) -> Option<amdgpu_gfx9::Attributes> {
        Some(page(write, amdgpu_gfx9::Space::SYSTEM))
    }

    fn grants_write(&self, device: &amdgpu_gfx9::Attributes) -> bool {
        device.write
    }

    fn writable(&self, write: bool) -> amdgpu_gfx9::Change {
        amdgpu_gfx9::Change { write: Some(write), ..amdgpu_gfx9::Change::default() }
    }
}

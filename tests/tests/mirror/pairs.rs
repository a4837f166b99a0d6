//! Pairs of formats, and how one's pages are said in the other's terms.

use gpt_formats::{amdgpu_gfx12, arm64_16k, nv_ver3, x86_64, x86_64_os, xe};
use gpt_runtime::Format;

/// A CPU's format and a device's.
pub trait Pair: Send + Sync + 'static {
    type Cpu: Format<Attributes: Send + Sync, Change: Send, Special: Send>;
    type Device: Format<Attributes: Send + Sync, Change: Send, Special: Send>;
    /// The smallest page of the CPU.
    const UNIT_LG2: u32;
    /// A larger page that both sides have; 0 where there is none.
    const LARGE_LG2: u32;

    fn cpu(write: bool) -> <Self::Cpu as Format>::Attributes;
    fn cpu_write(write: bool) -> <Self::Cpu as Format>::Change;
    fn is_writable(cpu: &<Self::Cpu as Format>::Attributes) -> bool;
    fn is_dirty(cpu: &<Self::Cpu as Format>::Attributes) -> bool;
    fn mark(written: bool) -> <Self::Cpu as Format>::Change;
    /// For memory of the host or, where `local`, the device's own.
    fn device(write: bool, local: bool) -> <Self::Device as Format>::Attributes;
    fn grants_write(device: &<Self::Device as Format>::Attributes) -> bool;
    fn device_write(write: bool) -> <Self::Device as Format>::Change;
}

macro_rules! x86 {
    ($module:ident, $format:ident) => {
        type Cpu = $module::$format;
        const UNIT_LG2: u32 = 12;
        const LARGE_LG2: u32 = 21;

        fn cpu(write: bool) -> $module::Attributes {
            $module::Attributes { write, user: true, ..$module::Attributes::default() }
        }
        fn cpu_write(write: bool) -> $module::Change {
            $module::Change { write: Some(write), ..$module::Change::default() }
        }
        fn is_writable(cpu: &$module::Attributes) -> bool {
            cpu.write
        }
        fn is_dirty(cpu: &$module::Attributes) -> bool {
            cpu.dirty || cpu.avl & 1 != 0
        }
        fn mark(written: bool) -> $module::Change {
            $module::Change { avl: Some(u8::from(written)), ..$module::Change::default() }
        }
    };
}

macro_rules! device {
    ($module:ident, $format:ident, |$local:ident| { $($field:ident: $value:expr),* }) => {
        type Device = $module::$format;

        fn device(write: bool, $local: bool) -> $module::Attributes {
            $module::Attributes { write, $($field: $value,)* ..$module::Attributes::default() }
        }
        fn grants_write(device: &$module::Attributes) -> bool {
            device.write
        }
        fn device_write(write: bool) -> $module::Change {
            $module::Change { write: Some(write), ..$module::Change::default() }
        }
    };
}

/// 4K and 2M on the one side, 4K, 64K and 2M on the other.
pub enum X86Nv {}
impl Pair for X86Nv {
    x86!(x86_64_os, X86_64Os);
    device!(nv_ver3, NvVer3, |local| {
        space: if local { nv_ver3::PteAperture::VIDEO } else { nv_ver3::PteAperture::SYSTEM_COHERENT }
    });
}

pub enum X86Amd {}
impl Pair for X86Amd {
    x86!(x86_64_os, X86_64Os);
    device!(amdgpu_gfx12, AmdgpuGfx12, |local| { read: true, coherent: !local });
}

pub enum X86Xe {}
impl Pair for X86Xe {
    x86!(x86_64, X86_64);
    device!(xe, Xe, |local| {
        space: if local { xe::Space::DEVICE } else { xe::Space::SYSTEM }
    });
}

/// Pages of 16K on the one side, of 4K on the other.
pub enum ArmAmd {}
impl Pair for ArmAmd {
    type Cpu = arm64_16k::Arm64_16k;
    const UNIT_LG2: u32 = 14;
    const LARGE_LG2: u32 = 0;

    fn cpu(write: bool) -> arm64_16k::Attributes {
        arm64_16k::Attributes { write, user: true, accessed: true, ..arm64_16k::Attributes::default() }
    }
    fn cpu_write(write: bool) -> arm64_16k::Change {
        arm64_16k::Change { write: Some(write), ..arm64_16k::Change::default() }
    }
    fn is_writable(cpu: &arm64_16k::Attributes) -> bool {
        cpu.write
    }
    fn is_dirty(cpu: &arm64_16k::Attributes) -> bool {
        cpu.sw & 1 != 0
    }
    fn mark(written: bool) -> arm64_16k::Change {
        arm64_16k::Change { sw: Some(u8::from(written)), ..arm64_16k::Change::default() }
    }

    device!(amdgpu_gfx12, AmdgpuGfx12, |local| { read: true, coherent: !local });
}

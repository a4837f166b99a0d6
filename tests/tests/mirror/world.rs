//! A machine: a CPU and a device that walk their tables, two memories, and what keeps them in step.

use std::sync::RwLock;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use gpt_device::{Away, CpuAttributes, CpuSpecial, DeviceAttributes, DeviceTable, Fenced, Moves, Recording, Sides};
use gpt_formats::x86_64_os;
use gpt_runtime::{Entry, Epochs, Format, Heap, InputAddress, Obligation, PageTable};

use crate::frames::{Frame, Frames, copy};
use crate::pairs::Pair;

pub type Lock = parking_lot::RawMutex;
pub type Device<P> = DeviceTable<<P as Pair>::Device, Heap, Lock>;

/// Where the CPU's memory is.
pub const HOST: u64 = 0x1_0000_0000;
/// Where the device's memory is.
pub const LOCAL: u64 = 0x8_0000_0000;

pub struct World<P: Pair> {
    pub cpu: PageTable<P::Cpu, Heap, Epochs>,
    pub device: Device<P>,
    pub host: Frames,
    pub local: Frames,
    /// Held for reading by a CPU, and by the device, in the middle of an access: what a shootdown waits for.
    pub cpu_running: RwLock<()>,
    pub device_running: RwLock<()>,
    /// Copies fail.
    pub fails: AtomicBool,
    /// How often copies failed, memory was short, and pages moved.
    pub failures: AtomicU64,
    pub moved: AtomicU64,
}

impl<P: Pair> World<P> {
    pub fn new(host_pages: usize, local_pages: usize) -> Self {
        let recording = Recording::new(Heap);
        let fenced = Fenced::new(Epochs::new(), recording.timeline());
        Self {
            cpu: PageTable::new(Heap, Epochs::new()).unwrap(),
            device: DeviceTable::new(recording, fenced).unwrap(),
            host: Frames::new(HOST, P::UNIT_LG2, host_pages),
            local: Frames::new(LOCAL, P::UNIT_LG2, local_pages),
            cpu_running: RwLock::new(()),
            device_running: RwLock::new(()),
            fails: AtomicBool::new(false),
            failures: AtomicU64::new(0),
            moved: AtomicU64::new(0),
        }
    }

    /// The frame at an output address, in whichever memory.
    pub fn frame(&self, address: u64) -> &Frame {
        if self.local.has(address) { self.local.at(address) } else { self.host.at(address) }
    }

    /// The output address that the CPU's table gives.
    pub fn on_cpu(&self, va: u64) -> Entry<CpuAttributes<Self>, CpuSpecial<Self>> {
        self.cpu.reader().look(InputAddress::new(va).unwrap())
    }

    /// The output address and attributes that the device's table gives.
    pub fn on_device(&self, va: u64) -> Option<(u64, DeviceAttributes<Self>)> {
        let page = self.device.reader().walk(InputAddress::new(va).unwrap()).ok()?;
        Some((page.oa + (va - page.va), page.attributes))
    }
}

impl<P: Pair> Sides for World<P> {
    type Cpu = P::Cpu;
    type CpuTables = Heap;
    type CpuReaders = Epochs;
    type Device = P::Device;
    type DeviceTables = Recording<Heap, Lock>;
    type DeviceReaders = Fenced<Epochs>;

    fn cpu(&self) -> &PageTable<P::Cpu, Heap, Epochs> {
        &self.cpu
    }

    fn device(&self) -> &Device<P> {
        &self.device
    }

    fn cpu_changed(&self, owed: Obligation<'_, P::Cpu, Heap, Epochs>) {
        owed.fulfil(|_| drop(self.cpu_running.write().unwrap()));
    }

    fn device_changed(&self, owed: Obligation<'_, P::Device, Recording<Heap, Lock>, Fenced<Epochs>>) {
        self.device.environment().settle(owed);
    }

    fn device_done(&self) {
        while let Some(batch) = self.device.environment().cut() {
            self.device.environment().finished(batch).unwrap();
        }
        drop(self.device_running.write().unwrap());
    }

    fn relax(&self) {
        std::thread::yield_now();
    }

    fn is_writable(&self, cpu: &CpuAttributes<Self>) -> bool {
        P::is_writable(cpu)
    }

    fn is_dirty(&self, cpu: &CpuAttributes<Self>) -> bool {
        P::is_dirty(cpu)
    }

    fn mark(&self, written: bool) -> <P::Cpu as Format>::Change {
        P::mark(written)
    }

    fn pull(&self, _: &CpuAttributes<Self>, write: bool) -> Option<DeviceAttributes<Self>> {
        Some(P::device(write, false))
    }

    fn grants_write(&self, device: &DeviceAttributes<Self>) -> bool {
        P::grants_write(device)
    }

    fn writable(&self, write: bool) -> <P::Device as Format>::Change {
        P::device_write(write)
    }
}

/// Bits of the payload: 0 for a page that moves, then the number; or 1, 1 whether it may be written, 2 whether it was,
/// and the page from bit 12 on.
impl<P: Pair<Cpu = x86_64_os::X86_64Os>> Moves for World<P> {
    fn say(&self, away: &Away<x86_64_os::Attributes>) -> Option<x86_64_os::Special> {
        let payload = match away {
            Away::Moving(number) => u64::from(*number) << 1,
            Away::OnDevice { page, attributes } => {
                page | 1 | u64::from(attributes.write) << 1 | u64::from(P::is_dirty(attributes)) << 2
            }
        };
        Some(x86_64_os::Special::Away { payload })
    }

    fn hear(&self, entry: &x86_64_os::Special) -> Option<Away<x86_64_os::Attributes>> {
        let x86_64_os::Special::Away { payload } = *entry;
        if payload & 1 == 0 {
            return Some(Away::Moving((payload >> 1) as u32));
        }
        let attributes = x86_64_os::Attributes { avl: (payload >> 2 & 1) as u8, ..P::cpu(payload & 2 != 0) };
        Some(Away::OnDevice { page: payload & !0xfff, attributes })
    }

    fn local(&self, _: &x86_64_os::Attributes, write: bool) -> Option<DeviceAttributes<Self>> {
        Some(P::device(write, true))
    }

    fn marked(&self, cpu: &x86_64_os::Attributes) -> x86_64_os::Attributes {
        x86_64_os::Attributes { avl: 1, ..*cpu }
    }

    fn take_device_page(&self, size_lg2: u32) -> Option<u64> {
        self.local.take(0, size_lg2).or_else(|| {
            self.failures.fetch_add(1, Ordering::Relaxed);
            None
        })
    }

    fn take_host_page(&self, size_lg2: u32) -> Option<u64> {
        self.host.take(0, size_lg2)
    }

    fn free_device_page(&self, page: u64, size_lg2: u32) {
        self.local.free(page, size_lg2);
    }

    fn free_host_page(&self, page: u64, size_lg2: u32) {
        self.host.free(page, size_lg2);
    }

    fn copy_to_device(&self, from: u64, to: u64, size_lg2: u32) -> bool {
        self.moved.fetch_add(1, Ordering::Relaxed);
        copy(self.host.page(from, size_lg2), self.local.page(to, size_lg2));
        !self.fails.load(Ordering::Relaxed)
    }

    fn copy_to_host(&self, from: u64, to: u64, size_lg2: u32) -> bool {
        self.moved.fetch_add(1, Ordering::Relaxed);
        copy(self.local.page(from, size_lg2), self.host.page(to, size_lg2));
        !self.fails.load(Ordering::Relaxed)
    }
}

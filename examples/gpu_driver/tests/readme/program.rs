use gpt_device::{AmdSdma, DeviceTable, Fenced, Recording};

type GpuTable<'a> = DeviceTable<AmdgpuGfx9, Arena<'a>, parking_lot::RawMutex>;

fn table(shadow: Arena<'_>) -> Result<GpuTable<'_>, CreateError> {
    let recording = Recording::new(shadow);                          // host memory for shadows, at the GPU's addresses
    let fenced = Fenced::new(Epochs::new(), recording.timeline());   // tables wait for the GPU, then for readers
    DeviceTable::new(recording, fenced)
}

fn map<'t>(table: &'t GpuTable<'_>, range: VaRange, oa: u64, to: &mut AmdSdma) -> Result<(), Box<dyn Error + 't>> {
    let data = Attributes { write: true, ..Attributes::default() };
    let owed = table.map(range, oa, &data)?;                         // walkable at once, for everybody who walks the shadow
    table.environment().settle(owed);                                // the invalidation goes into the list too
    let batch = table.environment().cut().ok_or("nothing to do")?;   // 512 small pages are one run: start, count, increment
    batch.emit(to)?;                                                 // or to IntelMi, or to an `Emit` of one's own
    // … the GPU waits for batch.waits_for(), executes, signals batch.signals(), and interrupts …
    table.environment().finished(batch)?;                            // or cancelled(batch): then its steps are handed out again
    table.reclaim();                                                 // what the GPU is done with is freed
    Ok(())
}

//! Changes of trees, and what they owe the machine.
//!
//! What is reported of a change goes through a `dyn` closure, so that each operation is compiled once for a format.

use gpt_hardware_tests::{Error, Result};
use gpt_runtime::{
    AddressRange, Arena, Breaking, EmptyTables, Epochs, Format, Invalidation, Mapping, Obligation, Outcome, PageTable,
    Removed,
};

use crate::tree::{Target, Tree, range, target};
use crate::walker::{Mapped, Rights, Walker};

/// What a change of a tree owes.
pub(crate) type Owed<'t, 'm, F> = Obligation<'t, F, Arena<'m>, Epochs>;

/// Maps with pages of one size where the length is one page, else with the largest that fit.
pub(crate) fn map<W: Walker>(tree: &Tree<'_, W>, mapped: Mapped) -> Result<()> {
    map_with::<W>(tree, mapped, u64::MAX).map(|obligation| obligation.acknowledge())
}

/// Maps with pages of these sizes.
pub(crate) fn map_with<'t, 'm, W: Walker>(
    tree: &'t Tree<'m, W>,
    mapped: Mapped,
    sizes: u64,
) -> Result<Obligation<'t, W::Format, Arena<'m>, Epochs>> {
    let attributes = W::attributes(mapped.rights);
    let range = range::<W>(mapped.va, mapped.bytes)?;
    tree.map_with_sizes(range, mapped.oa, &attributes, sizes & W::SIZES)
        .map_err(|stopped| Error::new(format!("mapping {mapped:x?}: {stopped}")))
}

/// Maps with the largest pages that fit.
pub(crate) fn map_with_attributes<'t, 'm, F: Format>(
    tree: &'t PageTable<F, Arena<'m>, Epochs>,
    range: AddressRange<F>,
    oa: u64,
    attributes: &F::Attributes,
) -> Result<Owed<'t, 'm, F>> {
    tree.map(range, oa, attributes).map_err(|stopped| Error::new(format!("mapping {range:x?}: {stopped}")))
}

/// Carries out what is owed.
pub(crate) fn fulfil<W: Walker>(
    machine: &mut W,
    obligation: Obligation<'_, W::Format, Arena<'_>, Epochs>,
) -> Result<()> {
    if let Some(invalidation) = obligation.invalidation() {
        machine.invalidate(invalidation)?;
    }
    obligation.acknowledge();
    Ok(())
}

/// Unmaps; each page goes to `removed`.
pub(crate) fn unmap_with<'t, 'm, F: Format>(
    tree: &'t PageTable<F, Arena<'m>, Epochs>,
    range: AddressRange<F>,
    empty_tables: EmptyTables,
    removed: &mut dyn FnMut(Removed<F>),
) -> Result<Owed<'t, 'm, F>> {
    tree.unmap(range, empty_tables, removed).map_err(|stopped| Error::new(stopped.to_string()))
}

/// Unmaps, and carries out what is owed.
pub(crate) fn unmap<W: Walker>(machine: &mut W, tree: &Tree<'_, W>, mapped: Mapped) -> Result<()> {
    let range = range::<W>(mapped.va, mapped.bytes)?;
    fulfil(machine, unmap_with(tree, range, EmptyTables::AtOnce, &mut |_| {})?)
}

/// Unmaps, through absent entries where the format wants it, and carries out what is owed.
pub(crate) fn unmap_through_absent<W: Walker>(
    machine: &mut W,
    tree: &mut Tree<'_, W>,
    range: AddressRange<W::Format>,
) -> Result<()> {
    breaking(machine, tree, |tree| tree.unmap(range, EmptyTables::AtOnce, ignore::<W::Format>))
}

/// What is unmapped is of no interest.
fn ignore<F: Format>(_: Removed<F>) {}

/// Chooses a target and adds its page to what is mapped; where no place is left, all of that is unmapped first.
pub(crate) fn next_target<W: Walker>(
    machine: &mut W,
    tree: &Tree<'_, W>,
    random: &mut fastrand::Rng,
    size_lg2: u32,
    rights: Rights,
    all: &mut Vec<Mapped>,
) -> Result<Target> {
    let target = match target(machine, random, size_lg2, rights, all) {
        Ok(target) => target,
        Err(_) => {
            all.drain(..).try_for_each(|mapped| unmap(machine, tree, mapped))?;
            target(machine, random, size_lg2, rights, all)?
        }
    };
    all.push(target.page);
    Ok(target)
}

/// Takes the dirty bits of a range, and gives the pages that had one to `report`.
pub(crate) fn take_dirty<'t, 'm, F: Format>(
    tree: &'t PageTable<F, Arena<'m>, Epochs>,
    range: AddressRange<F>,
    report: &mut dyn FnMut(&Mapping<F::Attributes>),
) -> Outcome<'t, F, Arena<'m>, Epochs> {
    tree.take_dirty(range, report)
}

/// A tree's owner whose machine invalidates in the middle of a change.
pub(crate) type Owner<'t, 'm, 'i, W> =
    Breaking<'t, <W as Walker>::Format, Arena<'m>, Epochs, &'i mut dyn FnMut(Invalidation)>;

/// Lets the tree's owner change something, through absent entries where the format wants it.
pub(crate) fn breaking<'m, W: Walker>(
    machine: &mut W,
    tree: &mut Tree<'m, W>,
    change: impl for<'t, 'i> FnOnce(&mut Owner<'t, 'm, 'i, W>) -> Outcome<'t, W::Format, Arena<'m>, Epochs>,
) -> Result<()> {
    let mut done = Ok(());
    let mut invalidate = |owed| {
        let result = machine.invalidate(owed);
        done = std::mem::replace(&mut done, Ok(())).and(result);
    };
    let mut exclusive = tree.exclusive();
    let owed = {
        let mut owner: Owner<'_, 'm, '_, W> = exclusive.breaking(&mut invalidate);
        change(&mut owner).map_err(|stopped| Error::new(stopped.to_string()))?
    };
    done?;
    fulfil(machine, owed)
}

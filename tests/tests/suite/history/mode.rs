//! The ways to change a tree, behind one call for each operation.

use gpt_runtime::{AddressRange, EmptyTables};
use gpt_tests::{Done, Report, Tested, settle};

use super::History;

/// Who changes the tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Everybody at once.
    Shared,
    /// The owner of the tree.
    Owned,
    /// The owner of a range.
    Range,
    /// Everybody, with tables that were allocated before.
    Prepared,
}

impl Mode {
    pub const ALL: [Self; 4] = [Self::Shared, Self::Owned, Self::Range, Self::Prepared];
}

/// Does the same in every mode.
macro_rules! in_mode {
    ($history:expr, $range:expr, $sizes:expr, $tree:ident => $call:expr, $prepared:ident => $late:expr) => {
        match $history.steps.mode {
            Mode::Prepared if $history.prepares_few_tables($range) => {
                let tables = $history.tree.environment();
                let $prepared = $history.tree.prepare($range, $sizes).expect("there is memory");
                tables.allow(0);
                let done = settle($late);
                tables.allow(usize::MAX);
                done
            }
            Mode::Shared | Mode::Prepared => {
                let $tree = &$history.tree;
                settle($call)
            }
            Mode::Owned => {
                let mut owner = $history.tree.exclusive();
                let $tree = &mut owner;
                settle($call)
            }
            Mode::Range => {
                let mut owner = $history.tree.exclusive().ranges($range);
                let $tree = &mut owner;
                settle($call)
            }
        }
    };
}

impl<F: Tested> History<'_, F> {
    pub fn do_map(&mut self, range: AddressRange<F>, oa: u64, says: &F::Attributes, sizes: u64) -> Done {
        let done = in_mode!(self, range, sizes,
            tree => tree.map_with_sizes(range, oa, says, sizes),
            prepared => prepared.map(oa, says));
        self.pay(done)
    }

    pub fn do_unmap(&mut self, range: AddressRange<F>, report: Report<'_, F>) -> Done {
        let policy = self.steps.empty_tables;
        let done = in_mode!(self, range, self.facts.sizes,
            tree => tree.unmap(range, policy, report),
            prepared => prepared.unmap(policy, report));
        self.pay(done)
    }

    pub fn do_protect(&mut self, range: AddressRange<F>, change: &F::Change) -> Done {
        let done = in_mode!(self, range, self.facts.sizes,
            tree => tree.protect(range, change),
            prepared => prepared.protect(change));
        self.pay(done)
    }

    /// Whether preparing a range is worth it: it counts tables by the length of the range.
    fn prepares_few_tables(&self, range: AddressRange<F>) -> bool {
        let table_lg2 = self.facts.boundaries_lg2.get(1).or(self.facts.boundaries_lg2.first()).unwrap();
        (range.last() - range.first()) >> table_lg2 < 16
    }

    /// Takes out all, with every table.
    pub fn do_unmap_at_once(&mut self, range: AddressRange<F>, report: Report<'_, F>) -> Done {
        let policy = std::mem::replace(&mut self.steps.empty_tables, EmptyTables::AtOnce);
        let done = self.do_unmap(range, report);
        self.steps.empty_tables = policy;
        done
    }

    /// Whether operations may invalidate in between: half of the time where the format needs that and the mode can.
    pub fn breaks(&mut self) -> bool {
        let can = matches!(self.steps.mode, Mode::Owned | Mode::Range);
        can && (!F::REPLACE_IN_PLACE || self.random.chance(4)) && !self.random.chance(4)
    }
}

//! Takes out what is mapped in tables that stand side by side below one entry.

use core::marker::PhantomData;

use crate::detach;
use crate::environment::Environment;
use crate::error::Reason;
use crate::first;
use crate::format::{Format, Level};
use crate::mode::Mode;
use crate::removed::{EmptyTables, Removed};
use crate::split_beside::split_beside;
use crate::table::{Table, index, item_last};
use crate::unmap::Unmap;

impl<F: Format, E: Environment, M: Mode, V: FnMut(Removed<F>)> Unmap<'_, '_, F, E, M, V> {
    /// Goes down into children that stand side by side: what lies at lower addresses goes first, whichever child it is in,
    /// so that nothing beyond a stop has gone. Then those that died are taken out.
    #[cold]
    pub(crate) fn side_by_side<L: Level<Format = F>>(&mut self, table: &Table<'_, L, E>) -> Result<(), Reason> {
        let start = self.next;
        let last = self.last.min(item_last::<L>(start));
        let word = table.load(index::<L>(start));
        if first::children(table, word) == 1 {
            match self.part::<L>(table, start, last, None, self.empty_tables) {
                Err(Reason::BreakBeforeMake) => {
                    let (owned, invalidate) = (self.owned, self.invalidate.as_deref_mut());
                    return split_beside(table, self.next, owned, self.changes, invalidate);
                }
                stop => return stop,
            }
        }
        let mut stop = Ok(());
        while let Some(stretch) = first::stretch(table, table.load(index::<L>(start)), self.next, last) {
            stop = self.part::<L>(table, stretch.first, stretch.last, stretch.child, EmptyTables::Never);
            if stop == Err(Reason::BreakBeforeMake) {
                let (owned, invalidate) = (self.owned, self.invalidate.as_deref_mut());
                stop = split_beside(table, self.next, owned, self.changes, invalidate);
            }
            if stop.is_err() || self.finished || self.next > last {
                break;
            }
        }
        let (reached, finished) = match stop {
            Ok(()) => (last, false),
            Err(_) => (self.next.wrapping_sub(1), self.next == start),
        };
        let at = self.next;
        if !finished {
            self.part::<L>(table, start, reached, None, self.empty_tables)?;
        }
        if stop.is_ok() {
            self.next = start;
            self.advance_past(item_last::<L>(start) - start);
        } else {
            (self.next, self.finished) = (at, false);
        }
        stop
    }

    /// Takes out what one child of the item for `first`, or each of them, has up to `last`.
    fn part<L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
        first: u64,
        last: u64,
        only: Option<usize>,
        empty_tables: EmptyTables,
    ) -> Result<(), Reason> {
        for child in (0..L::CHILDREN.len()).filter(|child| only.is_none_or(|only| only == *child)) {
            // What `report` did may have taken a child out.
            let Some(link) = table.child(table.load(index::<L>(first)), child) else { continue };
            let mut part = Unmap::<F, E, M, V> {
                next: first,
                last,
                finished: false,
                empty_tables,
                report: &mut *self.report,
                changes: &mut *self.changes,
                invalidate: self.invalidate.as_deref_mut(),
                owned: self.owned,
                mode: PhantomData,
            };
            let died = link.visit(&mut part);
            let next = part.next;
            if died.inspect_err(|_| self.next = next)? {
                detach::unlink::<L, E, M>(*table, first, link.parts(), self.changes);
            }
        }
        self.next = first;
        self.advance_past(last - first);
        Ok(())
    }
}

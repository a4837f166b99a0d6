//! Changes pages in tables that stand side by side below one entry.

use core::marker::PhantomData;

use crate::edit::Edit;
use crate::environment::Environment;
use crate::error::Reason;
use crate::first;
use crate::format::{Format, Level};
use crate::mode::Mode;
use crate::split_beside::split_beside;
use crate::table::{Table, index, item_last};
use crate::update::Update;

impl<E: Environment, M: Mode, D> Update<'_, '_, E, M, D> {
    /// Goes down into children that stand side by side: what lies at lower addresses is edited first, whichever child it
    /// is in, so that nothing beyond a stop is.
    #[cold]
    pub(crate) fn side_by_side<F: Format, L: Level<Format = F>>(
        &mut self,
        table: &Table<'_, L, E>,
    ) -> Result<(), Reason>
    where
        D: Edit<F>,
    {
        let start = self.next;
        let last = self.last.min(item_last::<L>(start));
        while let Some(stretch) = first::stretch(table, table.load(index::<L>(start)), self.next, last) {
            for child in (0..L::CHILDREN.len()).filter(|child| stretch.child.is_none_or(|only| only == *child)) {
                // What the editor reported to may have taken a child out.
                let Some(link) = table.child(table.load(index::<L>(start)), child) else { continue };
                let mut part = Update::<E, M, D> {
                    next: stretch.first,
                    last: stretch.last,
                    finished: false,
                    editor: &mut *self.editor,
                    changes: &mut *self.changes,
                    invalidate: self.invalidate.as_deref_mut(),
                    owned: self.owned,
                    mode: PhantomData,
                };
                let outcome = link.visit(&mut part);
                let next = part.next;
                if outcome == Err(Reason::BreakBeforeMake) {
                    self.next = next;
                    let (owned, invalidate) = (self.owned, self.invalidate.as_deref_mut());
                    return split_beside(table, next, owned, self.changes, invalidate);
                }
                outcome.inspect_err(|_| self.next = next)?;
            }
            self.next = stretch.first;
            self.advance_past(stretch.last - stretch.first);
            if self.finished || self.next > last {
                return Ok(());
            }
        }
        let next = self.next;
        self.advance_past(last.min(item_last::<L>(next)) - next);
        Ok(())
    }
}

//! Makes a new table say nothing: formats differ in what an empty item holds.

use crate::environment::Environment;
use crate::error::Reason;
use crate::format::{Format, Level};
use crate::table::{Table, TableVisitor};
use crate::word::Word;

/// Fills a table that nobody else has seen with the empty word of its level, unless it holds that already.
pub(crate) struct Fill;

impl<F: Format, E: Environment> TableVisitor<F, E> for Fill {
    type Output = Result<(), Reason>;

    #[inline(always)]
    fn visit<L: Level<Format = F>>(self, table: &Table<'_, L, E>) -> Self::Output {
        if !E::ZEROED || L::EMPTY != L::Word::ZERO {
            for cell in table.cells(0, L::TABLE.items) {
                Table::<L, E>::write(cell, L::EMPTY);
            }
        }
        table.written(0, L::TABLE.items);
        Ok(())
    }

    fn dead_end(self) -> Self::Output {
        Err(Reason::BadInput)
    }
}

//! Frees a table and all below it, when nobody else can use them.

use crate::environment::Environment;
use crate::format::{Class, Format, Level};
use crate::table::{Table, TableVisitor};

/// Frees the visited table and all tables that it leads to. Pages are not the runtime's and stay as they are.
pub(crate) struct Teardown;

impl<F: Format, E: Environment> TableVisitor<F, E> for Teardown {
    type Output = ();

    #[allow(unsafe_code)]
    fn visit<L: Level<Format = F>>(self, table: &Table<'_, L, E>) {
        if !L::CHILDREN.is_empty() {
            for cell in table.cells(0, L::TABLE.items) {
                let word = Table::<L, E>::read(cell);
                if L::class(word) != Class::Table {
                    continue;
                }
                for child in 0..L::CHILDREN.len() {
                    if let Some(link) = table.child(word, child) {
                        link.visit(Teardown);
                    }
                }
            }
        }
        // SAFETY: who tears down owns the tables, and this one is visited for the last time.
        unsafe { table.free() };
    }

    fn dead_end(self) {}
}

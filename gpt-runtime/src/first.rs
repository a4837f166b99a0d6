//! Finds the first address at which a table says something: where tables stand side by side, what one of them says is not
//! for the others to say.

use crate::environment::Environment;
use crate::format::{Class, Format, Level};
use crate::table::{Table, TableVisitor, index, item_last, table_last};

/// The search for the first address from `next` to `last` whose entry is not absent.
#[derive(Clone, Copy)]
pub(crate) struct First {
    pub(crate) next: u64,
    pub(crate) last: u64,
}

impl<F: Format, E: Environment> TableVisitor<F, E> for First {
    type Output = Option<u64>;

    fn visit<L: Level<Format = F>>(self, table: &Table<'_, L, E>) -> Option<u64> {
        let mut next = self.next;
        let last = self.last.min(table_last::<L>(next));
        loop {
            let item_last = last.min(item_last::<L>(next));
            let word = table.load(index::<L>(next));
            match L::class(word) {
                Class::Absent => {}
                Class::Table => {
                    let links = (0..L::CHILDREN.len()).filter_map(|child| table.child(word, child));
                    let below = links.filter_map(|link| link.visit(Self { next, last: item_last })).min();
                    if below.is_some() {
                        return below;
                    }
                }
                Class::Page | Class::Special | Class::Malformed => return Some(next),
            }
            if item_last == last {
                return None;
            }
            next = item_last + 1;
        }
    }

    fn dead_end(self) -> Option<u64> {
        None
    }
}

/// A stretch of addresses below one item in which the children take no turns.
pub(crate) struct Stretch {
    pub(crate) first: u64,
    pub(crate) last: u64,
    /// The only child that says something there; `None` where several do.
    pub(crate) child: Option<usize>,
}

/// The next stretch from `next` to `last` below an item that holds `word`, and leads to tables that stand side by side;
/// `None` where nothing is said any more.
pub(crate) fn stretch<F: Format, L: Level<Format = F>, E: Environment>(
    table: &Table<'_, L, E>,
    word: L::Word,
    next: u64,
    last: u64,
) -> Option<Stretch> {
    let said = |child| Some((table.child(word, child)?.visit(First { next, last })?, child));
    let (first, child) = (0..L::CHILDREN.len()).filter_map(said).min()?;
    let others = (0..L::CHILDREN.len()).filter(|other| *other != child).filter_map(said);
    match others.map(|(first, _)| first).min() {
        None => Some(Stretch { first, last, child: Some(child) }),
        Some(other) if other > first => Some(Stretch { first, last: other - 1, child: Some(child) }),
        Some(_) => Some(Stretch { first, last, child: None }),
    }
}

/// How many children an item that holds `word` has.
pub(crate) fn children<F: Format, L: Level<Format = F>, E: Environment>(
    table: &Table<'_, L, E>,
    word: L::Word,
) -> usize {
    (0..L::CHILDREN.len()).filter(|child| table.child(word, *child).is_some()).count()
}

//! A walker that caches what it reads: pages item by item or whole, table entries on the way, and absent entries, as far as
//! the format says that its hardware does.
//!
//! It forgets only what an invalidation makes it forget, in the way that the format states: page by page, by range, by
//! aligned power of two, or all; or only what was read at the levels that the invalidation names, as some hardware lets
//! itself be told. After each debt that was paid, all that it still knows is what the tables say, and no table that it knows
//! of was freed.

use std::collections::BTreeSet;

use gpt_codegen::interpreter::{Attributes, Decoded, Image, decode};
use gpt_codegen::model::{Class, Flush, LevelId};
use gpt_runtime::Invalidation;

use crate::facts::Facts;
use crate::memory::Tables;
use crate::random::Random;

/// How hardware is told what to forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// As the format states.
    Stated(Flush),
    /// What lies in the range and was read at some levels.
    Levels,
}

/// An entry as it was read.
#[derive(Clone, Debug)]
struct Cached {
    level: LevelId,
    /// The first address of its item.
    item: u64,
    /// The first and the last address for which it is used.
    first: u64,
    last: u64,
    word: u128,
}

/// What the hardware remembers.
#[derive(Debug)]
pub struct Cache<'f> {
    facts: &'f Facts,
    /// How it is told to forget.
    pub how: How,
    /// The attributes that the hardware itself writes.
    events: &'f BTreeSet<String>,
    entries: Vec<Cached>,
    random: Random,
}

/// The tables as the hardware finds them.
#[derive(Debug)]
pub struct Walked<'m> {
    image: Image,
    tables: &'m Tables<'m>,
    root: u64,
}

impl<'m> Walked<'m> {
    /// What is there now, below the root table at this address.
    pub fn new<'t: 'm>(tables: &'m Tables<'t>, root: u64) -> Self {
        Self { image: tables.seen(), tables, root }
    }
}

/// The bits below `bits`.
fn low_mask(bits: u32) -> u64 {
    if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
}

impl<'f> Cache<'f> {
    /// A cache that holds nothing.
    pub fn new(facts: &'f Facts, events: &'f BTreeSet<String>, mut random: Random) -> Self {
        let how = if random.chance(2) { How::Levels } else { How::Stated(facts.checked.format().maintenance.flush) };
        Self { facts, how, events, entries: Vec::new(), random }
    }

    /// The numbers by which it decides what to remember.
    pub fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// The hardware uses an address.
    pub fn walk(&mut self, memory: &Walked<'_>, va: u64) {
        if self.facts.is_input(va) {
            self.table(memory, self.facts.root, memory.root, va);
        }
    }

    /// Goes on at a table; says whether there was more than an absent entry.
    fn table(&mut self, memory: &Walked<'_>, level: LevelId, table: u64, va: u64) -> bool {
        let known = self.entries.iter().find(|it| it.level == level && it.first <= va && va <= it.last);
        let word = match known.map(|it| it.word) {
            Some(word) => word,
            None => {
                let word = self.load(memory, level, table, va);
                self.remember(level, va, word);
                word
            }
        };
        let entry = self.decode(level, word);
        if entry.kind.class != Class::Table {
            return entry.kind.class != Class::Absent;
        }
        self.below(&entry, va).into_iter().any(|(level, table)| self.table(memory, level, table, va))
    }

    /// Forgets what an invalidation is about.
    pub fn forget(&mut self, told: Invalidation) {
        let Invalidation { first, last, smallest_page_lg2, levels, tables } = told;
        let (checked, how) = (&self.facts.checked, self.how);
        let concerns = |it: &Cached| match how {
            How::Stated(Flush::Context) => true,
            How::Stated(Flush::Range) => it.first <= last && first <= it.last,
            How::Stated(Flush::PowerOfTwo) => {
                let mask = (0..=64).map(low_mask).find(|mask| first | mask == last | mask).unwrap_or(u64::MAX);
                it.first <= last | mask && first & !mask <= it.last
            }
            How::Stated(Flush::Page) => {
                // The first step of the walk over the range that is not below the entry.
                let from = it.first.max(first) - first;
                let step = from.checked_add(low_mask(smallest_page_lg2)).map(|end| end & !low_mask(smallest_page_lg2));
                step.and_then(|step| first.checked_add(step)).is_some_and(|va| va <= last && va <= it.last)
            }
            How::Levels => it.first <= last && first <= it.last && levels >> it.level.0 & 1 == 1,
        };
        // Without being told of tables it forgets pages alone, and what is absent, unless it can only forget all.
        let stays =
            |it: &Cached| !tables && decode(checked, it.level, it.word).is_ok_and(|it| it.kind.class == Class::Table);
        self.entries.retain(|it| !concerns(it) || (stays(it) && how != How::Stated(Flush::Context)));
    }

    /// Whatever it still knows is what the tables say. Some of that is not known any more afterwards, as caches are small.
    pub fn assert_fresh(&mut self, memory: &Walked<'_>) {
        if let Some((va, known)) = self.stale(memory) {
            panic!("{} {va:#x} with {:?}: {known} is stale", self.name(), self.how);
        }
        let random = &mut self.random;
        self.entries.retain(|_| random.chance(2));
    }

    /// Something that it knows and that the tables do not say, and at which address.
    pub fn stale(&self, memory: &Walked<'_>) -> Option<(u64, String)> {
        let looks = self.entries.iter().flat_map(|known| {
            let middle = known.first + (known.last - known.first) / 2;
            [known.item, known.first, middle, known.last].map(|va| (known, va))
        });
        let mut stale = looks.filter(|(known, va)| {
            let now = self.now(memory, *va);
            match now.iter().find(|(level, _)| *level == known.level) {
                Some((_, word)) => !self.says_the_same(known, *va, *word),
                // What was absent in a table that went is not asked about before a table is there again.
                None => self.decode(known.level, known.word).kind.class != Class::Absent,
            }
        });
        stale.next().map(|(known, va)| (va, format!("{known:x?}")))
    }

    /// Whether an item's word at an address says what is known.
    fn says_the_same(&self, known: &Cached, va: u64, word: u128) -> bool {
        let (was, now) = (self.decode(known.level, known.word), self.decode(known.level, word));
        if was.kind.class != now.kind.class {
            return false;
        }
        match was.kind.class {
            Class::Table => was.tables().eq(now.tables()),
            Class::Page => {
                let item = va & !low_mask(self.facts.checked.format().level(known.level).index.low);
                self.output(&was, known.item, va) == self.output(&now, item, va) && self.plain(&was) == self.plain(&now)
            }
            Class::Absent | Class::Special => true,
        }
    }

    /// Where a page leads an address, as the entry of one of its items says.
    fn output(&self, entry: &Decoded<'_>, item: u64, va: u64) -> u64 {
        let address = entry.page().unwrap_or_default() as u64;
        let own = entry.layout.run.is_none_or(|run| run.own_address);
        let start = if own { item } else { item & !low_mask(self.facts.checked.format().page_lg2(entry.layout)) };
        address.wrapping_add(va.wrapping_sub(start))
    }

    /// What a page says but for what the hardware writes.
    fn plain(&self, entry: &Decoded<'_>) -> Attributes {
        entry.attributes().into_iter().filter(|(name, _)| !self.events.contains(name)).collect()
    }

    /// Every entry on the way of an address, in all tables beside each other, as memory holds it.
    fn now(&self, memory: &Walked<'_>, va: u64) -> Vec<(LevelId, u128)> {
        let mut found = Vec::new();
        let mut next = vec![(self.facts.root, memory.root)];
        while let Some((level, table)) = next.pop() {
            let word = self.load(memory, level, table, va);
            found.push((level, word));
            next.extend(self.below(&self.decode(level, word), va));
        }
        found
    }

    /// The tables that an entry leads an address to.
    fn below(&self, entry: &Decoded<'_>, va: u64) -> Vec<(LevelId, u64)> {
        let format = self.facts.checked.format();
        let above = low_mask(format.level(entry.layout.level).index.low);
        // Bits of the address that no level between looks at are zero.
        let skipped = |level: LevelId| above & !low_mask(format.level(level).index.high + 1);
        let tables = entry.tables().filter(|(_, level, _)| skipped(*level) & va == 0);
        tables.map(|(_, level, table)| (level, table as u64)).collect()
    }

    fn load(&self, memory: &Walked<'_>, level: LevelId, table: u64, va: u64) -> u128 {
        assert!(memory.tables.is_table(table), "{} {va:#x}: the table at {table:#x} was freed", self.name());
        let shape = self.facts.checked.format().level(level);
        let index = shape.index.get(u128::from(va)) as u64;
        memory.image.load(shape, table, index).expect("an item of a table")
    }

    fn remember(&mut self, level: LevelId, va: u64, word: u128) {
        let format = self.facts.checked.format();
        let mask = low_mask(format.level(level).index.low);
        let entry = self.decode(level, word);
        let (caches, class) = (format.maintenance.caches, entry.kind.class);
        let page = low_mask(format.page_lg2(entry.layout));
        let keeps = match class {
            Class::Absent | Class::Special => caches.absent,
            Class::Table => caches.table,
            Class::Page => caches.page,
        };
        // A page of several items is kept whole, or item by item.
        let mask = if class == Class::Page && self.random.chance(2) { mask | page } else { mask };
        if keeps && self.entries.len() < 100 {
            self.entries.push(Cached {
                level,
                item: va & !low_mask(format.level(level).index.low),
                first: va & !mask,
                last: va | mask,
                word,
            });
        }
    }

    fn decode(&self, level: LevelId, word: u128) -> Decoded<'f> {
        decode(&self.facts.checked, level, word).expect("an entry")
    }

    fn name(&self) -> &str {
        &self.facts.checked.format().name
    }
}

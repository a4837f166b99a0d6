//! The tables from the outside: the interpreter reads the bytes, and the hardware sets its bits.

use gpt_codegen::interpreter::{Attributes, Dump, Fault, Image, Root, decode, dump, walk};
use gpt_codegen::model::{Endian, LevelId};

use crate::facts::Facts;
use crate::memory::Tables;
use crate::random::Random;

/// The tables at one moment, below a root.
#[derive(Debug)]
pub struct View<'f> {
    facts: &'f Facts,
    image: Image,
    root: Root,
}

/// A page that the interpreter finds.
#[derive(Clone, Debug)]
pub struct Found {
    /// Its first address.
    pub first: u64,
    /// Its last address.
    pub last: u64,
    /// What the address asked for leads to.
    pub oa: u64,
    /// Its size, as a power of two.
    pub size_lg2: u32,
    /// What it says, and what the tables above it forbid.
    pub attributes: Attributes,
    /// The level of its items.
    pub level: LevelId,
    /// The output address of its item.
    pub item: u64,
    /// The item.
    pub word: u128,
}

impl<'f> View<'f> {
    /// What an image holds, below the root table at this address.
    pub fn new(facts: &'f Facts, image: Image, table: u64) -> Self {
        let root = Root { table, level: facts.root };
        Self { facts, image, root }
    }

    /// The page at an address, or why there is none.
    ///
    /// # Errors
    /// The interpreter's.
    pub fn at(&self, va: u64) -> Result<Found, Fault> {
        let walk = walk(&self.facts.checked, &self.image, self.root, va);
        let translation = walk.result?;
        let step = walk.steps.last().expect("a translation comes from an entry");
        let inside = (translation.page_bytes - 1) as u64;
        let level = gpt_codegen::interpreter::level_named(&self.facts.checked, &step.level).unwrap();
        let item_bytes = self.facts.checked.format().level(level).entry_bytes();
        Ok(Found {
            first: va & !inside,
            last: va | inside,
            oa: translation.oa,
            size_lg2: translation.page_bytes.ilog2(),
            attributes: translation.attributes,
            level,
            item: step.table + step.index * item_bytes,
            word: step.word,
        })
    }

    /// All mappings.
    pub fn dump(&self) -> Dump {
        dump(&self.facts.checked, &self.image, self.root)
    }

    /// The hardware uses the page at an address: it sets some of the bits that are its own, and changes nothing else.
    /// Gives the names of the events that it knows of now.
    pub fn touch(&self, tables: &Tables<'_>, found: &Found, random: &mut Random) -> Vec<String> {
        let checked = &self.facts.checked;
        let entry = decode(checked, found.level, found.word).expect("an entry");
        let mut word = found.word;
        let mut names = Vec::new();
        for row in entry.fields().filter(|row| row.field.hardware && row.field.bits.width() == 1) {
            let (name, _) = row.attribute.clone().expect("what the hardware writes has a name");
            let negative = matches!(row.field.role, gpt_codegen::model::Role::Setting { negative: true, .. });
            let with = row.field.bits.set(word, u128::from(!negative));
            let same_kind = decode(checked, found.level, with).is_ok_and(|now| now.kind.name == entry.kind.name);
            if same_kind && random.chance(2) {
                word = with;
                names.push(name);
            }
        }
        let level = checked.format().level(found.level);
        let mut bytes = word.to_le_bytes()[..level.entry_bytes() as usize].to_vec();
        if level.endian == Endian::Big {
            bytes.reverse();
        }
        tables.hardware_writes(found.item, &bytes);
        names
    }
}

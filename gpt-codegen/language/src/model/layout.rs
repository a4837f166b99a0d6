//! What is asked of layouts: those at a level; the bits of one by what they are, its addresses, the tables below it.

use std::vec;

use super::{BitRange, Class, Format, Kind, Layout, LevelId, Role, Target};

impl Format {
    /// The kinds at a level with their layouts there, in the order written.
    pub fn layouts_at(&self, level: LevelId) -> vec::IntoIter<(&Kind, &Layout)> {
        let mut here = Vec::new();
        for kind in &self.kinds {
            for layout in &kind.layouts {
                if layout.level == level {
                    here.push((kind, layout));
                }
            }
        }
        here.into_iter()
    }

    /// The first kind of this class at a level, with its layout there.
    pub fn first_at(&self, level: LevelId, class: Class) -> Option<(&Kind, &Layout)> {
        for (kind, layout) in self.layouts_at(level) {
            if kind.class == class {
                return Some((kind, layout));
            }
        }
        None
    }

    /// How much input address space a page of this layout covers, as a power of two.
    pub fn page_lg2(&self, layout: &Layout) -> u32 {
        self.level(layout.level).index.low + layout.run_lg2()
    }
}

impl Kind {
    /// The layout of an entry of this kind at a level, if it occurs there.
    pub fn layout_at(&self, level: LevelId) -> Option<&Layout> {
        self.layouts.iter().find(|layout| layout.level == level)
    }
}

impl Layout {
    /// How many items make up one entry, as a power of two.
    pub fn run_lg2(&self) -> u32 {
        match self.run {
            Some(run) => run.items_lg2,
            None => 0,
        }
    }

    /// The bits that are reserved.
    pub fn zero_mask(&self) -> u128 {
        self.mask_of(&|role| matches!(role, Role::Zero))
    }

    /// The bits that always have the same value in an entry of this kind.
    pub fn constant_mask(&self) -> u128 {
        self.mask_of(&|role| matches!(role, Role::Constant(_)))
    }

    /// The bits that some row names.
    pub fn named_mask(&self) -> u128 {
        self.mask_of(&|_| true)
    }

    /// The bits that the hardware may write.
    pub fn hardware_mask(&self) -> u128 {
        let mut mask = 0;
        for field in &self.fields {
            if field.hardware {
                mask |= field.bits.mask();
            }
        }
        mask
    }

    /// The bits of the fields whose role passes the test.
    pub fn mask_of(&self, wanted: &dyn Fn(&Role) -> bool) -> u128 {
        let mut mask = 0;
        for field in &self.fields {
            if wanted(&field.role) {
                mask |= field.bits.mask();
            }
        }
        mask
    }

    /// The word with all constants and fills in place and everything else zero.
    pub fn skeleton(&self) -> u128 {
        let mut word = 0;
        for field in &self.fields {
            if let Role::Constant(value) | Role::Free { fill: value } = field.role {
                word = field.bits.set(word, value);
            }
        }
        word
    }

    /// The address fields of `target` as (bits of the entry, bits of the address).
    pub fn address_fields(&self, target: Target) -> vec::IntoIter<(BitRange, BitRange)> {
        let mut fields = Vec::new();
        for field in &self.fields {
            if let Role::Address { target: of, output } = field.role
                && of == target
            {
                fields.push((field.bits, output));
            }
        }
        fields.into_iter()
    }

    /// Whether the entry leads to a table of this level.
    pub fn leads_to(&self, level: LevelId) -> bool {
        for child in &self.children {
            if child.level == level {
                return true;
            }
        }
        false
    }
}

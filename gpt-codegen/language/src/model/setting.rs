//! Values that an entry holds, in one row or in several that each hold a part.

use super::{BitRange, Field, Layout, Meaning, Role};

/// Where a value is: bits of the entry, and the lowest bit of the value that they hold, the highest part first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Places(Vec<(BitRange, u32)>);

/// A setting, or a free row with a name.
#[derive(Clone, Debug)]
pub struct Value<'l> {
    /// The row, or the one with the highest part.
    pub field: &'l Field,
    /// Where the value is.
    pub places: Places,
}

impl Places {
    /// A value in one row.
    pub fn one(bits: BitRange) -> Self {
        Self(vec![(bits, 0)])
    }

    /// The parts: bits of the entry, and the lowest bit of the value that they hold.
    pub fn parts(&self) -> &[(BitRange, u32)] {
        &self.0
    }

    /// The bits, where they stand in one row.
    pub fn single(&self) -> Option<BitRange> {
        match self.0.as_slice() {
            [(bits, _)] => Some(*bits),
            _ => None,
        }
    }

    /// How many bits the value has.
    pub fn width(&self) -> u32 {
        let mut width = if self.0.is_empty() { 1 } else { 0 };
        for (bits, low) in &self.0 {
            width = width.max((low + bits.width()).min(128));
        }
        width
    }

    /// The bits of the entry.
    pub fn mask(&self) -> u128 {
        let mut mask = 0;
        for (bits, _) in &self.0 {
            mask |= bits.mask();
        }
        mask
    }

    /// The value in `word`.
    pub fn get(&self, word: u128) -> u128 {
        let mut value = 0;
        for (bits, low) in &self.0 {
            value |= bits.get(word).checked_shl(*low).unwrap_or(0);
        }
        value
    }

    /// `word` with the value replaced.
    pub fn set(&self, mut word: u128, value: u128) -> u128 {
        for (bits, low) in &self.0 {
            word = bits.set(word, value.checked_shr(*low).unwrap_or(0));
        }
        word
    }

    /// Adds a part, in front of those that hold lower bits of the value.
    fn add(&mut self, bits: BitRange, low: u32) {
        let mut place = 0;
        for (_, other) in &self.0 {
            if *other < low {
                break;
            }
            place += 1;
        }
        self.0.insert(place, (bits, low));
    }
}

impl Field {
    /// Which bits of its value a setting's row holds; `None` where it holds all of it.
    pub fn part(&self) -> Option<BitRange> {
        match self.role {
            Role::Setting { part, .. } => part,
            _ => None,
        }
    }
}

impl Layout {
    /// What an entry says: its settings and its free rows with names, in the order of their first rows.
    pub fn values(&self) -> Vec<Value<'_>> {
        let mut values: Vec<Value<'_>> = Vec::new();
        for field in &self.fields {
            match &field.role {
                Role::Setting { meaning, part: Some(part), .. } => match in_parts(&mut values, meaning) {
                    Some(value) => {
                        value.places.add(field.bits, part.low);
                        if let Some(first) = value.field.part()
                            && first.low < part.low
                        {
                            value.field = field;
                        }
                    }
                    None => values.push(Value { field, places: Places(vec![(field.bits, part.low)]) }),
                },
                Role::Setting { .. } => values.push(Value { field, places: Places::one(field.bits) }),
                Role::Free { .. } if !field.name.is_empty() => {
                    values.push(Value { field, places: Places::one(field.bits) });
                }
                _ => {}
            }
        }
        values
    }
}

/// The value with this meaning that several rows hold, if some of them were met already.
fn in_parts<'v, 'l>(values: &'v mut [Value<'l>], meaning: &Meaning) -> Option<&'v mut Value<'l>> {
    for value in values {
        if let Role::Setting { meaning: other, part: Some(_), .. } = &value.field.role
            && other == meaning
        {
            return Some(value);
        }
    }
    None
}

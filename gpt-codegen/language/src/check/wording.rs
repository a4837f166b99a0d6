//! The words in which rules speak of bits, sizes and names.

use crate::model::{BitRange, Field, Level, Role};

/// The ranges of consecutive set bits, the highest first.
pub(super) fn ranges(mut mask: u128) -> Vec<BitRange> {
    let mut ranges = Vec::new();
    while mask != 0 {
        let high = 127 - mask.leading_zeros();
        let below = !(mask << (127 - high));
        let low = high + 1 - below.leading_zeros();
        let range = BitRange { high, low };
        ranges.push(range);
        mask &= !range.mask();
    }
    ranges
}

/// A word whose bits from `low` up to but not including `end` are set.
pub(super) fn mask_from(low: u32, end: u32) -> u128 {
    if end <= low || end > 128 {
        return 0;
    }
    BitRange { high: end - 1, low }.mask()
}

/// `bit 7`, `bits 20:13`, `bits 51:48 and 12`.
pub(super) fn bits(mask: u128) -> String {
    let noun = if mask.count_ones() == 1 { "bit" } else { "bits" };
    let mut names = Vec::new();
    for range in &ranges(mask) {
        names.push(range.to_string());
    }
    format!("{noun} {}", list(&names))
}

/// The ranges of consecutive set bits as rows would begin with them: `` `7` and `5:4` ``.
pub(super) fn quoted_ranges(mask: u128) -> String {
    let mut names = Vec::new();
    for range in &ranges(mask) {
        names.push(format!("`{range}`"));
    }
    list(&names)
}

/// `a`, `a and b`, `a, b and c`.
pub(super) fn list(names: &[String]) -> String {
    let mut list = String::new();
    for (number, name) in names.iter().enumerate() {
        if number > 0 {
            list.push_str(if number + 1 == names.len() { " and " } else { ", " });
        }
        list.push_str(name);
    }
    list
}

/// Two to the power of `lg2` bytes as `4 KiB`.
pub(super) fn size(lg2: u32) -> String {
    let (number, unit) = number_and_unit(lg2);
    format!("{number} {unit}")
}

/// Two to the power of `lg2` bytes as `4` and `KiB`.
fn number_and_unit(lg2: u32) -> (u128, &'static str) {
    let (unit, below) = match lg2 {
        0..10 => ("bytes", 0),
        10..20 => ("KiB", 10),
        20..30 => ("MiB", 20),
        30..40 => ("GiB", 30),
        40..50 => ("TiB", 40),
        50..60 => ("PiB", 50),
        _ => ("EiB", 60),
    };
    (1u128.checked_shl(lg2.saturating_sub(below)).unwrap_or(0), unit)
}

/// How the item of a level is picked: `picks by bits 31:22`, `has one item of 2 MiB`.
pub(super) fn picks(level: &Level) -> String {
    match level.items_lg2() {
        0 => format!("has one item of {}", size(level.index.low)),
        1 => format!("picks by bit {}", level.index),
        _ => format!("picks by bits {}", level.index),
    }
}

/// The beginning of the line that describes a level whose index is this: `31:22 DIR`, `TAB, one item of 2M`.
pub(super) fn level_line(index: BitRange, name: &str) -> String {
    match index.width() {
        0 => {
            let (number, unit) = number_and_unit(index.low);
            format!("{name}, one item of {number}{}", unit.strip_suffix("iB").unwrap_or_default())
        }
        _ => format!("{index} {name}"),
    }
}

/// `1 bit`, `2 bits`.
pub(super) fn count(number: u32, noun: &str) -> String {
    format!("{number} {noun}{}", if number == 1 { "" } else { "s" })
}

/// A value as a description would have it: `4`, `0x1f`.
pub(super) fn value(value: u128) -> String {
    if value < 10 { value.to_string() } else { format!("{value:#x}") }
}

/// A row as its manual name, or as its bits where it has none.
pub(super) fn name(field: &Field) -> String {
    if field.name.is_empty() { format!("bits {}", field.bits) } else { format!("`{}`", field.name) }
}

/// What a row says, as it is written in a description.
pub(super) fn role(role: &Role) -> &'static str {
    match role {
        Role::Constant(_) => "a constant",
        Role::Zero => "reserved",
        Role::Free { .. } => "free",
        Role::Address { .. } => "an address",
        Role::Setting { .. } => "a setting",
    }
}

#[cfg(test)]
mod tests {
    use super::{bits, list, mask_from, size};

    #[test]
    fn bits_are_named_as_in_a_description() {
        assert_eq!(bits(1 << 127), "bit 127");
        assert_eq!(bits(u128::MAX), "bits 127:0");
        assert_eq!(bits(0b1011_0000), "bits 7 and 5:4");
        assert_eq!(list(&["a".to_owned(), "b".to_owned(), "c".to_owned()]), "a, b and c");
        assert_eq!(mask_from(4, 8), 0xf0);
        assert_eq!(mask_from(8, 8), 0);
        assert_eq!(size(21), "2 MiB");
        assert_eq!(size(9), "512 bytes");
    }
}

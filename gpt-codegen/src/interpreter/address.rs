//! Addresses: which input addresses there are, and how an entry holds an output address.

use crate::model::{Format, InputAddress, Layout, LevelId, Target};

use super::error::EncodeError;

/// The bits below `bits`, all set.
pub(super) const fn low_mask(bits: u32) -> u64 {
    if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
}

/// The input addresses that a walk from one root level can translate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct InputSpace {
    bits: u32,
    sign_extended: bool,
}

impl InputSpace {
    /// The space below `root`: a walk that starts lower translates fewer bits.
    pub(super) fn new(format: &Format, root: LevelId) -> Self {
        let InputAddress { bits, sign_extended, .. } = format.input;
        Self { bits: bits.min(format.level(root).index.high + 1).min(64), sign_extended }
    }

    /// The bits that are translated, or what is wrong with the bits above them.
    pub(super) fn truncate(self, va: u64) -> Result<u64, String> {
        let inside = va & low_mask(self.bits);
        if self.extend(inside) == va {
            return Ok(inside);
        }
        let (top, above) = (self.bits - 1, self.bits);
        let high = if above == 63 { "bit 63".to_owned() } else { format!("bits 63:{above}") };
        Err(match self.sign_extended {
            true => format!("{high} must repeat bit {top}"),
            false => format!("{high} must be zero"),
        })
    }

    /// The address with these translated bits.
    pub(super) fn extend(self, inside: u64) -> u64 {
        let negative = self.sign_extended && inside >> (self.bits - 1) & 1 == 1;
        if negative { inside | !low_mask(self.bits) } else { inside }
    }

    /// The range of `bytes` bytes from `va`, or why there is none.
    pub(super) fn range(self, va: u64, bytes: u128) -> Result<InputRange, String> {
        if bytes == 0 {
            return Err("the length is zero".to_owned());
        }
        let first = self.truncate(va).map_err(|why| format!("{va:#x} is not an input address: {why}"))?;
        let beyond = || format!("{bytes:#x} bytes from {va:#x} reach past the last input address");
        let last = u64::try_from(u128::from(va).saturating_add(bytes - 1)).map_err(|_| beyond())?;
        match self.truncate(last) {
            // Across the hole in the middle of a sign-extended space both ends are addresses, but not all between.
            Ok(inside) if u128::from(inside) == u128::from(first) + (bytes - 1) => {
                Ok(InputRange { first, last: inside })
            }
            _ => Err(beyond()),
        }
    }

    /// Every input address.
    pub(super) fn whole(self) -> InputRange {
        InputRange { first: 0, last: low_mask(self.bits) }
    }
}

/// A range of input addresses, both ends included, without the bits above the translated ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputRange {
    /// The first address.
    pub first: u64,
    /// The last address.
    pub last: u64,
}

impl InputRange {
    /// The addresses in both, or `None` where there are none.
    pub(super) fn and(self, other: Self) -> Option<Self> {
        let both = Self { first: self.first.max(other.first), last: self.last.min(other.last) };
        (both.first <= both.last).then_some(both)
    }

    /// How many bytes there are.
    pub(super) fn bytes(self) -> u128 {
        u128::from(self.last - self.first) + 1
    }
}

/// The address of `target` that `word` holds.
pub(super) fn gather(layout: &Layout, target: Target, word: u128) -> u128 {
    layout.address_fields(target).fold(0, |address, (bits, output)| output.set(address, bits.get(word)))
}

/// `word` with the address of `target` put in place.
///
/// # Errors
/// When the entry cannot hold the address.
pub(super) fn scatter(layout: &Layout, target: Target, word: u128, address: u128) -> Result<u128, EncodeError> {
    let held = layout.address_fields(target).fold(0, |mask, (_, output)| mask | output.mask());
    let stray = address & !held;
    if stray != 0 && (held == 0 || stray.trailing_zeros() < held.trailing_zeros()) {
        let align_lg2 = if held == 0 { 128 } else { held.trailing_zeros() };
        return Err(EncodeError::Misaligned { address, align_lg2 });
    }
    let reach_bits = layout.reach_bits.min(128 - held.leading_zeros());
    if stray != 0 || (reach_bits < 128 && address >> reach_bits != 0) {
        return Err(EncodeError::OutOfReach { address, reach_bits });
    }
    Ok(layout.address_fields(target).fold(word, |word, (bits, output)| bits.set(word, output.get(address))))
}

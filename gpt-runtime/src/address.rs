//! Addresses and ranges of them; 64 bits wide on every host, never `usize`.

use core::fmt;
use core::marker::PhantomData;

use crate::format::Format;

/// Two to the power of `bits`, less one: a mask that is right for 64 bits too.
#[inline(always)]
pub(crate) const fn low_mask(bits: u32) -> u64 {
    if bits >= 64 { u64::MAX } else { (1 << bits) - 1 }
}

/// Whether `address` is one that a walk with an input of `bits` bits takes.
#[inline(always)]
pub(crate) const fn is_input(address: u64, bits: u32, sign_extended: bool) -> bool {
    if bits >= 64 {
        return true;
    }
    let above = address >> (bits - 1);
    // Sign-extended: the top bit and all above are equal. Otherwise all above the top bit are zero.
    if sign_extended { above == 0 || above == u64::MAX >> (bits - 1) } else { above <= 1 }
}

/// An input address that a format translates.
pub struct InputAddress<F> {
    address: u64,
    format: PhantomData<fn() -> F>,
}

impl<F: Format> InputAddress<F> {
    /// The address, or `None` where the format does not translate it: too high, or not sign-extended.
    #[inline(always)]
    pub const fn new(address: u64) -> Option<Self> {
        if is_input(address, F::INPUT_BITS, F::SIGN_EXTENDED) {
            Some(Self { address, format: PhantomData })
        } else {
            None
        }
    }

    /// The address as a number.
    #[inline(always)]
    pub const fn get(self) -> u64 {
        self.address
    }
}

impl<F> Clone for InputAddress<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for InputAddress<F> {}

impl<F> PartialEq for InputAddress<F> {
    fn eq(&self, other: &Self) -> bool {
        self.address == other.address
    }
}

impl<F> Eq for InputAddress<F> {}

impl<F> fmt::Debug for InputAddress<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.address)
    }
}

/// A range of input addresses of a format, never empty; it may end with the last address of all.
pub struct AddressRange<F> {
    first: u64,
    last: u64,
    format: PhantomData<fn() -> F>,
}

/// Why a range of addresses is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RangeError {
    /// It has no bytes.
    Empty,
    /// Its end lies beyond the last 64-bit address, or before its start.
    Wraps,
    /// An address in it is no input address of the format.
    NotAnInput,
}

impl fmt::Display for RangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "the range has no bytes",
            Self::Wraps => "the range runs past the last address",
            Self::NotAnInput => "an address in the range is not one that this format translates",
        })
    }
}

impl core::error::Error for RangeError {}

impl<F: Format> AddressRange<F> {
    /// The `bytes` bytes from `start` on.
    ///
    /// # Errors
    /// A range that is empty, wraps, or has an address that the format does not translate.
    #[inline]
    pub const fn new(start: u64, bytes: u64) -> Result<Self, RangeError> {
        if bytes == 0 {
            return Err(RangeError::Empty);
        }
        match start.checked_add(bytes - 1) {
            Some(last) => Self::from_first_last(start, last),
            None => Err(RangeError::Wraps),
        }
    }

    /// The bytes from `first` to `last`, both included: the only way to name the whole of a 64-bit space.
    ///
    /// # Errors
    /// A range that ends before it starts, or has an address that the format does not translate.
    #[inline]
    pub const fn from_first_last(first: u64, last: u64) -> Result<Self, RangeError> {
        if last < first {
            return Err(RangeError::Wraps);
        }
        let all_inputs = if F::SIGN_EXTENDED && F::INPUT_BITS < 64 {
            // What the first is, the last is too where it differs only in bits below the sign. Where both are, but of
            // different signs, what is between them is not.
            is_input(first, F::INPUT_BITS, true) && (first ^ last) >> (F::INPUT_BITS - 1) == 0
        } else {
            is_input(last, F::INPUT_BITS, false)
        };
        if all_inputs { Ok(Self { first, last, format: PhantomData }) } else { Err(RangeError::NotAnInput) }
    }

    /// The first byte's address.
    pub const fn first(&self) -> u64 {
        self.first
    }

    /// The last byte's address.
    pub const fn last(&self) -> u64 {
        self.last
    }
}

impl<F> Clone for AddressRange<F> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<F> Copy for AddressRange<F> {}

impl<F> PartialEq for AddressRange<F> {
    fn eq(&self, other: &Self) -> bool {
        (self.first, self.last) == (other.first, other.last)
    }
}

impl<F> Eq for AddressRange<F> {}

impl<F> fmt::Debug for AddressRange<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}..={:#x}", self.first, self.last)
    }
}

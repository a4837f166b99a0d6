//! Small pieces of code: numbers, tests of a word, addresses in and out of it.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::quote;

use gpt_language::model::{BitRange, Layout, Places, Target};

use super::logic::Test;
use super::names::ident;

/// The unsigned integer of so many bits.
pub(super) fn integer(bits: u32) -> Ident {
    ident(&format!("u{bits}"))
}

/// A number below ten in decimal, another in hexadecimal with its digits in groups of four.
pub(super) fn number(value: u128) -> Literal {
    if value < 10 {
        return Literal::u128_unsuffixed(value);
    }
    let digits = format!("{value:x}");
    let mut text = "0x".to_owned();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place) % 4 == 0 {
            text.push('_');
        }
        text.push(digit);
    }
    text.parse().unwrap_or(Literal::u128_unsuffixed(value))
}

/// A mask: in hexadecimal, unless it is empty.
pub(super) fn mask(value: u128) -> Literal {
    let small = if (1..10).contains(&value) { format!("0x{value:x}").parse().ok() } else { None };
    small.unwrap_or_else(|| number(value))
}

/// A number in decimal.
pub(super) fn decimal(value: u32) -> Literal {
    Literal::u32_unsuffixed(value)
}

/// A test of `word`.
pub(super) fn test(of: &Test) -> TokenStream {
    match of {
        Test::Is(cube) if cube.mask == 0 => quote!(true),
        Test::IsNot(cube) if cube.mask == 0 => quote!(false),
        Test::Is(cube) | Test::IsNot(cube) => {
            let one_bit_set = cube.value == cube.mask && cube.mask.is_power_of_two();
            // A single bit that is set is one that is not zero.
            let (value, is) =
                if one_bit_set { (0, matches!(of, Test::IsNot(_))) } else { (cube.value, matches!(of, Test::Is(_))) };
            let (mask, value) = (mask(cube.mask), self::mask(value));
            if is { quote!(word & #mask == #value) } else { quote!(word & #mask != #value) }
        }
        Test::All(tests) if tests.is_empty() => quote!(true),
        Test::Any(tests) if tests.is_empty() => quote!(false),
        Test::All(tests) => {
            let tests = tests.iter().map(inner);
            quote!(#(#tests)&&*)
        }
        Test::Any(tests) => {
            let tests = tests.iter().map(inner);
            quote!(#(#tests)||*)
        }
    }
}

/// A test as a part of another.
fn inner(of: &Test) -> TokenStream {
    let tokens = test(of);
    match of {
        Test::All(tests) | Test::Any(tests) if tests.len() > 1 => quote!((#tokens)),
        _ => tokens,
    }
}

/// Where an entry holds an address: parts that stand equally far from where they belong are one.
pub(super) struct AddressBits {
    parts: Vec<Part>,
    entry_bits: u32,
}

#[derive(Clone, Copy, PartialEq, Eq)]
struct Part {
    /// The bits of the entry.
    entry: u128,
    /// The bits of the address.
    address: u128,
    /// How far the address bits are above the entry bits.
    up: i64,
}

impl AddressBits {
    pub(super) fn new(layout: &Layout, target: Target, entry_bits: u32) -> Self {
        let mut parts: Vec<Part> = Vec::new();
        for (bits, output) in layout.address_fields(target) {
            let up = i64::from(output.low) - i64::from(bits.low);
            let part = Part { entry: bits.mask(), address: output.mask(), up };
            match parts.iter_mut().find(|part| part.up == up) {
                Some(same) => {
                    same.entry |= part.entry;
                    same.address |= part.address;
                }
                None => parts.push(part),
            }
        }
        Self { parts, entry_bits }
    }

    /// The bits of the entry.
    pub(super) fn entry_mask(&self) -> u128 {
        self.parts.iter().fold(0, |mask, part| mask | part.entry)
    }

    /// The bits that the address has.
    pub(super) fn address_mask(&self) -> u128 {
        self.parts.iter().fold(0, |mask, part| mask | part.address)
    }

    /// The address in `word`, as `u64`; `mask` is what the bits are called where they stand together.
    pub(super) fn gather(&self, word: &TokenStream, mask: &TokenStream) -> TokenStream {
        let one = self.parts.len() == 1;
        let parts = self.parts.iter().map(|part| {
            let own = self::mask(part.entry);
            let bits = if one { quote!(#word & #mask) } else { quote!(#word & #own) };
            match (self.entry_bits, part.up) {
                (64, 0) => bits,
                (64, up) => shifted(&quote!((#bits)), up),
                (128, 0) => quote!((#bits) as u64),
                (128, up) => {
                    let moved = shifted(&quote!((#bits)), up);
                    quote!((#moved) as u64)
                }
                (_, 0) => quote!((#bits) as u64),
                (_, up) => shifted(&quote!(((#bits) as u64)), up),
            }
        });
        or(parts.collect())
    }

    /// The bits of a word that hold `address`, a `u64`; where they stand together, it has no others.
    pub(super) fn scatter(&self, address: &TokenStream) -> TokenStream {
        let one = self.parts.len() == 1;
        let word = integer(self.entry_bits);
        let parts = self.parts.iter().map(|part| {
            let mask = mask(part.address);
            let bits = if one { address.clone() } else { quote!((#address & #mask)) };
            match self.entry_bits {
                64 if !one && part.up == 0 => quote!(#address & #mask),
                64 => shifted(&bits, -part.up),
                128 if part.up == 0 => quote!(#bits as u128),
                128 => shifted(&quote!((#bits as u128)), -part.up),
                _ if part.up == 0 => quote!(#bits as #word),
                _ => {
                    let moved = shifted(&bits, -part.up);
                    quote!((#moved) as #word)
                }
            }
        });
        or(parts.collect())
    }

    /// Whether what makes an address of the one higher by some bytes does so with the other too.
    pub(super) fn advances_like(&self, other: &Self) -> bool {
        let one_run = |parts: &[Part]| match parts {
            [part] if is_one_run(part.entry) => Some(part.up),
            _ => None,
        };
        match (one_run(&self.parts), one_run(&other.parts)) {
            (Some(own), Some(other)) => own == other,
            _ => self.parts == other.parts,
        }
    }
}

/// The parts put together.
fn or(parts: Vec<TokenStream>) -> TokenStream {
    if let [one] = parts.as_slice() {
        return one.clone();
    }
    quote!(#((#parts))|*)
}

/// Lets code change the width of numbers that fit.
pub(super) fn casts(body: &TokenStream) -> Option<TokenStream> {
    let casts = body.to_string().contains(" as u");
    casts.then(|| quote!(#[allow(clippy::cast_lossless, clippy::cast_possible_truncation)]))
}

fn is_one_run(mask: u128) -> bool {
    mask != 0 && (mask >> mask.trailing_zeros()).wrapping_add(1).is_power_of_two() || mask == u128::MAX
}

/// `value` moved up by so many bits, or down where `up` is negative.
fn shifted(value: &TokenStream, up: i64) -> TokenStream {
    let distance = Literal::u64_unsuffixed(up.unsigned_abs());
    match up {
        0 => value.clone(),
        1.. => quote!(#value << #distance),
        _ => quote!(#value >> #distance),
    }
}

/// The bits of a word that hold `value`, which there is room for.
pub(super) fn scattered(places: &Places, value: &TokenStream) -> TokenStream {
    if let Some(bits) = places.single() {
        let low = decimal(bits.low);
        return if bits.low == 0 { value.clone() } else { quote!(#value << #low) };
    }
    let parts = places.parts().iter().map(|(bits, up)| {
        let most = mask(BitRange { high: bits.width() - 1, low: 0 }.mask());
        let shift = decimal(*up);
        let part = if *up == 0 { quote!((#value & #most)) } else { quote!((#value >> #shift & #most)) };
        let low = decimal(bits.low);
        if bits.low == 0 { part } else { quote!(#part << #low) }
    });
    quote!(#(#parts)|*)
}

//! Small pieces of code: numbers, tests of a word.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, quote};

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
    match value {
        1..10 => format!("0x{value:x}").parse().unwrap_or(Literal::u128_unsuffixed(value)),
        _ => number(value),
    }
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
        Test::All(tests) => joined(tests, &quote!(&&)),
        Test::Any(tests) => joined(tests, &quote!(||)),
    }
}

/// The tests with `between` between them, those of several in parentheses.
fn joined(tests: &[Test], between: &TokenStream) -> TokenStream {
    let mut joined = TokenStream::new();
    for (place, of) in tests.iter().enumerate() {
        if place > 0 {
            between.to_tokens(&mut joined);
        }
        let tokens = test(of);
        match of {
            Test::All(tests) | Test::Any(tests) if tests.len() > 1 => quote!((#tokens)).to_tokens(&mut joined),
            _ => tokens.to_tokens(&mut joined),
        }
    }
    joined
}

//! Numbers as people write them on a command line.

/// Reads a decimal, `0x` hexadecimal or `0b` binary number, which may end in K, M, G or T.
///
/// # Errors
/// A sentence that says what a number looks like.
pub(crate) fn number(text: &str) -> Result<u128, String> {
    let wrong =
        || format!("`{text}` is not a number: write it in decimal, as 0x… or as 0b…, with K, M, G or T for 1024s");
    let plain = text.strip_suffix("iB").unwrap_or(text);
    let shift = match plain.chars().next_back() {
        Some('K' | 'k') => 10,
        Some('M' | 'm') => 20,
        Some('G' | 'g') => 30,
        Some('T' | 't') => 40,
        _ => 0,
    };
    if shift == 0 && plain.len() != text.len() {
        return Err(wrong());
    }
    let digits = if shift == 0 { plain } else { &plain[..plain.len() - 1] };
    let (digits, radix) = match (digits.get(..2), digits.get(2..)) {
        (Some("0x" | "0X"), Some(rest)) => (rest, 16),
        (Some("0b" | "0B"), Some(rest)) => (rest, 2),
        _ => (digits, 10),
    };
    let digits = digits.replace('_', "");
    if !digits.starts_with(|c: char| c.is_digit(radix)) {
        return Err(wrong());
    }
    let value = u128::from_str_radix(&digits, radix).map_err(|error| match error.kind() {
        std::num::IntErrorKind::PosOverflow => format!("`{text}` is larger than 128 bits"),
        _ => wrong(),
    })?;
    if value.leading_zeros() < shift {
        return Err(format!("`{text}` is larger than 128 bits"));
    }
    Ok(value << shift)
}

/// Reads an address of at most 64 bits.
///
/// # Errors
/// A sentence that says what is wrong.
pub(crate) fn address(text: &str) -> Result<u64, String> {
    u64::try_from(number(text)?).map_err(|_| format!("`{text}` is larger than 64 bits"))
}

/// A number of bytes with the largest unit that divides it.
pub(crate) fn bytes(value: u128) -> String {
    gpt_codegen::backend::show::size(value)
}

#[cfg(test)]
mod tests {
    use super::{address, number};

    #[test]
    fn units_are_powers_of_1024() {
        assert_eq!(number("64K"), Ok(65536));
        assert_eq!(number("0x10M"), Ok(16 << 20));
        assert_eq!(number("1GiB"), Ok(1 << 30));
        assert_eq!(number("1_000"), Ok(1000));
        assert_eq!(number("0b101"), Ok(5));
    }

    #[test]
    fn garbage_and_overflow_are_errors() {
        for garbage in ["", "K", "0x", "12Q", "-1", "+1", "0x_", "1.5M", "iB", "1iB", "é", "0xé", " 1"] {
            assert!(number(garbage).is_err(), "{garbage}");
        }
        assert!(number("0xffffffffffffffffffffffffffffffffT").is_err());
        assert_eq!(address("0xffffffffffffffff"), Ok(u64::MAX));
        assert!(address("0x10000000000000000").is_err());
    }
}

//! Names of types and variants as the names of formats and kinds.

/// A name in capitals and small letters with `joint` before each word: `Page4k` is `page-4k`.
///
/// `before_digits` says whether a number begins a word too.
pub(super) fn lower(name: &str, joint: char, before_digits: bool) -> String {
    let mut lower = String::new();
    let mut last = joint;
    for character in name.chars() {
        let starts =
            character.is_ascii_uppercase() || (before_digits && character.is_ascii_digit() && !last.is_ascii_digit());
        if character == '_' {
            if last != joint {
                lower.push(joint);
            }
            last = joint;
            continue;
        }
        if starts && last != joint && !last.is_ascii_uppercase() {
            lower.push(joint);
        }
        lower.push(character.to_ascii_lowercase());
        last = character;
    }
    lower
}

/// A name of a kind or of a code as the name of a variant: `page-4k` is `Page4k`.
pub fn variant_name(name: &str) -> String {
    let (mut variant, mut last, mut starts) = (String::new(), '-', true);
    for character in name.chars() {
        if character == '-' {
            starts = true;
            continue;
        }
        // Two numbers would run together.
        if starts && character.is_ascii_digit() && last.is_ascii_digit() {
            variant.push('_');
        }
        variant.push(if starts { character.to_ascii_uppercase() } else { character });
        (last, starts) = (character, false);
    }
    variant
}

#[cfg(test)]
mod tests {
    use super::{lower, variant_name};

    #[test]
    fn names_of_types_and_variants_give_those_of_formats_and_kinds() {
        let format = |name: &str| lower(name, '_', false);
        assert_eq!(format("X86_64"), "x86_64");
        assert_eq!(format("X86Pae"), "x86_pae");
        assert_eq!(format("Arm64_4k"), "arm64_4k");
        assert_eq!(format("NvVer3"), "nv_ver3");
        assert_eq!(format("MMU"), "mmu");
        let kind = |name: &str| lower(name, '-', true);
        assert_eq!(kind("Page512m"), "page-512m");
        assert_eq!(kind("NoValid4k"), "no-valid-4k");
        assert_eq!(kind("SmallPage"), "small-page");
    }

    #[test]
    fn names_of_kinds_and_codes_give_those_of_variants() {
        assert_eq!(variant_name("no-valid-4k"), "NoValid4k");
        assert_eq!(variant_name("page-4-5"), "Page4_5");
    }
}

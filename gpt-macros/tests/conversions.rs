//! `decode` and `encode` of types of the author's own, against the interpreter.
#![allow(clippy::unwrap_used, clippy::panic, unreachable_pub)]

use std::path::Path;

use gpt_codegen::interpreter;
use gpt_codegen::model::{LevelId, Role};
use gpt_codegen::{Checked, from_yaml_file};
use proptest::prelude::*;

/// A format written on a type, from `formats/`.
macro_rules! formats {
    ($($name:ident $type_:ident $word:ty,)*) => {
        $(mod $name {
            use gpt_macros::PageTable;

            include!(concat!("formats/", stringify!($name), ".rs"));
        })*

        $(proptest! {
            #![proptest_config(ProptestConfig::with_cases(2000))]
            #[test]
            fn $name(level in 0_usize..8, random in any::<u128>(), kind in any::<prop::sample::Index>()) {
                thread_local!(static CHECKED: Checked = catalogued(stringify!($name)));
                CHECKED.with(|checked| {
                    let level = level % checked.format().levels.len();
                    let word = likely(checked, level, random, kind) as $word;
                    let decode = |word| $name::$type_::decode(level as u8, word);
                    let encode = |entry: &$name::$type_| entry.encode(level as u8).map(u128::from);
                    let entry = decode(word);
                    let back = entry.as_ref().and_then(encode);
                    compare(checked, level, u128::from(word), back, entry.map(|entry| format!("{entry:?}")))?;
                    if let (Some(entry), Some(back)) = (entry, back) {
                        prop_assert_eq!(decode(back as $word), Some(entry));
                    }
                    Ok(())
                })?;
            }
        })*
    };
}

formats! {
    x86_64 X86_64 u64,
    x86_pae X86Pae u64,
    sv39 Sv39 u64,
    armv7_short Armv7Short u32,
    arm64_4k Arm64_4k u64,
    nv_ver3 NvVer3 u128,
    amd_v1 AmdV1 u64,
    powervr_rogue PowervrRogue u64,
}

fn catalogued(name: &str) -> Checked {
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../formats/{name}.yaml"));
    from_yaml_file(place).unwrap_or_else(|report| panic!("{report}"))
}

/// A random word that is rather often an entry: with the constants and zeros of some kind in place.
fn likely(checked: &Checked, level: usize, random: u128, kind: prop::sample::Index) -> u128 {
    let format = checked.format();
    let layouts: Vec<_> = format.layouts_at(LevelId(level)).map(|(_, layout)| layout).collect();
    let fixed = |role: &Role| matches!(role, Role::Constant(_) | Role::Zero);
    let item = u128::MAX >> (128 - format.level(LevelId(level)).entry_bits);
    match kind.index(layouts.len() + 1).checked_sub(1) {
        None => random & item,
        Some(number) => {
            random & item & !layouts[number].mask_of(&fixed)
                | layouts[number].skeleton() & layouts[number].mask_of(&fixed)
        }
    }
}

/// The bits of an entry that no field holds and that nothing fixes: unnamed free ones.
fn unheld(checked: &Checked, level: usize, word: u128) -> u128 {
    interpreter::decode(checked, LevelId(level), word).map_or(0, |decoded| {
        decoded
            .layout
            .fields
            .iter()
            .filter(|row| row.name.is_empty() && matches!(row.role, Role::Free { .. }))
            .fold(0, |mask, row| mask | row.bits.mask())
    })
}

fn compare(
    checked: &Checked,
    level: usize,
    word: u128,
    back: Option<u128>,
    entry: Option<String>,
) -> Result<(), TestCaseError> {
    let reference = interpreter::decode(checked, LevelId(level), word);
    prop_assert_eq!(
        entry.is_some(),
        reference.is_ok() && codes_named(checked, level, word),
        "{:#x} is {:?}",
        word,
        reference
    );
    let Ok(reference) = reference else { return Ok(()) };
    let Some(entry) = entry else { return Ok(()) };
    let free = unheld(checked, level, word);
    prop_assert_eq!(back, Some(word & !free | reference.layout.skeleton() & free), "{} of {:#x}", entry, word);
    for row in reference.fields() {
        let Some((name, value)) = row.attribute else { continue };
        let said = match value {
            interpreter::Value::Flag(flag) => format!("{name}: {flag}"),
            interpreter::Value::Number(number) => format!("{name}: {number}"),
            interpreter::Value::Code(_) => continue,
        };
        prop_assert!(entry.contains(&said), "{} does not say {} of {:#x}", entry, said, word);
    }
    Ok(())
}

/// Whether every field with codes has one with a name.
fn codes_named(checked: &Checked, level: usize, word: u128) -> bool {
    let Ok(decoded) = interpreter::decode(checked, LevelId(level), word) else { return true };
    decoded.layout.values().iter().all(|value| match value.field.role {
        Role::Setting { codes: Some(codes), .. } => {
            checked.format().codes[codes.0].codes.iter().any(|code| code.value == value.places.get(word))
        }
        _ => true,
    })
}

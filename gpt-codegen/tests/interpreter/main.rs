//! The interpreter against words from manuals, tables put together by hand, and random histories.
#![cfg(feature = "yaml")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::result_large_err)]

mod entries;
mod formats;
mod histories;
mod hostile;
mod mapping;
mod traps;
mod vectors;
mod walking;

use gpt_codegen::interpreter::{Attributes, Image, Root, Value, empty_word, level_named};
use gpt_codegen::model::LevelId;
use gpt_codegen::{Checked, from_yaml, from_yaml_file};

/// A format of the catalogue.
fn catalogue(name: &str) -> Checked {
    let path = format!("{}/../formats/{name}.yaml", env!("CARGO_MANIFEST_DIR"));
    from_yaml_file(path).unwrap_or_else(|report| panic!("{report}"))
}

/// A format that a test describes itself.
fn described(text: &str) -> Checked {
    from_yaml("test.yaml", text, &|_| Err("nothing to load".to_owned())).unwrap_or_else(|report| panic!("{report}"))
}

fn level(format: &Checked, name: &str) -> LevelId {
    level_named(format, name).unwrap()
}

/// An image with an empty root table of the default root level.
fn new_image(format: &Checked, base: u64) -> (Image, Root) {
    let level = format.format().roots[0];
    let mut image = Image::new(base);
    let table = image.allocate(format.format().level(level), empty_word(format, level)).unwrap();
    (image, Root { table, level })
}

/// `a b=no c=3 d=name` as attributes.
fn attributes(text: &str) -> Attributes {
    let value = |value: &str| match value {
        "yes" => Value::Flag(true),
        "no" => Value::Flag(false),
        _ if value.starts_with("0x") => Value::Number(u128::from_str_radix(&value[2..], 16).unwrap()),
        _ => value.parse().map_or_else(|_| Value::Code(value.to_owned()), Value::Number),
    };
    let pair = |word: &str| {
        let (name, given) = word.split_once('=').unwrap_or((word, "yes"));
        (name.to_owned(), value(given))
    };
    text.split_whitespace().map(pair).collect()
}

/// Numbers that look random and are the same in every run.
struct Random(fastrand::Rng);

impl Random {
    fn new(seed: u64) -> Self {
        Self(fastrand::Rng::with_seed(seed))
    }

    fn next(&mut self) -> u64 {
        self.0.u64(..)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }

    fn pick<'t, T>(&mut self, from: &'t [T]) -> &'t T {
        &from[self.below(from.len() as u64) as usize]
    }
}

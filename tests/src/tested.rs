//! The modules of the catalogue, and what the suite has to know of each beyond its traits.

use std::fmt::Debug;

use gpt_codegen::Checked;
use gpt_runtime::Format;

/// A change by its name, made for a flag or number of 0 or 1.
pub type NamedChange<C> = (&'static str, fn(bool) -> C);

/// A format with a module.
pub trait Tested: Format<Change: Debug> {
    /// Its name in the catalogue.
    const MODULE: &'static str;

    /// The flags and numbers that its `Change` has, each with the change that sets it to 0 or 1.
    fn changes() -> Vec<NamedChange<Self::Change>>;
}

macro_rules! every_format {
    ($($module:ident: $format:ident { $($change:ident)* },)*) => {
        /// The modules that there are.
        pub const NAMES: &[&str] = &[$(stringify!($module)),*];

        $(
            impl Tested for gpt_formats::$module::$format {
                const MODULE: &'static str = stringify!($module);

                fn changes() -> Vec<NamedChange<Self::Change>> {
                    vec![$((
                        stringify!($change),
                        #[allow(clippy::useless_conversion, clippy::needless_update)]
                        |set| gpt_formats::$module::Change { $change: Some(set.into()), ..Default::default() },
                    )),*]
                }
            }
        )*
    };
}

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

/// The description of a format of the catalogue, checked.
pub fn checked(name: &str) -> Checked {
    let text = |name: &str| {
        let found = gpt_formats::CATALOGUE.iter().find(|(listed, _)| *listed == name);
        found.map(|(_, text)| (*text).to_owned()).ok_or_else(|| "it is not in the catalogue".to_owned())
    };
    let load = |file: &str| text(file.trim_end_matches(".yaml"));
    gpt_codegen::from_yaml(name, &text(name).unwrap(), &load).expect("a sound format")
}

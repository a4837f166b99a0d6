//! Every format of the catalogue through one suite: addresses and sizes, random histories, failing allocation, growing
//! roots, and images.
//!
//! `GPT_SEEDS=n` runs n times as many histories, `GPT_SHARE=n` about one n-th of each. A failure prints the seed and the last steps.
#![allow(unsafe_code, clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, unreachable_pub)]

mod addresses;
mod changes;
mod edges;
mod growth;
mod history;
mod image;
mod shortage;
mod stale;

use gpt_tests::NAMES;

macro_rules! every_format {
    ($($module:ident: $format:ident $changes:tt,)*) => {
        $(
            mod $module {
                use gpt_formats::$module::$format as Format;

                #[test]
                fn only_input_addresses_are_taken() {
                    crate::addresses::check::<Format>();
                }

                #[test]
                fn every_change_is_the_one_of_the_interpreter() {
                    crate::changes::check::<Format>();
                }

                #[test]
                fn the_best_page_is_taken_at_every_edge() {
                    crate::edges::check::<Format>();
                }

                #[test]
                fn random_histories_agree_with_intervals_and_interpreter() {
                    crate::history::check::<Format>();
                }

                #[test]
                fn what_is_not_paid_for_is_stale() {
                    crate::stale::check::<Format>();
                }

                #[test]
                fn a_failing_allocation_leaves_what_was_promised() {
                    crate::shortage::check::<Format>();
                }

                #[test]
                fn growing_keeps_all_mappings() {
                    crate::growth::check::<Format>();
                }

                #[test]
                fn tables_are_those_of_the_interpreter() {
                    crate::image::check::<Format>();
                }
            }
        )*
    };
}

include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));

#[test]
fn every_format_of_the_catalogue_is_tested() {
    let catalogue: Vec<&str> = gpt_formats::CATALOGUE.iter().map(|(name, _)| *name).collect();
    assert_eq!(NAMES, catalogue);
}

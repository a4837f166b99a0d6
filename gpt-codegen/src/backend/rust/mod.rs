//! Driver source in Rust: a module that says what the format looks like, to the algorithms of the runtime.
//!
//! ```text
//! Plan (names, entry types, attributes, levels) ─▶ format, codes, conversion, special, entries, level ─▶ tokens ─▶ print
//!                                                                                    └▶ facts, children
//! ```

mod attributes;
mod children;
mod codes;
mod comment;
mod conversion;
mod entries;
mod expression;
mod facts;
mod fields;
mod format;
mod host;
#[cfg(feature = "tools")]
mod layout;
mod level;
mod logic;
mod names;
mod plan;
#[cfg(feature = "tools")]
mod print;
mod special;
mod tables;

use proc_macro2::TokenStream;
use quote::quote;

use crate::check::Checked;

use comment::Comments;
use entries::Types;
use plan::Plan;

/// How a module is emitted; the same for all front ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    runtime_path: String,
}

impl Default for Options {
    fn default() -> Self {
        Self { runtime_path: "::gpt_runtime".to_owned() }
    }
}

impl Options {
    /// The options with another path to the crate `gpt-runtime`, for a crate that has it under another name.
    ///
    /// # Errors
    /// When the path is none; in lower case, with what to write instead.
    pub fn with_runtime_path(self, path: &str) -> Result<Self, String> {
        match syn::parse_str::<syn::Path>(path) {
            Ok(_) => Ok(Self { runtime_path: path.trim().to_owned() }),
            Err(_) => Err(format!("`{path}` is no path of a crate or module: write one such as `::gpt_runtime`")),
        }
    }
}

/// What the type for a format or level with this name is called in its module.
pub fn type_name(name: &str) -> String {
    names::camel(name)
}

/// The text of a module for the format.
///
/// It can be a file of its own (`mod x86_64;`) or be included (`mod x86_64 { include!(…); }`), and depends on
/// `gpt-runtime` only. The same format gives the same text on every host.
#[cfg(feature = "tools")]
pub fn emit(checked: &Checked, options: &Options) -> String {
    let plan = Plan::new(checked.format(), Comments::Written);
    let types = entries::types(&plan);
    let placeholders = (0..types.len()).map(print::placeholder).collect();
    let tokens = items(&plan, placeholders, options);
    match syn::parse2(tokens.clone()) {
        Ok(file) => print::module(checked, &file, &types, &options.runtime_path),
        // What is put together here is always Rust; if it is not, the compiler says best where.
        Err(_) => tokens.to_string(),
    }
}

/// The items of a module for the format.
pub fn emit_tokens(checked: &Checked, options: &Options) -> TokenStream {
    let plan = Plan::new(checked.format(), Comments::Left);
    let fields = |types: &Types| fields::text(types, &options.runtime_path).parse().unwrap_or_default();
    let types = entries::types(&plan).iter().map(fields).collect();
    items(&plan, types, options)
}

/// All items, in the order in which they are read.
fn items(plan: &Plan<'_>, types: Vec<TokenStream>, options: &Options) -> TokenStream {
    let runtime: TokenStream = options.runtime_path.parse().unwrap_or_default();
    let no_special = plan.specials.is_empty().then(|| quote!(NoSpecial,));
    let format = format::tokens(plan, &runtime);
    let refusals = host::refusals(plan);
    let code_tables = plan.format.codes.iter().zip(&plan.codes);
    let codes = code_tables.filter_map(|(table, code)| Some(code.as_ref()?.tokens(table)));
    let attributes = conversion::tokens(plan);
    let special = special::tokens(plan);
    let no_table_attributes = plan.tables.is_empty().then(|| quote!(NoTableAttributes,));
    let tables = plan.tables.tokens(plan);
    let several_children = entries::several_children(plan);
    let levels = plan.levels.iter().map(|level| level::tokens(plan, level));
    let facts = plan.levels.iter().map(|level| facts::tokens(plan, level));
    quote! {
        use #runtime::{Caches, Class, Format, Level, #no_special #no_table_attributes PageShape, TableShape, Visitor};

        #refusals
        #format
        #(#codes)*
        #attributes
        #special
        #tables
        #(#types)*
        #several_children
        #(#levels #facts)*
    }
}

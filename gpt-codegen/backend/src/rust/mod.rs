//! Driver source in Rust: a module that says what the format looks like, to the algorithms of the runtime.
//!
//! ```text
//! Plan (names, entry types, attributes, levels) ─┬▶ format, special: items ───────────────────────────────────────────────┬▶ print
//!                                                └▶ codes, conversion, tables, fields, level (pages, children): rows ─▶ Macros ┘
//! ```

mod attributes;
mod children;
mod codes;
mod comment;
mod conversion;
mod cover;
mod entries;
mod expression;
mod fields;
mod format;
mod host;
#[cfg(feature = "tools")]
mod layout;
mod level;
mod logic;
mod names;
mod pages;
mod plan;
#[cfg(feature = "tools")]
mod print;
mod rows;
mod special;
mod tables;

use proc_macro2::TokenStream;
use quote::quote;

use gpt_language::check::Checked;
use gpt_language::model::CodesId;

use comment::Comments;
use plan::Plan;
use rows::Macros;

pub use names::{ident, is_name};

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
        if names::is_path(path.trim()) {
            Ok(Self { runtime_path: path.trim().to_owned() })
        } else {
            Err(format!("`{path}` is no path of a crate or module: write one such as `::gpt_runtime`"))
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
    let macros = macros(&plan, options);
    let tokens = items(&plan, &macros.tokens(&|number, _| print::placeholder(number)), options);
    match syn::parse2(tokens.clone()) {
        Ok(file) => print::module(checked, &file, &macros),
        // What is put together here is always Rust; if it is not, the compiler says best where.
        Err(_) => tokens.to_string(),
    }
}

/// The items of a module for the format.
pub fn emit_tokens(checked: &Checked, options: &Options) -> TokenStream {
    let plan = Plan::new(checked.format(), Comments::Left);
    let macros = macros(&plan, options);
    items(&plan, &macros.tokens(&|_, text| text.parse().unwrap_or_default()), options)
}

/// The calls of the runtime's macros.
fn macros(plan: &Plan<'_>, options: &Options) -> Macros<String> {
    let runtime = &options.runtime_path;
    let mut macros = Macros {
        codes: Vec::new(),
        attributes: vec![conversion::text(plan, runtime)],
        tables: Vec::new(),
        types: Vec::new(),
        levels: level::texts(plan, runtime),
    };
    for (number, table) in plan.format.codes.iter().enumerate() {
        if let Some(code) = plan.code(CodesId(number)) {
            macros.codes.push(code.text(table, runtime));
        }
    }
    if !plan.tables.is_empty() {
        macros.tables.push(plan.tables.text(plan, runtime));
    }
    for types in &entries::types(plan) {
        macros.types.push(fields::text(types, runtime));
    }
    macros
}

/// All items, in the order in which they are read.
fn items(plan: &Plan<'_>, macros: &Macros<TokenStream>, options: &Options) -> TokenStream {
    let runtime: TokenStream = options.runtime_path.parse().unwrap_or_default();
    let no_special = plan.specials.is_empty().then(|| quote!(NoSpecial,));
    let no_table_attributes = plan.tables.is_empty().then(|| quote!(NoTableAttributes,));
    let format = format::tokens(plan, &runtime);
    let refusals = host::refusals(plan);
    let special = special::tokens(plan);
    let Macros { codes, attributes, tables, types, levels } = macros;
    quote! {
        use #runtime::{Caches, Format, #no_special #no_table_attributes Visitor};

        #refusals
        #format
        #(#codes)*
        #(#attributes)*
        #special
        #(#tables)*
        #(#types)*
        #(#levels)*
    }
}

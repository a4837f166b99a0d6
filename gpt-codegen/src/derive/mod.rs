//! What `#[derive(PageTable)]` gives for a type.
//!
//! ```text
//!  tokens ─▶ syntax::derive ─▶ lower ─▶ check ─▶ Checked ─┬─▶ backend::rust: the module, as from a file
//!                    └────────────────▶ bind ─────────────┴─▶ backend::decoded: decode and encode of the type
//! ```

mod bind;
#[cfg(feature = "yaml")]
mod file;
mod message;
mod stand_in;
mod stub;

pub use message::CompileErrors;
use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote};

use self::message::compile_errors;
use crate::backend::{decoded, rust};
use crate::check::{Checked, check};
use crate::diagnostic::Diagnostics;
use crate::syntax::derive::{Places, Reading, read};
use crate::syntax::description::Spanned;
use crate::syntax::lower;

/// The items that stand for `#[derive(PageTable)]` on `item`: the format's module and the conversions of the type.
///
/// Where the item has mistakes these are errors of the compiler, each at its tokens, beside empty functions and types
/// under the names that the author may already use.
pub fn derive(item: TokenStream) -> TokenStream {
    let Some(mut reading) = read(item) else { return no_item().into_token_stream() };
    let found = std::mem::take(&mut reading.found);
    // What is wrong with the type itself is said already: it has no functions then.
    let has_functions = !found.iter().any(|diagnostic| diagnostic.code == "E0301");
    match expand(&reading, found) {
        Ok(items) => items,
        Err(errors) => {
            let stub = stub::stub(&reading, has_functions);
            quote!(#errors #stub)
        }
    }
}

/// Reads and checks the format that a type describes, as [`crate::from_yaml`] does for a file.
///
/// # Errors
/// Everything that is wrong with it, at its tokens.
pub fn from_tokens(item: TokenStream) -> Result<Checked, CompileErrors> {
    let mut reading = read(item).ok_or_else(no_item)?;
    let found = std::mem::take(&mut reading.found);
    Ok(described(&reading, found)?.0)
}

/// The compiler lets a derive stand on nothing else.
fn no_item() -> CompileErrors {
    CompileErrors::of_all("`PageTable` is derived for a struct or an enum")
}

fn expand(reading: &Reading, found: Diagnostics) -> Result<TokenStream, CompileErrors> {
    let (checked, tracked) = described(reading, found)?;
    let by_name = reading.given.file.is_some();
    let bound =
        bind::bind(&checked, &reading.type_, by_name).map_err(|found| compile_errors(&found, &reading.places))?;
    let conversions = decoded::emit(&checked, &bound);
    let items = rust::emit_tokens(&checked, &reading.given.options);
    let module = module_name(reading, &checked.format().name);
    let visibility = &reading.type_.visibility;
    let about = format!(" {}.", checked.format().about);
    Ok(quote! {
        #[doc = #about]
        #visibility mod #module {
            // Where the crate has no prelude, the module needs its own.
            #[allow(unused_imports)]
            use ::core::prelude::rust_2021::*;

            #items
        }

        #conversions
        #tracked
    })
}

/// The checked format, and what makes the compiler look again when a file changes.
fn described(reading: &Reading, found: Diagnostics) -> Result<(Checked, TokenStream), CompileErrors> {
    let places = &reading.places;
    if let Some(path) = &reading.given.file {
        return if found.is_empty() { open(path, places) } else { Err(compile_errors(&found, places)) };
    }
    let checked = match lower(&reading.description, found) {
        // Without entries every rule would have something to say.
        Ok(lowered) if reading.description.entries.is_none() => Err(lowered.diagnostics),
        Ok(lowered) => check(lowered),
        Err(found) => Err(found),
    };
    match checked {
        Ok(checked) => Ok((checked, TokenStream::new())),
        Err(found) => Err(compile_errors(&found, places)),
    }
}

/// Reads a format from a file, if files are read.
fn open(path: &Spanned<String>, places: &Places) -> Result<(Checked, TokenStream), CompileErrors> {
    #[cfg(feature = "yaml")]
    return file::open(path, places);
    #[cfg(not(feature = "yaml"))]
    {
        let mut found = Diagnostics::default();
        found.push(
            crate::diagnostic::Diagnostic::new("E0001", path.span, "files are read with the feature `yaml` only")
                .help("write `features = [\"yaml\"]` for `gpt-macros`"),
        );
        Err(compile_errors(&found, places))
    }
}

/// The name of the module.
fn module_name(reading: &Reading, format: &str) -> Ident {
    if let Some(name) = &reading.given.module {
        return name.clone();
    }
    let mut name = rust::ident(format);
    name.set_span(reading.type_.name.span());
    name
}

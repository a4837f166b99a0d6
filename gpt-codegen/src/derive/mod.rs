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

use proc_macro2::{Ident, TokenStream};
use quote::quote;

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
    let mut reading = match read(item) {
        Ok(reading) => reading,
        Err(error) => return error.into_compile_error(),
    };
    let found = std::mem::take(&mut reading.found);
    // What is wrong with the type itself is said already: it has no functions then.
    let has_functions = !found.iter().any(|diagnostic| diagnostic.code == "E0301");
    match expand(&reading, found) {
        Ok(items) => items,
        Err(errors) => {
            let (errors, stub) = (errors.into_compile_error(), stub::stub(&reading, has_functions));
            quote!(#errors #stub)
        }
    }
}

/// Reads and checks the format that a type describes, as [`crate::from_yaml`] does for a file.
///
/// # Errors
/// Everything that is wrong with it, at its tokens.
pub fn from_tokens(item: TokenStream) -> syn::Result<Checked> {
    let mut reading = read(item)?;
    let found = std::mem::take(&mut reading.found);
    Ok(described(&reading, found)?.0)
}

fn expand(reading: &Reading, found: Diagnostics) -> syn::Result<TokenStream> {
    let (checked, tracked) = described(reading, found)?;
    let by_name = reading.given.file.is_some();
    let bound = bind::bind(&checked, &reading.type_, by_name)
        .map_err(|found| message::compile_errors(&found, &reading.places))?;
    let options = options(reading)?;
    let conversions = decoded::emit(&checked, &bound);
    let items = rust::emit_tokens(&checked, &options);
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
fn described(reading: &Reading, found: Diagnostics) -> syn::Result<(Checked, TokenStream)> {
    let places = &reading.places;
    if let Some(path) = &reading.given.file {
        return if found.is_empty() { open(path, places) } else { Err(message::compile_errors(&found, places)) };
    }
    let checked = match lower(&reading.description, found) {
        // Without entries every rule would have something to say.
        Ok(lowered) if reading.description.entries.is_none() => Err(lowered.diagnostics),
        Ok(lowered) => check(lowered),
        Err(found) => Err(found),
    };
    match checked {
        Ok(checked) => Ok((checked, TokenStream::new())),
        Err(found) => Err(message::compile_errors(&found, places)),
    }
}

/// Reads a format from a file, if files are read.
fn open(path: &Spanned<String>, places: &Places) -> syn::Result<(Checked, TokenStream)> {
    #[cfg(feature = "yaml")]
    return file::open(path, places);
    #[cfg(not(feature = "yaml"))]
    {
        let mut found = Diagnostics::default();
        found.push(
            crate::diagnostic::Diagnostic::new("E0001", path.span, "files are read with the feature `yaml` only")
                .help("write `features = [\"yaml\"]` for `gpt-macros`"),
        );
        Err(message::compile_errors(&found, places))
    }
}

fn options(reading: &Reading) -> syn::Result<rust::Options> {
    let options = rust::Options::default();
    let Some(path) = &reading.given.runtime else { return Ok(options) };
    // Tokens of a path have no spaces that belong there.
    let text = without_spaces(&path.to_string());
    options.with_runtime_path(&text).map_err(|why| syn::Error::new_spanned(path, why))
}

fn without_spaces(text: &str) -> String {
    let mut left = String::new();
    for word in text.split_whitespace() {
        left.push_str(word);
    }
    left
}

/// The name of the module.
fn module_name(reading: &Reading, format: &str) -> Ident {
    if let Some(name) = &reading.given.module {
        return name.clone();
    }
    let place = reading.type_.name.span();
    match syn::parse_str::<Ident>(format) {
        Ok(_) => Ident::new(format, place),
        Err(_) => Ident::new_raw(format, place),
    }
}

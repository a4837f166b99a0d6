//! A description in a file beside the crate.

use std::cell::RefCell;
use std::path::{Path, PathBuf};

use proc_macro2::TokenStream;
use quote::quote;

use super::message::{CompileErrors, compile_errors};
use crate::check::Checked;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::syntax::derive::Places;
use crate::syntax::description::Spanned;
use crate::text::from_file;

/// Reads and checks a file, and gives what makes the compiler look again when it, or one that it extends, changes.
///
/// A relative path begins at the directory of the crate's `Cargo.toml`.
pub(super) fn open(path: &Spanned<String>, places: &Places) -> Result<(Checked, TokenStream), CompileErrors> {
    let wrong = |diagnostic: Diagnostic| {
        let mut found = Diagnostics::default();
        found.push(diagnostic);
        compile_errors(&found, places)
    };
    let root = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
    let place = root.join(&path.value);
    let text = from_file(&place).map_err(|why| {
        let message = format!("cannot read `{}`: {why}", place.display());
        wrong(Diagnostic::new("E0001", path.span, message).help("the path begins at the directory of `Cargo.toml`"))
    })?;
    let read = RefCell::new(vec![place.clone()]);
    let load = |name: &str| {
        let other = place.with_file_name(name);
        let text = from_file(&other);
        read.borrow_mut().push(other);
        text
    };
    let checked = crate::from_yaml(&path.value, &text, &load).map_err(|report| {
        let mut errors = CompileErrors::default();
        for finding in report.iter() {
            let mut message = match finding.places.first() {
                Some(place) => format!("{}:{}:{}: {}", place.file, place.line, place.column, finding.message),
                None => finding.message.to_owned(),
            };
            message.push_str(&format!(" (gpt explain {})", finding.code));
            if let Some(help) = finding.help {
                message.push_str(&format!("\nhelp: {help}"));
            }
            errors.push(path.span, places, message);
        }
        errors.or_unknown()
    })?;
    let read = read.into_inner();
    let tracked = read.iter().map(|path| absolute(path)).map(|path| {
        quote!(
            const _: &[u8] = ::core::include_bytes!(#path);
        )
    });
    Ok((checked, quote!(#(#tracked)*)))
}

fn absolute(path: &Path) -> String {
    std::path::absolute(path).unwrap_or_else(|_| path.to_owned()).display().to_string()
}

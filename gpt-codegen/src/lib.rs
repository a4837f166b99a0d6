//! From the description of a page-table format to driver source.
//!
//! ```text
//!  YAML text ── syntax::yaml ─▶ syntax ─▶ model ─▶ check ─▶ Checked ─▶ backend, interpreter
//! ```

extern crate alloc;

#[cfg(feature = "yaml")]
mod build;
#[cfg(feature = "derive")]
mod derive;
#[cfg(feature = "tools")]
pub mod explain;
#[cfg(feature = "tools")]
pub mod interpreter;
#[cfg(feature = "yaml")]
pub mod render;
pub mod syntax;
#[cfg(feature = "yaml")]
pub mod text;

#[cfg(feature = "yaml")]
pub use build::{Build, BuildError};
#[cfg(feature = "derive")]
pub use derive::{CompileErrors, derive, from_tokens};
pub use gpt_backend as backend;
pub use gpt_language::{Checked, check, diagnostic, host, model, span};
#[cfg(feature = "yaml")]
pub use render::Report;

/// Reads and checks a description in YAML.
///
/// `name` is what messages call the text; `load` gets the text of a file of the same directory, or says why it cannot.
///
/// # Errors
/// Everything that is wrong with the description.
#[cfg(feature = "yaml")]
pub fn from_yaml(name: &str, text: &str, load: &dyn Fn(&str) -> Result<String, String>) -> Result<Checked, Report> {
    let mut sources = syntax::source::Sources::default();
    let mut found = diagnostic::Diagnostics::default();
    let description = syntax::yaml::load(name, text, load, &mut sources, &mut found);
    syntax::lower(&description, found).and_then(check).map_err(|found| Report::new(found, sources))
}

/// Reads and checks a description in a YAML file; what it extends is looked for beside it.
///
/// # Errors
/// Everything that is wrong with the description, or that the file cannot be read.
#[cfg(feature = "yaml")]
pub fn from_yaml_file(path: impl AsRef<std::path::Path>) -> Result<Checked, Report> {
    let path = path.as_ref();
    let text = text::from_file(path).map_err(|why| {
        let mut found = diagnostic::Diagnostics::default();
        let message = format!("cannot read `{}`: {why}", path.display());
        found.push(diagnostic::Diagnostic::new("E0001", span::Span::NOWHERE, message));
        Report::new(found, syntax::source::Sources::default())
    })?;
    from_yaml(&path.display().to_string(), &text, &|name| text::from_file(&path.with_file_name(name)))
}

//! Driver source from a build script.

use std::cell::RefCell;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use crate::backend::rust::{self, Options};
use crate::{Report, from_yaml};

/// Emits driver source from a build script.
///
/// ```no_run
/// fn main() -> Result<(), gpt_codegen::BuildError> {
///     gpt_codegen::Build::new().format("foo.yaml").emit()
/// }
/// ```
///
/// Each format `foo` becomes a file `foo.rs` in `OUT_DIR`, and `formats.rs` there declares all of them as modules:
///
/// ```ignore
/// include!(concat!(env!("OUT_DIR"), "/formats.rs"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Build {
    files: Vec<PathBuf>,
    directory: Option<PathBuf>,
    options: Options,
}

impl Build {
    /// A build of nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a description. A relative path begins at the directory of the crate's `Cargo.toml`.
    #[must_use]
    pub fn format(mut self, path: impl Into<PathBuf>) -> Self {
        self.files.push(path.into());
        self
    }

    /// Writes to another directory than `OUT_DIR`.
    #[must_use]
    pub fn directory(mut self, directory: impl Into<PathBuf>) -> Self {
        self.directory = Some(directory.into());
        self
    }

    /// Emits with other options.
    #[must_use]
    pub fn options(mut self, options: Options) -> Self {
        self.options = options;
        self
    }

    /// Reads and checks all descriptions, tells Cargo which files were read, and writes a file for each format.
    ///
    /// A file is written only where its text changes, and whole or not at all.
    ///
    /// # Errors
    /// Everything that is wrong with any of the descriptions, or a file that cannot be read or written.
    pub fn emit(&self) -> Result<(), BuildError> {
        let directory = match &self.directory {
            Some(directory) => directory.clone(),
            None => std::env::var_os("OUT_DIR").map(PathBuf::from).ok_or_else(|| {
                BuildError::new("OUT_DIR is not set: call this in a build script, or give a directory".to_owned())
            })?,
        };
        let mut wrong = Vec::new();
        let mut formats = Vec::new();
        for path in &self.files {
            match open(path) {
                Ok(checked) => formats.push(checked),
                Err(error) => wrong.push(error.0),
            }
        }
        if !wrong.is_empty() {
            return Err(BuildError(wrong.join("\n")));
        }
        let mut modules = String::new();
        let mut names: Vec<&str> = Vec::new();
        for checked in &formats {
            let (name, about) = (&checked.format().name, &checked.format().about);
            if names.contains(&name.as_str()) {
                return Err(BuildError::new(format!("two descriptions are called `{name}`: give one another name")));
            }
            names.push(name);
            let place = directory.join(format!("{name}.rs"));
            write(&place, &rust::emit(checked, &self.options))?;
            let path = place.display().to_string();
            modules.push_str(&format!("#[doc = {about:?}]\n#[path = {path:?}]\npub mod {name};\n"));
        }
        write(&directory.join("formats.rs"), &modules)
    }
}

/// Why a build emits nothing.
///
/// Its debug text is what it says too, because that is what Cargo shows of an error that a build script returns.
pub struct BuildError(String);

impl BuildError {
    fn new(why: String) -> Self {
        Self(format!("error: {why}"))
    }
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.trim_end())
    }
}

impl fmt::Debug for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "\n{self}")
    }
}

impl std::error::Error for BuildError {}

/// Reads and checks a description, and tells Cargo of every file that was read.
fn open(path: &Path) -> Result<crate::Checked, BuildError> {
    changed(path);
    let text = fs::read_to_string(path)
        .map_err(|error| BuildError::new(format!("cannot read `{}`: {error}", path.display())))?;
    let read = RefCell::new(Vec::new());
    let load = |name: &str| {
        let other = path.with_file_name(name);
        let text = fs::read_to_string(&other).map_err(|error| error.to_string());
        read.borrow_mut().push(other);
        text
    };
    let checked = from_yaml(&path.display().to_string(), &text, &load);
    read.into_inner().iter().for_each(|path| changed(path));
    checked.map_err(|report: Report| BuildError(report.to_string()))
}

/// Tells Cargo to run the build script again when a file changes.
fn changed(path: &Path) {
    println!("cargo:rerun-if-changed={}", path.display());
}

/// Writes a file whole or not at all, and leaves one that has the text already as it is.
fn write(path: &Path, text: &str) -> Result<(), BuildError> {
    if fs::read_to_string(path).is_ok_and(|there| there == text) {
        return Ok(());
    }
    let new = path.with_extension("rs.new");
    let written = fs::write(&new, text).and_then(|()| fs::rename(&new, path));
    written.map_err(|error| BuildError::new(format!("cannot write `{}`: {error}", path.display())))
}

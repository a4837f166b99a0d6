//! `FORMAT`: a name of the catalogue, or a file.

use std::io::{Error, ErrorKind};
use std::path::Path;

use gpt_codegen::syntax::suggest::nearest;
use gpt_codegen::{Checked, Report, from_yaml, from_yaml_file, text};
use gpt_formats::CATALOGUE;

use crate::failure::Failure;
use crate::output;

/// The checked format that a `FORMAT` on the command line stands for.
pub(crate) fn open(format: &str) -> Result<Checked, Failure> {
    if let Some(text) = embedded(format) {
        return Ok(from_catalogue(format, text)?);
    }
    let path = Path::new(format);
    if output::is_stream(path) {
        let text = output::read_text(path)?;
        return Ok(from_yaml("<stdin>", &text, &|name| text::from_file(Path::new(name)))?);
    }
    if !is_path(format) {
        return Err(Failure::new(unknown(format)));
    }
    if path.is_dir() {
        return Err(Failure::file("read", path, &Error::from(ErrorKind::IsADirectory)));
    }
    if let Err(error) = std::fs::File::open(path) {
        return Err(Failure::file("read", path, &error));
    }
    Ok(from_yaml_file(path)?)
}

/// Refuses to write over the file that a `FORMAT` stands for: the description would be lost.
pub(crate) fn spare(format: &str, out: &Path) -> Result<(), Failure> {
    let file = |path: &Path| std::fs::canonicalize(path).ok().filter(|path| path.is_file());
    match (file(Path::new(format)), file(out)) {
        (Some(read), Some(written)) if read == written && embedded(format).is_none() => {
            Err(Failure::new(format!("`{}` is the description itself: write to another file", out.display())))
        }
        _ => Ok(()),
    }
}

/// Every format of the catalogue.
pub(crate) fn catalogue() -> impl Iterator<Item = Result<Checked, Report>> {
    CATALOGUE.iter().map(|(name, text)| from_catalogue(name, text))
}

fn from_catalogue(name: &str, text: &str) -> Result<Checked, Report> {
    from_yaml(&format!("{name}.yaml"), text, &|file| {
        let text = file.strip_suffix(".yaml").and_then(embedded);
        text.map(str::to_owned).ok_or_else(|| format!("the catalogue has no `{file}`"))
    })
}

fn embedded(name: &str) -> Option<&'static str> {
    CATALOGUE.iter().find(|(listed, _)| *listed == name).map(|(_, text)| *text)
}

fn is_path(format: &str) -> bool {
    format.contains(['/', '.', '\\']) || Path::new(format).exists()
}

fn unknown(name: &str) -> String {
    let known: Vec<&str> = CATALOGUE.iter().map(|(listed, _)| *listed).collect();
    match nearest(name, &known) {
        Some(near) => format!("there is no format `{name}`: did you mean `{near}`?"),
        None => format!("there is no format `{name}`: `gpt list` shows the catalogue; a file is given with its path"),
    }
}

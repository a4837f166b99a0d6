//! The same format on a type and in a file is the same format, and gives the same code, token for token.
#![allow(clippy::unwrap_used, clippy::panic)]

use std::fs;
use std::path::{Path, PathBuf};

use gpt_codegen::backend::rust::{Options, emit, emit_tokens};
use gpt_codegen::{Checked, derive, from_tokens, from_yaml_file};
use proc_macro2::{Delimiter, TokenStream, TokenTree};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The formats that are written on types.
fn formats() -> Vec<PathBuf> {
    let files = fs::read_dir(root().join("tests/formats")).unwrap().map(|entry| entry.unwrap().path());
    let formats: Vec<PathBuf> = files.filter(|path| path.extension().is_some_and(|own| own == "rs")).collect();
    assert!(formats.len() >= 8, "{formats:?}");
    formats
}

/// The first item of a file: the type that is the format.
fn item(path: &Path) -> TokenStream {
    let tokens: TokenStream = fs::read_to_string(path).unwrap().parse().unwrap();
    let mut item = TokenStream::new();
    for token in tokens {
        let end = matches!(&token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
        item.extend([token]);
        if end {
            break;
        }
    }
    item
}

/// The format as the catalogue has it.
fn catalogued(path: &Path) -> Checked {
    let name = path.file_stem().unwrap().to_str().unwrap();
    from_yaml_file(root().join(format!("../formats/{name}.yaml"))).unwrap_or_else(|report| panic!("{report}"))
}

#[test]
fn a_format_is_the_same_from_both_front_ends() {
    for path in formats() {
        let described = from_tokens(item(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(described, catalogued(&path), "{}", path.display());
    }
}

#[test]
fn the_text_is_the_same_from_both_front_ends() {
    let options = Options::default();
    for path in formats() {
        let described = from_tokens(item(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(emit(&described, &options), emit(&catalogued(&path), &options), "{}", path.display());
    }
}

#[test]
fn the_module_beside_the_type_is_the_one_from_the_file() {
    for path in formats() {
        let mut tokens = derive(item(&path)).into_iter();
        assert!(tokens.any(|token| matches!(&token, TokenTree::Ident(ident) if ident == "mod")));
        let module = tokens.find_map(|token| match token {
            TokenTree::Group(group) => Some(group.stream().to_string()),
            _ => None,
        });
        let expected = emit_tokens(&catalogued(&path), &Options::default()).to_string();
        // Before it stands the prelude, for crates that have none.
        let module = module.as_ref().and_then(|module| module.split_once("prelude :: rust_2021 :: * ;"));
        assert!(module.map(|(_, items)| items.trim()) == Some(expected.trim()), "{}", path.display());
    }
}

/// What is said about a type whose rows are in a file.
fn said(item: &str) -> String {
    derive(item.parse().unwrap()).to_string()
}

#[test]
fn a_type_that_does_not_fit_its_file_hears_what_to_write() {
    let type_ =
        |variants: &str| format!("#[page_table(file = \"../formats/x86_32.yaml\")] enum X86_32 {{ {variants} }}");
    let said_of_none = said(&type_("Absent, Tabel { table: u64 }"));
    for expected in [
        "`page-4k` has no variant (gpt explain E0302)",
        "add `Page4k { page: u64, ",
        "there is no kind of entry called `tabel` (gpt explain E0102)",
        "did you mean `Table`?",
    ] {
        assert!(said_of_none.contains(expected), "{expected}: {said_of_none}");
    }
    let said_of_fields = said(&type_("Absent { nothing: bool }"));
    assert!(said_of_fields.contains("nothing in `Absent` is called `nothing` (gpt explain E0302)"));
    assert!(said("#[page_table(file = \"none.yaml\")] struct None;").contains("(gpt explain E0001)"));
    let endless = said("#[page_table(file = \"/dev/zero\")] struct None;");
    assert!(endless.contains("a description has at most"), "{endless}");
    let rows = said("#[page_table(file = \"../formats/x86_32.yaml\", va(32 bits))] enum X { #[bits(0 P = 0)] Absent }");
    assert!(rows.contains("`va` is said by the file") && rows.contains("the rows are in the file"), "{rows}");
}

#[test]
fn what_is_no_type_is_said_and_nothing_else() {
    let said = said("fn decode() {}");
    assert!(said.contains("`PageTable` is derived for a struct or an enum") && !said.contains("mod"), "{said}");
}

/// The stub would not find the runtime under its own name either.
#[test]
fn a_stub_does_without_a_runtime_whose_path_is_not_understood() {
    let type_ = |runtime: &str| {
        format!(
            "#[page_table(runtime = {runtime}, levels(31:22 DIR; 21:12 TAB))] enum Toy {{ #[bits(5 X no-such)] A }}"
        )
    };
    assert!(said(&type_("mine")).contains("mine"));
    let without = said(&type_("12"));
    assert!(without.contains("mod toy") && !without.contains("gpt_runtime ::"), "{without}");
}

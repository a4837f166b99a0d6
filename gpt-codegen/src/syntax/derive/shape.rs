//! The decorated type: what its author matches on and builds.

use proc_macro2::{Ident, TokenStream};

use crate::span::Span;

/// A type that is the decoded form of an entry.
pub struct Type {
    /// Its name.
    pub name: Ident,
    /// Its visibility, such as `pub`.
    pub visibility: TokenStream,
    /// The place of its name.
    pub span: Span,
    /// What tells the kinds apart.
    pub shape: Shape,
    /// What it holds for each kind of entry.
    pub variants: Vec<Variant>,
}

/// What tells the kinds of entries apart.
#[derive(Debug)]
pub enum Shape {
    /// An enum: its variants.
    Enum,
    /// A struct: the field with this name and type.
    Struct(Ident, TokenStream),
    /// A struct without fields: it only stands for the format.
    Marker,
}

/// One kind of entry, as the type holds it.
pub struct Variant {
    /// The name of the variant.
    pub name: Ident,
    /// The name of the kind.
    pub kind: String,
    /// The place of the name.
    pub span: Span,
    /// The place in [`Type::variants`] of the kind whose rows this one takes.
    pub like: Option<usize>,
    /// The fields.
    pub fields: Vec<Field>,
    /// The rows that stand on no field.
    pub rows: Vec<RowName>,
}

/// A row by its place, and what the manual calls it.
#[derive(Clone, Debug)]
pub struct RowName {
    /// The place of the row, which no other row has.
    pub span: Span,
    /// The name; empty where the row gives none.
    pub name: String,
}

/// One field.
#[derive(Clone)]
pub struct Field {
    /// Its name.
    pub name: Ident,
    /// Its type as it was written.
    pub type_: TokenStream,
    /// How it holds a value.
    pub holder: Holder,
    /// The place of its type.
    pub type_span: Span,
    /// The place of its name.
    pub span: Span,
    /// The rows written on it.
    pub rows: Vec<RowName>,
}

/// How a field holds a value.
#[derive(Clone, Copy, Debug)]
pub enum Holder {
    /// `bool`
    Flag,
    /// An unsigned integer of so many bits.
    Number(u32),
    /// A type of the author's own.
    Own,
}

impl Type {
    /// The variant for a kind of entry, by the name of the kind.
    pub fn variant_of(&self, kind: &str) -> Option<&Variant> {
        self.variants.iter().find(|variant| variant.kind == kind)
    }
}

impl Field {
    /// The name as it is said, without `r#`.
    pub fn said(&self) -> String {
        let name = self.name.to_string();
        name.strip_prefix("r#").unwrap_or(&name).to_owned()
    }
}

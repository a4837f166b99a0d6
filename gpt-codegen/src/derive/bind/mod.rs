//! Which field of the type holds which rows of the format.

mod repr;
mod wanted;

use proc_macro2::Ident;

use self::wanted::{declaration, name_of, type_for};
use crate::backend::decoded::{Decoded, DecodedField, DecodedKind, Slot};
use crate::check::Checked;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{self, BitRange, Format, Kind, Layout, Role};
use crate::span::Span;
use crate::syntax::derive::{Field, Holder, RowName, Shape, Type, Variant, variant_name};
use crate::syntax::suggest::{instead, quote};

/// The field that says how large a page is, as a power of two, where its address says so.
const SIZE_FIELD: &str = "size_lg2";

/// Finds the place of every field in every kind of entry.
///
/// Rows belong to the field that they are written on. Where a file has the rows, `by_name` is true, and a field holds
/// what is called like it.
///
/// # Errors
/// Every field that has no place, every row that has no field, and every type that a value does not fit.
pub(super) fn bind(checked: &Checked, type_: &Type, by_name: bool) -> Result<Decoded, Diagnostics> {
    let format = checked.format();
    let mut found = Diagnostics::default();
    let mut kinds = Vec::new();
    if !matches!(type_.shape, Shape::Marker) {
        if by_name {
            known_kinds(format, type_, &mut found);
        }
        for (number, kind) in format.kinds.iter().enumerate() {
            let variant = match by_name {
                true => type_.variant_of(&kind.name),
                false => type_.variants.iter().find(|variant| variant.span.number() == kind.span.number()),
            };
            let Some(variant) = variant else { continue };
            let mut several = false;
            for (other, of) in format.kinds.iter().enumerate() {
                several |= other != number && of.span.number() == kind.span.number();
            }
            let mut binding = Binding {
                format,
                type_,
                variant,
                kind,
                by_name,
                several: several && !by_name,
                unheld: Vec::new(),
                found: &mut found,
            };
            let (size_field, fields) = (binding.size_field(), binding.fields());
            kinds.push(DecodedKind { kind: number, variant: variant.name.clone(), size_field, fields });
        }
    }
    once_each(found).propagate(Decoded {
        name: type_.name.clone(),
        visibility: type_.visibility.clone(),
        kind_field: match &type_.shape {
            Shape::Struct(field, kind) => Some((field.clone(), kind.clone())),
            Shape::Enum | Shape::Marker => None,
        },
        marker: matches!(type_.shape, Shape::Marker),
        kinds,
    })
}

/// Every mistake once, although pages of several sizes may share the variant concerned.
fn once_each(found: Diagnostics) -> Diagnostics {
    let mut once = Diagnostics::default();
    for diagnostic in found {
        let place = diagnostic.place().number();
        if !once.iter().any(|other| *other == diagnostic && other.place().number() == place) {
            once.push(diagnostic);
        }
    }
    once
}

/// Says which variants are no kinds of the file, and which kinds have no variant.
fn known_kinds(format: &Format, type_: &Type, found: &mut Diagnostics) {
    let mut names = Vec::new();
    for kind in &format.kinds {
        names.push(variant_name(&kind.name));
    }
    for variant in &type_.variants {
        if !format.kinds.iter().any(|kind| kind.name == variant.kind) {
            let message = format!("there is no kind of entry called {}", quote(&variant.kind));
            let help = instead_of(&variant.name.to_string(), &names);
            found.push(Diagnostic::new("E0102", variant.span, message).help(help));
        }
    }
    for kind in &format.kinds {
        if type_.variant_of(&kind.name).is_none() {
            let message = format!("{} has no variant", quote(&kind.name));
            let help = format!("add `{}`", declaration(format, kind));
            found.push(Diagnostic::new("E0302", type_.span, message).help(help));
        }
    }
}

/// What to write instead of a name, of some that are known.
fn instead_of(name: &str, known: &[String]) -> String {
    let mut names = Vec::new();
    for name in known {
        names.push(name.as_str());
    }
    instead(name, &names)
}

/// One kind of entry and the variant for it.
struct Binding<'a> {
    format: &'a Format,
    type_: &'a Type,
    variant: &'a Variant,
    kind: &'a Kind,
    by_name: bool,
    /// Whether the variant stands for pages of several sizes.
    several: bool,
    /// The names of what no field holds.
    unheld: Vec<String>,
    found: &'a mut Diagnostics,
}

impl<'a> Binding<'a> {
    /// Says that something is wrong, and what to write instead.
    fn wrong(&mut self, code: &'static str, span: Span, message: &str, help: &str) {
        self.found.push(Diagnostic::new(code, span, message).help(help));
    }

    fn fields(&mut self) -> Vec<DecodedField> {
        self.unheld();
        let mut fields = Vec::new();
        let variant = self.variant;
        for field in &variant.fields {
            if self.is_size(field) {
                continue;
            }
            let rows = self.rows(variant, field, 0);
            let held = self.held(self.kind, field, &rows);
            // A field of a struct may be nowhere in this kind, but not in all of them.
            let everywhere = match self.type_.shape {
                Shape::Struct(..) => self.held_by_all(field),
                Shape::Enum | Shape::Marker => self.held(self.kind, field, &rows),
            };
            if let Some(repr) = self.repr(field, &everywhere) {
                let mut slots = Vec::new();
                for rows in &held {
                    slots.push(slots_of(rows));
                }
                let (name, type_) = (field.name.clone(), field.type_.clone());
                fields.push(DecodedField { name, type_, repr, slots });
            }
        }
        fields
    }

    /// Whether a field says how large a page is.
    fn is_size(&self, field: &Field) -> bool {
        self.several && field.rows.is_empty() && field.said() == SIZE_FIELD
    }

    /// The field that says how large a page is. Says so where there should be one.
    fn size_field(&mut self) -> Option<Ident> {
        if !self.several {
            return None;
        }
        let field = self.variant.fields.iter().find(|field| self.is_size(field));
        match field {
            Some(field) if matches!(field.holder, Holder::Number(_)) => Some(field.name.clone()),
            Some(field) => {
                self.wrong(
                    "E0303",
                    field.type_span,
                    "the size of a page, as a power of two, is a number",
                    "write `u8`",
                );
                None
            }
            None => {
                let message = format!("no field of `{}` says how large the page is", self.variant.name);
                let help = format!("add `{SIZE_FIELD}: u8`");
                self.wrong("E0302", self.variant.span, &message, &help);
                None
            }
        }
    }

    /// The rows that a field has: its own, and those of the field of its name in the kind that this one is like.
    fn rows(&self, variant: &Variant, field: &Field, depth: usize) -> Vec<RowName> {
        let mut rows = field.rows.clone();
        if matches!(self.type_.shape, Shape::Struct(..)) {
            for row in &self.variant.rows {
                if !row.name.is_empty() && field.rows.iter().any(|own| own.name == row.name) {
                    rows.push(row.clone());
                }
            }
        }
        if let Some(like) = variant.like
            && depth < self.type_.variants.len()
            && let Some(like) = self.type_.variants.get(like)
            && let Some(same) = like.fields.iter().find(|other| other.name == field.name)
        {
            rows.append(&mut self.rows(like, same, depth + 1));
        }
        rows
    }

    /// The rows that a field holds in each layout of a kind.
    fn held<'k>(&self, kind: &'k Kind, field: &Field, rows: &[RowName]) -> Vec<Vec<&'k model::Field>> {
        let mut all = Vec::new();
        for layout in &kind.layouts {
            let mut held = Vec::new();
            for row in &layout.fields {
                if self.holds(field, rows, layout, row) {
                    held.push(row);
                }
            }
            all.push(held);
        }
        all
    }

    /// The rows that a field of a struct holds in each layout of all kinds.
    fn held_by_all(&self, field: &Field) -> Vec<Vec<&'a model::Field>> {
        let mut all = Vec::new();
        let format: &'a Format = self.format;
        for kind in &format.kinds {
            if let Some(variant) = self.type_.variant_of(&kind.name) {
                all.append(&mut self.held(kind, field, &self.rows(variant, field, 0)));
            }
        }
        all
    }

    /// Whether a field holds a row.
    fn holds(&self, field: &Field, rows: &[RowName], layout: &Layout, row: &model::Field) -> bool {
        // The size of a `sized` page is made of constants that have the row's place.
        if matches!(row.role, Role::Constant(_) | Role::Zero) {
            return false;
        }
        if self.by_name {
            return name_of(self.format, layout, row).is_some_and(|name| name == field.said());
        }
        rows.iter().any(|own| own.span.number() == row.span.number())
    }

    /// Says which rows no field holds, once each.
    fn unheld(&mut self) {
        for layout in &self.kind.layouts {
            for row in &layout.fields {
                if !matches!(row.role, Role::Setting { .. } | Role::Address { .. }) {
                    continue;
                }
                let fields = &self.variant.fields;
                if fields.iter().any(|field| self.holds(field, &self.rows(self.variant, field, 0), layout, row)) {
                    continue;
                }
                let name = name_of(self.format, layout, row).unwrap_or_default();
                if self.unheld.contains(&name) {
                    continue;
                }
                let message = format!("no field of `{}` holds `{} {}`", self.variant.name, row.bits, row.name);
                let place = if self.by_name { self.variant.span } else { row.span };
                let (place, help) = if fields.iter().any(|field| field.said() == name) && !self.by_name {
                    (place, format!("write the row on the field `{name}`"))
                } else {
                    (place, format!("add `{name}: {}`", type_for(row)))
                };
                let mut diagnostic = Diagnostic::new("E0302", place, message).help(help);
                if place.number() != self.variant.span.number() {
                    diagnostic = diagnostic.and(self.variant.span, "the kind");
                }
                self.found.push(diagnostic);
                self.unheld.push(name);
            }
        }
    }
}

fn slots_of(rows: &[&model::Field]) -> Vec<Slot> {
    let mut slots = Vec::new();
    for row in rows {
        slots.push(slot(row));
    }
    slots
}

fn slot(row: &model::Field) -> Slot {
    let (output, negative) = match row.role {
        Role::Address { output, .. } => (output, false),
        Role::Setting { negative, part, .. } => (part.unwrap_or(low(row.bits)), negative),
        _ => (low(row.bits), false),
    };
    Slot { bits: row.bits, output, negative }
}

/// As many bits, from bit 0 on.
fn low(bits: BitRange) -> BitRange {
    BitRange { high: bits.width() - 1, low: 0 }
}

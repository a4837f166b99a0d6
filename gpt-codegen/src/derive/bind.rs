//! Which field of the type holds which rows of the format.

use proc_macro2::{Ident, Span};

use crate::backend::decoded::{Decoded, DecodedField, DecodedKind, Repr, Slot};
use crate::check::Checked;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{self, BitRange, CodesId, Format, Kind, Layout, Role, Target};
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
            let own = |variant: &&Variant| match by_name {
                true => variant.kind == kind.name,
                false => variant.span.number() == kind.span.number(),
            };
            let Some(variant) = type_.variants.iter().find(own) else { continue };
            let several = format.kinds.iter().filter(|other| other.span.number() == kind.span.number()).count() > 1;
            let mut binding =
                Binding { format, type_, variant, kind, by_name, several: several && !by_name, found: &mut found };
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
    let mut said: Vec<&Diagnostic> = Vec::new();
    for diagnostic in found.iter() {
        let place = |diagnostic: &Diagnostic| diagnostic.labels.first().map_or(0, |label| label.span.number());
        if !said.iter().any(|other| *other == diagnostic && place(other) == place(diagnostic)) {
            said.push(diagnostic);
            once.push(diagnostic.clone());
        }
    }
    once
}

/// Says which variants are no kinds of the file, and which kinds have no variant.
fn known_kinds(format: &Format, type_: &Type, found: &mut Diagnostics) {
    let names: Vec<String> = format.kinds.iter().map(|kind| variant_name(&kind.name)).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    for variant in &type_.variants {
        if !format.kinds.iter().any(|kind| kind.name == variant.kind) {
            let message = format!("there is no kind of entry called {}", quote(&variant.kind));
            let help = instead(&variant.name.to_string(), &names);
            found.push(Diagnostic::new("E0102", variant.span, message).help(help));
        }
    }
    for kind in &format.kinds {
        if !type_.variants.iter().any(|variant| variant.kind == kind.name) {
            let message = format!("{} has no variant", quote(&kind.name));
            let help = format!("add `{}`", declaration(format, kind));
            found.push(Diagnostic::new("E0302", type_.span, message).help(help));
        }
    }
}

/// A variant with a field for everything that a kind says.
fn declaration(format: &Format, kind: &Kind) -> String {
    let mut fields: Vec<String> = Vec::new();
    for field in kind.layouts.iter().flat_map(|layout| layout.fields.iter().map(move |field| (layout, field))) {
        let Some(name) = name_of(format, field.0, field.1) else { continue };
        let field = format!("{name}: {}", type_for(field.1));
        if !fields.contains(&field) {
            fields.push(field);
        }
    }
    let name = variant_name(&kind.name);
    if fields.is_empty() { name } else { format!("{name} {{ {} }}", fields.join(", ")) }
}

/// What a row is called where it is found by name.
fn name_of(format: &Format, layout: &Layout, field: &model::Field) -> Option<String> {
    match &field.role {
        Role::Setting { meaning, .. } => Some(meaning.identifier()),
        Role::Free { .. } if !field.name.is_empty() => Some(snake(&field.name)),
        Role::Address { target: Target::Page, .. } => Some("page".to_owned()),
        Role::Address { target: Target::Table(_), .. } if layout.children.len() == 1 => Some("table".to_owned()),
        Role::Address { target: Target::Table(child), .. } => {
            Some(snake(&format.level(layout.children.get(*child)?.level).name))
        }
        _ => None,
    }
}

fn snake(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' }).collect()
}

/// The type that a row fits.
fn type_for(field: &model::Field) -> String {
    match &field.role {
        Role::Address { .. } => "u64".to_owned(),
        Role::Setting { codes: None, .. } | Role::Free { .. } if field.bits.width() == 1 => "bool".to_owned(),
        _ => format!("u{}", field.bits.width().next_power_of_two().max(8)),
    }
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
    found: &'a mut Diagnostics,
}

impl Binding<'_> {
    fn fields(&mut self) -> Vec<DecodedField> {
        self.unheld();
        let mut fields = Vec::new();
        let variant = self.variant;
        for field in &variant.fields {
            if self.is_size(field) {
                continue;
            }
            let rows = self.rows(variant, field, 0);
            let held: Vec<Vec<&model::Field>> = self
                .kind
                .layouts
                .iter()
                .map(|layout| layout.fields.iter().filter(|row| self.holds(field, &rows, layout, row)).collect())
                .collect();
            if let Some(repr) = self.repr(field, &held) {
                let slots = held.iter().map(|rows| rows.iter().map(|row| slot(row)).collect()).collect();
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
                let message = "the size of a page, as a power of two, is a number";
                self.found.push(Diagnostic::new("E0303", field.type_span, message).help("write `u8`"));
                None
            }
            None => {
                let message = format!("no field of `{}` says how large the page is", self.variant.name);
                let help = format!("add `{SIZE_FIELD}: u8`");
                self.found.push(Diagnostic::new("E0302", self.variant.span, message).help(help));
                None
            }
        }
    }

    /// The rows that a field has: its own, and those of the field of its name in the kind that this one is like.
    fn rows(&self, variant: &Variant, field: &Field, depth: usize) -> Vec<RowName> {
        let mut rows = field.rows.clone();
        if matches!(self.type_.shape, Shape::Struct(..)) {
            let named = |row: &&RowName| !row.name.is_empty() && field.rows.iter().any(|own| own.name == row.name);
            rows.extend(self.variant.rows.iter().filter(named).cloned());
        }
        let like = variant.like.and_then(|like| self.type_.variants.get(like));
        if let Some(like) = like.filter(|_| depth < self.type_.variants.len()) {
            if let Some(same) = like.fields.iter().find(|other| other.name == field.name) {
                rows.extend(self.rows(like, same, depth + 1));
            }
        }
        rows
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
        let mut said = Vec::new();
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
                if said.contains(&name) {
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
                said.push(name);
            }
        }
    }

    /// How a field holds its value; says so where it cannot.
    fn repr(&mut self, field: &Field, held: &[Vec<&model::Field>]) -> Option<Repr> {
        let said = field.said();
        let rows: Vec<&model::Field> = held.iter().flatten().copied().collect();
        let Some(first) = rows.first().copied() else {
            let message = format!("nothing in `{}` is called `{said}`", self.variant.name);
            let help = if self.by_name {
                let names = self
                    .kind
                    .layouts
                    .iter()
                    .flat_map(|layout| layout.fields.iter().filter_map(|row| name_of(self.format, layout, row)));
                let mut names: Vec<String> = names.collect();
                names.dedup();
                instead(&said, &names.iter().map(String::as_str).collect::<Vec<_>>())
            } else {
                "write its bits on it, as in `#[bits(63 XD not execute)]`, or take it out".to_owned()
            };
            let message = if self.by_name { message } else { format!("no row says where `{said}` is") };
            self.found.push(Diagnostic::new("E0302", field.span, message).help(help));
            return None;
        };
        let address = matches!(first.role, Role::Address { .. });
        for row in &rows {
            if matches!(row.role, Role::Address { .. }) != address {
                let message = format!("`{said}` is an address in one row and something else in another");
                self.found.push(Diagnostic::new("E0302", row.span, message).and(first.span, "the other"));
                return None;
            }
        }
        let twice = held.iter().find(|here| !address && here.len() > 1);
        if let Some([one, other, ..]) = twice.map(Vec::as_slice) {
            let message = format!("`{said}` is in two rows of one entry");
            self.found.push(
                Diagnostic::new("E0302", one.span, message)
                    .and(other.span, "the other")
                    .help("write `at` and the levels after each row, or make two fields of it"),
            );
            return None;
        }
        if address { self.address(field, &rows) } else { self.value(field, &rows) }
    }

    fn address(&mut self, field: &Field, rows: &[&model::Field]) -> Option<Repr> {
        let output = |row: &&model::Field| match row.role {
            Role::Address { output, .. } => output.high,
            _ => 0,
        };
        let top = rows.iter().map(output).max().unwrap_or(0);
        match field.holder {
            Holder::Number(bits) if bits > top => Some(Repr::Address(bits)),
            _ => {
                let message = format!("an address with bit {top} does not fit in this type");
                self.found.push(Diagnostic::new("E0303", field.type_span, message).help("write `u64`"));
                None
            }
        }
    }

    fn value(&mut self, field: &Field, rows: &[&model::Field]) -> Option<Repr> {
        let width = rows.iter().map(|row| row.bits.width()).max().unwrap_or(1);
        let codes = rows.iter().find_map(|row| codes_of(row));
        let negative = rows.iter().any(|row| matches!(row.role, Role::Setting { negative: true, .. }));
        let wanted = if width == 1 { "bool".to_owned() } else { format!("u{}", width.next_power_of_two().max(8)) };
        let bits = if width == 1 { "1 bit".to_owned() } else { format!("{width} bits") };
        let (message, help) = match (field.holder, codes) {
            (Holder::Flag, None) if width == 1 => return Some(Repr::Flag),
            (Holder::Number(most), _) if most >= width && !negative => return Some(Repr::Number(most)),
            (Holder::Own, Some(codes)) => {
                if let Some(row) = rows.iter().find(|row| codes_of(row) != Some(codes)) {
                    let message = format!("`{}` has other names for its values in another row", field.said());
                    self.found.push(
                        Diagnostic::new("E0303", row.span, message)
                            .and(field.type_span, "the type for both")
                            .help(format!("write `{wanted}`, or use one table of codes")),
                    );
                    return None;
                }
                let codes = self.format.codes.get(codes.0).map_or(&[][..], |table| table.codes.as_slice());
                let variant = |name: &str| Ident::new(&variant_name(name), Span::call_site());
                return Some(Repr::Codes(codes.iter().map(|code| (code.value, variant(&code.name))).collect()));
            }
            (Holder::Own, None) => (
                "a type of your own stands for values with names, and these have none".to_owned(),
                format!("write `{wanted}`, or name the values: `as NAME` in the row, and `NAME` under `codes:`"),
            ),
            (Holder::Flag, Some(_)) => (
                "values with names do not fit in a `bool`".to_owned(),
                format!("write an enum whose variants are called like the codes, or `{}`", number_for(width)),
            ),
            (_, _) if negative => ("a bit that forbids is a `bool`".to_owned(), "write `bool`".to_owned()),
            _ => (format!("{bits} do not fit in this type"), format!("write `{wanted}`")),
        };
        let mut diagnostic = Diagnostic::new("E0303", field.type_span, message).help(help);
        if let Some(row) = rows.first().filter(|_| !self.by_name) {
            diagnostic = diagnostic.and(row.span, "the row");
        }
        self.found.push(diagnostic);
        None
    }
}

fn number_for(width: u32) -> String {
    format!("u{}", width.next_power_of_two().max(8))
}

fn codes_of(row: &model::Field) -> Option<CodesId> {
    match row.role {
        Role::Setting { codes, .. } => codes,
        _ => None,
    }
}

fn slot(row: &model::Field) -> Slot {
    let (output, negative) = match row.role {
        Role::Address { output, .. } => (output, false),
        Role::Setting { negative, .. } => (low(row.bits), negative),
        _ => (low(row.bits), false),
    };
    Slot { bits: row.bits, output, negative }
}

/// As many bits, from bit 0 on.
fn low(bits: BitRange) -> BitRange {
    BitRange { high: bits.width() - 1, low: 0 }
}

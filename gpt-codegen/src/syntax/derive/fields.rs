//! Fields with the rows that say where they are.

use proc_macro2::TokenStream;

use super::cursor::Cursor;
use super::entries::{ATTRIBUTES, row_names};
use super::item::ItemField;
use super::keys::Reader;
use super::shape::{Field, Holder};
use crate::syntax::row::{Role, Row};

impl Reader {
    /// The fields of a variant or struct, their rows, and whether all are understood.
    pub(super) fn fields(&mut self, fields: &[ItemField]) -> (Vec<Field>, Vec<Row>, bool) {
        let (mut read, mut rows, mut clear) = (Vec::new(), Vec::new(), true);
        for field in fields {
            let Some(name) = &field.name else {
                let span = self.span_of(field.type_.clone());
                let help = "write the fields in braces, as in `Page { page: u64, write: bool }`";
                self.wrong("E0301", span, "a field of an entry has a name", help);
                clear = false;
                continue;
            };
            let span = self.span(name.span(), &name.to_string());
            let mut own = Vec::new();
            for key in self.attributes(&field.attributes, &["bits"], &ATTRIBUTES) {
                let (mut parsed, understood) =
                    self.sentences(&key, "63 XD not execute", Row::parse).unwrap_or_default();
                clear &= understood;
                own.append(&mut parsed);
            }
            for row in &own {
                if matches!(row.role, Role::Constant(_) | Role::Extent(_) | Role::Zero) {
                    let message = format!("these bits are always the same and hold no `{name}`");
                    let help = "write the row on the variant or the struct, as in `#[bits(20:13 zero; 0 P = 1)]`";
                    self.wrong("E0302", row.span, &message, help);
                    clear = false;
                }
            }
            let type_ = field.type_.clone();
            let type_span = self.span_of(type_.clone());
            let (name, holder) = (name.clone(), holder(&type_));
            read.push(Field { name, type_, holder, type_span, span, rows: row_names(&own) });
            rows.append(&mut own);
        }
        (read, rows, clear)
    }
}

/// How a type holds a value.
fn holder(type_: &TokenStream) -> Holder {
    let mut tokens = Cursor::new(type_.clone());
    let (Some(ident), None) = (tokens.ident(), tokens.next()) else { return Holder::Own };
    match ident.to_string().as_str() {
        "bool" => Holder::Flag,
        "u8" => Holder::Number(8),
        "u16" => Holder::Number(16),
        "u32" => Holder::Number(32),
        "u64" => Holder::Number(64),
        "u128" => Holder::Number(128),
        _ => Holder::Own,
    }
}

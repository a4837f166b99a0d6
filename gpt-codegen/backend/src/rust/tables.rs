//! What table entries say beside addresses: the type `TableAttributes`, and how words hold it.

use proc_macro2::Ident;
use quote::format_ident;

use gpt_language::model::{Class, Format, Layout, Role};

use super::attributes::{Attribute, Row, Rows, Type, all_of};
use super::conversion::{sentence, type_tokens, with_bits, without_bits};
use super::entries::present_bits;
use super::logic::Test;
use super::names::{Names, ident, snake};
use super::plan::Plan;

/// What a new link to one child of an entry can be told to say.
pub(super) struct TableRows {
    /// The rows, under the name of the function that writes them.
    rows: Rows,
    /// The attributes, by their place, that the entry has a row for, but not about this child.
    others: Vec<usize>,
}

/// What table entries say, and how.
pub(super) struct Tables {
    attributes: Vec<Attribute>,
    rows: Vec<TableRows>,
}

impl Tables {
    pub(super) fn new(format: &Format) -> Self {
        let tables = || format.kinds.iter().filter(|kind| kind.class == Class::Table);
        let attributes = all_of(format, tables().flat_map(|kind| &kind.layouts));
        let (mut names, mut rows) = (Names::reserve(&[]), Vec::<TableRows>::new());
        for kind in tables() {
            for layout in &kind.layouts {
                let entry_bits = format.level(layout.level).entry_bits;
                for place in 0..layout.children.len() {
                    let mut own = TableRows::new(layout, place, entry_bits, &attributes);
                    if !rows.iter().any(|rows| rows.same(&own)) {
                        own.rows.name = names.distinct(snake(&kind.name));
                        rows.push(own);
                    }
                }
            }
        }
        Self { attributes, rows }
    }

    /// The type of all that table entries say; the runtime's own where they say nothing.
    pub(super) fn type_name(&self) -> Ident {
        format_ident!("{}", if self.attributes.is_empty() { "NoTableAttributes" } else { "TableAttributes" })
    }

    /// Whether any entry says anything.
    pub(super) fn is_empty(&self) -> bool {
        self.attributes.is_empty()
    }

    /// The function that writes what is said with a new link to a child, where it could change or refuse anything.
    pub(super) fn writer(&self, plan: &Plan<'_>, layout: &Layout, place: usize, entry_bits: u32) -> Option<Ident> {
        let own = TableRows::new(layout, place, entry_bits, &self.attributes);
        let rows = self.rows.iter().find(|rows| rows.same(&own))?;
        (!self.held(plan, rows).is_empty()).then(|| write_name(rows))
    }

    /// The call of the runtime's macro for the type, and the ways in which entries hold what it says.
    pub(super) fn text(&self, plan: &Plan<'_>, runtime: &str) -> Option<String> {
        let fields = self.attributes.iter().map(|it| {
            let (about, name, type_) = (sentence(it), ident(&it.name), type_tokens(plan, it.type_));
            format!("        ///{about}\n        {name}: {type_};\n")
        });
        let writers = self.rows.iter().filter_map(|rows| {
            let (name, held) = (write_name(rows), self.held(plan, rows));
            let text = || format!("    {name}(u{}) {{\n{held}    }}\n", rows.rows.entry_bits);
            (!held.is_empty()).then(text)
        });
        let (fields, writers): (String, String) = (fields.collect(), writers.collect());
        let text = format!(
            "{runtime}::table_attributes! {{\n    \
             /// What an entry that leads to a new table says beside the address; `None` restricts nothing.\n    \
             pub struct TableAttributes;\n    \
             says {{\n{fields}    }}\n{writers}}}\n"
        );
        (!self.is_empty()).then_some(text)
    }

    /// Where such entries hold what is said with a new link, and what they refuse.
    fn held(&self, plan: &Plan<'_>, of: &TableRows) -> String {
        let rows = self.attributes.iter().enumerate().filter_map(|(place, it)| match of.rows.row(place) {
            Some(row) => Some(with_bits(plan, it, row, "")),
            None if of.others.contains(&place) => None,
            // A restriction that cannot be said.
            None => restricts(plan, it).map(|says| without_bits(it, says)),
        });
        rows.collect()
    }
}

/// What entries without a row for an attribute say of it, if it can restrict anything.
fn restricts(plan: &Plan<'_>, attribute: &Attribute) -> Option<&'static str> {
    match attribute.type_ {
        Type::Code(id) => {
            let codes = plan.format.codes.get(id.0).map_or(&[][..], |table| table.codes.as_slice());
            codes.iter().any(|code| !code.grants.is_empty()).then_some("refused")
        }
        _ => attribute.is_permission().then_some("allowed"),
    }
}

impl TableRows {
    fn new(layout: &Layout, place: usize, entry_bits: u32, attributes: &[Attribute]) -> Self {
        let mut rows = Rows::new(String::new(), layout, entry_bits, attributes);
        rows.condition = Test::always();
        let several = layout.children.len() > 1;
        let constants = layout.mask_of(|role| matches!(role, Role::Constant(_)));
        let of_others = (0..layout.children.len())
            .filter(|other| *other != place)
            .fold(0, |mask, other| mask | present_bits(layout, other))
            & !constants;
        // What decides about another child is left alone, and what the hardware may have written meanwhile.
        let (others, own) = std::mem::take(&mut rows.rows)
            .into_iter()
            .partition(|row| several && (row.hardware || row.bits.mask() & of_others != 0));
        rows.rows = own;
        let others: Vec<Row> = others;
        Self { rows, others: others.iter().map(|row| row.attribute).collect() }
    }

    fn same(&self, other: &Self) -> bool {
        self.rows.same(&other.rows) && self.others == other.others
    }
}

fn write_name(rows: &TableRows) -> Ident {
    format_ident!("in_{}", rows.rows.name)
}

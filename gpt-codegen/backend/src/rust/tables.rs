//! What table entries say beside addresses: the type `TableAttributes`, and how words hold it.

use proc_macro2::Ident;
use quote::format_ident;

use gpt_language::model::{Class, Format, Layout};

use super::attributes::{Attribute, Rows, Type, all_of};
use super::conversion::{field, with_bits, without_bits};
use super::logic::Test;
use super::names::{Names, snake};
use super::plan::{Plan, layouts_of};

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
        let attributes = all_of(format, &layouts_of(format, Class::Table));
        let (mut names, mut rows) = (Names::reserve(&[]), Vec::<TableRows>::new());
        for kind in &format.kinds {
            for layout in &kind.layouts {
                let entry_bits = format.level(layout.level).entry_bits;
                for place in 0..layout.children.len() {
                    let mut own = TableRows::new(layout, place, entry_bits, &attributes);
                    if own.known(&rows).is_none() {
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
        let rows = own.known(&self.rows)?;
        if self.held(plan, rows).is_empty() { None } else { Some(write_name(rows)) }
    }

    /// The call of the runtime's macro for the type, and the ways in which entries hold what it says.
    pub(super) fn text(&self, plan: &Plan<'_>, runtime: &str) -> String {
        let (mut fields, mut writers) = (String::new(), String::new());
        for attribute in &self.attributes {
            fields.push_str(&field(plan, attribute));
        }
        for rows in &self.rows {
            let (name, held) = (write_name(rows), self.held(plan, rows));
            if !held.is_empty() {
                writers.push_str(&format!("    {name}(u{}) {{\n{held}    }}\n", rows.rows.entry_bits));
            }
        }
        format!(
            "{runtime}::table_attributes! {{\n    \
             /// What an entry that leads to a new table says beside the address; `None` restricts nothing.\n    \
             pub struct TableAttributes;\n    \
             says {{\n{fields}    }}\n{writers}}}\n"
        )
    }

    /// Where such entries hold what is said with a new link, and what they refuse.
    fn held(&self, plan: &Plan<'_>, of: &TableRows) -> String {
        let mut rows = String::new();
        for (place, attribute) in self.attributes.iter().enumerate() {
            if let Some(row) = of.rows.row(place) {
                rows.push_str(&with_bits(plan, attribute, row, ""));
            } else if !of.others.contains(&place)
                && let Some(says) = restricts(plan, attribute)
            {
                // A restriction that cannot be said.
                rows.push_str(&without_bits(attribute, says));
            }
        }
        rows
    }
}

/// What entries without a row for an attribute say of it, if it can restrict anything.
fn restricts(plan: &Plan<'_>, attribute: &Attribute) -> Option<&'static str> {
    let Type::Code(id) = attribute.type_ else {
        return if attribute.is_permission() { Some("allowed") } else { None };
    };
    for code in &plan.format.codes.get(id.0)?.codes {
        if !code.grants.is_empty() {
            return Some("refused");
        }
    }
    None
}

impl TableRows {
    fn new(layout: &Layout, place: usize, entry_bits: u32, attributes: &[Attribute]) -> Self {
        let mut rows = Rows::new(String::new(), layout, entry_bits, attributes);
        rows.condition = Test::always();
        let several = layout.children.len() > 1;
        let mut of_others = 0;
        for (other, child) in layout.children.iter().enumerate() {
            if other != place {
                of_others |= child.present.mask();
            }
        }
        of_others &= !layout.constant_mask();
        let (mut own, mut others) = (Vec::new(), Vec::new());
        for row in rows.rows {
            // What decides about another child is left alone, and what the hardware may have written meanwhile.
            if several && (row.hardware || row.bits.mask() & of_others != 0) {
                others.push(row.attribute);
            } else {
                own.push(row);
            }
        }
        rows.rows = own;
        Self { rows, others }
    }

    /// The same among others.
    fn known<'r>(&self, all: &'r [Self]) -> Option<&'r Self> {
        all.iter().find(|other| other.same(self))
    }

    fn same(&self, other: &Self) -> bool {
        self.rows.same(&other.rows) && self.others == other.others
    }
}

fn write_name(rows: &TableRows) -> Ident {
    format_ident!("in_{}", rows.rows.name)
}

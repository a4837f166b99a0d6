//! Every value that a row can have is in its table of codes: a value without a name is either forgotten, or reserved, and then
//! no entry of the kind has it.

use super::Lowered;
use super::findings::{ByLevel, clause};
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{CodeTable, CodesId, Condition, Cube, Field, Layout, Role, Value};

/// The widest row of which every value is asked for.
const MOST_BITS: u32 = 5;

/// Finds values of rows that have no name and that `when:` does not leave out.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    let format = &lowered.format;
    for kind in &lowered.whole_kinds() {
        let mut findings = ByLevel::new();
        for layout in &kind.layouts {
            for value in &layout.values() {
                if let Some((codes, values)) = nameless(lowered, layout, value)
                    && !values.is_empty()
                {
                    findings.add((value.field.clone(), codes, values), layout.level);
                }
            }
        }
        for ((row, codes, values), levels) in &findings.0 {
            if let Some(table) = format.codes.get(codes.0) {
                found.push(report(row, table, values, &clause(format, kind.layouts.len(), levels)));
            }
        }
    }
}

fn report(row: &Field, table: &CodeTable, values: &[u128], clause: &str) -> Diagnostic {
    let mut shown = Vec::new();
    for value in values {
        shown.push(wording::value(*value));
    }
    let (noun, verb) = if values.len() == 1 { ("value", "has") } else { ("values", "have") };
    let message = format!(
        "the {noun} {} of {}{clause} {verb} no name in `{}`",
        wording::list(&shown),
        wording::name(row),
        table.name
    );
    let first = shown.first().map_or("", String::as_str);
    let name = if row.name.is_empty() { "NAME" } else { &row.name };
    Diagnostic::new("E0234", row.span, message).and(table.span, "the table").help(format!(
        "add `- {first} NAME` to the table, or leave reserved values out, as in `when: {name} != {first}`"
    ))
}

/// The table of a row, and the values that the row can have and the table does not.
fn nameless(lowered: &Lowered, layout: &Layout, row: &Value<'_>) -> Option<(CodesId, Vec<u128>)> {
    let Role::Setting { codes: Some(codes), .. } = row.field.role else { return None };
    let (places, width) = (&row.places, row.places.width());
    let table = lowered.format.codes.get(codes.0)?;
    if width > MOST_BITS || table.codes.is_empty() {
        return None;
    }
    // A value that is too large or given twice is the wrong one, and stands for one that seems to be missing.
    let (mut named, largest) = (0_u128, (1_u128 << width) - 1);
    for code in &table.codes {
        if code.value > largest || named >> code.value & 1 == 1 {
            return None;
        }
        named |= 1 << code.value;
    }
    let mut values = Vec::new();
    for value in 0..=largest {
        let cube = Cube { mask: places.mask(), value: places.set(0, value) };
        let possible = || layout.matches.witness(&Condition(vec![cube])).is_some();
        if named >> value & 1 == 0 && possible() {
            values.push(value);
        }
    }
    Some((codes, values))
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{check_all, code, code_table, coded, codes, kind, toy};
    use crate::model::{Condition, Cube};

    #[test]
    fn a_value_is_named_or_left_out() {
        let mut format = toy();
        let named: Vec<_> = (0..15).map(|value| code(value, &format!("c{value}"), &[])).collect();
        format.codes = vec![code_table("type", named)];
        kind(&mut format, "page").layouts[0].fields[1].role = coded("memory-type", 0);
        let found = check_all(format.clone());
        assert_eq!((found.len(), found[0].code), (1, "E0234"));
        let page = kind(&mut format, "page");
        page.layouts[0].matches = Condition((4..8).map(|bit| Cube { mask: 1 << bit | 1, value: 1 }).collect());
        assert!(codes(format).is_empty());
    }
}

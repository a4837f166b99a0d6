//! Every value that a row can have is in its table of codes: a value without a name is either forgotten, or reserved, and then
//! no entry of the kind has it.

use super::Lowered;
use super::findings::ByLevel;
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{CodesId, Condition, Cube, Layout, Role, Value};

/// The widest row of which every value is asked for.
const MOST_BITS: u32 = 5;

/// Finds values of rows that have no name and that `when:` does not leave out.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    let format = &lowered.format;
    for kind in lowered.whole_kinds() {
        let look = |layout: &Layout| {
            let nameless = |value: Value<'_>| {
                let (codes, values) = nameless(lowered, layout, &value)?;
                (!values.is_empty()).then(|| (value.field.clone(), codes, values))
            };
            layout.values().into_iter().filter_map(nameless).collect::<Vec<_>>()
        };
        for ((row, codes, values), clause) in ByLevel::of(kind, look).into_clauses(format, kind) {
            let Some(table) = format.codes.get(codes.0) else { continue };
            let shown: Vec<String> = values.iter().map(|value| wording::value(*value)).collect();
            let (noun, verb) = if values.len() == 1 { ("value", "has") } else { ("values", "have") };
            let message = format!(
                "the {noun} {} of {}{clause} {verb} no name in `{}`",
                wording::list(&shown),
                wording::name(&row),
                table.name
            );
            let first = values.first().copied().unwrap_or_default();
            found.push(Diagnostic::new("E0234", row.span, message).and(table.span, "the table").help(format!(
                "add `- {} NAME` to the table, or leave reserved values out, as in `when: {} != {}`",
                wording::value(first),
                if row.name.is_empty() { "NAME" } else { &row.name },
                wording::value(first),
            )));
        }
    }
}

/// The table of a row, and the values that the row can have and the table does not.
fn nameless(lowered: &Lowered, layout: &Layout, row: &Value<'_>) -> Option<(CodesId, Vec<u128>)> {
    let Role::Setting { codes: Some(codes), .. } = row.field.role else { return None };
    let (places, width) = (&row.places, row.places.width());
    let table = lowered.format.codes.get(codes.0)?;
    // A value that is too large or given twice is the wrong one, and stands for one that seems to be missing.
    let fits = |value: u128| value.checked_shr(width).unwrap_or(0) == 0;
    let once = |value: u128| table.codes.iter().filter(|code| code.value == value).count() == 1;
    let clear = table.codes.iter().all(|code| fits(code.value) && once(code.value));
    if width > MOST_BITS || table.codes.is_empty() || !clear {
        return None;
    }
    let possible = |value: &u128| {
        let cube = Cube { mask: places.mask(), value: places.set(0, *value) };
        layout.matches.witness(&Condition(vec![cube])).is_some()
    };
    let named = |value: &u128| table.codes.iter().any(|code| code.value == *value);
    let values = (0..1_u128 << width).filter(|value| !named(value) && possible(value));
    Some((codes, values.collect()))
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

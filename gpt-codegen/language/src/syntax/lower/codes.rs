//! Tables of codes.

use super::{Found, rows};
use crate::model::{Code, CodeTable};
use crate::syntax::Description;
use crate::syntax::code::CodeLine;

/// Every table, in the order written.
pub(super) fn tables(description: &Description, found: &mut Found) -> Vec<CodeTable> {
    let mut code = |line: &CodeLine| Code {
        value: line.value.value,
        name: line.name.value.clone(),
        grants: line.grants.iter().filter_map(|grant| rows::meaning(grant, found)).collect(),
        span: line.span,
    };
    let table = |list: &crate::syntax::description::CodeList| CodeTable {
        name: list.name.value.clone(),
        codes: list.codes.iter().map(&mut code).collect(),
        span: list.name.span,
    };
    description.codes.iter().map(table).collect()
}

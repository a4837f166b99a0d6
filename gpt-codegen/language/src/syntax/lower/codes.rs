//! Tables of codes.

use super::{Found, rows};
use crate::model::{Code, CodeTable};
use crate::syntax::Description;
use crate::syntax::code::CodeLine;

/// Every table, in the order written.
pub(super) fn tables(description: &Description, found: &mut Found) -> Vec<CodeTable> {
    let mut tables = Vec::new();
    for list in &description.codes {
        let mut codes = Vec::new();
        for line in &list.codes {
            codes.push(code(line, found));
        }
        tables.push(CodeTable { name: list.name.value.clone(), codes, span: list.name.span });
    }
    tables
}

fn code(line: &CodeLine, found: &mut Found) -> Code {
    let mut grants = Vec::new();
    for grant in &line.grants {
        if let Some(grant) = rows::meaning(grant, found) {
            grants.push(grant);
        }
    }
    Code { value: line.value.value, name: line.name.value.clone(), grants, span: line.span }
}

//! What the hardware caches and what a change requires.

use super::{Found, Names};
use crate::model::{Caches, Class, Flush, Maintenance, Replace, Walker};
use crate::syntax::description::Tlb;

/// The maintenance rules with their defaults.
pub(super) fn maintenance(tlb: &Tlb, names: &Names<'_>, found: &mut Found) -> Maintenance {
    let caches = match &tlb.caches {
        Some(classes) => Caches {
            absent: classes.contains(&Class::Absent),
            table: classes.contains(&Class::Table),
            page: classes.contains(&Class::Page),
        },
        None => Caches { absent: false, table: true, page: true },
    };
    Maintenance {
        caches,
        flush: tlb.flush.unwrap_or(Flush::Page),
        replace: tlb.replace.unwrap_or(Replace::InPlace),
        walker: tlb.walker.unwrap_or(Walker::Coherent),
        reload: tlb.reload.iter().flatten().filter_map(|level| names.level(level, found)).collect(),
        span: tlb.span,
    }
}

//! What the hardware caches and what a change requires.

use super::{Found, Names};
use crate::model::{Caches, Class, Flush, Maintenance, Replace, Walker};
use crate::syntax::description::Tlb;

/// The maintenance rules with their defaults.
pub(super) fn maintenance(tlb: &Tlb, names: &Names<'_>, found: &mut Found) -> Maintenance {
    let mut caches = Caches { absent: false, table: true, page: true };
    if let Some(classes) = &tlb.caches {
        caches = Caches { absent: false, table: false, page: false };
        for class in classes {
            match class {
                Class::Absent => caches.absent = true,
                Class::Table => caches.table = true,
                Class::Page => caches.page = true,
                Class::Special => {}
            }
        }
    }
    let reload = match &tlb.reload {
        Some(reload) => names.levels(reload, found),
        None => Vec::new(),
    };
    Maintenance {
        caches,
        flush: tlb.flush.unwrap_or(Flush::Page),
        replace: tlb.replace.unwrap_or(Replace::InPlace),
        walker: tlb.walker.unwrap_or(Walker::Coherent),
        reload,
        span: tlb.span,
    }
}

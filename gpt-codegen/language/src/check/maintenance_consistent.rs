//! What is said of the TLB does not contradict itself.

use super::Lowered;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Class, LevelId, Replace};

/// Finds contradictions in what the hardware caches and what a change requires.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    let format = &lowered.format;
    let maintenance = &format.maintenance;
    let caches = maintenance.caches;
    let report = |message: String, help: String| Diagnostic::new("E0233", maintenance.span, message).help(help);
    if caches.absent && !caches.page {
        found.push(report(
            "absent entries are cached and pages are not".to_owned(),
            "`caches:` lists all that the walker may keep: write `caches: [absent, table, page]`, or take `absent` out"
                .to_owned(),
        ));
    }
    if maintenance.replace == Replace::ThroughAbsent && !caches.table && !caches.page {
        found.push(report(
            "an entry is replaced through absent although nothing is cached".to_owned(),
            "write what the walker may keep in `caches:`, or `replace: in-place`".to_owned(),
        ));
    }
    let mut named = Vec::new();
    for id in &maintenance.reload {
        let level = format.level(*id);
        let name = &level.name;
        let again = named.contains(id);
        if !again {
            named.push(*id);
        }
        let diagnostic = if again {
            report(format!("`{name}` is named twice in `reload:`"), format!("write `{name}` once"))
        } else if !format.roots.contains(id) && !leads_to_tables(lowered, *id) {
            let message = format!("`{name}` in `reload:` is neither a root nor a level of tables");
            report(message, "name the levels whose entries the hardware copies into registers".to_owned())
        } else {
            continue;
        };
        found.push(diagnostic.and(level.span, "this level"));
    }
}

fn leads_to_tables(lowered: &Lowered, level: LevelId) -> bool {
    !lowered.broken.is_empty() || lowered.format.first_at(level, Class::Table).is_some()
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{codes, toy};
    use crate::model::{Caches, LevelId, Replace};

    #[test]
    fn absent_entries_are_not_all_that_is_cached() {
        let mut format = toy();
        format.maintenance.caches = Caches { absent: true, table: false, page: false };
        assert_eq!(codes(format.clone()), ["E0233"]);
        format.maintenance.replace = Replace::ThroughAbsent;
        assert_eq!(codes(format.clone()), ["E0233", "E0233"]);
        format.maintenance.caches = Caches { absent: true, table: false, page: true };
        assert!(codes(format).is_empty());
    }

    #[test]
    fn the_hardware_copies_roots_and_tables() {
        let mut format = toy();
        format.maintenance.reload = vec![LevelId(0)];
        assert!(codes(format.clone()).is_empty());
        format.maintenance.reload = vec![LevelId(1), LevelId(0), LevelId(0)];
        assert_eq!(codes(format), ["E0233", "E0233"]);
    }
}

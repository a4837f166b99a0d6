//! A walk starts at the top of the input address: the widest root does, and no root reaches beyond.

use super::Lowered;
use super::wording;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{BitRange, Format, Level};

/// Finds formats without a root, with one root twice, and roots that do not end where the input address does.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    let format = &lowered.format;
    if format.roots.is_empty() && !lowered.level_unknown() {
        found.push(Diagnostic::new("E0229", format.span, "a walk starts at no level").help(
            "name the levels at which it may start, `roots: [LEVEL]`, or leave `roots:` out for the first level",
        ));
    }
    let mut widest: Option<&Level> = None;
    let mut named = Vec::new();
    for root in &format.roots {
        let level = format.level(*root);
        if named.contains(root) {
            let message = format!("`{}` is named twice in `roots:`", level.name);
            found.push(
                Diagnostic::new("E0229", level.span, message).help("name every level at which a walk may start once"),
            );
            continue;
        }
        named.push(*root);
        if level.index.high >= format.input.bits {
            found.push(too_wide(format, level));
        }
        widest = match widest {
            Some(known) if known.index.high >= level.index.high => widest,
            _ => Some(level),
        };
    }
    if let Some(widest) = widest
        && widest.index.high + 1 < format.input.bits
    {
        found.push(too_narrow(format, widest));
    }
}

fn too_wide(format: &Format, root: &Level) -> Diagnostic {
    let bits = wording::bits(wording::mask_from(format.input.bits.max(root.index.low), root.index.high + 1));
    let message = format!("the input address has no {bits}, by which `{}` picks an item", root.name);
    Diagnostic::new("E0229", root.span, message)
        .label(wording::picks(root))
        .and(format.input.span, format!("has {}", wording::count(format.input.bits, "bit")))
        .help(format!("write `va: {} bits`, or a lower index here", root.index.high + 1))
}

fn too_narrow(format: &Format, root: &Level) -> Diagnostic {
    let bits = wording::bits(wording::mask_from(root.index.high + 1, format.input.bits));
    let verb = if format.input.bits == root.index.high + 2 { "picks" } else { "pick" };
    let message = format!("{bits} of the input address {verb} nothing");
    let diagnostic = Diagnostic::new("E0229", root.span, message)
        .label(format!("a walk starts here, at bit {}", root.index.high))
        .and(format.input.span, format!("has {}", wording::count(format.input.bits, "bit")));
    for top in &format.levels {
        if top.index.high + 1 == format.input.bits {
            return diagnostic.help(format!(
                "write the levels root first, with `{}` at the head of the list, or write `roots: [{}]`",
                top.name, top.name
            ));
        }
    }
    diagnostic.help(format!(
        "write `{}` for a wider root, add a level above it, or write `va: {} bits`",
        wording::level_line(BitRange { high: format.input.bits - 1, ..root.index }, &root.name),
        root.index.high + 1
    ))
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{check_all, codes, toy};
    use crate::model::LevelId;

    #[test]
    fn the_widest_root_ends_where_the_address_does() {
        let mut format = toy();
        format.roots = vec![LevelId(1), LevelId(0)];
        assert!(codes(format.clone()).is_empty());
        format.input.bits = 33;
        let found = check_all(format.clone());
        assert_eq!((found.len(), found[0].message.as_str()), (1, "bit 32 of the input address picks nothing"));
        format.input.bits = 30;
        let found = check_all(format);
        assert_eq!(found[0].message, "the input address has no bits 31:30, by which `DIR` picks an item");
    }

    #[test]
    fn a_walk_starts_somewhere_and_each_root_is_named_once() {
        let mut format = toy();
        format.roots = Vec::new();
        assert!(codes(format.clone()).contains(&"E0229"));
        format.roots = vec![LevelId(0), LevelId(0)];
        assert_eq!(codes(format), ["E0229"]);
    }
}

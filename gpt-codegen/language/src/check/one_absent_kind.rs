//! Every level has exactly one absent kind: what an empty table is filled with.

use super::Lowered;
use crate::diagnostic::{Diagnostic, Diagnostics};
use crate::model::{Class, Format, Kind, Layout, Level, LevelId};

/// Finds levels without an absent kind, and those with two.
pub(super) fn rule(lowered: &Lowered, found: &mut Diagnostics) {
    let format = &lowered.format;
    for (number, level) in format.levels.iter().enumerate() {
        let mut first: Option<&Kind> = None;
        for (kind, layout) in format.layouts_at(LevelId(number)) {
            if kind.class != Class::Absent {
                continue;
            }
            match first {
                Some(first) => found.push(second_of_two(first, kind, layout, level)),
                None => first = Some(kind),
            }
        }
        if first.is_none() && lowered.broken.is_empty() {
            found.push(none_at(format, level));
        }
    }
}

fn second_of_two(first: &Kind, second: &Kind, layout: &Layout, level: &Level) -> Diagnostic {
    Diagnostic::new("E0219", layout.span, format!("two kinds are absent at `{}`", level.name))
        .label(format!("`{}` is", second.name))
        .and(first.span, format!("`{}` is", first.name))
        .help(format!("write `is: special` for `{}` if it says something, or take the level out", second.name))
}

fn none_at(format: &Format, level: &Level) -> Diagnostic {
    let name = &level.name;
    let mut help = format!("add a kind called `absent` with `at: [{name}]`");
    for kind in &format.kinds {
        if kind.class == Class::Absent {
            help = format!("add `{name}` to the `at:` of `{}`", kind.name);
            break;
        }
    }
    Diagnostic::new("E0219", level.span, format!("nothing is absent at `{name}`"))
        .label("what does an empty table hold here?")
        .help(help)
}

#[cfg(test)]
mod tests {
    use crate::check::toy::{check_all, codes, kind, lowered, toy};
    use crate::model::{Class, Condition, Cube};

    #[test]
    fn each_level_needs_an_absent_kind() {
        let mut format = toy();
        kind(&mut format, "absent").layouts.pop();
        let found = check_all(format.clone());
        assert_eq!((found.len(), found[0].code), (1, "E0219"));
        assert_eq!(found[0].help.as_deref(), Some("add `TAB` to the `at:` of `absent`"));
        format.kinds.remove(0);
        assert_eq!(codes(format), ["E0219", "E0219"]);
    }

    #[test]
    fn a_kind_that_was_not_understood_may_have_been_the_absent_one() {
        let mut format = toy();
        kind(&mut format, "absent").class = Class::Special;
        let mut lowered = lowered(format);
        lowered.broken.push(0);
        assert!(crate::check(lowered).is_ok());
    }

    #[test]
    fn of_two_empty_words_one_is_special() {
        let mut format = toy();
        let mut second = kind(&mut format, "absent").clone();
        second.name = "sparse".to_owned();
        second.layouts.pop();
        second.layouts[0].matches = Condition(vec![Cube { mask: 3, value: 2 }]);
        kind(&mut format, "absent").layouts[0].matches = Condition(vec![Cube { mask: 3, value: 0 }]);
        format.kinds.push(second);
        assert!(codes(format).contains(&"E0219"));
    }
}

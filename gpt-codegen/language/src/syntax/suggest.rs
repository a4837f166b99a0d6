//! What the author may have meant, and how to show what was written.

use std::fmt::Write as _;

/// The known word that is most like `word`, if any is near enough to be a slip of the finger.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    if word.len() > 64 {
        return None;
    }
    let lower = word.to_lowercase();
    let (mut nearest, mut least) = (None, usize::MAX);
    for candidate in known {
        if candidate.len() > 64 {
            continue;
        }
        let distance = slips(&lower, &candidate.to_lowercase());
        let near = distance <= (word.len().max(candidate.len()) / 3).max(1) && distance < candidate.len();
        if near && distance < least {
            (nearest, least) = (Some(*candidate), distance);
        }
    }
    nearest
}

/// How many slips of the finger make one word of the other: a character too many, left out or mistaken for another, or
/// two that changed places (the optimal string alignment distance). The tests compare it with `strsim`, which a build
/// of the derive macro does without.
fn slips(word: &str, other: &str) -> usize {
    let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX - 1);
    // How far the beginnings of `other` are from those of `word` that end before this character and the one before it.
    let (mut row, mut row_before) = (vec![0], Vec::new());
    for _ in other.chars() {
        row.push(row.len());
    }
    let mut char_before = None;
    for char in word.chars() {
        let mut new = vec![at(&row, 0) + 1];
        let mut other_before = None;
        for other in other.chars() {
            let column = new.len();
            let mistaken = at(&row, column - 1) + usize::from(char != other);
            let mut least = mistaken.min(at(&row, column) + 1).min(at(&new, column - 1) + 1);
            if column > 1 && char_before == Some(other) && other_before == Some(char) {
                least = least.min(at(&row_before, column - 2) + 1);
            }
            new.push(least);
            other_before = Some(other);
        }
        row_before = std::mem::replace(&mut row, new);
        char_before = Some(char);
    }
    at(&row, row.len() - 1)
}

/// What manuals call a bit in other words than the vocabulary's, and how its row says so.
const IN_OTHER_WORDS: &[(&[&str], &str)] = &[
    (&["valid", "present", "enable", "enabled"], "what makes an entry this kind is a constant: write `= 1`"),
    (
        &["invalid", "fault"],
        "what makes an entry this kind is a constant: write `= 1`, or `= 0` in the kinds that translate",
    ),
    (
        &["read-only", "readonly", "ro", "write-protect", "protect", "no-write"],
        "a bit that forbids writing is written `not write`",
    ),
    (&["writable", "writeable", "w", "rw", "read-write"], "a bit that allows writing is written `write`"),
    (&["readable", "r"], "a bit that allows reading is written `read`"),
    (&["executable", "x"], "a bit that allows execution is written `execute`"),
    (
        &["nx", "xn", "xd", "no-execute", "noexec", "execute-never"],
        "a bit that forbids execution is written `not execute`",
    ),
    (&["supervisor", "kernel", "kernel-only"], "a bit that shuts the user out is written `not user`"),
    (&["unprivileged"], "a bit that lets the user in is written `user`"),
    (&["non-global", "ng"], "a bit that ties a page to one address space is written `not global`"),
    (&["referenced", "access", "young"], "a bit that an access sets is written `accessed [hw]`"),
    (&["modified", "changed"], "a bit that a write sets is written `dirty [hw]`"),
    (&["reserved", "res0", "mbz", "rsvd", "must-be-zero"], "bits that have to be zero are written `zero`"),
    (&["ignored", "available", "avl", "software", "sw", "unused"], "bits that the hardware ignores are written `free`"),
    (
        &["address", "addr", "base", "next", "pfn", "ppn", "frame"],
        "an address is written `page`, or `table` where it is that of a table",
    ),
    (&["cacheable", "cached"], "a bit that lets caches hold the memory is written `not cache.disable`"),
    (
        &["uncached", "uncacheable", "non-cacheable"],
        "a bit that keeps the memory out of caches is written `cache.disable`",
    ),
];

/// How a row says what this word of a manual says, where the vocabulary has another word for it.
pub fn in_other_words(word: &str) -> Option<&'static str> {
    let mut lower = String::new();
    for char in word.to_lowercase().chars() {
        lower.push(if char == '_' { '-' } else { char });
    }
    for (words, help) in IN_OTHER_WORDS {
        if words.contains(&lower.as_str()) {
            return Some(help);
        }
    }
    None
}

/// A help sentence for a word that is none of `known`: the nearest one, or the list of them.
pub fn instead(word: &str, known: &[&str]) -> String {
    match nearest(word, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there is none to choose from".to_owned(),
        None => format!("write {}", list(known)),
    }
}

/// `a`, `b` or `c`, shortened where there are many.
pub fn list(words: &[&str]) -> String {
    const SHOWN: usize = 24;
    let mut list = String::new();
    for (number, word) in words.iter().enumerate() {
        if number > 0 {
            list.push_str(if number + 1 == words.len() || number == SHOWN { " or " } else { ", " });
        }
        if number == SHOWN {
            let _ = write!(list, "{} others", words.len() - SHOWN);
            break;
        }
        list.push_str(&quote(word));
    }
    list
}

/// A piece of the input as a message shows it: in backquotes, short, and without control characters.
pub fn quote(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut shown = String::from("`");
    for (number, char) in text.chars().enumerate() {
        if number == SHOWN {
            shown.push('…');
            break;
        }
        match char {
            '\'' | '"' => shown.push(char),
            _ => {
                let _ = write!(shown, "{}", char.escape_debug());
            }
        }
    }
    shown.push('`');
    shown
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{IN_OTHER_WORDS, in_other_words, instead, nearest, quote, slips};
    use crate::model::Meaning;

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        assert_eq!(nearest("wirte", &["read", "write"]), Some("write"));
        assert_eq!(nearest("PDTP", &["PML4", "PDPT", "PD"]), Some("PDPT"));
        assert_eq!(nearest("banana", &["read", "write"]), None);
        assert_eq!(nearest("X", &["Y"]), None);
        assert_eq!(instead("banana", &["page", "range", "context"]), "write `page`, `range` or `context`");
    }

    #[test]
    fn words_of_manuals_are_understood_and_none_is_in_the_vocabulary() {
        assert_eq!(in_other_words("Read_Only"), Some("a bit that forbids writing is written `not write`"));
        assert_eq!(in_other_words("write"), None);
        for word in IN_OTHER_WORDS.iter().flat_map(|(words, _)| *words) {
            assert!(Meaning::from_name(word).is_none(), "{word}");
        }
    }

    #[test]
    fn what_is_shown_is_short_and_harmless() {
        assert_eq!(quote("a\u{1b}[31m"), "`a\\u{1b}[31m`");
        assert_eq!(quote("it's"), "`it's`");
        assert_eq!(quote(&"x".repeat(1000)).chars().count(), 43);
    }

    proptest! {
        #[test]
        fn slips_are_counted_as_strsim_counts_them(word in "[abé]{0,7}", other in "[abé]{0,7}") {
            prop_assert_eq!(slips(&word, &other), strsim::osa_distance(&word, &other));
        }
    }
}

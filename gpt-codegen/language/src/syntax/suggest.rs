//! What the author may have meant, and how to show what was written.

/// The known word that is most like `word`, if any is near enough to be a slip of the finger.
pub fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_of(word, &mut known.into_iter())
}

fn nearest_of<'a>(word: &str, known: &mut dyn Iterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > 64 {
        return None;
    }
    let lower = word.to_lowercase();
    known
        .filter(|candidate| candidate.len() <= 64)
        .map(|candidate| (slips(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= (word.len().max(candidate.len()) / 3).max(1))
        .filter(|(distance, candidate)| *distance < candidate.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many slips of the finger make one word of the other: a character too many, left out or mistaken for another, or
/// two that changed places (the optimal string alignment distance). The tests compare it with `strsim`, which a build
/// of the derive macro does without.
fn slips(word: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let at = |row: &[usize], column: usize| row.get(column).copied().unwrap_or(usize::MAX - 1);
    // How far the beginnings of `other` are from those of `word` that end before this character and the one before it.
    let (mut row, mut row_before): (Vec<usize>, Vec<usize>) = ((0..=other.len()).collect(), Vec::new());
    let mut char_before = None;
    for (number, char) in word.chars().enumerate() {
        let mut new = vec![number + 1];
        let mut other_before = None;
        for (column, &other) in other.iter().enumerate() {
            let mistaken = at(&row, column) + usize::from(char != other);
            let mut least = mistaken.min(at(&row, column + 1) + 1).min(at(&new, column) + 1);
            if column > 0 && char_before == Some(other) && other_before == Some(char) {
                least = least.min(at(&row_before, column - 1) + 1);
            }
            new.push(least);
            other_before = Some(other);
        }
        row_before = std::mem::replace(&mut row, new);
        char_before = Some(char);
    }
    at(&row, other.len())
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
    let lower = word.to_lowercase().replace('_', "-");
    IN_OTHER_WORDS.iter().find(|(words, _)| words.contains(&lower.as_str())).map(|(_, help)| *help)
}

/// A help sentence for a word that is none of `known`: the nearest one, or the list of them.
pub fn instead(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there is none to choose from".to_owned(),
        None => format!("write {}", list(known)),
    }
}

/// `a`, `b` or `c`, shortened where there are many.
pub fn list(words: &[&str]) -> String {
    const SHOWN: usize = 24;
    let mut quoted: Vec<String> = words.iter().take(SHOWN).map(|word| quote(word)).collect();
    if words.len() > SHOWN {
        quoted.push(format!("{} others", words.len() - SHOWN));
    }
    match quoted.pop() {
        Some(last) if quoted.is_empty() => last,
        Some(last) => format!("{} or {last}", quoted.join(", ")),
        None => String::new(),
    }
}

/// A piece of the input as a message shows it: in backquotes, short, and without control characters.
pub fn quote(text: &str) -> String {
    const SHOWN: usize = 40;
    let mut shown: String = text.chars().take(SHOWN).flat_map(char::escape_debug).collect();
    shown = shown.replace("\\'", "'").replace("\\\"", "\"");
    if text.chars().nth(SHOWN).is_some() {
        shown.push('…');
    }
    format!("`{shown}`")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{IN_OTHER_WORDS, in_other_words, instead, nearest, quote, slips};
    use crate::model::Meaning;

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        assert_eq!(nearest("wirte", ["read", "write"]), Some("write"));
        assert_eq!(nearest("PDTP", ["PML4", "PDPT", "PD"]), Some("PDPT"));
        assert_eq!(nearest("banana", ["read", "write"]), None);
        assert_eq!(nearest("X", ["Y"]), None);
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

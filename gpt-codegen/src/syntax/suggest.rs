//! What the author may have meant, and how to show what was written.

/// The known word that is most like `word`, if any is near enough to be a slip of the finger.
pub(crate) fn nearest<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if word.len() > 64 {
        return None;
    }
    let lower = word.to_lowercase();
    known
        .into_iter()
        .filter(|candidate| candidate.len() <= 64)
        .map(|candidate| (strsim::osa_distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, candidate)| *distance <= (word.len().max(candidate.len()) / 3).max(1))
        .filter(|(distance, candidate)| *distance < candidate.len())
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// A help sentence for a word that is none of `known`: the nearest one, or the list of them.
pub(crate) fn instead(word: &str, known: &[&str]) -> String {
    match nearest(word, known.iter().copied()) {
        Some(near) => format!("did you mean `{near}`?"),
        None if known.is_empty() => "there is none to choose from".to_owned(),
        None => format!("write {}", list(known)),
    }
}

/// `a`, `b` or `c`, shortened where there are many.
pub(crate) fn list(words: &[&str]) -> String {
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
pub(crate) fn quote(text: &str) -> String {
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
    use super::{instead, nearest, quote};

    #[test]
    fn slips_are_recognised_and_other_words_are_not() {
        assert_eq!(nearest("wirte", ["read", "write"]), Some("write"));
        assert_eq!(nearest("PDTP", ["PML4", "PDPT", "PD"]), Some("PDPT"));
        assert_eq!(nearest("banana", ["read", "write"]), None);
        assert_eq!(nearest("X", ["Y"]), None);
        assert_eq!(instead("banana", &["page", "range", "context"]), "write `page`, `range` or `context`");
    }

    #[test]
    fn what_is_shown_is_short_and_harmless() {
        assert_eq!(quote("a\u{1b}[31m"), "`a\\u{1b}[31m`");
        assert_eq!(quote("it's"), "`it's`");
        assert_eq!(quote(&"x".repeat(1000)).chars().count(), 43);
    }
}

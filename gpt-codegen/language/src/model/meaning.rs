//! The closed vocabulary of what a setting means, plus free names.

use std::fmt;

/// What a field of an entry says about a translation.
///
/// The words of [`Meaning::VOCABULARY`] are the same in every format, so that tools and drivers can use them
/// without knowing the hardware. Anything else is `vendor.NAME`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meaning(String);

/// What a word of the vocabulary is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sort {
    /// It allows or forbids an access. A permission in a table entry restricts all that lies below it.
    Permission,
    /// It says that something happened: accessed, dirty.
    Event,
    /// It says how the memory behaves, or who shares it.
    Property,
}

impl Meaning {
    /// Every word with its sort and one sentence on what a set bit says, in the order of the documentation.
    pub const VOCABULARY: &'static [(&'static str, Sort, &'static str)] = &[
        ("read", Sort::Permission, "the memory may be read"),
        ("write", Sort::Permission, "the memory may be written"),
        ("execute", Sort::Permission, "instructions may be fetched"),
        ("user", Sort::Permission, "unprivileged accesses are allowed"),
        ("user.read", Sort::Permission, "unprivileged reads are allowed"),
        ("user.write", Sort::Permission, "unprivileged writes are allowed"),
        ("user.execute", Sort::Permission, "unprivileged instruction fetches are allowed"),
        ("privileged", Sort::Permission, "privileged accesses are allowed"),
        ("privileged.read", Sort::Permission, "privileged reads are allowed"),
        ("privileged.write", Sort::Permission, "privileged writes are allowed"),
        ("privileged.execute", Sort::Permission, "privileged instruction fetches are allowed"),
        ("atomic", Sort::Permission, "atomic accesses are allowed"),
        ("accessed", Sort::Event, "the page or table was used since the bit was cleared"),
        ("dirty", Sort::Event, "the page was written since the bit was cleared"),
        ("global", Sort::Property, "the translation is the same in every address space"),
        ("key", Sort::Property, "number of the protection key or domain"),
        ("memory-type", Sort::Property, "memory type, or an index into a table of types"),
        ("cache.disable", Sort::Property, "the memory is not cached"),
        ("cache.write-through", Sort::Property, "the memory is cached write-through"),
        ("cache.pat", Sort::Property, "high bit of the index into the page attribute table"),
        ("cache.level", Sort::Property, "which caches may hold the memory"),
        ("shareable", Sort::Property, "who else the caches are kept coherent with"),
        ("coherent", Sort::Property, "accesses snoop the processor's caches"),
        ("secure", Sort::Property, "the output address is in the secure space"),
        ("non-secure", Sort::Property, "a secure access goes to the space that is not secure"),
        ("space", Sort::Property, "which memory the output address is in"),
        ("encrypted", Sort::Property, "the memory is encrypted"),
        ("compressed", Sort::Property, "the memory is compressed"),
        ("ignore-pat", Sort::Property, "the guest's memory type is ignored"),
        ("suppress-fault", Sort::Property, "a fault is not delivered as an exception"),
        ("payload", Sort::Property, "data that software keeps in an entry that does not translate"),
    ];

    /// The meaning with this name, or `None` where it is neither in the vocabulary nor `vendor.NAME`.
    pub fn from_name(name: &str) -> Option<Self> {
        let understood = match name.strip_prefix("vendor.") {
            Some(free) => is_free_name(free.as_bytes()),
            None => explained(name).is_some(),
        };
        if understood { Some(Self(name.to_owned())) } else { None }
    }

    /// The name as it is written in a description.
    pub fn name(&self) -> &str {
        &self.0
    }

    /// The name as an identifier: `cache.write-through` is `cache_write_through`, `vendor.kind` is `kind`.
    pub fn identifier(&self) -> String {
        let mut identifier = String::new();
        for char in self.0.strip_prefix("vendor.").unwrap_or(&self.0).chars() {
            identifier.push(if matches!(char, '.' | '-') { '_' } else { char });
        }
        identifier
    }

    /// What the meaning is about; a free name is a property.
    pub fn sort(&self) -> Sort {
        match explained(&self.0) {
            Some((sort, _)) => sort,
            None => Sort::Property,
        }
    }

    /// One sentence for documentation, or `None` for a free name.
    pub fn sentence(&self) -> Option<&'static str> {
        match explained(&self.0) {
            Some((_, sentence)) => Some(sentence),
            None => None,
        }
    }
}

/// The sort of a word of the vocabulary and the sentence on it.
fn explained(name: &str) -> Option<(Sort, &'static str)> {
    for (word, sort, sentence) in Meaning::VOCABULARY {
        if *word == name {
            return Some((*sort, sentence));
        }
    }
    None
}

/// Whether a name is a lower-case letter, and then lower-case letters, digits, dashes and dots.
fn is_free_name(name: &[u8]) -> bool {
    for (number, byte) in name.iter().enumerate() {
        match byte {
            b'a'..=b'z' => {}
            b'0'..=b'9' | b'-' | b'.' if number > 0 => {}
            _ => return false,
        }
    }
    !name.is_empty()
}

impl fmt::Display for Meaning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::{Meaning, Sort};

    #[test]
    fn free_names_need_the_vendor_prefix() {
        assert!(Meaning::from_name("kind").is_none());
        assert!(Meaning::from_name("vendor.").is_none());
        assert!(Meaning::from_name("vendor.Kind").is_none());
        let kind = Meaning::from_name("vendor.comp-tag").map(|kind| (kind.identifier(), kind.sort()));
        assert_eq!(kind, Some(("comp_tag".into(), Sort::Property)));
    }
}

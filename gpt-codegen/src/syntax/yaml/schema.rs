//! What editors complete from.

/// A JSON schema of descriptions, with every key, choice and word of the vocabulary.
pub fn json_schema() -> String {
    String::new()
}

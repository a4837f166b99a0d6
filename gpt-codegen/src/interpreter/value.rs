//! What a field of an entry says, in words that are the same in every format.

use std::collections::BTreeMap;
use std::fmt;

/// The value of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    /// A field of one bit; polarity is resolved, so `execute: true` means allowed.
    Flag(bool),
    /// A wider field, or a code without a name.
    Number(u128),
    /// The name of a code.
    Code(String),
}

/// Attributes by name: [`crate::model::Meaning::identifier`], or the lower-case name of a free row.
pub type Attributes = BTreeMap<String, Value>;

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "{flag}"),
            Self::Number(number) => write!(f, "{number:#x}"),
            Self::Code(name) => f.write_str(name),
        }
    }
}

//! Why an operation stopped, and how far it got.

use core::fmt;

use crate::environment::Environment;
use crate::format::Format;
use crate::obligation::Obligation;
use crate::reclaim::Reclaim;

/// Why an operation stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// An address is not a multiple of the smallest page, or not one that a walk from this root takes.
    BadInput,
    /// The output address is misaligned, or not all of the output range is below the format's limit.
    BadOutput,
    /// No page size that fits can say these attributes at this address.
    NotEncodable,
    /// Something is there already.
    Occupied,
    /// The table there is one for pages of other sizes, and not empty: an entry leads to one such table only.
    OtherPages,
    /// An entry is none of the kinds that the format has.
    Malformed,
    /// The environment has no memory for a table, or its tables are out of the reach of an entry.
    OutOfTables,
    /// The format has no way to change this without first making it absent and invalidating it.
    BreakBeforeMake,
    /// The entry does not say what it was expected to say.
    Changed,
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadInput => "the input range is misaligned or outside what this table translates",
            Self::BadOutput => "the output range is misaligned or too high",
            Self::NotEncodable => "no page size that fits can hold this address with these attributes",
            Self::Occupied => "something is mapped there already",
            Self::OtherPages => "the table there is for pages of other sizes, and not empty",
            Self::Malformed => "an entry is malformed",
            Self::OutOfTables => "there is no memory for a table",
            Self::BreakBeforeMake => "the entry has to be made absent and invalidated first",
            Self::Changed => "the entry is not the one that was expected",
        })
    }
}

/// An operation that stopped before its end.
///
/// Everything below [`Incomplete::at`] is done, nothing from there on: call again with the rest once the reason is
/// gone.
#[must_use = "what was changed before the stop has to be invalidated"]
pub struct Incomplete<'t, F: Format, E: Environment, R: Reclaim> {
    /// Why it stopped.
    pub reason: Reason,
    /// The input address at which it stopped.
    pub at: u64,
    /// What is owed for the part that was done.
    pub obligation: Obligation<'t, F, E, R>,
}

impl<F: Format, E: Environment, R: Reclaim> fmt::Debug for Incomplete<'_, F, E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Incomplete {{ {:?} at {:#x}, {:?} }}", self.reason, self.at, self.obligation)
    }
}

impl<F: Format, E: Environment, R: Reclaim> fmt::Display for Incomplete<'_, F, E, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at {:#x}", self.reason, self.at)
    }
}

impl<F: Format, E: Environment, R: Reclaim> core::error::Error for Incomplete<'_, F, E, R> {}

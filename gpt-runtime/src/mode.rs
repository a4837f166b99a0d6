//! The ways to change entries: racing with others, owning the range, or owning the tree.

/// How entries and counts are changed.
pub(crate) trait Mode: 'static {
    /// Whether others may change the same entries at the same time.
    const SHARED: bool;
    /// Whether nobody else changes anything in the same tables.
    const ALONE: bool;
}

/// Others may change the same entries: every change is a compare-exchange.
pub(crate) enum Shared {}

/// Nobody else but the hardware changes the entries of a range, but others change their neighbours in the same
/// tables: entries are stored, and a table's count is changed by one atomic addition for all of them.
pub(crate) enum Range {}

/// Nobody else but the hardware changes the tree: entries and counts are stored.
pub(crate) enum Owned {}

impl Mode for Shared {
    const SHARED: bool = true;
    const ALONE: bool = false;
}

impl Mode for Range {
    const SHARED: bool = false;
    const ALONE: bool = false;
}

impl Mode for Owned {
    const SHARED: bool = false;
    const ALONE: bool = true;
}

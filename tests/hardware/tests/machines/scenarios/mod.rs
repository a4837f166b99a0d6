//! What every emulated MMU goes through, whatever its format.

pub(crate) mod access;
pub(crate) mod bits;
pub(crate) mod debug;
pub(crate) mod events;
pub(crate) mod flag;
pub(crate) mod holes;
pub(crate) mod hostile;
pub(crate) mod merge;
pub(crate) mod race;
pub(crate) mod split;
pub(crate) mod stale;

//! The words that a key lets choose from.

use crate::model::{Class, Flush, Replace, Walker};

/// What an entry is.
pub(super) const CLASSES: [(&str, Class); 4] =
    [("absent", Class::Absent), ("table", Class::Table), ("page", Class::Page), ("special", Class::Special)];

/// What the walker may keep.
pub(super) const CACHES: [(&str, Class); 3] =
    [("absent", Class::Absent), ("table", Class::Table), ("page", Class::Page)];

/// The smallest thing that can be invalidated.
pub(super) const FLUSHES: [(&str, Flush); 4] =
    [("page", Flush::Page), ("range", Flush::Range), ("power-of-two", Flush::PowerOfTwo), ("context", Flush::Context)];

/// How a live entry is replaced.
pub(super) const REPLACES: [(&str, Replace); 2] =
    [("in-place", Replace::InPlace), ("through-absent", Replace::ThroughAbsent)];

/// Whether the walker sees the processor's caches.
pub(super) const WALKERS: [(&str, Walker); 2] = [("coherent", Walker::Coherent), ("clean-lines", Walker::CleanLines)];

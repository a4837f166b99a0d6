//! What an operation left to pay, and why it stopped.

use gpt_runtime::{Environment, Format, Incomplete, Invalidation, Obligation, Reason, Reclaim};

/// An operation that is over, and whose debt is paid.
#[derive(Clone, Copy, Debug)]
pub struct Done {
    /// What was owed.
    pub owed: Option<Invalidation>,
    /// Why it stopped before its end, and where.
    pub stopped: Option<(Reason, u64)>,
}

/// Pays the debt of an operation.
pub fn settle<F: Format, E: Environment, R: Reclaim>(
    outcome: Result<Obligation<'_, F, E, R>, Incomplete<'_, F, E, R>>,
) -> Done {
    let (stopped, obligation) = match outcome {
        Ok(obligation) => (None, obligation),
        Err(incomplete) => (Some((incomplete.reason, incomplete.at)), incomplete.obligation),
    };
    let owed = obligation.invalidation();
    obligation.acknowledge();
    Done { owed, stopped }
}
